"""Forest plot: rho of every proxy with its interval."""

from __future__ import annotations

import math
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchtools.ranking import RankReport
from benchtools.reports._style import colours, finish, new_axes, plain, styled

__all__ = ["ForestData", "draw_forest", "forest_data"]


class ForestData(NamedTuple):
    """Rows of a forest plot, the highest rho first; ``tolerant`` is NaN where it was not computed."""

    proxies: list[str]
    rho: list[float]
    low: list[float]
    high: list[float]
    tolerant: list[float]
    truth: str
    confidence: float


def forest_data(report: RankReport) -> ForestData:
    """Return what the forest plot of `report` shows."""
    names = report.ranked()
    rho = [report.estimates[name]["spearman"] for name in names]
    tolerant = [report.estimates[name].get("tolerant_spearman") for name in names]
    return ForestData(
        names,
        [estimate.statistic for estimate in rho],
        [estimate.limits[0] for estimate in rho],
        [estimate.limits[1] for estimate in rho],
        [math.nan if estimate is None else estimate.statistic for estimate in tolerant],
        report.truth_name,
        report.settings["confidence"],
    )


def draw_forest(data: ForestData, ax: Axes | None = None) -> Figure:
    """Draw a forest plot and return its figure."""
    with styled():
        ax = new_axes(ax, 7.0, 1.3 + 0.36 * len(data.proxies))
        blue, orange = colours(2)
        rows = range(len(data.proxies))
        for row, low, high in zip(rows, data.low, data.high, strict=True):
            ax.plot([low, high], [row, row], color=blue, linewidth=2.2, solid_capstyle="butt")
        ax.plot(data.rho, rows, "o", color=blue, markersize=6, label=f"rho, {data.confidence:.0%} interval")
        if not all(math.isnan(value) for value in data.tolerant):
            ax.plot(data.tolerant, rows, "D", color=orange, markerfacecolor="none", label="tolerant rho")
        for row, value in zip(rows, data.rho, strict=True):
            ax.annotate(
                "not defined" if math.isnan(value) else f"{value:.3f}",
                (1.01, row), xycoords=("axes fraction", "data"), va="center", fontsize=9,
            )  # fmt: skip
        ax.set_yticks(list(rows), [plain(name) for name in data.proxies])
        ax.set_ylim(len(data.proxies) - 0.5, -0.5)
        lows = [value for value in (*data.low, *data.rho) if not math.isnan(value)]
        ax.set_xlim(min([0.0, *lows]) - (0.03 if lows and min(lows) < 0 else 0.0), 1.02)
        if lows and min(lows) < 0:
            ax.axvline(0, color="0.6", linewidth=0.8)
        ax.grid(axis="x", color="0.9")
        ax.set_axisbelow(True)
        ax.set_xlabel(f"Spearman's rho with {plain(data.truth, 100)}")
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2)
        return finish(ax)
