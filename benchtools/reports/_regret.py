"""The regret of searches against what they spent: the median over the runs, and its quartiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchtools.errors import InvalidInput
from benchtools.files import make_folder, whole, write_text
from benchtools.reports._style import colours, finish, new_axes, plain, stroke, styled
from benchtools.search import SearchRuns
from benchtools.search._result import By

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RegretData", "draw_regret", "regret_data", "write_searches"]

N_POINTS = 200
LABELS = {
    "evaluations": "architectures evaluated",
    "epochs": "epochs of training",
    "seconds": "simulated time (s)",
}


class RegretData(NamedTuple):
    """One curve per search: where it was looked at, median and quartiles of the regret [%] over the runs."""

    by: By
    algorithms: list[str]
    n_runs: list[int]
    spent: list[list[float]]
    median: list[list[float]]
    low: list[list[float]]
    high: list[list[float]]
    judge: str


def regret_data(searches: Sequence[SearchRuns], by: By = "evaluations") -> RegretData:
    """Return what the plot shows: each curve from where all runs have evaluated something to where the first ends.

    Raises
    ------
    InvalidInput
        If there is no search, they are judged by different columns, or `by` is "seconds" and a table has no times.
    """
    judges = sorted({f"{runs.judge} of {runs.table}" for runs in searches})
    if len(judges) != 1:
        raise InvalidInput(f"the searches are judged by {' and '.join(judges) or 'nothing'}: one column is needed")
    data = RegretData(by, [], [], [], [], [], [], judges[0])
    for runs in searches:
        places = _places(runs, by)
        low, middle, high = np.quantile(runs.regret_at(places, by), [0.25, 0.5, 0.75], axis=0)
        data.algorithms.append(runs.algorithm)
        data.n_runs.append(runs.n_runs)
        data.spent.append(places)
        data.median.append(middle.tolist())
        data.low.append(low.tolist())
        data.high.append(high.tolist())
    return data


def _places(runs: SearchRuns, by: By) -> list[float]:
    """Return every evaluation, or where there are too many, and for times, points evenly apart on a log scale."""
    spent = runs.spent(by)
    first, last = float(spent[:, 0].max()), float(spent[:, -1].min())
    if by == "evaluations":
        return sorted({float(round(place)) for place in np.geomspace(first, last, N_POINTS)})
    return [*np.geomspace(first, max(first, last), N_POINTS)[:-1].tolist(), last] if first < last else [last]


def draw_regret(data: RegretData, ax: Axes | None = None) -> Figure:
    """Draw the regret on logarithmic axes and return the figure; a regret of 0 has its place at the foot."""
    with styled():
        ax = new_axes(ax, 7.0, 4.2)
        positive = [value for curve in (*data.low, *data.median, *data.high) for value in curve if value > 0]
        floor = max(10.0 ** math.floor(math.log10(min(positive, default=1.0)) + 1e-6), 0.001)  # linear from here to 0
        for position, (name, colour) in enumerate(zip(data.algorithms, colours(len(data.algorithms)), strict=True)):
            label = f"{plain(name.replace('_', ' '))} ({data.n_runs[position]} runs)"
            spent = data.spent[position]
            ax.fill_between(
                spent, data.low[position], data.high[position], step="post", color=colour, alpha=0.18, linewidth=0
            )
            ax.step(
                spent, data.median[position], where="post", color=colour, linestyle=stroke(position), linewidth=2,
                label=label,
            )  # fmt: skip
        ax.set_xscale("log")
        ax.set_yscale("symlog", linthresh=floor, linscale=0.4)
        ax.set_ylim(bottom=-floor / 8)
        ax.yaxis.set_major_formatter("{x:g}")
        ax.grid(color="0.92")
        ax.set_axisbelow(True)
        ax.set_xlabel(LABELS[data.by])
        ax.set_ylabel("regret (percentage points)")
        ax.set_title(f"median and quartiles; best of {plain(data.judge, 60)}", loc="left", fontsize=9)
        ax.legend(loc="lower left", fontsize=9)
        return finish(ax)


def write_searches(searches: Sequence[SearchRuns], out: str | PathLike[str]) -> list[Path]:
    """Write summaries, curves, pictures and every evaluation to the folder `out`.

    ``summary.csv``, ``regret.csv`` and ``regret.png`` are against evaluations, ``evaluations.parquet`` has a row for
    each. Where schedules differ, ``summary-epochs.csv``, ``regret-epochs.csv`` and ``regret-epochs.png`` are against
    epochs of training; where all have times, those of ``-seconds`` against simulated seconds.

    Raises
    ------
    InvalidInput
        As `regret_data`.
    StoreError
        If the folder cannot be written to.
    """
    import pandas as pd

    timed = all(runs.seconds is not None for runs in searches)
    kinds: dict[By, str] = {"evaluations": ""}
    if len({int(epochs) for runs in searches for epochs in np.unique(runs.epochs)}) > 1:
        kinds["epochs"] = "-epochs"
    if timed:
        kinds["seconds"] = "-seconds"
    curves = {by: regret_data(searches, by) for by in kinds}
    figures = {by: draw_regret(data) for by, data in curves.items()}
    summaries = {by: pd.concat([runs.summary(by=by) for runs in searches]) for by in kinds}
    evaluations = pd.concat([runs.to_frame() for runs in searches])
    folder = make_folder(out)
    paths = []
    for by, ending in kinds.items():
        paths.append(write_text(folder / f"summary{ending}.csv", _csv(summaries[by])))
        paths.append(write_text(folder / f"regret{ending}.csv", _csv(_curve_frame(curves[by]))))
        paths.append(folder / f"regret{ending}.png")
        with whole(paths[-1]) as draft:
            figures[by].savefig(draft, format="png", dpi=150)
    paths.append(folder / "evaluations.parquet")
    with whole(paths[-1]) as draft:
        evaluations.to_parquet(draft, index=False)
    return paths


def _curve_frame(data: RegretData) -> pd.DataFrame:
    import pandas as pd

    curves = zip(data.algorithms, data.spent, data.median, data.low, data.high, strict=True)
    return pd.concat(
        [
            pd.DataFrame({"algorithm": name, data.by: spent, "median": middle, "q25": low, "q75": high})
            for name, spent, middle, low, high in curves
        ]
    )


def _csv(frame: pd.DataFrame) -> str:
    text: str = frame.to_csv(index=False, lineterminator="\n")
    return text
