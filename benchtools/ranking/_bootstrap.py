"""Bootstrap intervals over architectures, and over the seeds within them."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from benchtools.progress import Progress, silent
from benchtools.ranking._input import Vector, check_choice, check_confidence, check_same_index, paired, warn_constant
from benchtools.ranking._resampling import as_runs, bootstrap_distribution, check_resamples, hierarchical_distribution
from benchtools.ranking._result import Interval
from benchtools.ranking._statistic import StatisticLike, as_statistic, leave_one_out, resampler_of

__all__ = ["bootstrap_interval", "interval_of"]

Method = Literal["bca", "percentile", "basic"]


def bootstrap_interval(
    statistic: StatisticLike,
    x: ArrayLike,
    y: ArrayLike,
    *,
    confidence: float = 0.95,
    n_resamples: int = 9_999,
    method: Method = "bca",
    rng: np.random.Generator | int = 0,
    progress: Progress = silent,
    **parameters: Any,
) -> Interval:
    """Bootstrap interval of a statistic of paired vectors; architectures are drawn with replacement.

    Spearman, Pearson and the top-k statistics are computed from how often each architecture was drawn, over orders
    sorted once: O(n) per resample. Other statistics are evaluated on the resampled vectors.

    Parameters
    ----------
    statistic : str, Statistic or callable
        A function of this package or its name (``spearman``, ``"spearman"``), or any ``f(x, y) -> float``.
    x, y : array_like, shape (n_archs,) or (n_archs, n_seeds)
        The vectors (truth first where the statistic is not symmetric). A matrix holds one column per seed, NaN for a
        missing run: then runs are drawn within each drawn architecture too (the hierarchical bootstrap), and the
        statistic is that of the means of the drawn runs.
    confidence : float, default 0.95
        Level of the interval.
    n_resamples : int, default 9999
        Number of resamples.
    method : {"bca", "percentile", "basic"}, default "bca"
        Bias-corrected and accelerated [1]_ as in `scipy.stats.bootstrap`, percentiles, or reflected percentiles. The
        acceleration needs leave-one-out values, so "bca" turns to "percentile" where they would cost n evaluations
        of an expensive statistic (see Notes).
    rng : numpy.random.Generator or int, default 0
        Source of randomness.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.
    **parameters
        Passed to the statistic (``tolerance=``, ``k=``).

    Returns
    -------
    Interval
        Its ``method`` says what was computed and ``n_resamples`` how many resamples had a defined statistic.

    Raises
    ------
    InvalidInput
        For vectors that do not pair, and for arguments outside their range.

    Notes
    -----
    The interval answers for *other architectures drawn like these*. Leave-one-out values come from a closed form in
    O(n log n) for Spearman, Pearson and Kendall; others are evaluated n times if n is at most 1,000. The bootstrap is
    inconsistent for extremes [2]_: read the intervals of regret and best rank as a description of the resamples.

    References
    ----------
    .. [1] B. Efron, "Better Bootstrap Confidence Intervals", JASA 82 (1987), 171-185.
    .. [2] P. J. Bickel and D. A. Freedman, "Some asymptotic theory for the bootstrap", Ann. Stat. 9 (1981), 1196-1217.

    Examples
    --------
    >>> truth = np.arange(30.0)
    >>> proxy = truth + 6 * np.sin(7 * truth)
    >>> interval = bootstrap_interval("spearman", truth, proxy, n_resamples=999)
    >>> round(interval.low, 2), round(interval.high, 2), interval.method
    (0.85, 0.97, 'bootstrap (bca)')
    """
    check_confidence(confidence)
    check_choice("method", method, get_args(Method))
    check_resamples(n_resamples)
    part = as_statistic(statistic, parameters)
    matrices = [np.asarray(values) for values in (x, y)]
    if any(matrix.ndim == 2 for matrix in matrices):
        check_same_index({"x": x, "y": y})
        runs = [as_runs(matrix, name) for matrix, name in zip(matrices, "xy", strict=True)]
        truth, proxy = (np.nanmean(run, axis=1) for run in runs)
        paired({"x": truth, "y": proxy})
        distribution = hierarchical_distribution(part, runs[0], runs[1], n_resamples, rng, progress)
    else:
        vectors, _ = paired({"x": x, "y": y})
        truth, proxy = vectors["x"], vectors["y"]
        (values,) = bootstrap_distribution(len(truth), [resampler_of(part, truth, [proxy])], n_resamples, rng, progress)
        distribution = values[:, 0]
    if part.needs_variation:
        warn_constant({"x": truth, "y": proxy}, part.name, stacklevel=3)
    left_out = leave_one_out(part, truth, proxy) if method == "bca" else None
    observed = part.kernel(truth, proxy)
    if left_out is None and method == "bca":
        method = "percentile"
    return interval_of(distribution, observed, confidence, method, left_out)


def interval_of(
    distribution: Vector, observed: float, confidence: float, method: str, left_out: Vector | None = None
) -> Interval:
    """Return the interval that a bootstrap distribution, shape ``(n_resamples,)``, gives around `observed`."""
    finite = distribution[np.isfinite(distribution)]
    label = f"bootstrap ({method})"
    if not len(finite) or not np.isfinite(observed):
        return Interval(np.nan, np.nan, confidence, label, len(finite))
    levels = np.array([(1 - confidence) / 2, (1 + confidence) / 2])
    if method == "bca":
        levels = _bca_levels(finite, observed, levels, left_out)
    low, high = np.quantile(finite, levels)
    if method == "basic":
        low, high = 2 * observed - high, 2 * observed - low
    return Interval(float(low), float(high), confidence, label, len(finite))


def _bca_levels(distribution: Vector, observed: float, levels: Vector, left_out: Vector | None) -> Vector:
    share = ((distribution < observed).mean() + (distribution <= observed).mean()) / 2
    if not 0 < share < 1:
        return levels
    bias = special.ndtri(share)
    deviations = np.zeros(1) if left_out is None else np.nanmean(left_out) - left_out
    cubes, squares = np.nansum(deviations**3), np.nansum(deviations**2)
    acceleration = cubes / (6 * squares**1.5) if squares > 0 else 0.0
    shifted = bias + special.ndtri(levels)
    corrected: Vector = special.ndtr(bias + shifted / (1 - acceleration * shifted))
    return corrected
