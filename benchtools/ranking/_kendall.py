"""Kendall's tau-b."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from benchtools.ranking._dominance import Concordance
from benchtools.ranking._evaluate import evaluate
from benchtools.ranking._input import Vector
from benchtools.ranking._result import Estimate
from benchtools.ranking._statistic import STATISTICS, Statistic

__all__ = ["kendall"]


def kendall(
    x: ArrayLike,
    y: ArrayLike,
    *,
    confidence: float | None = None,
    rng: np.random.Generator | int = 0,
    nan_policy: str = "raise",
) -> Estimate:
    r"""Kendall's rank correlation tau-b: concordant less discordant pairs, corrected for ties.

    .. math:: \tau_b = \frac{C - D}{\sqrt{(P - T_x)(P - T_y)}}

    with P = n(n-1)/2 pairs, C in the same order in both vectors, D in opposite order, and :math:`T_x, T_y` tied in
    each. O(n log n), by `scipy.stats.kendalltau`.

    Parameters
    ----------
    x, y : array_like of real numbers, shape (n_archs,)
        One value per architecture in each.
    confidence : float, optional
        Level of a jackknife interval (leave one out in closed form, Student's t on Fisher's z).
    rng, nan_policy
        As in `spearman`.

    Returns
    -------
    Estimate
        ``statistic`` in [-1, 1]; NaN where a vector is constant.

    Raises
    ------
    InvalidInput
        As `spearman` does.

    Warns
    -----
    ConstantInputWarning
        If a vector is constant.

    Examples
    --------
    >>> round(kendall([1, 2, 3, 4], [1, 3, 2, 4]).statistic, 6)
    0.666667
    """
    return evaluate(KENDALL, x, y, confidence=confidence, rng=rng, nan_policy=nan_policy)


def _kernel(x: Vector, y: Vector) -> float:
    return float(stats.kendalltau(x, y, method="asymptotic").statistic)


def _leave_one_out(x: Vector, y: Vector) -> Vector:
    n = len(x)
    pairs = Concordance.of(x, y)
    tied = [(ties - 1).sum() / 2 - (ties - 1) for ties in (pairs.ties_x, pairs.ties_y)]
    comparable = [(n - 1) * (n - 2) / 2 - without for without in tied]
    with np.errstate(invalid="ignore", divide="ignore"):
        values: Vector = (pairs.balance.sum() / 2 - pairs.balance) / np.sqrt(comparable[0] * comparable[1])
    return values


KENDALL = Statistic("kendall", _kernel, interval="jackknife", leave_one_out=_leave_one_out)
STATISTICS.register(KENDALL.name, KENDALL)
