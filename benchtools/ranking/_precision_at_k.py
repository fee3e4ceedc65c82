"""How many of a proxy's picks are truly among the best."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from benchtools.ranking._evaluate import evaluate
from benchtools.ranking._input import Fractional, Vector
from benchtools.ranking._picks import DEFAULT_K, field_resampler, picks_of
from benchtools.ranking._result import Estimate
from benchtools.ranking._statistic import STATISTICS, Statistic

__all__ = ["precision_at_k"]


def precision_at_k(
    truth: ArrayLike,
    proxy: ArrayLike,
    k: Fractional,
    *,
    top: Fractional | None = None,
    confidence: float | None = None,
    n_resamples: int = 9_999,
    rng: np.random.Generator | int = 0,
    nan_policy: str = "raise",
) -> Estimate:
    """Share of the proxy's best k that are among the truth's best `top`.

    Parameters
    ----------
    truth, proxy : array_like of real numbers, shape (n_archs,)
        One value per architecture in each; larger is better.
    k : int or float
        Number of architectures picked, or a share of them below 1.
    top : int or float, optional
        Number or share of architectures that count as truly good; by default k. All that tie with the last of them
        count too.
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

    Examples
    --------
    >>> precision_at_k([9, 8, 7, 1], [9, 1, 8, 7], k=2).statistic
    0.5
    >>> precision_at_k([9, 8, 7, 1], [9, 1, 8, 7], k=2, top=3).statistic
    1.0
    """
    return evaluate(
        PRECISION_AT_K, truth, proxy, names=("truth", "proxy"), confidence=confidence, n_resamples=n_resamples, rng=rng,
        nan_policy=nan_policy, parameters={"k": k, "top": top},
    )  # fmt: skip


def _kernel(truth: Vector, proxy: Vector, k: Fractional = DEFAULT_K, top: Fractional | None = None) -> float:
    return picks_of(truth, proxy, k, top).precision


PRECISION_AT_K = Statistic(
    "precision_at_k", _kernel, lower=0.0, upper=1.0, symmetric=False, needs_variation=False, smooth=False,
    resampler=field_resampler("precision"),
)  # fmt: skip
STATISTICS.register(PRECISION_AT_K.name, PRECISION_AT_K)
