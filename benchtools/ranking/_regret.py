"""What picking by a proxy loses."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from benchtools.ranking._evaluate import evaluate
from benchtools.ranking._input import Fractional, Vector
from benchtools.ranking._picks import DEFAULT_K, field_resampler, picks_of
from benchtools.ranking._result import Estimate
from benchtools.ranking._statistic import STATISTICS, Statistic

__all__ = ["regret"]


def regret(
    truth: ArrayLike,
    proxy: ArrayLike,
    k: Fractional,
    *,
    confidence: float | None = None,
    n_resamples: int = 9_999,
    rng: np.random.Generator | int = 0,
    nan_policy: str = "raise",
) -> Estimate:
    """Best truth of all less the best truth among the proxy's best k.

    Parameters
    ----------
    truth, proxy : array_like of real numbers, shape (n_archs,)
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
        ``statistic`` of at least 0, in the unit of the truth (accuracies: %).

    Raises
    ------
    InvalidInput
        If k is outside 1..n, and as `spearman` does.

    Notes
    -----
    Architectures that tie for the last places of a proxy's best k are equally likely to be picked: the value is the
    expectation over random tie-breaks, so it depends neither on the order of the input nor on a threshold. The
    bootstrap is inconsistent for extremes: its interval describes the resamples and no more.

    Examples
    --------
    >>> round(regret([94.4, 94.1, 93.0], [1.0, 3.0, 2.0], k=1).statistic, 6)
    0.3
    """
    return evaluate(
        REGRET, truth, proxy, names=("truth", "proxy"), confidence=confidence, n_resamples=n_resamples, rng=rng,
        nan_policy=nan_policy, parameters={"k": k},
    )  # fmt: skip


def _kernel(truth: Vector, proxy: Vector, k: Fractional = DEFAULT_K) -> float:
    return picks_of(truth, proxy, k).regret


REGRET = Statistic(
    "regret", _kernel, lower=0.0, upper=float("inf"), higher_is_better=False, symmetric=False,
    needs_variation=False, smooth=False, resampler=field_resampler("regret"),
)  # fmt: skip
STATISTICS.register(REGRET.name, REGRET)
