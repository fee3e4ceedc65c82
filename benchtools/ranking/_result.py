"""What a statistic returns."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Estimate", "Interval"]


@dataclass(frozen=True)
class Interval:
    """A confidence interval.

    Attributes
    ----------
    low, high : float
        The limits, in the unit of the statistic.
    confidence : float
        The nominal level, such as 0.95.
    method : str
        How it was computed: "bootstrap (BCa)", "bootstrap (percentile)", "jackknife" ...
    n_resamples : int
        Number of resamples, or of left-out groups for a jackknife.
    """

    low: float
    high: float
    confidence: float
    method: str
    n_resamples: int


@dataclass(frozen=True)
class Estimate:
    """A statistic of two paired vectors (or of one), with what is needed to trust it.

    Attributes
    ----------
    name : str
        The statistic.
    statistic : float
        Its value; NaN where it is not defined.
    n : int
        Number of architectures that it was computed from.
    n_dropped : int
        Number of architectures dropped by ``nan_policy="omit"``.
    interval : Interval or None
        Where it was asked for.
    pvalue : float or None
        Where it was asked for.
    """

    name: str
    statistic: float
    n: int
    n_dropped: int = 0
    interval: Interval | None = None
    pvalue: float | None = None

    @property
    def limits(self) -> tuple[float, float]:
        """The limits of the interval, NaN where there is none."""
        return (math.nan, math.nan) if self.interval is None else (self.interval.low, self.interval.high)

    def __float__(self) -> float:
        return self.statistic

    def __str__(self) -> str:
        text = f"{self.name} = {self.statistic:.4f} (n = {self.n})"
        if self.interval is not None:
            text += f", {self.interval.confidence:.0%} interval [{self.interval.low:.4f}, {self.interval.high:.4f}]"
        return text

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dictionary that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Estimate:
        """Return the estimate that `to_dict` described."""
        interval = fields.get("interval")
        return cls(**{**fields, "interval": None if interval is None else Interval(**interval)})
