"""Class shares of a proxy beside those of its data set."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from benchtools.datasets import Dataset
from benchtools.errors import InvalidInput
from benchtools.reports._same_data import require_images
from benchtools.reports._style import colours, finish, new_axes, plain, styled
from benchtools.selection import Selection

__all__ = ["ClassBalanceData", "class_balance_data", "draw_class_balance"]

BARS_AT_MOST = 30  # more classes are drawn as points, sorted
NAMED = 3  # classes at either end of the points that are named


class ClassBalanceData(NamedTuple):
    """Shares [0, 1] by class, in the order of the labels."""

    labels: list[int]
    names: list[str]
    selected: list[int]
    """Selected examples of each class."""
    share: list[float]
    """Share of the selection."""
    share_in_dataset: list[float]
    n: int
    dataset_name: str
    method: str


def class_balance_data(selection: Selection, dataset: Dataset | None = None) -> ClassBalanceData:
    """Return the share of each class in the proxy and in the data set.

    Parameters
    ----------
    selection : Selection
        The proxy.
    dataset : Dataset, optional
        Where the names of the classes are taken from, and the labels if the selection carries none.

    Raises
    ------
    InvalidInput
        If there are no labels, or the data set is another one.

    Examples
    --------
    >>> from benchtools.scoring import Scores
    >>> from benchtools.selection import entropy_top
    >>> scores = Scores([0.3, 0.0, 1.2, 0.7], kind="entropy", dataset="toy", labels=[0, 1, 1, 1])
    >>> data = class_balance_data(entropy_top(scores, k=2))
    >>> data.labels, data.share, data.share_in_dataset
    ([0, 1], [0.0, 1.0], [0.25, 0.75])
    """
    if dataset is not None:
        require_images(selection, dataset)
    chosen, counts = selection.labels, dict(selection.population.class_counts)
    if chosen is None or not counts:
        if dataset is None:
            raise InvalidInput(f"{selection!r} has no labels: give the data set, or select from scores with labels")
        chosen = dataset.train_labels[selection.indices]
        counts = dict(enumerate(np.bincount(dataset.train_labels, minlength=len(dataset.classes)).tolist()))
    labels, n = sorted(counts), sum(counts.values())
    found = dict(zip(*(part.tolist() for part in np.unique(chosen, return_counts=True)), strict=True))
    selected = [found.get(label, 0) for label in labels]
    return ClassBalanceData(
        labels, [str(label) if dataset is None else dataset.classes[label] for label in labels], selected,
        [count / len(selection) for count in selected], [counts[label] / n for label in labels], n,
        selection.dataset, selection.method,
    )  # fmt: skip


def draw_class_balance(data: ClassBalanceData, ax: Axes | None = None) -> Figure:
    """Draw the shares and return the figure: bars, or points from the rarest to the most frequent for many classes."""
    with styled():
        many = len(data.labels) > BARS_AT_MOST
        ax = new_axes(ax, 6.4, 3.8 if many else 1.2 + 0.34 * len(data.labels))
        whole, proxy = 100 * np.array(data.share_in_dataset), 100 * np.array(data.share)
        of_dataset = f"{plain(data.dataset_name, 30)} ({data.n:,})"
        of_proxy = f"{plain(data.method, 30)} ({sum(data.selected):,})"
        (_draw_points if many else _draw_bars)(ax, whole, proxy, data.names, (of_dataset, of_proxy))
        ax.set_axisbelow(True)
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2)
        return finish(ax)


Shares = NDArray[np.float64]


def _draw_bars(ax: Axes, whole: Shares, proxy: Shares, names: list[str], legend: tuple[str, str]) -> None:
    blue, orange = colours(2)
    rows = np.arange(len(names))
    ax.barh(rows - 0.2, whole, 0.38, facecolor=(*blue, 0.25), edgecolor=blue, label=legend[0])
    ax.barh(rows + 0.2, proxy, 0.38, color=orange, edgecolor=orange, label=legend[1])
    ax.set_yticks(rows.tolist(), [plain(name, 30) for name in names])
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_ylabel("class")
    ax.set_xlabel("share [%]")
    ax.grid(axis="x", color="0.9")


def _draw_points(ax: Axes, whole: Shares, proxy: Shares, names: list[str], legend: tuple[str, str]) -> None:
    blue, orange = colours(2)
    order = np.argsort(proxy, kind="stable")
    places = np.arange(len(order))
    ax.vlines(places, whole[order], proxy[order], color="0.8", linewidth=0.8)
    ax.plot(places, whole[order], "_", color=blue, markersize=4, markeredgewidth=1.4, label=legend[0])
    ax.plot(places, proxy[order], "o", color=orange, markersize=3.5, label=legend[1])
    ends = (order[:NAMED], order[: -NAMED - 1 : -1])
    fewest, most = (", ".join(plain(names[place], 18) for place in end) for end in ends)
    ax.set_xlabel(f"{len(names)} classes by their share of the proxy\nfewest: {fewest}\nmost: {most}")
    ax.set_xlim(-1, len(names))
    ax.set_xticks([])
    top = max(whole.max(), proxy.max())
    ax.set_ylim(-0.03 * top, 1.08 * top)
    ax.set_ylabel("share [%]")
    ax.grid(axis="y", color="0.9")
