"""Everything that a report of a zoo tells, computed once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from benchtools.errors import InvalidInput
from benchtools.experiments.reduced import ZooResult, compare_settings, consensus, factor_lines, summarise
from benchtools.progress import Progress, silent
from benchtools.ranking import RankReport
from benchtools.reports._factors import FactorsData, factors_data
from benchtools.reports._rank_flow import RankFlowData, rank_flow_data
from benchtools.reports._reduced_acceleration import (
    ReducedAccelerationData,
    check_margin,
    reduced_acceleration_data,
)

if TYPE_CHECKING:
    import pandas as pd

    from benchtools.experiments.reduced import FactorLine

__all__ = ["ZooFound"]

SEED_RESAMPLES = 2_000


@dataclass(frozen=True, eq=False)
class ZooFound:
    """A zoo, its comparison, its summary and the data of its figures."""

    zoo: ZooResult
    report: RankReport
    summary: pd.DataFrame
    margin: float

    @classmethod
    def of(
        cls,
        zoo: ZooResult,
        *,
        n_resamples: int,
        rng: np.random.Generator | int,
        margin: float,
        progress: Progress = silent,
    ) -> ZooFound:
        """Compute it; intervals over networks and seeds take at most 2,000 resamples."""
        check_margin(margin)
        report = compare_settings(zoo, n_resamples=n_resamples, rng=rng, progress=progress)
        few = min(n_resamples, SEED_RESAMPLES)
        return cls(zoo, report, summarise(zoo, report, n_resamples=few, rng=rng), margin)

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The summary's rows."""
        return [{str(name): value for name, value in row.items()} for row in self.summary.to_dict("records")]

    @cached_property
    def headline(self) -> ReducedAccelerationData:
        """Rho against acceleration in MACs."""
        return reduced_acceleration_data(self.zoo, self.summary, margin=self.margin)

    @cached_property
    def timed(self) -> ReducedAccelerationData | None:
        """Rho against acceleration in measured seconds; None where no seconds are known."""
        try:
            return reduced_acceleration_data(self.zoo, self.summary, by="seconds", margin=self.margin)
        except InvalidInput:
            return None

    @cached_property
    def lines(self) -> list[FactorLine]:
        """Lines of settings that differ in one factor alone."""
        return factor_lines(self.summary)

    @cached_property
    def factors(self) -> FactorsData | None:
        """The panels of the factors; None without a line."""
        return factors_data(self.zoo, self.summary) if self.lines else None

    @cached_property
    def flow(self) -> RankFlowData:
        """Ranks from the original to the chosen setting, and to the fastest good one."""
        data = self.headline
        ends = dict.fromkeys([data.settings[data.chosen], data.settings[data.front[-1]]])
        return rank_flow_data(self.zoo, list(ends), k=min(5, len(self.zoo.plan.archs)))

    @cached_property
    def consensus(self) -> float:
        """Of plain and tolerant rho; NaN for fewer than three settings."""
        return consensus(self.summary) if len(self.summary) >= 3 else math.nan
