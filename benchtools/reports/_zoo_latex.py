"""A zoo under reduced settings as a LaTeX table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from benchtools.reports._latex import escape
from benchtools.reports._zoo_found import ZooFound

__all__ = ["render_zoo_latex"]


def render_zoo_latex(found: ZooFound) -> str:
    r"""Return a ``table`` for the package booktabs: each setting, what it stands for, rho and acceleration.

    Good settings are bold, and the chosen one has a dagger.
    """
    plan, data = found.zoo.plan, found.headline
    chosen = data.settings[data.chosen]
    confidence = f"{found.report.settings['confidence'] * 100:g}"
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{Reduced settings of {escape(plan.name)} against {escape(str(plan.original))}, $n = "
        rf"{len(plan.archs)}$ networks, {confidence}\,\% intervals over networks. Bold: no other setting is as fast "
        rf"and keeps the order better, or the reverse. $\dagger$: the fastest of these within {data.margin:g} of "
        r"the best $\rho$.}",
        r"\begin{tabular}{lrrrrccccr}",
        r"\toprule",
        r"setting & channels & pixels & share & epochs & $\rho$ & interval & tolerant $\rho$ & $\tau_b$ & "
        r"acceleration \\",
        r"\midrule",
        *(_row(row, row["setting"] == chosen) for row in found.rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
        "",
    ]
    return "\n".join(lines)


def _row(row: Mapping[str, Any], chosen: bool) -> str:
    name = escape(row["setting"])
    name = rf"\textbf{{{name}}}" if row["front"] else name
    limits = "--" if math.isnan(row["low"]) else f"$[{row['low']:.3f}, {row['high']:.3f}]$"
    cells = [
        name + (r"$^\dagger$" if chosen else ""), str(row["channels"]), str(row["resolution"]), f"{row['share']:g}",
        str(row["e"]), _number(row["rho"]), limits, _number(row["tolerant"]), _number(row["kendall"]),
        f"{row['acceleration']:,.3g}" if row["acceleration"] < 1000 else f"{row['acceleration']:.0f}",
    ]  # fmt: skip
    return " & ".join(cells) + r" \\"


def _number(value: float) -> str:
    return "--" if math.isnan(value) else f"${value:.3f}$"
