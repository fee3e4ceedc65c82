"""Rho against acceleration ratio: what trust costs."""

from __future__ import annotations

import math
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchtools.errors import InvalidInput
from benchtools.ranking import RankReport
from benchtools.reports._style import colours, finish, height_of, mark, new_axes, plain, styled

__all__ = ["AccelerationData", "acceleration_data", "draw_acceleration"]


class AccelerationData(NamedTuple):
    """Proxies whose cost is known, by acceleration; infinite where a proxy costs nothing."""

    proxies: list[str]
    acceleration: list[float]
    rho: list[float]
    low: list[float]
    high: list[float]
    truth: str


def acceleration_data(report: RankReport) -> AccelerationData:
    """Return what the plot shows.

    Raises
    ------
    InvalidInput
        If the report knows no costs.
    """
    known = {name: ratio for name in report.proxies if (ratio := report.acceleration(name)) is not None}
    if not known:
        raise InvalidInput("the report knows no costs: pass costs= and truth_cost= to compare, or --cost to rank")
    names = sorted(known, key=lambda name: known[name])
    rho = [report.estimates[name]["spearman"] for name in names]
    return AccelerationData(
        names,
        [known[name] for name in names],
        [estimate.statistic for estimate in rho],
        [estimate.limits[0] for estimate in rho],
        [estimate.limits[1] for estimate in rho],
        report.truth_name,
    )


def draw_acceleration(data: AccelerationData, ax: Axes | None = None) -> Figure:
    """Draw rho against acceleration ratio and return the figure."""
    with styled():
        ax = new_axes(ax, 7.0, height_of(len(data.proxies)))
        finite = [value for value in data.acceleration if math.isfinite(value)] or [1.0]
        free = max(*finite, 1.0) * 10
        places = [value if math.isfinite(value) else free for value in data.acceleration]
        for position, (name, colour) in enumerate(zip(data.proxies, colours(len(data.proxies)), strict=True)):
            x, y = places[position], data.rho[position]
            ax.plot([x, x], [data.low[position], data.high[position]], color=colour, linewidth=2)
            ax.plot(x, y, mark(position), color=colour, markersize=8, label=plain(name))
        ax.set_xscale("log")
        if math.inf in data.acceleration:  # beside the axis rather than on it: a ratio to nothing has no place there
            ax.axvline(free / 3, color="0.7", linewidth=0.8, linestyle=":")
            powers = range(math.floor(math.log10(min(*finite, 1.0))), math.floor(math.log10(free / 4)) + 1)
            ax.set_xticks(
                [*(10.0**power for power in powers), free], [*(f"{10.0**p:g}" for p in powers), "no training"]
            )
            ax.minorticks_off()
        ax.set_xlim(min(*finite, 1.0) / 2, max(places) * 2.5)
        ax.grid(color="0.92")
        ax.set_axisbelow(True)
        ax.set_xlabel("acceleration ratio (cost of the truth over cost of the proxy)")
        ax.set_ylabel("Spearman's rho with the truth")
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=9)
        return finish(ax)
