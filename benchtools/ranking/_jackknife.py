"""Jackknife intervals, for statistics of which one evaluation costs a sort."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from benchtools.ranking._input import Vector, check_confidence, paired, warn_constant
from benchtools.ranking._result import Interval
from benchtools.ranking._statistic import Statistic, StatisticLike, as_statistic

__all__ = ["jackknife_interval", "jackknife_of"]

GROUPS = 50  # left-out groups where there is no closed form


def jackknife_interval(
    statistic: StatisticLike,
    x: ArrayLike,
    y: ArrayLike,
    *,
    confidence: float = 0.95,
    rng: np.random.Generator | int = 0,
    **parameters: Any,
) -> Interval:
    """Jackknife interval: Student's t on Fisher's z where the statistic lies in [-1, 1], else on the plain scale.

    For statistics of which one evaluation costs a sort. Architectures are left out one at a time where a closed form
    exists (Kendall) or n is at most 50, otherwise in 50 random groups of equal size.

    Parameters
    ----------
    statistic, x, y, confidence, rng, **parameters
        As in `bootstrap_interval`; the vectors have shape ``(n_archs,)``.

    Returns
    -------
    Interval

    Examples
    --------
    >>> truth = np.arange(30.0)
    >>> interval = jackknife_interval("kendall", truth, truth + 6 * np.sin(7 * truth))
    >>> round(interval.low, 2), round(interval.high, 2)
    (0.59, 0.82)
    """
    check_confidence(confidence)
    part = as_statistic(statistic, parameters)
    vectors, _ = paired({"x": x, "y": y})
    if part.needs_variation:
        warn_constant(vectors, part.name, stacklevel=3)
    return jackknife_of(part, vectors["x"], vectors["y"], confidence, rng)


def jackknife_of(
    statistic: Statistic, x: Vector, y: Vector, confidence: float, rng: np.random.Generator | int
) -> Interval:
    """Return the jackknife interval of validated vectors, shape ``(n,)``."""
    observed = statistic.kernel(x, y)
    if statistic.leave_one_out is not None:
        values = statistic.leave_one_out(x, y)
    else:
        values = _leave_group_out(statistic, x, y, rng)
    groups = len(values)
    if not np.isfinite(observed) or np.isnan(values).any():
        return Interval(np.nan, np.nan, confidence, "jackknife", groups)
    on_fisher_scale = (statistic.lower, statistic.upper) == (-1.0, 1.0)
    if on_fisher_scale:
        values, centre = _fisher(values), float(_fisher(np.array(observed)))
    else:
        centre = observed
    error = np.sqrt((groups - 1) / groups * np.sum((values - values.mean()) ** 2))
    limits = centre + error * special.stdtrit(groups - 1, (1 + confidence) / 2) * np.array([-1.0, 1.0])
    low, high = np.tanh(limits) if on_fisher_scale else limits
    return Interval(float(low), float(high), confidence, "jackknife", groups)


def _fisher(values: Vector) -> Vector:
    """Fisher's z, finite at -1 and 1."""
    inside = np.nextafter(1.0, 0.0)
    z: Vector = np.arctanh(np.clip(values, -inside, inside))
    return z


def _leave_group_out(statistic: Statistic, x: Vector, y: Vector, rng: np.random.Generator | int) -> Vector:
    groups = np.arange(len(x)) % min(GROUPS, len(x))
    groups = np.random.default_rng(rng).permutation(groups) if len(x) > GROUPS else groups
    return np.array([statistic.kernel(x[groups != g], y[groups != g]) for g in range(groups.max() + 1)])
