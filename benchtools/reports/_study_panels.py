"""What the figures of a study share: a panel for each algorithm, a look for each selection method, one legend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from benchtools.errors import InvalidInput
from benchtools.experiments.oneshot import StudyResult
from benchtools.reports._style import colours, mark, plain

__all__ = ["FULL", "FULL_LABEL", "INK", "Look", "legend_above", "looks", "methods_of", "new_panels"]

FULL = "full"
FULL_LABEL = "all examples"
INK = "0.25"
WIDTHS = {1: 5.6, 2: 4.4, 3: 3.15}
"""Inches of a panel, by how many stand side by side."""
NARROW = 3.7
"""Inches of a panel where the caller wants one beneath the other."""
HEIGHT = 2.75
"""Inches of a panel with its title and ticks."""


class Look(NamedTuple):
    """Colour and mark of a selection method, the same in every figure."""

    colour: Any
    mark: str


def methods_of(study: StudyResult) -> list[str]:
    """Return the selection methods of a study, in its order, without ``full``."""
    return [method for method in dict.fromkeys(proxy.method for proxy in study.plan.proxies) if method != FULL]


def looks(methods: Sequence[str]) -> dict[str, Look]:
    """Return the look of each method."""
    return {
        method: Look(colour, mark(place))
        for place, (method, colour) in enumerate(zip(methods, colours(len(methods)), strict=False))
    }


def new_panels(titles: Sequence[str], columns: int, x_label: str, y_label: str) -> list[Axes]:
    """Return a panel for each title in a figure of its own, at most `columns` side by side.

    Four panels make two rows of two rather than of three and one.

    Raises
    ------
    InvalidInput
        If `columns` is not 1, 2 or 3.
    """
    if columns not in WIDTHS:
        raise InvalidInput(f"columns must be 1, 2 or 3 panels side by side; {columns} was given")
    n = len(titles)
    beside = 2 if columns == 3 and n == 4 else min(columns, n)
    rows = -(-n // beside)
    width = NARROW if columns == 1 else WIDTHS[beside]
    figure = Figure(figsize=(width * beside, 0.5 + HEIGHT * rows), layout=ConstrainedLayoutEngine(h_pad=0.06))
    axes = []
    for place, title in enumerate(titles):
        ax = figure.add_subplot(rows, beside, place + 1)
        ax.set_title(plain(title, 24), loc="left", fontweight="bold")
        ax.grid(color="0.92")
        ax.set_axisbelow(True)
        ax.set_ylabel("" if place % beside else y_label)
        axes.append(ax)
    figure.supxlabel(x_label, fontsize=10)
    return axes


def legend_above(figure: Figure, handles: Sequence[Artist]) -> None:
    """Write one legend above all panels, in as many columns as there is room for."""
    lengths = [len(str(handle.get_label())) for handle in handles]
    room = float(figure.get_figwidth())
    columns = next((n for n in range(len(handles), 1, -1) if _width(lengths, n) <= room), 1)
    figure.legend(
        handles=list(handles), loc="outside upper left", ncols=columns, fontsize=9,
        handlelength=2.2, columnspacing=1.4, borderaxespad=0.2,
    )  # fmt: skip


def _width(lengths: Sequence[int], columns: int) -> float:
    """Return about how wide a legend of labels of so many characters is [inches]."""
    return sum(0.6 + 0.075 * float(part.max()) for part in np.array_split(np.asarray(lengths), columns))
