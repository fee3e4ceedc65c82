"""Rho along each factor: a panel for channels, resolution, examples and epochs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from benchtools.errors import InvalidInput
from benchtools.experiments.reduced import FactorLine, ZooResult, factor_lines, summarise
from benchtools.reports._style import colours, finish, mark, plain, stroke, styled

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FactorsData", "draw_factors", "factors_data"]

TITLES = {"c": "channels", "r": "resolution", "s": "examples", "e": "epochs"}
STANDS_FOR = {"c": "channels of the first stage", "r": "height and width [pixels]", "s": "share of the examples [%]",
              "e": "epochs"}  # fmt: skip
NAMED_AT_MOST = 5
BANDS_AT_MOST = 3


class FactorsData(NamedTuple):
    """Lines of each factor ``c``, ``r``, ``s`` and ``e``, those of most settings first."""

    lines: dict[str, list[FactorLine]]
    levels: dict[str, list[int]]
    """Levels that the lines pass, the least reduced first; of ``e`` epochs."""
    labels: dict[str, list[str]]
    """What each level stands for: ``c2`` and, below it, its channels."""
    rho_e: dict[str, float]
    """Mean rho_e of a factor's lines; NaN where none has one."""


def factors_data(zoo: ZooResult, summary: pd.DataFrame | None = None) -> FactorsData:
    """Return what the panels show: rho along every line of settings that differ in one factor alone.

    Parameters
    ----------
    zoo : ZooResult
        What was trained.
    summary : pandas.DataFrame, optional
        Of `summarise`; by default it is made.

    Raises
    ------
    InvalidInput
        If no two settings differ in one factor alone.

    See Also
    --------
    benchtools.experiments.reduced.factor_lines : the lines.

    References
    ----------
    S1 (paper 001), section 3.3 (figures 5 and 6) and appendix D.

    Examples
    --------
    >>> from benchtools.experiments.reduced import compare_settings
    >>> zoo = ZooResult.load("zoo13-digits")
    >>> summary = summarise(zoo, compare_settings(zoo, n_resamples=99), n_resamples=99)
    >>> factors_data(zoo, summary).lines["r"][0].levels
    [0, 1, 2, 3, 4]
    """
    found = factor_lines(summarise(zoo) if summary is None else summary)
    if not found:
        raise InvalidInput(
            "no two settings differ in one factor alone: there is no line to draw; run settings such as c0r0s0e30 and "
            "c2r0s0e30"
        )
    lines, levels, labels, rho_e = {}, {}, {}, {}
    for factor in TITLES:
        own = sorted((line for line in found if line.factor == factor), key=lambda line: (-len(line.levels), line.base))
        lines[factor] = own
        levels[factor] = sorted({level for line in own for level in line.levels}, reverse=factor == "e")
        labels[factor] = [_stands_for(zoo, factor, level) for level in levels[factor]]
        known = [line.rho_e for line in own if not math.isnan(line.rho_e)]
        rho_e[factor] = float(np.mean(known)) if known else math.nan
    return FactorsData(lines, levels, labels, rho_e)


def draw_factors(data: FactorsData, axes: Sequence[Axes] | None = None) -> Figure:
    """Draw the four panels and return the figure.

    The longest lines are coloured and named with their rho_e; the others are thin and grey.

    Parameters
    ----------
    data : FactorsData
        What is shown.
    axes : sequence of four Axes, optional
        For ``c``, ``r``, ``s`` and ``e``; by default a figure of its own.

    Raises
    ------
    InvalidInput
        If there are not four axes.
    """
    with styled():
        panels: list[Axes] = list(axes) if axes is not None else _new_panels()
        if len(panels) != len(TITLES):
            raise InvalidInput(f"four axes are needed, for c, r, s and e; {len(panels)} were given")
        shown = [line for lines in data.lines.values() for line in lines]
        ends = [value for line in shown for value in (*line.rho, *_interval(line)) if not math.isnan(value)] or [0.0]
        for place, (factor, ax) in enumerate(zip(TITLES, panels, strict=True)):
            _panel(ax, data, factor)
            ax.set_ylim(min(0.5, min(ends) - 0.03), max(1.02, max(ends) + 0.02))
            if place % 2 == 0:
                ax.set_ylabel("rho with the original setting")
        return finish(panels[0])


def _stands_for(zoo: ZooResult, factor: str, level: int) -> str:
    levels = zoo.plan.levels
    if factor == "e":
        return str(level)
    what = 100 * levels.s[level] if factor == "s" else (levels.c if factor == "c" else levels.r)[level]
    return f"{factor}{level}\n{what:.3g}"


def _new_panels() -> list[Axes]:
    figure = Figure(figsize=(9.0, 7.8), layout=ConstrainedLayoutEngine(h_pad=0.1))
    return list(figure.subplots(2, 2).flat)


def _panel(ax: Axes, data: FactorsData, factor: str) -> None:
    lines, levels = data.lines[factor], data.levels[factor]
    of_rho_e = data.rho_e[factor]
    mean = "" if math.isnan(of_rho_e) else f" (mean rho_e {of_rho_e:+.2f})"
    ax.set_title(f"{TITLES[factor]}{mean}", loc="left", fontweight="bold")
    ax.set_xlabel(STANDS_FOR[factor])
    if not lines:
        ax.set_xticks([])
        ax.text(
            0.5, 0.5, f"no two settings differ\nin {factor} alone", transform=ax.transAxes, ha="center", color="0.4"
        )
        return
    named = lines[:NAMED_AT_MOST]
    for line in lines[NAMED_AT_MOST:]:
        ax.plot([levels.index(level) for level in line.levels], line.rho, color="0.75", linewidth=0.8, zorder=1)
    for place, (line, colour) in enumerate(zip(named, colours(len(named)), strict=True)):
        x = [levels.index(level) for level in line.levels]
        if place < BANDS_AT_MOST:
            ax.fill_between(x, line.low, line.high, color=colour, alpha=0.1, linewidth=0, zorder=0)
        rho_e = "" if math.isnan(line.rho_e) else f"  rho_e {line.rho_e:+.2f}"
        ax.plot(
            x, line.rho, color=colour, marker=mark(place), linestyle=stroke(place), markersize=6, zorder=3,
            label=f"{plain(line.base)}{rho_e}",
        )  # fmt: skip
    if left := len(lines) - len(named):
        ax.plot([], [], color="0.75", linewidth=0.8, label=f"{left} more")
    ax.set_xticks(range(len(levels)), data.labels[factor])
    ax.set_xlim(-0.3, len(levels) - 0.7)
    ax.grid(axis="y", color="0.92")
    ax.set_axisbelow(True)
    ax.legend(
        loc="best", fontsize=8, handlelength=2.4, borderaxespad=0.2, frameon=True, framealpha=0.85, edgecolor="none"
    )


def _interval(line: FactorLine) -> list[float]:
    return [value for value in (*line.low, *line.high) if not math.isnan(value)]
