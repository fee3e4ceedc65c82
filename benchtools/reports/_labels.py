"""Names beside points, where they cover little of points, lines and each other."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from benchtools.reports._style import finish

__all__ = ["along", "place_label", "times"]

Dots = NDArray[np.float64]
DIRECTIONS = (45, 90, 0, -45, 135, -90, 180, -135)  # [degrees], the most liked first
DISTANCES = (7, 12, 18, 26, 36)  # [points]
OUTSIDE = 1_000.0
LABEL = 30.0
TOO_MUCH = 26.0
"""Cost from which a label is left out: it would cover another, or too many points."""
FAR = 18
"""Distance [points] from which a line leads to a label."""
GAP = 3.0
"""Pixels from label to label."""
STEP = 4.0
"""Pixels from dot to dot."""


def place_label(
    ax: Axes,
    point: tuple[float, float],
    text: str,
    covered: Dots,
    *,
    reach: float = 0,
    needed: bool = False,
    **style: Any,
) -> Dots:
    """Write a text beside its point where it covers least, and return what should stay visible now.

    A thin line leads to a text that is far; a text for which there is no room is left out.

    Parameters
    ----------
    ax : Axes
        Its limits must not change any more, and its figure must have been laid out.
    point : (x, y)
        In data units.
    text : str
        The label.
    covered : ndarray of float64, shape (n, 3)
        What should stay visible, as dots: x and y in pixels, and a weight (`along`).
    reach : float, default 0
        How far the mark of the point goes beyond a usual one [points].
    needed : bool, default False
        Whether the label is written in any case.
    **style
        Of the text.

    Returns
    -------
    ndarray of float64, shape (m, 3)
        `covered` and the label.
    """
    unit = finish(ax).dpi / 72
    frame = ax.get_window_extent()
    label = ax.annotate(text, point, xytext=(0, 0), textcoords="offset points", ha="center", va="center", **style)
    label.set_in_layout(False)
    box = label.get_window_extent()
    half = np.array([box.width, box.height]) / 2
    at = ax.transData.transform(point)
    best, place, far = math.inf, at, False
    for distance in DISTANCES:
        for liked, angle in enumerate(DIRECTIONS):
            way = np.round([math.cos(math.radians(angle)), math.sin(math.radians(angle))], 6)
            centre = at + way * (distance + reach) * unit + np.sign(way) * half
            low, high = centre - half - 2, centre + half + 2
            outside = bool((low < frame.p0).any() or (high > frame.p1).any())
            hidden = ((covered[:, :2] > low) & (covered[:, :2] < high)).all(axis=1)
            cost = float(covered[hidden, 2].sum()) + OUTSIDE * outside + 0.35 * distance + 0.4 * liked
            if cost < best:
                best, place, far = cost, centre, distance >= FAR
    if best >= TOO_MUCH and not needed:
        label.remove()
        return covered
    label.set_position(tuple((place - at) / unit))
    if far:
        end = ax.transData.inverted().transform(np.clip(at, place - half, place + half))
        ax.plot([point[0], end[0]], [point[1], end[1]], color="0.5", linewidth=0.7, zorder=2)
    return np.vstack([covered, _filled(place, half)])


def along(ax: Axes, points: Iterable[tuple[float, float]], weight: float) -> Dots:
    """Return dots along the line through points in data units: x and y in pixels and `weight`, shape (n, 3)."""
    corners = ax.transData.transform(np.asarray(list(points), np.float64).reshape(-1, 2))
    dots = [corners[:1]]
    for start, end in pairwise(corners):
        n = max(1, math.ceil(np.hypot(*(end - start)) / STEP))
        dots.append(start + (end - start) * np.linspace(0, 1, n + 1)[1:, None])
    line = np.vstack(dots)
    return np.column_stack([line, np.full(len(line), weight)])


def times(ratio: float) -> str:
    """Return a ratio as ``9.14×`` or ``2,048×``.

    Examples
    --------
    >>> times(9.1429), times(2048.4)
    ('9.14×', '2,048×')
    """
    return f"{ratio:,.0f}×" if abs(ratio) >= 1000 else f"{ratio:.3g}×"


def _filled(centre: Dots, half: Dots) -> Dots:
    x, y = (np.arange(-side - GAP, side + GAP + STEP, STEP) for side in half)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2) + centre
    return np.column_stack([grid, np.full(len(grid), LABEL)])
