"""A report as a LaTeX table."""

from __future__ import annotations

import math

from benchtools.ranking import Estimate, RankReport

__all__ = ["render_latex"]

SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}",
}  # fmt: skip


def render_latex(report: RankReport) -> str:
    r"""Return a ``table`` for the package booktabs: rho with its interval, tau, regret and acceleration.

    The highest rho is bold, with every rho that cannot be told apart from it.
    """
    names = report.ranked()
    tied = {names[0]} | {
        other for pair in report.indistinguishable() if names[0] in pair for other in pair
    }  # fmt: skip
    k = report.settings["k"]
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{Rank preservation against {escape(report.truth_name)}, $n = {report.n}$ architectures, "
        rf"{report.settings['confidence'] * 100:g}\,\% intervals.}}",
        r"\begin{tabular}{lccccr}",
        r"\toprule",
        rf"proxy & $\rho$ & interval & $\tau_b$ & regret@{k} & acceleration \\",
        r"\midrule",
    ]
    for name in names:
        estimates = report.estimates[name]
        rho = estimates["spearman"]
        ratio = report.acceleration(name)
        cells = [
            escape(name),
            _bold(rho.statistic) if name in tied and not math.isnan(rho.statistic) else _number(rho.statistic),
            _limits(rho),
            _number(estimates["kendall"].statistic),
            _number(estimates["regret"].statistic),
            "--" if ratio is None else r"$\infty$" if math.isinf(ratio) else f"{ratio:.3g}",
        ]
        lines.append(" & ".join(cells) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""])


def escape(text: str) -> str:
    """Return text with LaTeX's special characters made plain."""
    return "".join(SPECIAL.get(character, character) for character in text)


def _number(value: float) -> str:
    return "--" if math.isnan(value) else f"${value:.3f}$"


def _bold(value: float) -> str:
    return rf"$\mathbf{{{value:.3f}}}$"  # \textbf leaves mathematics as it is


def _limits(estimate: Estimate) -> str:
    low, high = estimate.limits
    return "--" if math.isnan(low) else f"$[{low:.3f}, {high:.3f}]$"
