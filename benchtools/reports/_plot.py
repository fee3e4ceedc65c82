"""Figures by name."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from benchtools.errors import InvalidInput
from benchtools.ranking import RankReport
from benchtools.reports._acceleration import acceleration_data, draw_acceleration
from benchtools.reports._forest import draw_forest, forest_data
from benchtools.reports._scatter import draw_scatter, scatter_data
from benchtools.reports._top_k import draw_top_k, top_k_data

__all__ = ["plot"]

KINDS = ("forest", "scatter", "acceleration", "top_k")


def plot(report: RankReport, kind: str = "forest", **options: Any) -> Figure:
    """Draw a figure of a report.

    Parameters
    ----------
    report : RankReport
        What to draw.
    kind : {"forest", "scatter", "acceleration", "top_k"}, default "forest"
        Which figure.
    **options
        ``proxy=`` for a scatter plot (by default the one with the highest rho), ``ax=`` to draw on given axes.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InvalidInput
        For an unknown kind or proxy.
    """
    if kind == "scatter":
        proxy = options.pop("proxy", None) or report.ranked()[0]
        if proxy not in report.proxies:
            raise InvalidInput(f"{proxy!r} is no proxy of this report: there is {', '.join(report.proxies)}")
        return draw_scatter(scatter_data(report, proxy), **options)
    if kind == "forest":
        return draw_forest(forest_data(report), **options)
    if kind == "acceleration":
        return draw_acceleration(acceleration_data(report), **options)
    if kind == "top_k":
        return draw_top_k(top_k_data(report), **options)
    raise InvalidInput(f"kind={kind!r} is not known: choose one of {', '.join(KINDS)}")
