"""Top-k curve: what is lost by training only the best k of a proxy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchtools.ranking import RankReport
from benchtools.ranking._picks import picks_curves
from benchtools.reports._style import colours, finish, height_of, new_axes, plain, stroke, styled

__all__ = ["TopKData", "draw_top_k", "top_k_data"]

POINTS = 25


class TopKData(NamedTuple):
    """Regret [unit of the truth] by number of picks, for every proxy and for picking at random."""

    k: list[int]
    regret: dict[str, list[float]]
    chance: list[float]
    truth: str


def top_k_data(report: RankReport) -> TopKData:
    """Return the expected regret of every proxy's best k, for k up to a tenth of the architectures (at least 10)."""
    largest = min(report.n, max(10, report.n // 10))
    ks = sorted({int(k) for k in np.geomspace(1, largest, POINTS).round()})

    names = report.ranked()
    scores = [*(report.proxies[name] for name in names), np.zeros(report.n)]
    *curves, chance = [
        [picks.regret for picks in curve] for curve in picks_curves(report.truth, scores, [(k, k) for k in ks])
    ]
    return TopKData(ks, dict(zip(names, curves, strict=True)), chance, report.truth_name)


def draw_top_k(data: TopKData, ax: Axes | None = None) -> Figure:
    """Draw the top-k curves and return the figure."""
    with styled():
        ax = new_axes(ax, 7.0, height_of(len(data.regret) + 1))
        for position, (name, colour) in enumerate(zip(data.regret, colours(len(data.regret)), strict=True)):
            ax.plot(data.k, data.regret[name], color=colour, linestyle=stroke(position), linewidth=2, label=plain(name))
        ax.plot(data.k, data.chance, color="0.5", linewidth=1, label="at random")
        ax.set_xscale("log")
        worst = max((value for curve in data.regret.values() for value in curve), default=0.0)
        ax.set_ylim(0, 1.08 * worst or None)  # chance may leave the picture at small k
        ax.grid(color="0.92")
        ax.set_axisbelow(True)
        ax.set_xlabel("architectures trained in full, the proxy's best first (k)")
        ax.set_ylabel("regret: best of all less best of these")
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=9)
        return finish(ax)
