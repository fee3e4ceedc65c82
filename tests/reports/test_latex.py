"""The LaTeX table, cell by cell (SYNTHETIC data)."""

import math
import re

import numpy as np
import pytest

from benchtools.reports import render_latex


def cells(latex):
    """Return the cells of the body, row by row."""
    body = latex.split(r"\midrule")[1].split(r"\bottomrule")[0]
    return [row.strip().removesuffix(r" \\").split(" & ") for row in body.strip().splitlines()]


def test_cells(report):
    latex = render_latex(report)
    rows = {row[0]: row for row in cells(latex)}
    assert list(rows) == report.ranked()
    for name, row in rows.items():
        found = report.estimates[name]
        rho, limits = found["spearman"], found["spearman"].interval
        assert re.sub(r"\\mathbf\{(.*)\}", r"\1", row[1]) == f"${rho.statistic:.3f}$"
        assert row[2] == f"$[{limits.low:.3f}, {limits.high:.3f}]$"
        assert row[3] == f"${found['kendall'].statistic:.3f}$"
        assert row[4] == f"${found['regret'].statistic:.3f}$"
    assert [rows[name][5] for name in ("near", "middle", "far")] == ["100", "--", r"$\infty$"]
    assert r"synthetic truth [\%], $n = 60$ architectures, 95\,\% intervals." in latex
    assert "regret@5" in latex


def test_bold_is_the_best_and_what_cannot_be_told_from_it(make_report):
    report = make_report(
        ("best", "worse", "worst"), n_resamples=999, seed=8, extra={"chance": np.random.default_rng(2).normal(size=60)}
    )
    twins = make_report(("best", "worse"), extra={"twin": report.proxies["best"]}, n_resamples=199, seed=8)
    for one in (report, twins):
        first = one.ranked()[0]
        like = {name for pair in one.indistinguishable() for name in pair if first in pair} | {first}
        bold = {row[0] for row in cells(one.to_latex()) if re.fullmatch(r"\$\\mathbf\{-?\d\.\d{3}\}\$", row[1])}
        assert bold == like
    assert {"best", "twin"} <= bold
    assert ("best", "chance") not in report.indistinguishable()
    assert "chance" not in {row[0] for row in cells(report.to_latex()) if "mathbf" in row[1]}


def test_all_negative_still_has_a_bold_row(make_report, report):
    negative = make_report((), extra={"down": -report.truth, "noisy": -report.truth + np.arange(60) % 7})
    first = cells(negative.to_latex())[0]
    assert first[1].startswith(r"$\mathbf{-0.")


def test_what_is_not_defined(make_report):
    report = make_report(("near",), extra={"flat": np.ones(60)})
    assert math.isnan(report.estimates["flat"]["spearman"].statistic)
    assert cells(report.to_latex())[1][:4] == ["flat", "--", "--", "--"]
    alone = make_report((), extra={"flat": np.ones(60)})
    assert "mathbf" not in alone.to_latex()


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("50% & #1_a", r"50\% \& \#1\_a"),
        ("$x$ {y}", r"\$x\$ \{y\}"),
        ("~a^b\\c", r"\textasciitilde{}a\textasciicircum{}b\textbackslash{}c"),
        ("a<b>|c", r"a\textless{}b\textgreater{}\textbar{}c"),
    ],
)
def test_names_are_escaped(make_report, name, escaped):
    latex = make_report([name], truth_name=name + " truth").to_latex()
    assert cells(latex.replace(r"\&", "AND"))[0][0] == escaped.replace(r"\&", "AND")
    assert f"against {escaped} truth, " in latex
