"""Permutation test of a rank statistic."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from benchtools.ranking._input import Vector, check_choice, paired, warn_constant
from benchtools.ranking._resampling import check_resamples
from benchtools.ranking._result import Estimate
from benchtools.ranking._statistic import Statistic, StatisticLike, as_statistic

__all__ = ["permutation_pvalue"]

Alternative = Literal["two-sided", "greater", "less"]


def permutation_pvalue(
    statistic: StatisticLike,
    x: ArrayLike,
    y: ArrayLike,
    *,
    alternative: Alternative = "two-sided",
    n_permutations: int = 9_999,
    rng: np.random.Generator | int = 0,
    **parameters: Any,
) -> Estimate:
    """P-value of a statistic against the hypothesis that the two orders have nothing to do with each other.

    Parameters
    ----------
    statistic : str, Statistic or callable
        A name such as ``"spearman"``, or ``f(x, y) -> float``.
    x, y : array_like, shape (n_archs,)
        The paired vectors; `y` is permuted.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        The direction that speaks against the hypothesis; "two-sided" is twice the smaller one-sided value.
    n_permutations : int, default 9999
        Number of random permutations.
    rng : numpy.random.Generator or int, default 0
        Source of randomness.
    **parameters
        Passed to the statistic (``tolerance=``, ``k=``).

    Returns
    -------
    Estimate
        With ``pvalue`` = (1 + number as extreme) / (1 + n_permutations) [1]_: never 0; NaN if the statistic is.

    Raises
    ------
    InvalidInput
        For vectors that do not pair, and for arguments outside their range.

    References
    ----------
    .. [1] B. Phipson and G. K. Smyth, "Permutation P-values should never be zero", SAGMB 9 (2010).

    Examples
    --------
    >>> permutation_pvalue("spearman", np.arange(10), np.arange(10)).pvalue
    0.0002
    """
    check_choice("alternative", alternative, get_args(Alternative))
    check_resamples(n_permutations)
    part = as_statistic(statistic, parameters)
    vectors, _ = paired({"x": x, "y": y})
    first, second = vectors["x"], vectors["y"]
    if part.needs_variation:
        warn_constant(vectors, part.name, stacklevel=3)
    observed = part.kernel(first, second)
    estimate = Estimate(part.name, observed, len(first))
    if np.isnan(observed):
        return replace(estimate, pvalue=float("nan"))
    values = _null_distribution(part, first, second, n_permutations, np.random.default_rng(rng))
    slack = 1e-12 * max(1.0, abs(observed))
    greater = (1 + np.count_nonzero(values >= observed - slack)) / (n_permutations + 1)
    less = (1 + np.count_nonzero(values <= observed + slack)) / (n_permutations + 1)
    pvalues = {"greater": greater, "less": less, "two-sided": min(1.0, 2 * min(greater, less))}
    return replace(estimate, pvalue=float(pvalues[alternative]))


def _null_distribution(
    statistic: Statistic, x: Vector, y: Vector, n_permutations: int, rng: np.random.Generator
) -> Vector:
    if statistic.scores is None:
        return np.array([statistic.kernel(x, rng.permutation(y)) for _ in range(n_permutations)])
    u, v = statistic.scores(x), statistic.scores(y)
    norm = np.sqrt(u @ u) * np.sqrt(v @ v)
    values: Vector = np.array([u @ rng.permutation(v) for _ in range(n_permutations)]) / norm
    return values
