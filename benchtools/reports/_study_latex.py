"""A study as a LaTeX table in the form of paper 000's."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchtools.experiments.oneshot import StudyResult
from benchtools.reports._latex import escape
from benchtools.reports._study_panels import FULL, methods_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["render_study_latex"]


def render_study_latex(study: StudyResult, summary: pd.DataFrame) -> str:
    r"""Return a ``table`` for the package booktabs: a group of rows for each proxy, a row for each algorithm.

    The search on all examples comes first, then each method from its largest proxy to its smallest.

    References
    ----------
    S0 (paper 000), Tables 2 to 6.
    """
    plan = study.plan
    seeds = "one seed" if len(plan.seeds) == 1 else f"{len(plan.seeds)} seeds, mean $\\pm$ standard deviation"
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{One-shot searches of {escape(plan.space)} on proxies of {escape(plan.dataset)} ({seeds}). "
        rf"Accuracy and regret [\%] of the architecture found: {escape(plan.truth)} of the table "
        rf"{escape(Path(plan.table).name)}, whose best is {study.best:.2f}.}}",
        r"\begin{tabular}{lrlrcr}",
        r"\toprule",
        r"method & $r$ & algorithm & time [s] & accuracy & regret \\",
    ]
    for method in [FULL, *methods_of(study)]:
        own = summary[summary["method"] == method]
        for k in sorted(own["k"].unique(), reverse=True):
            lines += [r"\midrule", *_group(own[own["k"] == k])]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""])


def _group(rows: pd.DataFrame) -> list[str]:
    found = []
    for place, row in enumerate(rows.itertuples()):
        name = "all examples" if row.method == FULL else escape(row.method)
        heads = [name, rf"{100 * row.share:.3g}\,\%"] if place == 0 else ["", ""]
        cells = [*heads, escape(row.algorithm), _plain(row.search_s, 1), _accuracy(row), _plain(row.regret, 2)]
        found.append(" & ".join(cells) + r" \\")
    return found


def _plain(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "--"


def _accuracy(row: Any) -> str:
    if not math.isfinite(row.accuracy):
        return "--"
    return f"${row.accuracy:.2f}$" if math.isnan(row.std) else rf"${row.accuracy:.2f} \pm {row.std:.2f}$"
