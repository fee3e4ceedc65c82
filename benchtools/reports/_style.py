"""One look for all figures: a colour-blind palette, different marks and strokes besides, and no global settings."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = ["colours", "finish", "height_of", "mark", "new_axes", "plain", "stroke", "styled", "to_svg"]

MARKS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p")
STROKES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (7, 2)))
RC: dict[Any, Any] = {
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.labelsize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "white",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Arial", "Helvetica"],
    "legend.frameon": False,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the house style within the block, and leave the user's settings as they were."""
    with mpl.rc_context(RC):
        yield


def colours(n: int) -> list[Any]:
    """Return `n` colours that people with any colour vision can tell apart, repeating after ten."""
    return list(sns.color_palette("colorblind", n_colors=max(n, 1)))


def mark(position: int) -> str:
    """Return a marker, so that a figure can be read without colours."""
    return MARKS[position % len(MARKS)]


def stroke(position: int) -> Any:
    """Return a line style."""
    return STROKES[position % len(STROKES)]


def new_axes(ax: Axes | None, width: float, height: float) -> Axes:
    """Return `ax`, or the axes of a new figure of that size in inches."""
    if ax is not None:
        return ax
    figure = Figure(figsize=(width, height), layout="constrained")
    axes: Axes = figure.add_subplot()
    return axes


def finish(ax: Axes) -> Figure:
    """Return the figure that `ax` belongs to."""
    figure = ax.get_figure(root=True)
    if figure is None:  # pragma: no cover - axes always have one
        raise RuntimeError("the axes have no figure")
    return figure


def plain(text: str, at_most: int = 48) -> str:
    """Return text that matplotlib shows as it is: no mathematics between dollars, and no label that legends skip.

    Longer text than `at_most` characters is cut, for it would leave no room for the axes.
    """
    text = text if len(text) <= at_most else text[: at_most - 1] + "…"
    return (" " if text.startswith("_") else "") + text.replace("$", r"\$")


def height_of(n_labels: int) -> float:
    """Return the height of a figure, in inches, whose legend has so many lines."""
    return max(4.0, 0.6 + 0.2 * n_labels)


def to_svg(figure: Figure, name: str, label: str) -> str:
    """Return a figure as an SVG element for a page: ids made unique by `name`, `label` for screen readers."""
    buffer = io.StringIO()
    with styled(), mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<[^>]*>", lambda tag: _own_ids(tag[0], name), svg)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)


def _own_ids(tag: str, name: str) -> str:
    tag = re.sub(r'\bid="', f'id="{name}-', tag)
    tag = re.sub(r"url\(#", f"url(#{name}-", tag)
    return re.sub(r'href="#', f'href="#{name}-', tag)
