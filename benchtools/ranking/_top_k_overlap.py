"""How much of the best k two vectors share."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from benchtools.ranking._evaluate import evaluate
from benchtools.ranking._input import Fractional, Vector
from benchtools.ranking._picks import DEFAULT_K, field_resampler, picks_of
from benchtools.ranking._result import Estimate
from benchtools.ranking._statistic import STATISTICS, Statistic

__all__ = ["top_k_overlap"]


def top_k_overlap(
    x: ArrayLike,
    y: ArrayLike,
    k: Fractional,
    *,
    confidence: float | None = None,
    n_resamples: int = 9_999,
    rng: np.random.Generator | int = 0,
    nan_policy: str = "raise",
) -> Estimate:
    """Share of architectures that stand among the best k of both vectors; 1 for equal orders, k/n by chance.

    Parameters
    ----------
    x, y : array_like of real numbers, shape (n_archs,)
        One value per architecture in each; larger is better.
    k : int or float
        Number of architectures picked, or a share of them below 1.
    confidence : float, optional
        Level of a percentile bootstrap interval over architectures (k stays fixed).
    n_resamples, rng, nan_policy
        As in `spearman`.

    Returns
    -------
    Estimate
        ``statistic`` in [0, 1].

    Raises
    ------
    InvalidInput
        If k is outside 1..n, and as `spearman` does.

    Notes
    -----
    Architectures that tie for the last places of a proxy's best k are equally likely to be picked: the value is the
    expectation over random tie-breaks, so it depends neither on the order of the input nor on a threshold.
    Where both vectors tie, an architecture's two chances are taken to coincide as far as they can: overlap(x, x) = 1.

    Examples
    --------
    >>> top_k_overlap([9, 8, 7, 1], [9, 1, 8, 7], k=2).statistic
    0.5
    """
    return evaluate(
        TOP_K_OVERLAP, x, y, names=("x", "y"), confidence=confidence, n_resamples=n_resamples, rng=rng,
        nan_policy=nan_policy, parameters={"k": k},
    )  # fmt: skip


def _kernel(x: Vector, y: Vector, k: Fractional = DEFAULT_K) -> float:
    return picks_of(x, y, k).overlap


TOP_K_OVERLAP = Statistic(
    "top_k_overlap", _kernel, lower=0.0, upper=1.0, needs_variation=False, smooth=False,
    resampler=field_resampler("overlap"),
)  # fmt: skip
STATISTICS.register(TOP_K_OVERLAP.name, TOP_K_OVERLAP)
