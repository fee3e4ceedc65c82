"""Rho against acceleration over a zoo's reduced settings: what each saves, which are good, and which to take."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from benchtools.errors import InvalidInput
from benchtools.experiments.reduced import ZooResult, pareto_front, summarise
from benchtools.reports._labels import along, place_label, times
from benchtools.reports._style import colours, finish, new_axes, plain, styled
from benchtools.training import Setting

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ReducedAccelerationData", "check_margin", "draw_reduced_acceleration", "reduced_acceleration_data"]

LOOKS = {
    "c": ("channels only", 0, "o"), "r": ("resolution only", 1, "s"), "s": ("examples only", 2, "^"),
    "e": ("epochs only", 4, "v"), "several": ("several", 3, "D"), "none": ("nothing", 7, "P"),
}  # fmt: skip
"""Label, place in the palette and mark of what a setting reduces."""
INK = "0.25"


class ReducedAccelerationData(NamedTuple):
    """Settings by rising acceleration; lists have an entry for each, and rho is defined for all of them."""

    settings: list[str]
    reduces: list[str]
    """``c``, ``r``, ``s``, ``e``, ``several`` or ``none``."""
    acceleration: list[float]
    rho: list[float]
    low: list[float]
    high: list[float]
    front: list[int]
    """Positions of the good settings: no other is at least as fast and keeps the order better, or the reverse."""
    chosen: int
    """Position of the fastest good setting whose rho is within `margin` of the best rho."""
    margin: float
    by: str
    original: str
    left_out: list[str]
    """Settings whose rho or acceleration is not defined."""


def reduced_acceleration_data(
    zoo: ZooResult,
    summary: pd.DataFrame | None = None,
    *,
    by: Literal["macs", "seconds"] = "macs",
    margin: float = 0.05,
) -> ReducedAccelerationData:
    """Return what the plot of rho against acceleration shows.

    Parameters
    ----------
    zoo : ZooResult
        What was trained.
    summary : pandas.DataFrame, optional
        Of `summarise`; by default it is made.
    by : {"macs", "seconds"}, default "macs"
        What acceleration counts: multiply-accumulates of all trainings, or measured seconds.
    margin : float, default 0.05
        How far below the best rho the rho of the chosen setting may be. Of the good settings within it the fastest is
        chosen; 0 chooses the best rho.

    Raises
    ------
    InvalidInput
        If `by` is not known, `margin` is no number from 0 to 2, or no setting has a rho and an acceleration.

    References
    ----------
    S1 (paper 001), appendix B, figure A3: all settings, the good ones, and the adopted one.

    Examples
    --------
    >>> from benchtools.experiments.reduced import compare_settings
    >>> zoo = ZooResult.load("zoo13-digits")
    >>> summary = summarise(zoo, compare_settings(zoo, n_resamples=99), n_resamples=99)
    >>> data = reduced_acceleration_data(zoo, summary)
    >>> data.settings[data.chosen]
    'c4r0s0e6'
    """
    if by not in ("macs", "seconds"):
        raise InvalidInput(f"by={by!r} is not known: choose macs or seconds")
    check_margin(margin)
    rows = summarise(zoo) if summary is None else summary
    column = "acceleration" if by == "macs" else "acceleration_s"
    known = np.isfinite(rows["rho"].astype(float)) & np.isfinite(rows[column].astype(float))
    if not known.any():
        raise InvalidInput(f"no setting has a rho and an acceleration in {by}: there is nothing to draw")
    kept = rows[known].sort_values([column, "rho"], kind="stable")
    ratio, rho = kept[column].astype(float).tolist(), kept["rho"].astype(float).tolist()
    front = [place for place, good in enumerate(pareto_front(ratio, rho)) if good]
    near = [place for place in front if rho[place] >= max(rho) - margin - 1e-12]
    return ReducedAccelerationData(
        kept["setting"].tolist(),
        [_reduces(Setting.parse(name), zoo.plan.original) for name in kept["setting"]],
        ratio,
        rho,
        kept["low"].astype(float).tolist(),
        kept["high"].astype(float).tolist(),
        front,
        max(near, key=lambda place: (ratio[place], rho[place])),
        margin,
        by,
        str(zoo.plan.original),
        rows["setting"][~known].tolist(),
    )


def check_margin(margin: float) -> None:
    """Raise `InvalidInput` unless `margin` is a distance of two rhos."""
    if not 0 <= margin <= 2:
        raise InvalidInput(f"margin must be a distance of two rhos, from 0 to 2; {margin} was given")


def draw_reduced_acceleration(data: ReducedAccelerationData, ax: Axes | None = None) -> Figure:
    """Draw rho against acceleration and return the figure.

    Each point is a setting, its vertical line the interval of its rho over networks; settings of nearly the same
    acceleration stand side by side. The line joins the good settings, and the ring marks the chosen one. Good
    settings are named where there is room.
    """
    with styled():
        ax = new_axes(ax, 9.0, 5.6)
        x = _side_by_side(data.acceleration)
        front = [(x[place], data.rho[place]) for place in data.front]
        ax.plot(*zip(*front, strict=True), color=INK, linewidth=1.3, zorder=2, label="good settings (Pareto front)")
        _points(ax, data, x)
        ring: dict[str, Any] = {"markerfacecolor": "none", "color": INK, "markeredgewidth": 1.6, "markersize": 17}
        ax.plot(x[data.chosen], data.rho[data.chosen], "o", zorder=5, **ring)
        _axes(ax, data, x)
        _labels(ax, data, x, front)
        return finish(ax)


def _reduces(setting: Setting, original: Setting) -> str:
    found = [name for name in "crs" if getattr(setting, name)]
    found += ["e"] if setting.e < original.e else []
    return found[0] if len(found) == 1 else "several" if found else "none"


def _side_by_side(ratio: list[float]) -> list[float]:
    """Return places on a logarithmic axis: of ratios, rising, that would hide each other a hundredth apart."""
    step = max(ratio[-1] / ratio[0], 2.0) ** 0.011
    places, start = list(ratio), 0
    for stop in range(1, len(ratio) + 1):
        if stop < len(ratio) and ratio[stop] / ratio[stop - 1] < step**0.8:
            continue
        middle = math.sqrt(ratio[start] * ratio[stop - 1])
        n = stop - start
        if n > 1:
            places[start:stop] = [middle * step ** (place - (n - 1) / 2) for place in range(n)]
        start = stop
    return places


def _points(ax: Axes, data: ReducedAccelerationData, x: list[float]) -> None:
    palette = colours(10)
    for place, kind in enumerate(data.reduces):
        _, colour, mark = LOOKS[kind]
        good = place in data.front
        look: dict[str, Any] = {"color": palette[colour], "alpha": 1.0 if good else 0.5}
        ax.plot([x[place]] * 2, [data.low[place], data.high[place]], linewidth=1.2, zorder=1, **look)
        look |= {"markersize": 8 if good else 6.5, "markeredgewidth": 0, "zorder": 4}
        point = ax.plot(x[place], data.rho[place], mark, **look)[0]
        point.set_gid(f"setting-{place}")  # the page finds it again in the SVG
    for kind, (label, colour, mark) in LOOKS.items():
        if kind in data.reduces:
            ax.plot([], [], mark, color=palette[colour], markersize=7.5, markeredgewidth=0, label=label)


def _axes(ax: Axes, data: ReducedAccelerationData, x: list[float]) -> None:
    span = max(x[-1] / x[0], 2.0)
    ax.set_xscale("log")
    ax.set_xlim(x[0] / span**0.04, x[-1] * span**0.13)
    steps = (1.0, 2.0, 5.0) if span < 1_500 else (1.0, 3.0) if span < 1e5 else (1.0,)
    ax.xaxis.set_major_locator(LogLocator(subs=steps, numticks=20))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: times(value)))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ends = [value for value in (*data.low, *data.high, *data.rho) if not math.isnan(value)]
    pad = 0.05 * max(max(ends) - min(ends), 0.1)
    ax.set_ylim(min(ends) - pad, max(ends) + 1.6 * pad)
    best = max(data.rho)
    if data.margin:
        ax.axhspan(best - data.margin, best, color="0.94", linewidth=0, zorder=0)
    ax.grid(color="0.92", which="major")
    ax.set_axisbelow(True)
    unit = "MACs × examples × epochs" if data.by == "macs" else "measured seconds"
    ax.set_xlabel(f"acceleration: cost of {plain(data.original)} over cost of the setting ({unit})")
    ax.set_ylabel("Spearman's rho with the original setting")
    handles, labels = ax.get_legend_handles_labels()
    ax.legend(
        [*handles[1:], handles[0]], [*labels[1:], labels[0]], loc="lower left", bbox_to_anchor=(0, 1.0),
        ncols=len(labels), borderaxespad=0.2, columnspacing=1.3, handletextpad=0.3, handlelength=1.4, fontsize=9,
    )  # fmt: skip


def _labels(ax: Axes, data: ReducedAccelerationData, x: list[float], front: list[tuple[float, float]]) -> None:
    finish(ax).draw_without_rendering()  # the layout moves the axes
    covered = [along(ax, front, 1.0)]
    for place, rho in enumerate(data.rho):
        covered.append(along(ax, [(x[place], rho)], 8.0))
        if not math.isnan(data.low[place]):
            weight = 1.2 if place in data.front else 0.4
            covered.append(along(ax, [(x[place], data.low[place]), (x[place], data.high[place])], weight))
    dots = np.vstack(covered)
    if data.margin:
        dots = _band_label(ax, data, dots)
    look: dict[str, Any] = {"bbox": {"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.8}, "zorder": 3}
    chosen = x[data.chosen], data.rho[data.chosen]
    words = f"{times(data.acceleration[data.chosen])} cheaper, rho {chosen[1]:.2f}"
    name = plain(data.settings[data.chosen])
    dots = place_label(ax, chosen, f"{name}\n{words}", dots, weight="bold", reach=5, needed=True, **look)
    for place, point in zip(data.front, front, strict=True):
        if place != data.chosen:
            dots = place_label(ax, point, plain(data.settings[place]), dots, fontsize=9, **look)


def _band_label(ax: Axes, data: ReducedAccelerationData, dots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Say what the grey band is, at its right end."""
    middle = max(data.rho) - data.margin / 2
    text = ax.annotate(
        f"within {data.margin:g} of the best rho", (0.995, middle), xycoords=("axes fraction", "data"), ha="right",
        va="center", fontsize=8, color="0.4",
    )  # fmt: skip
    text.set_in_layout(False)
    box = text.get_window_extent()
    return np.vstack([dots, [[px, (box.y0 + box.y1) / 2, 20.0] for px in np.arange(box.x0, box.x1, 4.0)]])
