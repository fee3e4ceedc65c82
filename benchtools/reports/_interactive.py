"""A figure whose points say what they are: in the page, on hover, touch and keyboard focus."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import escape
from matplotlib.figure import Figure

from benchtools.errors import InvalidInput
from benchtools.reports._style import to_svg

__all__ = ["to_interactive_svg"]


def to_interactive_svg(figure: Figure, name: str, label: str, keys: Sequence[str], tips: Sequence[str]) -> str:
    """Return a figure as an SVG element in which every point ``setting-0``, ``setting-1`` ... has a tooltip.

    Without a script, browsers show its ``<title>``; ``tips.js`` shows the same in the page's style.

    Parameters
    ----------
    figure : Figure
        Its points carry these as gid.
    name, label : str
        As of `to_svg`.
    keys, tips : sequence of str
        What each point is of, and what its tooltip says, a line each.

    Raises
    ------
    InvalidInput
        If the figure has no such point.
    """
    svg = to_svg(figure, name, label).replace('role="img"', 'role="group"', 1)  # an image would hide its points
    for place, (key, tip) in enumerate(zip(keys, tips, strict=True)):
        tag = f'<g id="{name}-setting-{place}">'
        if tag not in svg:
            raise InvalidInput(f"the figure has no point setting-{place}: {len(keys)} are needed")
        open_ = f'<g id="{name}-setting-{place}" class="point" tabindex="0" role="img" data-setting="{escape(key)}">'
        svg = svg.replace(tag, f"{open_}<title>{escape(tip)}</title>", 1)
    return svg
