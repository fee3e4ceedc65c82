"""What searches would end with after each epoch: a panel for each algorithm, a line for each proxy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from benchtools.errors import InvalidInput
from benchtools.experiments.oneshot import StudyResult
from benchtools.reports._study_panels import FULL, FULL_LABEL, INK, legend_above, looks, methods_of, new_panels
from benchtools.reports._style import finish, plain, stroke, styled

__all__ = [
    "StudyTrajectoryData",
    "Trajectory",
    "draw_study_trajectories",
    "plot_study_trajectories",
    "study_trajectory_data",
]

DOTS_UP_TO = 20
"""Epochs up to which each is marked by a dot."""


class Trajectory(NamedTuple):
    """One algorithm on one proxy, the mean over the seeds."""

    algorithm: str
    method: str
    share: float
    """Of the training examples [%]."""
    epochs: list[int]
    """From 1."""
    accuracy: list[float]
    """In the table [%], of the architecture that the search would end with after each epoch."""


class StudyTrajectoryData(NamedTuple):
    """Trajectories in the order of the plan; searches that diverged are left out."""

    algorithms: list[str]
    """Those of which a search came to its end."""
    methods: list[str]
    shares: list[float]
    """Sizes of the proxies [%], ascending, without all examples."""
    curves: list[Trajectory]


def study_trajectory_data(study: StudyResult) -> StudyTrajectoryData:
    """Return what the figure shows.

    Raises
    ------
    InvalidInput
        If every search diverged.
    """
    keys = ["algorithm", "method", "k", "seed"]
    done = study.frame.loc[study.frame["status"] == "done", keys]
    rows = study.trajectories.merge(done, on=keys)
    curves = []
    for algorithm in study.plan.algorithms:
        for proxy in study.plan.proxies:
            k = proxy.k or study.n_pool
            own = rows[(rows["algorithm"] == algorithm) & (rows["method"] == proxy.method) & (rows["k"] == k)]
            means = own["accuracy"].astype(float).groupby(own["epoch"]).mean()
            if len(means):
                epochs = [int(epoch) + 1 for epoch in means.index]
                curves.append(Trajectory(algorithm, proxy.method, 100 * k / study.n_pool, epochs, means.tolist()))
    if not curves:
        raise InvalidInput("no search of the study came to its end: there is nothing to draw")
    algorithms = list(dict.fromkeys(curve.algorithm for curve in curves))
    shares = sorted({curve.share for curve in curves if curve.method != FULL})
    return StudyTrajectoryData(algorithms, methods_of(study), shares, curves)


def draw_study_trajectories(data: StudyTrajectoryData, *, columns: int = 3) -> Figure:
    """Draw a panel for each algorithm and return the figure: a colour for each method, a stroke for each size.

    Parameters
    ----------
    data : StudyTrajectoryData
        What is shown.
    columns : {1, 2, 3}, default 3
        Panels side by side, at most.
    """
    with styled():
        panels = new_panels(data.algorithms, columns, "epochs of the search", "accuracy in the table [%]")
        own_looks = looks(data.methods)
        thin = 1.3 if len(data.methods) * len(data.shares) <= 8 else 0.9
        for ax, algorithm in zip(panels, data.algorithms, strict=True):
            for curve in data.curves:
                if curve.algorithm == algorithm:
                    full = curve.method == FULL
                    ax.plot(
                        curve.epochs, curve.accuracy, color=INK if full else own_looks[curve.method].colour,
                        linestyle="-" if full else stroke(data.shares.index(curve.share)),
                        linewidth=1.8 if full else thin, marker="." if len(curve.epochs) <= DOTS_UP_TO else "",
                        zorder=4 if full else 3,
                    )  # fmt: skip
            ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            if ax.dataLim.width == 0:
                ax.set_xticks([1])  # one epoch
        figure = finish(panels[0])
        legend_above(figure, _handles(data))
        return figure


def plot_study_trajectories(study: StudyResult, *, columns: int = 3) -> Figure:
    """Draw the accuracy in the table of what searches would end with after each epoch, a line for each proxy.

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

    Examples
    --------
    >>> len(plot_study_trajectories(StudyResult.load("oneshot-cifar10")).axes)
    4
    """
    return draw_study_trajectories(study_trajectory_data(study), columns=columns)


def _handles(data: StudyTrajectoryData) -> Sequence[Line2D]:
    handles = [
        Line2D([], [], color=look.colour, linewidth=2.5, label=plain(method, 30))
        for method, look in looks(data.methods).items()
    ]
    if any(curve.method == FULL for curve in data.curves):
        handles.append(Line2D([], [], color=INK, linewidth=1.8, label=FULL_LABEL))
    return handles + [
        Line2D([], [], color="0.5", linestyle=stroke(place), linewidth=1.3, label=f"{share:.3g} %")
        for place, share in enumerate(data.shares)
    ]
