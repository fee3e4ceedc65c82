"""Weighted Kendall's tau: exchanges among the best weigh most."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from benchtools.ranking._dominance import Concordance
from benchtools.ranking._evaluate import evaluate
from benchtools.ranking._input import Vector
from benchtools.ranking._result import Estimate
from benchtools.ranking._statistic import STATISTICS, Statistic

__all__ = ["weighted_kendall"]


def weighted_kendall(
    x: ArrayLike,
    y: ArrayLike,
    *,
    confidence: float | None = None,
    rng: np.random.Generator | int = 0,
    nan_policy: str = "raise",
) -> Estimate:
    r"""Kendall's tau in which a pair of ranks r, s = 0, 1, ... (0 the best) weighs 1/(r+1) + 1/(s+1).

    .. math:: \tau_w = \frac{\langle x, y\rangle_w}{\sqrt{\langle x, x\rangle_w \langle y, y\rangle_w}}, \quad
              \langle x, y\rangle_w = \sum_{i<j} \operatorname{sgn}(x_i - x_j)\operatorname{sgn}(y_i - y_j)\,w_{ij}

    averaged over ranking by x (ties by y) and by y (ties by x), so it is symmetric: Vigna's additive hyperbolic
    weighting [1]_, equal to `scipy.stats.weightedtau`. Larger values are better. O(n log n).

    Parameters
    ----------
    x, y : array_like of real numbers, shape (n_archs,)
        One value per architecture in each.
    confidence : float, optional
        Level of a jackknife interval (up to 50 left-out groups, Student's t on Fisher's z).
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

    References
    ----------
    .. [1] S. Vigna, "A weighted correlation index for rankings with ties", WWW 2015.

    Examples
    --------
    >>> best_swapped = weighted_kendall([4, 3, 2, 1], [3, 4, 2, 1]).statistic
    >>> worst_swapped = weighted_kendall([4, 3, 2, 1], [4, 3, 1, 2]).statistic
    >>> best_swapped < worst_swapped
    True
    """
    return evaluate(WEIGHTED_KENDALL, x, y, confidence=confidence, rng=rng, nan_policy=nan_policy)


def _kernel(x: Vector, y: Vector) -> float:
    """Sum over architectures instead of pairs: with w_ij = w_i + w_j, a sum over pairs is that of w_i times its row."""
    pairs = Concordance.of(x, y)
    taus = []
    for first, then in ((x, y), (y, x)):
        weights = np.empty(len(x))
        weights[np.lexsort((then, first))[::-1]] = 1 / np.arange(1, len(x) + 1)
        norm = np.sqrt(weights @ (len(x) - pairs.ties_x)) * np.sqrt(weights @ (len(x) - pairs.ties_y))
        taus.append(weights @ pairs.balance / norm if norm > 0 else np.nan)
    return float(np.clip(np.mean(taus), -1.0, 1.0))


WEIGHTED_KENDALL = Statistic("weighted_kendall", _kernel, interval="jackknife")
STATISTICS.register(WEIGHTED_KENDALL.name, WEIGHTED_KENDALL)
