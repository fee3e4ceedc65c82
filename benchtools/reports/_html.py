"""A report as one page that needs nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import jinja2
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from benchtools.ranking import Estimate, RankReport
from benchtools.reports._acceleration import acceleration_data, draw_acceleration
from benchtools.reports._forest import draw_forest, forest_data
from benchtools.reports._scatter import draw_scatter, scatter_data
from benchtools.reports._style import styled, to_svg
from benchtools.reports._top_k import draw_top_k, top_k_data

__all__ = ["render_html"]

SCATTERS_AT_MOST = 12
SCATTER_COLUMNS = 4
COLUMNS = {
    "spearman": "rho",
    "tolerant_spearman": "tolerant rho",
    "kendall": "tau-b",
    "weighted_kendall": "weighted tau",
    "pearson": "r",
    "top_k_overlap": "overlap@{k}",
    "precision_at_k": "precision@{k}",
    "best_rank_at_k": "best rank@{k}",
    "regret": "regret@{k}",
}


DIGITS = {"best_rank_at_k": 1, "top_k_overlap": 3, "precision_at_k": 3, "regret": 3}


class Cell(NamedTuple):
    """What a cell shows, what it is sorted by, and a second line."""

    text: str
    value: float | str
    detail: str = ""


class Picture(NamedTuple):
    """A figure with its heading and what to see in it."""

    title: str
    svg: Markup
    caption: str


def render_html(report: RankReport) -> str:
    """Return `report` as one HTML page: figures inline, tables sortable by click, no request to anywhere.

    Examples
    --------
    >>> import numpy as np
    >>> from benchtools.ranking import compare
    >>> page = render_html(compare(np.arange(9.0), {"copy": np.arange(9.0)}, k=2, n_resamples=99))
    >>> page.startswith("<!doctype html>"), "http" in page.replace("http://www.w3.org", "")
    (True, False)
    """
    statistics = [name for name in COLUMNS if any(name in estimates for estimates in report.estimates.values())]
    return template("report.html.j2").render(
        report=report,
        headers=["proxy", *(COLUMNS[name].format(k=report.settings["k"]) for name in statistics), "acceleration"],
        rows=[_row(report, name, statistics) for name in report.ranked()],
        pictures=_pictures(report),
        picks=report.picks,
        best=[report.archs[position] for position in report.best()],
        pairs=report.indistinguishable(),
        differences=sorted(report.differences, key=lambda pair: (math.isnan(pair.adjusted), pair.adjusted)),
    )


def template(name: str) -> jinja2.Template:
    """Return a template of a page; what is filled in is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("benchtools.reports"), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    return environment.get_template(name)


def _row(report: RankReport, proxy: str, statistics: Sequence[str]) -> list[Cell]:
    cells = [Cell(proxy, proxy)]
    cells += [_cell(report.estimates[proxy].get(name)) for name in statistics]
    ratio = report.acceleration(proxy)
    if ratio is None:
        return [*cells, Cell("–", "")]
    return [*cells, Cell("no training", math.inf) if math.isinf(ratio) else Cell(f"{ratio:.3g}×", ratio)]


def _cell(estimate: Estimate | None) -> Cell:
    if estimate is None:
        return Cell("–", "")
    if math.isnan(estimate.statistic):
        return Cell("not defined", "")
    digits = DIGITS.get(estimate.name, 4)
    low, high = estimate.limits
    detail = "" if math.isnan(low) else f"{low:.{digits}f} … {high:.{digits}f}"
    return Cell(f"{estimate.statistic:.{digits}f}", estimate.statistic, detail)


def _pictures(report: RankReport) -> list[Picture]:
    confidence = f"{report.settings['confidence']:.0%}"
    pictures = [
        picture(
            "Rank correlation", "forest", draw_forest(forest_data(report)),
            f"Spearman's rho with {confidence} intervals (bootstrap over architectures).",
        )
    ]  # fmt: skip
    if any(report.acceleration(name) is not None for name in report.proxies):
        pictures.append(
            picture(
                "Rank correlation against acceleration", "acceleration", draw_acceleration(acceleration_data(report)),
                "To the right cheaper, to the top more faithful.",
            )
        )  # fmt: skip
    pictures.append(
        picture(
            "What the best k are worth", "topk", draw_top_k(top_k_data(report)),
            "Regret if the best k of a proxy are trained in full and the best of them is kept.",
        )
    )  # fmt: skip
    shown = report.ranked()[:SCATTERS_AT_MOST]
    left = len(report.proxies) - len(shown)
    caption = "Truth against proxy (darker: more architectures). Star: the best architecture; square: the proxy's pick."
    if left:
        caption += f" The {left} proxies of lowest rho are left out."
    pictures.append(picture("Truth against proxy", "scatter", _scatters(report, shown), caption))
    return pictures


def _scatters(report: RankReport, proxies: Sequence[str]) -> Figure:
    columns = min(SCATTER_COLUMNS, len(proxies))
    rows = -(-len(proxies) // columns)
    with styled():
        figure = Figure(figsize=(3.4 * columns, 3.1 * rows), layout="constrained", dpi=110)
        for position, proxy in enumerate(proxies):
            ax = figure.add_subplot(rows, columns, position + 1)
            draw_scatter(scatter_data(report, proxy), ax)
            ax.set_ylabel("truth" if position % columns == 0 else "")
    return figure


def picture(title: str, name: str, figure: Figure, caption: str) -> Picture:
    """Return a figure as a page shows it; `name` is unique on the page."""
    svg: Any = to_svg(figure, name, str(escape(f"{title}: {caption}")))
    return Picture(title, Markup(svg), caption)  # noqa: S704 - made by matplotlib, which escapes text
