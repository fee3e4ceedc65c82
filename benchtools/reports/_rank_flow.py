"""Rank flow: where each network of a zoo stands in the original setting, and where in reduced ones."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from benchtools.errors import ConstantInputWarning, InvalidInput
from benchtools.experiments.reduced import ZooResult
from benchtools.ranking import spearman
from benchtools.reports._labels import times
from benchtools.reports._style import colours, finish, mark, new_axes, plain, styled
from benchtools.training import Setting

__all__ = ["RankFlowData", "draw_rank_flow", "rank_flow_data"]


class RankFlowData(NamedTuple):
    """Ranks of the networks, by setting; the first setting is the original."""

    settings: list[str]
    ranks: list[list[float]]
    """For each setting the rank of every network, in the order of the plan: 1 is best, and ties share their mean."""
    rho: list[float]
    """Spearman's rho of each setting with the original."""
    acceleration: list[float]
    best: list[int]
    """Positions of the networks that are best in the original setting, the best first."""


def rank_flow_data(zoo: ZooResult, settings: Setting | str | Sequence[Setting | str], *, k: int = 5) -> RankFlowData:
    """Return the ranks of a zoo's networks in the original setting and in others.

    Parameters
    ----------
    zoo : ZooResult
        What was trained.
    settings : Setting, str or a sequence of them
        Reduced settings, in the order to show.
    k : int, default 5
        How many of the best networks are marked. Of networks that tie for the last place, the first in the plan are.

    Raises
    ------
    InvalidInput
        If there is no setting, or `k` is not from 0 to the number of networks.
    NotFound
        If a setting was not run.

    Examples
    --------
    >>> [round(rho, 3) for rho in rank_flow_data(ZooResult.load("zoo13-digits"), "c4r4s0e2").rho]
    [1.0, 0.227]
    """
    wanted = [settings] if isinstance(settings, (str, Setting)) else list(settings)
    if not wanted:
        raise InvalidInput("no setting is given: name at least one, such as c4r4s0e60")
    n = len(zoo.plan.archs)
    if not 0 <= k <= n:
        raise InvalidInput(f"k must be from 0 to the number of networks, {n}; {k} was given")
    stages = [zoo.plan.original, *wanted]
    means = [zoo.mean(setting) for setting in stages]
    ranks = [stats.rankdata(-mean).tolist() for mean in means]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConstantInputWarning)
        rho = [float(spearman(means[0], mean).statistic) for mean in means]
    return RankFlowData(
        [str(setting) for setting in stages],
        ranks,
        rho,
        [zoo.acceleration(setting) for setting in stages],
        sorted(range(n), key=lambda place: ranks[0][place])[:k],
    )


def draw_rank_flow(data: RankFlowData, ax: Axes | None = None) -> Figure:
    """Draw a line for each network from its rank to its rank, the best ones coloured, and return the figure."""
    n, last = len(data.ranks[0]), len(data.settings) - 1
    with styled():
        ax = new_axes(ax, min(3.2 + 2.6 * last, 9.0), 1.3 + max(2.6, min(0.17 * n, 9.0)))
        for place in range(n):
            if place not in data.best:
                ax.plot(_course(data, place), color="0.78", linewidth=1, marker="o", markersize=2.5, zorder=1)
        palette = colours(len(data.best))
        for order, place in enumerate(data.best):
            look = {"color": palette[order], "linewidth": 2.2, "marker": mark(order), "markersize": 7, "zorder": 3}
            ax.plot(_course(data, place), label=f"network {place}", **look)
        for stage, where in ((0, -0.05), (last, last + 0.05)):
            for rank, names in _ends(data, stage).items():
                text = ", ".join(names)
                ax.text(where, rank, text, ha="right" if stage == 0 else "left", va="center", fontsize=9)
        heads = [f"{plain(data.settings[0])}\noriginal"]
        heads += [
            f"{plain(name)}\n{times(ratio)}, rho {rho:.2f}"
            for name, ratio, rho in zip(data.settings[1:], data.acceleration[1:], data.rho[1:], strict=True)
        ]
        ax.set_xticks(range(last + 1), heads)
        ax.xaxis.tick_top()
        ax.tick_params(axis="x", length=0, labelsize=10)
        for stage in range(last + 1):
            ax.axvline(stage, color="0.9", linewidth=1, zorder=0)
        ax.set_xlim(-0.32, last + 0.32)
        ax.set_ylim(n + 0.6, 0.4)
        ax.set_yticks([1, *range(5, n + 1, 5 if n <= 60 else 5 * (n // 50))])
        ax.spines[["left", "bottom"]].set_visible(False)
        ax.set_ylabel("rank (1: best accuracy)")
        return finish(ax)


def _course(data: RankFlowData, place: int) -> list[float]:
    return [ranks[place] for ranks in data.ranks]


def _ends(data: RankFlowData, stage: int) -> dict[float, list[str]]:
    """Return the numbers of the best networks by their rank in a setting: those that tie share a line."""
    found: dict[float, list[str]] = {}
    for place in data.best:
        found.setdefault(data.ranks[stage][place], []).append(f"#{place}")
    return found
