"""Search time against the share of the examples: a panel for each algorithm, with the line through its searches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from benchtools.errors import InvalidInput, NotFound
from benchtools.experiments import published_acceleration
from benchtools.experiments.oneshot import StudyResult, TimeFit, time_fits
from benchtools.reports._study_panels import FULL, INK, legend_above, new_panels
from benchtools.reports._style import colours, finish, styled

__all__ = [
    "TIMES",
    "StudyTimeData",
    "draw_study_time",
    "formula",
    "plot_study_time",
    "published_times",
    "study_time_data",
]

TIMES = {"search_s": "search time", "search_cpu_s": "processor time"}
"""What is measured, by the column of a study: seconds on the clock, or of all processors together."""
PUBLISHED = {"darts_v1": "Darts-V1", "darts_v2": "Darts-V2", "enas": "ENAS", "gdas": "GDAS"}
"""Names of the algorithms in paper 000."""
DOT: dict[str, Any] = {"marker": "o", "linestyle": "", "alpha": 0.5, "markersize": 5, "markeredgewidth": 0}
SQUARE: dict[str, Any] = {
    "marker": "s", "linestyle": "", "markerfacecolor": "none", "markersize": 7, "markeredgewidth": 1.5,
}  # fmt: skip
GUIDE: dict[str, Any] = {"color": "0.6", "linewidth": 0.9, "linestyle": "--"}


class StudyTimeData(NamedTuple):
    """Search times in those on all examples; lists have an entry for each algorithm that was searched on them too."""

    fits: list[TimeFit]
    share: list[list[float]]
    """Of the training examples [%], of each search."""
    ratio: list[list[float]]
    """Time of each search over the mean of those on all examples."""
    published: list[dict[float, float]]
    """What paper 000 prints: ratio by share [%], the mean of its five tables; empty for other algorithms."""
    left_out: list[str]
    """Algorithms without a search on all examples and another on a part of them, or without times."""
    by: str


def study_time_data(study: StudyResult, *, by: str = "search_s") -> StudyTimeData:
    """Return what the figure shows.

    Parameters
    ----------
    study : StudyResult
        What was searched.
    by : {"search_s", "search_cpu_s"}, default "search_s"
        Seconds on the clock, or processor time, on which other work on the machine does not bear.

    Raises
    ------
    InvalidInput
        If `by` is not known.
    NotFound
        If no algorithm was searched on all examples and on a part of them, or times are not known.
    """
    if by not in TIMES:
        raise InvalidInput(f"by={by!r} is not known: choose {' or '.join(TIMES)}")
    data = StudyTimeData([], [], [], [], [], by)
    done = study.frame[study.frame["status"] == "done"]
    published = published_times()
    reason = f"no search has a {TIMES[by]}"
    for algorithm in study.plan.algorithms:
        own = done[done["algorithm"] == algorithm]
        times = own[by].astype(float)
        try:
            fits = time_fits(_of(study, algorithm), by) if np.isfinite(times).all() else []
        except NotFound as error:
            fits, reason = [], str(error)
        if not fits:
            data.left_out.append(algorithm)
            continue
        data.fits.extend(fits)
        data.share.append((100 * own["k"] / study.n_pool).tolist())
        data.ratio.append((times / times[own["method"] == FULL].mean()).tolist())
        data.published.append(published.get(algorithm, {}))
    if not data.fits:
        raise NotFound(reason)
    return data


def published_times() -> dict[str, dict[float, float]]:
    """Return the search time over that on all examples, by algorithm and share [%], as paper 000 prints them.

    Notes
    -----
    The mean over the five tables; two of them, of K = 50 and 200, print the same times.

    References
    ----------
    S0 (paper 000), Tables 2 to 6.

    Examples
    --------
    >>> {share: round(ratio, 3) for share, ratio in published_times()["enas"].items()}
    {25.0: 0.831, 50.0: 0.885, 75.0: 0.968}
    """
    rows = published_acceleration()
    rows = rows[(rows["paper"] == "000") & (rows["proxy_percent"] < 100)]
    means = (1 / rows["acceleration"]).groupby([rows["nas"], rows["proxy_percent"]]).mean()
    return {
        algorithm: {float(share): float(ratio) for share, ratio in means[name].items()}
        for algorithm, name in PUBLISHED.items()
    }


def formula(fit: TimeFit) -> str:
    """Return a line as text.

    Examples
    --------
    >>> formula(TimeFit("enas", 0.78, 0.215, 0.99, 12)), formula(TimeFit("gdas", -0.01, 1.01, 0.99, 12))
    ('T(r) = 0.78 + 0.21 r', 'T(r) = −0.01 + 1.01 r')
    """
    sign = "+" if fit.slope >= 0 else "−"
    return f"T(r) = {_signed(fit.intercept)} {sign} {abs(fit.slope):.2f} r"


def draw_study_time(data: StudyTimeData, *, columns: int = 3) -> Figure:
    """Draw a panel for each algorithm and return the figure.

    A dot is a search, the line `T(r)` the fit through them, a hollow square what paper 000 prints; on the dashed
    diagonal the time is in proportion to the examples.

    Parameters
    ----------
    data : StudyTimeData
        What is shown.
    columns : {1, 2, 3}, default 3
        Panels side by side, at most.
    """
    with styled():
        panels = new_panels(
            [fit.algorithm for fit in data.fits],
            columns,
            "share r of the training examples [%]",
            f"{TIMES[data.by]}, full search = 1",
        )
        top = 1.12 * max(1.0, *(value for own in data.ratio for value in own))
        for place, ax in enumerate(panels):
            _panel(ax, data, place)
            ax.set_ylim(min(0.0, *(fit.intercept for fit in data.fits)), top)
        figure = finish(panels[0])
        legend_above(figure, _handles(data))
        return figure


def plot_study_time(study: StudyResult, *, by: str = "search_s", columns: int = 3) -> Figure:
    """Draw the search time against the share of the examples, with the line through the searches of an algorithm.

    Parameters
    ----------
    study : StudyResult
        What was searched.
    by : {"search_s", "search_cpu_s"}, default "search_s"
        Seconds on the clock, or processor time.
    columns : {1, 2, 3}, default 3
        Panels side by side, at most.

    Raises
    ------
    InvalidInput, NotFound
        As `study_time_data`.

    See Also
    --------
    benchtools.experiments.oneshot.time_fits : the lines.

    References
    ----------
    S0 (paper 000), Tables 2 to 6: search times at 25, 50 and 75 %.

    Examples
    --------
    >>> len(plot_study_time(StudyResult.load("oneshot-cifar10")).axes)
    4
    """
    return draw_study_time(study_time_data(study, by=by), columns=columns)


def _of(study: StudyResult, algorithm: str) -> StudyResult:
    return replace(study, plan=replace(study.plan, algorithms=(algorithm,)))


def _signed(value: float) -> str:
    text = f"{value:.2f}"
    return text.replace("-", "−") if float(text) else "0.00"


def _panel(ax: Axes, data: StudyTimeData, place: int) -> None:
    blue, orange = colours(2)
    fit, published = data.fits[place], data.published[place]
    ax.plot([0, 100], [0, 1], zorder=1, **GUIDE)
    ax.plot([0, 100], [fit.intercept, fit.intercept + fit.slope], color=blue, linewidth=1.4, zorder=2)
    ax.plot(data.share[place], data.ratio[place], color=blue, zorder=3, **DOT)
    ax.plot(list(published), list(published.values()), color=orange, zorder=4, **SQUARE)
    high = fit.intercept + 0.25 * fit.slope > 0.6  # the line passes where the text would be
    ax.text(
        0.97 if high else 0.04, 0.05 if high else 0.95, formula(fit), transform=ax.transAxes, fontsize=9, color=INK,
        ha="right" if high else "left", va="bottom" if high else "top",
    )  # fmt: skip
    ax.set_xlim(0, 104)
    ax.set_xticks([0, 25, 50, 75, 100])


def _handles(data: StudyTimeData) -> list[Line2D]:
    blue, orange = colours(2)
    handles = [
        Line2D([], [], color=blue, label="a search", **DOT),
        Line2D([], [], color=blue, linewidth=1.4, label="fit T(r)"),
        Line2D([], [], label="in proportion", **GUIDE),
    ]
    if any(data.published):
        handles.append(Line2D([], [], color=orange, label="paper 000", **SQUARE))
    return handles
