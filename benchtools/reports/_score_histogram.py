"""Histogram of per-example scores: the data set, and the proxy within it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from benchtools.errors import InvalidInput
from benchtools.reports._same_data import rows_of
from benchtools.reports._style import colours, finish, new_axes, plain, styled
from benchtools.scoring import Scores
from benchtools.selection import Selection
from benchtools.selection._bins import FLOOR, find_bins

__all__ = ["HistogramData", "draw_histogram", "histogram_data"]

NAMES = {
    "entropy": "entropy [nats]",
    "loss": "loss [nats]",
    "reconstruction_loss": "reconstruction loss",
    "forgetting": "forgetting events",
}
COUNTED = ("forgetting",)  # kinds of whole numbers: linear bins
WIDTHS = (0.5, 0.25, 0.2, 0.1, 0.05, 0.02)  # in log10; the first that gives enough bins is taken
ENOUGH = 10
COUNTED_BINS = 40
BINS_AT_MOST = 10_000
GAP = 4  # empty bins between the floor and the other scores, from which on they are left out of the picture
BASE = 0.5  # where bars begin: a count of 1 is seen on the log scale


class HistogramData(NamedTuple):
    """Counts by bin, half-open ``[edge, next edge)``; edges in log10 of the score where `log`."""

    edges: NDArray[np.float64]
    """Shape (bins + 1,)."""
    dataset: NDArray[np.int64]
    """Examples of the data set in each bin, shape (bins,)."""
    proxy: NDArray[np.int64]
    """Selected examples in each bin, shape (bins,)."""
    log: bool
    kind: str
    clamped: int
    """Scores below the floor, which are counted as it."""
    floor: float
    dataset_name: str
    method: str


def histogram_data(scores: Scores, selection: Selection, bin_width: float | None = None) -> HistogramData:
    """Return the histogram of `scores` over the data set and over the proxy (S3, figures 2 and 4).

    Parameters
    ----------
    scores : Scores
        One value per example, of the data set that the selection was taken from: not only those that it was made by.
    selection : Selection
        The proxy.
    bin_width : float, optional
        Width of the bins in log10; in events for forgetting. Default: that of the selection's method where it has one
        and read scores of this kind, else the widest of 0.5, 0.25, 0.2, 0.1 ... that gives ten bins; one event, or
        more where there are above 40.

    Returns
    -------
    HistogramData

    Raises
    ------
    InvalidInput
        If the scores have a row per example or are of another data set, or the width does not fit.

    Notes
    -----
    Bins begin at whole multiples of the width, as those of `p1` do. Scores below `p1`'s floor (1e-30, or that of the
    selection), zeros above all, are counted as the floor. Forgetting events are whole numbers: their bins are centred
    on them and linear.

    Examples
    --------
    >>> from benchtools.selection import entropy_top
    >>> scores = Scores([0.3, 0.02, 1.2, 0.7], kind="entropy", dataset="toy")
    >>> data = histogram_data(scores, entropy_top(scores, k=2), bin_width=0.5)
    >>> data.edges.tolist(), data.dataset.tolist(), data.proxy.tolist()
    ([-2.0, -1.5, -1.0, -0.5, 0.0, 0.5], [1, 0, 1, 1, 1], [0, 0, 0, 1, 1])
    """
    rows = rows_of(selection, scores)
    if scores.values.ndim != 1:
        raise InvalidInput(
            f"{scores!r} have a row per example, and a histogram needs one value: give entropy, forgetting, loss or "
            "reconstruction_loss scores"
        )
    own = selection.parameters if selection.scores_kind == scores.kind else {}
    log, floor = scores.kind not in COUNTED, float(own.get("floor") or FLOOR)
    width = bin_width if bin_width is not None else own.get("bin_width")
    width = _default_width(scores.values, log, floor) if width is None else _check_width(width)
    low, high = (float(edge(scores.values)) for edge in (np.min, np.max))
    span = math.log10(max(high, floor) / max(low, floor)) if log else high - low
    if span / width > BINS_AT_MOST:
        raise InvalidInput(f"bin_width={width!r} makes {span / width:,.0f} bins: give a larger one")
    if log:
        bins = find_bins(scores.values, width, floor)
        numbers, clamped = bins.first[bins.place], bins.clamped
    else:
        numbers, clamped = np.floor((scores.values + 0.5) / width).astype(np.int64), 0
    first, n_bins = int(numbers.min()), int(numbers.max() - numbers.min()) + 1
    edges = _multiples(np.arange(first, first + n_bins + 1), width) - (0.0 if log else 0.5)
    whole, proxy = (np.bincount(chosen - first, minlength=n_bins) for chosen in (numbers, numbers[rows]))
    return HistogramData(edges, whole, proxy, log, scores.kind, clamped, floor, scores.dataset, selection.method)


def _check_width(width: object) -> float:
    if isinstance(width, bool) or not isinstance(width, int | float | np.number) or not 0 < float(width) < math.inf:
        raise InvalidInput(f"bin_width={width!r} must be a number above 0, such as 0.25")
    return float(width)


def _default_width(values: NDArray[np.float64], log: bool, floor: float) -> float:
    if not log:
        return float(max(1, math.ceil((values.max() - values.min() + 1) / COUNTED_BINS)))
    above = values[values >= floor]
    span = float(np.log10(above.max() / above.min())) if len(above) else 0.0
    return next((width for width in WIDTHS if span / width >= ENOUGH), WIDTHS[-1] if span else WIDTHS[0])


def _multiples(numbers: NDArray[np.int64], width: float) -> NDArray[np.float64]:
    """Return multiples of the width; exact where it is a whole part of 1, such as 0.2."""
    parts = round(1 / width)
    exact = parts > 0 and abs(parts * width - 1) < 1e-9
    return np.asarray(numbers / parts if exact else numbers * width, dtype=np.float64)


def draw_histogram(data: HistogramData, ax: Axes | None = None) -> Figure:
    """Draw the proxy (solid) within the data set (light), counts on a log scale, and return the figure."""
    with styled():
        ax = new_axes(ax, 6.4, 3.6)
        start = _after_gap(data)
        edges = data.edges[start:]
        _draw_bars(ax, data, slice(start, None), edges, labelled=True)
        if start:
            _draw_floor(ax, data, edges)
        name = NAMES.get(data.kind, data.kind)
        note = f"\n{data.clamped:,} below {data.floor:g} are counted as {data.floor:g}" if data.clamped else ""
        ax.set_xlabel((f"log10 of {name}" if data.log else name) + note)
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}"))
        ax.set_ylim(BASE, 1.5 * data.dataset.max())
        ax.set_ylabel("examples")
        ax.grid(axis="y", color="0.92")
        ax.set_axisbelow(True)
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2)
        return finish(ax)


def _draw_bars(ax: Axes, data: HistogramData, which: slice, edges: NDArray[np.float64], *, labelled: bool) -> None:
    blue, orange = colours(2)
    whole, proxy = (np.maximum(counts[which], BASE) for counts in (data.dataset, data.proxy))
    names = [
        f"{plain(name, 30)} ({counts.sum():,})"
        for name, counts in ((data.dataset_name, data.dataset), (data.method, data.proxy))
    ]
    labels = names if labelled else [None, None]
    ax.stairs(whole, edges, baseline=BASE, fill=True, facecolor=(*blue, 0.25), edgecolor=blue, label=labels[0])
    ax.stairs(proxy, edges, baseline=BASE, fill=True, color=orange, label=labels[1])
    ax.stairs(whole, edges, baseline=BASE, color=blue, linewidth=1.2)


def _after_gap(data: HistogramData) -> int:
    """Return the first bin to draw in place: behind a wide gap above the floor, 0 where there is none."""
    filled = np.flatnonzero(data.dataset)
    wide = data.clamped and len(filled) > 1 and filled[1] > GAP
    return int(filled[1]) if wide else 0


def _draw_floor(ax: Axes, data: HistogramData, edges: NDArray[np.float64]) -> None:
    """Draw the bin of the floor beside the others, with a tick of its own."""
    width = edges[1] - edges[0]
    gap = max(2 * width, 0.08 * (edges[-1] - edges[0]))
    floor = edges[0] - gap - np.array([width, 0])
    _draw_bars(ax, data, slice(0, 1), floor, labelled=False)
    ticks = MaxNLocator(7, integer=True).tick_values(edges[0], edges[-1])
    ticks = ticks[(edges[0] <= ticks) & (ticks <= edges[-1])]
    names = [f"≤ {math.log10(data.floor):.4g}", *(f"{tick:g}" for tick in ticks)]
    ax.set_xticks([floor.mean(), *ticks], [name.replace("-", "\N{MINUS SIGN}") for name in names])
