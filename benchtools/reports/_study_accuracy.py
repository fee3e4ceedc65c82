"""The accuracy that searches find against the size of their proxy: a panel for each algorithm, a line a method."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter, NullLocator

from benchtools.errors import InvalidInput
from benchtools.experiments.oneshot import StudyResult, summarise
from benchtools.reports._study_panels import FULL, FULL_LABEL, INK, Look, legend_above, looks, methods_of, new_panels
from benchtools.reports._style import finish, plain, styled

__all__ = [
    "ProxyAccuracy",
    "StudyAccuracyData",
    "draw_study_accuracy",
    "plot_study_accuracy",
    "study_accuracy_data",
]

ASIDE = 0.025
"""Distance of two methods of one size, as a share of the logarithmic axis, where sizes leave room for it."""
TICK_GAP = 0.11
"""Least distance of two tick labels, as a share of the axis."""
NEAR = 0.25
"""The table's best is in range where it lies at most so much of the data's range above them."""
DOT: dict[str, Any] = {"marker": "o", "linestyle": "", "alpha": 0.35, "markersize": 4, "markeredgewidth": 0}
CROSS: dict[str, Any] = {"marker": "x", "linestyle": "", "alpha": 0.6, "markersize": 5, "markeredgewidth": 1.2}


class ProxyAccuracy(NamedTuple):
    """What one algorithm found on one proxy."""

    algorithm: str
    method: str
    share: float
    """Of the training examples [%]."""
    mean: float
    """Accuracy in the table [%] of the architecture found, over the seeds."""
    std: float
    """Over the seeds (of a sample); NaN for one."""
    seeds: list[float]
    degenerate: list[bool]
    """Of each seed, whether the architecture is degenerate."""


class StudyAccuracyData(NamedTuple):
    """Accuracies by algorithm, method and size; searches that diverged are left out."""

    algorithms: list[str]
    """Those of which a search came to its end."""
    methods: list[str]
    points: list[ProxyAccuracy]
    """In the order of the plan; the method of a search on all examples is ``full``."""
    best: float
    """Of the table [%]."""


def study_accuracy_data(study: StudyResult) -> StudyAccuracyData:
    """Return what the figure shows.

    Raises
    ------
    InvalidInput
        If every search diverged.
    """
    frame = study.frame[study.frame["status"] == "done"]
    points = []
    for row in summarise(study).itertuples():
        own = frame[(frame["algorithm"] == row.algorithm) & (frame["method"] == row.method) & (frame["k"] == row.k)]
        if len(own):
            seeds = [float(value) for value in own["accuracy"]]
            broken = [bool(value) for value in own["degenerate"] != ""]
            points.append(
                ProxyAccuracy(row.algorithm, row.method, 100 * row.share, float(row.accuracy), float(row.std), seeds,
                              broken)
            )  # fmt: skip
    if not points:
        raise InvalidInput("every search of the study diverged: there is nothing to draw")
    algorithms = list(dict.fromkeys(point.algorithm for point in points))
    return StudyAccuracyData(algorithms, methods_of(study), points, study.best)


def draw_study_accuracy(data: StudyAccuracyData, *, columns: int = 3) -> Figure:
    """Draw a panel for each algorithm and return the figure.

    A mark is the mean over the seeds, its whisker the standard deviation, a faint dot a seed, a cross one that ended
    with a degenerate cell. The horizontal line is the mean of the searches on all examples, its band their standard
    deviation. Whiskers and band end at the table's best. Each panel has its own scale.

    Parameters
    ----------
    data : StudyAccuracyData
        What is shown.
    columns : {1, 2, 3}, default 3
        Panels side by side, at most.
    """
    with styled():
        panels = new_panels(data.algorithms, columns, "share of the training examples [%]", "accuracy in the table [%]")
        own_looks = looks(data.methods)
        for ax, algorithm in zip(panels, data.algorithms, strict=True):
            own = [point for point in data.points if point.algorithm == algorithm]
            for point in own:
                if point.method == FULL:
                    _full(ax, point, data.best)
            _methods(ax, own, own_looks, data)
            _axes(ax, data, own)
        figure = finish(panels[0])
        legend_above(figure, _handles(data, own_looks))
        return figure


def plot_study_accuracy(study: StudyResult, *, columns: int = 3) -> Figure:
    """Draw the accuracy found against the size of the proxy, a line for each selection method.

    Parameters
    ----------
    study : StudyResult
        What was searched.
    columns : {1, 2, 3}, default 3
        Panels side by side, at most.

    Raises
    ------
    InvalidInput
        If every search diverged.

    References
    ----------
    S3 (paper 003), Figures 1 and 3.

    Examples
    --------
    >>> len(plot_study_accuracy(StudyResult.load("oneshot-cifar10")).axes)
    4
    """
    return draw_study_accuracy(study_accuracy_data(study), columns=columns)


def _span(data: StudyAccuracyData) -> tuple[float, float]:
    """Return the least and the largest share, or more so that they are a factor of two apart."""
    shares = [point.share for point in data.points]
    low, high = min(shares), max(shares)
    more = max(1.0, math.sqrt(2 * low / high))
    return low / more, high * more


def _full(ax: Axes, point: ProxyAccuracy, best: float) -> None:
    ax.axhline(point.mean, color=INK, linewidth=1.4, zorder=2)
    if math.isfinite(point.std):
        ax.axhspan(*_spread(point, best), color="0.9", linewidth=0, zorder=0)
    _seeds(ax, point.share, point, INK)


def _methods(ax: Axes, own: Sequence[ProxyAccuracy], own_looks: dict[str, Look], data: StudyAccuracyData) -> None:
    step = _step(data)
    for place, (method, look) in enumerate(own_looks.items()):
        points = sorted((point for point in own if point.method == method), key=lambda point: point.share)
        x = [point.share * step ** (place - (len(own_looks) - 1) / 2) for point in points]
        ax.plot(
            x, [point.mean for point in points], look.mark, color=look.colour, linestyle="-", markersize=6, zorder=5
        )
        for at, point in zip(x, points, strict=True):
            _seeds(ax, at, point, look.colour)
            if math.isfinite(point.std):
                ax.plot([at, at], _spread(point, data.best), color=look.colour, linewidth=1.1, zorder=4)


def _spread(point: ProxyAccuracy, best: float) -> tuple[float, float]:
    """Return the mean less and plus the standard deviation, which ends at the best that there is."""
    return point.mean - point.std, min(point.mean + point.std, best)


def _seeds(ax: Axes, at: float, point: ProxyAccuracy, colour: Any) -> None:
    for accuracy, degenerate in zip(point.seeds, point.degenerate, strict=True):
        ax.plot(at, accuracy, color=colour, zorder=3, **(CROSS if degenerate else DOT))


def _step(data: StudyAccuracyData) -> float:
    """Return the ratio of two methods' places: those of one size take at most half of the way to the next size."""
    low, high = _span(data)
    shares = sorted({point.share for point in data.points})
    gaps = [math.log(after / before) for before, after in pairwise(shares)] or [math.log(high / low)]
    return math.exp(min(ASIDE * math.log(high / low), 0.5 * min(gaps) / max(len(data.methods), 1)))


def _axes(ax: Axes, data: StudyAccuracyData, own: Sequence[ProxyAccuracy]) -> None:
    low, high = _span(data)
    shares = sorted({point.share for point in data.points})
    ax.set_xscale("log")
    ax.set_xlim(low / (high / low) ** 0.09, high * (high / low) ** 0.09)
    ticks = _apart(shares, math.log(high / low) * TICK_GAP)
    ax.set_xticks(ticks, [f"{share:.3g}" for share in ticks])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(NullFormatter())
    ends = [value for point in own for value in (*point.seeds, *_spread(point, data.best))]
    known = [value for value in ends if math.isfinite(value)] or [data.best]
    bottom, top = min(known), max(known)
    size = max(top - bottom, 0.5)
    look: dict[str, Any] = {"color": "0.4", "fontsize": 8, "ha": "right"}
    if data.best <= top + NEAR * size:
        top = max(top, data.best)
        ax.axhline(data.best, color="0.5", linewidth=0.8, linestyle=":", zorder=1)
        note, place, way = "", ax.get_yaxis_transform(), (data.best + 0.02 * size, "bottom")
    else:
        note, place, way = " ↑", ax.transAxes, (0.985, "top")
    ax.text(0.99, way[0], f"table's best {data.best:.2f}{note}", transform=place, va=way[1], **look).set_in_layout(
        False
    )
    ax.set_ylim(bottom - 0.08 * size, top + 0.16 * size)


def _apart(values: Sequence[float], gap: float) -> list[float]:
    """Return the values, ascending, that lie at least `gap` apart as logarithms; the last is always one."""
    kept = [values[-1]]
    for value in reversed(values[:-1]):
        if math.log(kept[0] / value) >= gap:
            kept.insert(0, value)
    return kept


def _handles(data: StudyAccuracyData, own_looks: dict[str, Look]) -> list[Line2D]:
    handles = [
        Line2D([], [], color=look.colour, marker=look.mark, markersize=6, label=plain(method, 30))
        for method, look in own_looks.items()
    ]
    if any(point.method == FULL for point in data.points):
        handles.append(Line2D([], [], color=INK, linewidth=1.4, label=FULL_LABEL))
    if any(len(point.seeds) > 1 for point in data.points):
        handles.append(Line2D([], [], color=INK, label="one seed", **DOT))
    if any(any(point.degenerate) for point in data.points):
        handles.append(Line2D([], [], color=INK, label="degenerate cell", **CROSS))
    return handles
