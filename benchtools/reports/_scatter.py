"""Truth against proxy: a density where points would hide each other, with the best architectures marked."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchtools.ranking import RankReport
from benchtools.ranking._input import Vector
from benchtools.reports._style import colours, finish, new_axes, plain, styled

__all__ = ["ScatterData", "draw_scatter", "scatter_data"]

POINTS_AT_MOST = 1_500  # above this a density is drawn


class ScatterData(NamedTuple):
    """A proxy against the truth; ``best`` and ``picked`` are positions in the vectors."""

    proxy_name: str
    truth_name: str
    proxy: Vector
    truth: Vector
    rho: float
    best: list[int]
    picked: int


def scatter_data(report: RankReport, proxy: str) -> ScatterData:
    """Return what the scatter plot of one proxy shows."""
    scores = report.proxies[proxy]
    rho = report.estimates[proxy]["spearman"].statistic
    picked = int(np.argmax(scores))
    return ScatterData(proxy, report.truth_name, scores, report.truth, rho, report.best(), picked)


def draw_scatter(data: ScatterData, ax: Axes | None = None) -> Figure:
    """Draw one proxy against the truth and return the figure."""
    with styled():
        ax = new_axes(ax, 4.0, 3.4)
        _, orange, green, *_ = colours(3)
        if len(data.truth) > POINTS_AT_MOST:
            ax.hexbin(data.proxy, data.truth, gridsize=55, bins="log", cmap="Greys", linewidths=0.1, rasterized=True)
        else:
            ax.plot(data.proxy, data.truth, "o", color="0.35", markersize=3, alpha=0.6)
        best = data.best[:20]
        ax.plot(
            data.proxy[best], data.truth[best], "*", color=orange, markersize=13, markeredgecolor="black",
            markeredgewidth=0.6, label="best", linestyle="none",
        )  # fmt: skip
        ax.plot(
            data.proxy[data.picked], data.truth[data.picked], "s", markerfacecolor="none", markeredgecolor=green,
            markeredgewidth=2, markersize=9, label="picked", linestyle="none",
        )  # fmt: skip
        ax.set_xlabel(plain(data.proxy_name))
        ax.set_ylabel(plain(data.truth_name, 100))
        ax.set_title(f"rho = {data.rho:.3f}" if np.isfinite(data.rho) else "rho is not defined")
        ax.legend(loc="lower right", fontsize=8, handletextpad=0.2)
        return finish(ax)
