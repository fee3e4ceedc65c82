"""What a rank statistic is: a kernel, its range, and the quick ways to its interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from inspect import signature
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput
from benchtools.ranking._input import Vector
from benchtools.registry import Registry

__all__ = [
    "STATISTICS",
    "Counts",
    "Resampler",
    "Statistic",
    "StatisticLike",
    "as_statistic",
    "bind",
    "leave_one_out",
    "resampler_of",
]

Counts = NDArray[np.int32]
"""How often each architecture stands in each resample, shape ``(n, n_resamples)``; columns sum to n."""

Resampler = Callable[[Counts], Vector]
"""Takes counts to the statistic of every resample and proxy, shape ``(n_resamples, n_proxies)``."""


@dataclass(frozen=True)
class Statistic:
    """A statistic of two paired vectors.

    Attributes
    ----------
    name : str
        Name of the function in `benchtools.ranking`.
    kernel : callable
        ``kernel(x, y, **parameters) -> float`` on validated vectors.
    scores : callable, optional
        Where the statistic is the cosine of two centred vectors: takes x to its vector, and y to its.
    lower, upper : float
        The range of its values.
    higher_is_better : bool
        Whether a larger value means better kept order; false for regret and best rank.
    symmetric : bool
        Whether the two vectors may change places; if not, the first is the truth and the second the proxy.
    needs_variation : bool
        Whether a constant vector makes it undefined (NaN).
    smooth : bool
        Whether a small change of the data changes it little; if not, leaving one out says nothing of its error.
    interval : {"bootstrap", "jackknife"}
        The interval that the function gives; "jackknife" where one evaluation costs a sort.
    resampler : callable, optional
        ``resampler(truth, proxies, **parameters) -> Resampler``: evaluates resamples from counts without sorting.
    leave_one_out : callable, optional
        ``leave_one_out(x, y, **parameters)``: the statistic without each architecture in turn, shape ``(n,)``.
    """

    name: str
    kernel: Callable[..., float]
    scores: Callable[[Vector], Vector] | None = None
    lower: float = -1.0
    upper: float = 1.0
    higher_is_better: bool = True
    symmetric: bool = True
    needs_variation: bool = True
    smooth: bool = True
    interval: Literal["bootstrap", "jackknife"] = "bootstrap"
    resampler: Callable[..., Resampler] | None = None
    leave_one_out: Callable[..., Vector] | None = None


StatisticLike = str | Statistic | Callable[..., float]
"""A registered name, a statistic, or any ``f(x, y) -> float``."""

STATISTICS: Registry[Statistic] = Registry("statistic", "benchtools.statistics")


def as_statistic(statistic: StatisticLike, parameters: dict[str, Any]) -> Statistic:
    """Return the statistic that a name or function stands for, with its parameters fixed."""
    if callable(statistic) and getattr(statistic, "__module__", "").startswith("benchtools.ranking."):
        statistic = statistic.__name__  # one of our own functions, given as itself
    if isinstance(statistic, str):
        statistic = STATISTICS.get(statistic)
    elif not isinstance(statistic, Statistic):
        if not callable(statistic):
            raise InvalidInput(f"statistic={statistic!r}: give a name ({', '.join(STATISTICS.names())}) or a function")
        name = getattr(statistic, "__name__", "statistic")
        function = statistic

        def kernel(x: Vector, y: Vector) -> float:
            return float(function(x, y, **parameters))

        return Statistic(name, kernel, lower=-np.inf, upper=np.inf, needs_variation=False)
    return bind(statistic, parameters)


def bind(statistic: Statistic, parameters: dict[str, Any]) -> Statistic:
    """Return `statistic` with `parameters` (``tolerance=``, ``k=``) fixed in all its functions."""
    if not parameters:
        return statistic
    taken = signature(statistic.kernel).parameters.values()
    valid = [parameter.name for parameter in taken][2:]
    for name in parameters:
        if name not in valid and not any(parameter.kind is parameter.VAR_KEYWORD for parameter in taken):
            raise InvalidInput(f"{statistic.name} has no parameter {name!r}: it takes {', '.join(valid) or 'none'}")
    fixed: dict[str, Any] = {
        name: partial(function, **parameters)
        for name in ("kernel", "resampler", "leave_one_out")
        if (function := getattr(statistic, name)) is not None
    }
    return replace(statistic, **fixed)


def resampler_of(statistic: Statistic, truth: Vector, proxies: Sequence[Vector]) -> Resampler:
    """Return the quick resampler of `statistic` where it has one, else the one that repeats and evaluates."""
    if statistic.resampler is not None:
        return statistic.resampler(truth, proxies)
    return expand(statistic.kernel, truth, proxies)


def leave_one_out(statistic: Statistic, x: Vector, y: Vector) -> Vector | None:
    """Return the statistic without each architecture in turn, or None where that would be too dear."""
    if statistic.leave_one_out is not None:
        return statistic.leave_one_out(x, y)
    if not statistic.smooth or len(x) > 1_000 or len(x) <= 3:
        return None
    return np.array([statistic.kernel(np.delete(x, i), np.delete(y, i)) for i in range(len(x))])


def expand(kernel: Callable[[Vector, Vector], float], truth: Vector, proxies: Sequence[Vector]) -> Resampler:
    """Return the resampler of any kernel: it repeats each architecture as often as it was drawn."""

    def resampler(counts: Counts) -> Vector:
        drawn = [np.repeat(np.arange(len(column)), column) for column in counts.T]
        return np.array([[kernel(truth[rows], proxy[rows]) for proxy in proxies] for rows in drawn])

    return resampler
