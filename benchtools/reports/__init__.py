"""What a report looks like: figures (their data apart from their drawing), a page, LaTeX, files."""

from benchtools.reports._acceleration import AccelerationData, acceleration_data, draw_acceleration
from benchtools.reports._forest import ForestData, draw_forest, forest_data
from benchtools.reports._html import render_html
from benchtools.reports._latex import render_latex
from benchtools.reports._plot import plot
from benchtools.reports._scatter import ScatterData, draw_scatter, scatter_data
from benchtools.reports._top_k import TopKData, draw_top_k, top_k_data
from benchtools.reports._write import write_report

__all__ = [
    "AccelerationData",
    "ForestData",
    "ScatterData",
    "TopKData",
    "acceleration_data",
    "draw_acceleration",
    "draw_forest",
    "draw_scatter",
    "draw_top_k",
    "forest_data",
    "plot",
    "render_html",
    "render_latex",
    "scatter_data",
    "top_k_data",
    "write_report",
]
