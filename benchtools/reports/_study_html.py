"""A study of searches on proxy data as one page that needs nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.figure import Figure

from benchtools.experiments.oneshot import StudyResult
from benchtools.reports._html import Cell, Picture, picture, template
from benchtools.reports._study_spread import name_of
from benchtools.reports._study_time import TIMES, StudyTimeData, formula
from benchtools.reports._study_words import counted, fit_words, lead, plan_rows, spread_words

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Views", "render_study_html"]

HEADERS = ("algorithm", "examples", "share", "accuracy", "against all", "best seed", "regret", "rank", "time [s]",
           "time, full = 1", "processor time, full = 1", "seeds", "degenerate", "rho")  # fmt: skip
CAPTIONS = {
    "accuracy": (
        "What searches find",
        "Accuracy in the table of the architecture that a search ends with, against the share of the training examples "
        "that it sees. Mark: mean over the seeds; whisker and band: their standard deviation, cut at the table's best; "
        "faint dot: a seed; cross: a seed that ended with a degenerate cell. Methods of one size stand side by side. "
        "Each panel has its own scale.",
    ),
    "time": (
        "What searches cost",
        "Time of a search over the mean time of those on all examples, measured {clock}, without looks at the "
        "architecture between epochs. Line: T(r) = a + b r by least squares; on the dashed diagonal time is in "
        "proportion to the examples.",
    ),
    "trajectories": (
        "What searches would have ended with",
        "Accuracy in the table of the architecture that a search would end with after each epoch, the mean over the "
        "seeds.",
    ),
}  # fmt: skip
PUBLISHED = (
    " Square: what paper 000 prints for CIFAR-100, the mean of its five tables (two of them print the same times)."
)


CLOCKS = {"search_s": "in seconds on the clock", "search_cpu_s": "in processor time"}


class Views(NamedTuple):
    """A figure for wide pages, and the same for narrow ones."""

    broad: Figure
    narrow: Figure


class _Pictures(NamedTuple):
    broad: Picture
    narrow: Picture


def render_study_html(
    study: StudyResult,
    summary: pd.DataFrame,
    times: Sequence[StudyTimeData],
    figures: Mapping[str, Views],
) -> str:
    """Return the page of a study.

    Parameters
    ----------
    study : StudyResult
        What was searched.
    summary : pandas.DataFrame
        Of `summarise`.
    times : sequence of StudyTimeData
        Fits, where there are any, those of the figure first.
    figures : mapping of str to Views
        ``accuracy``, ``trajectories``, and ``time`` where there are fits.
    """
    return template("study.html.j2").render(
        name=study.plan.name,
        lead=lead(study),
        notes=[*study.notes, *counted(study)],
        figures={name: _pictures(name, views, times) for name, views in figures.items()},
        spread=spread_words(study, summary),
        n_seeds=len(study.plan.seeds),
        headers=HEADERS,
        rows=[_row(row) for row in summary.itertuples()],
        fits=_fits(times),
        plan=plan_rows(study),
        versions=_versions(study),
    )


def _fits(times: Sequence[StudyTimeData]) -> list[str]:
    if not times:
        return []
    first, others = times[0], times[1:]
    told = {fit.algorithm: "" for fit in first.fits}
    for other in others:
        for fit in other.fits:
            told[fit.algorithm] = f" {TIMES[other.by].capitalize()}: {formula(fit)}, R² {fit.r_squared:.3f}."
    return [
        fit_words(fit, published, told[fit.algorithm])
        for fit, published in zip(first.fits, first.published, strict=True)
    ]


def _pictures(name: str, views: Views, times: Sequence[StudyTimeData]) -> _Pictures:
    title, caption = CAPTIONS[name]
    if name == "time":
        data = times[0]
        caption = caption.format(clock=CLOCKS[data.by]) + (PUBLISHED if any(data.published) else "")
        caption += f" Not shown: {', '.join(data.left_out)}." if data.left_out else ""
    return _Pictures(
        picture(title, name, views.broad, caption), picture(title, f"{name}-narrow", views.narrow, caption)
    )


def _number(value: float, form: str) -> Cell:
    return Cell(format(value, form), float(value)) if math.isfinite(value) else Cell("–", "")


def _row(row: Any) -> list[Cell]:
    name = name_of(row.method, row.k)
    spread = f"± {row.std:.2f}" if math.isfinite(row.std) else ""
    return [
        Cell(row.algorithm, row.algorithm), Cell(name, name), Cell(f"{100 * row.share:.3g} %", float(row.share)),
        _number(row.accuracy, ".2f")._replace(detail=spread), _number(row.difference, "+.2f"),
        _number(row.best, ".2f"), _number(row.regret, ".2f"), _number(row.rank, ",g"), _number(row.search_s, ",.1f"),
        _number(row.ratio, ".2f"), _number(row.ratio_cpu, ".2f"), Cell(str(row.n), int(row.n)),
        Cell(str(row.degenerate), int(row.degenerate)), _number(row.spearman, ".2f"),
    ]  # fmt: skip


def _versions(study: StudyResult) -> list[tuple[str, str]]:
    made = study.provenance
    return [("searched", made.created), ("python", made.python), *made.packages.items(), *made.inputs.items()]
