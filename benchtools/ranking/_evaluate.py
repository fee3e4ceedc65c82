"""The path that every public statistic takes: validate, compute, add the interval that was asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from benchtools.ranking._bootstrap import interval_of
from benchtools.ranking._input import Vector, check_confidence, paired, warn_constant
from benchtools.ranking._jackknife import jackknife_of
from benchtools.ranking._resampling import bootstrap_distribution, check_resamples
from benchtools.ranking._result import Estimate, Interval
from benchtools.ranking._statistic import Statistic, bind, leave_one_out, resampler_of

__all__ = ["evaluate"]


def evaluate(
    statistic: Statistic,
    x: ArrayLike,
    y: ArrayLike,
    *,
    names: tuple[str, str] = ("x", "y"),
    confidence: float | None = None,
    n_resamples: int = 9_999,
    rng: np.random.Generator | int = 0,
    nan_policy: str = "raise",
    parameters: dict[str, Any] | None = None,
) -> Estimate:
    """Return `statistic` of two paired vectors, with its interval where `confidence` is given."""
    vectors, keep = paired(dict(zip(names, (x, y), strict=True)), nan_policy)
    first, second = vectors.values()
    part = bind(statistic, parameters or {})
    if statistic.needs_variation:
        warn_constant(vectors, statistic.name)
    value = part.kernel(first, second)
    interval = None if confidence is None else _interval(part, first, second, confidence, n_resamples, rng)
    return Estimate(statistic.name, value, len(first), int((~keep).sum()), interval)


def _interval(
    statistic: Statistic, x: Vector, y: Vector, confidence: float, n_resamples: int, rng: np.random.Generator | int
) -> Interval:
    check_confidence(confidence)
    if statistic.interval == "jackknife":
        return jackknife_of(statistic, x, y, confidence, rng)
    check_resamples(n_resamples)
    (distribution,) = bootstrap_distribution(len(x), [resampler_of(statistic, x, [y])], n_resamples, rng)
    left_out = leave_one_out(statistic, x, y)
    method = "percentile" if left_out is None else "bca"
    return interval_of(distribution[:, 0], statistic.kernel(x, y), confidence, method, left_out)
