"""Figures: what they show is asserted as data; that they draw is asserted as a picture (SYNTHETIC reports)."""

import io
import math
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy import stats

from benchtools import reports
from benchtools.errors import InvalidInput
from benchtools.ranking import compare

PNG = b"\x89PNG\r\n\x1a\n"
KINDS = ("forest", "scatter", "acceleration", "top_k")


@pytest.fixture(scope="module")
def variants(make_report, report):
    """Return reports that are hard to draw, by name."""
    rng = np.random.default_rng(0)
    flat = {"flat": np.full(60, 3.0)}
    paid = {"truth_cost": 10.0}
    truth = rng.normal(90, 2, 2_000)
    thirty = [f"proxy {place}" for place in range(30)]
    return {
        "plain": report,
        "one proxy": make_report(("near",), costs={"near": 1.0}, **paid),
        "thirty proxies": make_report(thirty, n_resamples=19, costs=dict(zip(thirty, range(30), strict=True)), **paid),
        "only constant": make_report((), extra=flat, costs={"flat": 2.0}, **paid),
        "constant among others": make_report(extra=flat, costs={"flat": 0.0, "near": 5.0}, **paid),
        "negative": make_report((), extra={"down": -report.truth, "up": report.truth}, costs={"up": 0.0}, **paid),
        "dear proxy": make_report(costs={"near": 1e9}, **paid),
        "four architectures": compare([1.0, 2.0, 3.0, 5.0], {"p": [1.0, 3.0, 2.0, 4.0]}, k=1, n_resamples=19,
                                      costs={"p": 1.0}, truth_cost=3.0),
        "many": compare(truth, {"p": truth + rng.normal(size=2_000), "few levels": np.round(truth / 9)}, n_resamples=19,
                        costs={"p": 1.0}, truth_cost=3.0),
        "long names": make_report(["n" * 300, "long " * 20], truth_name="truth " * 50, costs={"n" * 300: 1.0}, **paid),
        "mathematics": make_report(["a$_$b", r"$\frac{", "_hidden", "50% & #1", "x^2_3 ~ \\"], truth_name="$y$ & _t_",
                                   costs={"_hidden": 1.0, "a$_$b": 2.0}, **paid),
    }  # fmt: skip


NAMES = ("plain", "one proxy", "thirty proxies", "only constant", "constant among others", "negative", "dear proxy",
         "four architectures", "many", "long names", "mathematics")  # fmt: skip


def texts(figure):
    """Return every text that a figure shows."""
    figure.canvas.draw()
    return [text.get_text() for text in figure.findobj(mpl.text.Text) if text.get_visible()]


# data


def test_forest_data(report):
    data = reports.forest_data(report)
    rho = {name: stats.spearmanr(report.truth, scores).statistic for name, scores in report.proxies.items()}
    assert data.proxies == sorted(rho, key=rho.get, reverse=True) == ["near", "middle", "far"]
    assert data.rho == pytest.approx([rho[name] for name in data.proxies], abs=1e-12)
    intervals = [report.estimates[name]["spearman"].interval for name in data.proxies]
    assert data.low == [interval.low for interval in intervals]
    assert data.high == [interval.high for interval in intervals]
    assert data.tolerant[0] == report.estimates["near"]["tolerant_spearman"].statistic
    assert all(math.isnan(value) for value in data.tolerant[1:])
    assert (data.truth, data.confidence) == ("synthetic truth [%]", 0.95)


def test_forest_data_with_a_constant_proxy(variants):
    data = reports.forest_data(variants["constant among others"])
    assert data.proxies[-1] == "flat"
    assert all(math.isnan(values[-1]) for values in (data.rho, data.low, data.high))


def test_acceleration_data(report):
    data = reports.acceleration_data(report)
    assert data.proxies == ["near", "far"]  # middle has no cost
    assert data.acceleration == [100.0, math.inf]  # 600 s over 6 s; and free
    assert data.rho == [report.estimates[name]["spearman"].statistic for name in data.proxies]
    assert data.low[0] == report.estimates["near"]["spearman"].interval.low


def test_no_costs_no_acceleration(make_report):
    with pytest.raises(
        InvalidInput, match="the report knows no costs: pass costs= and truth_cost= to compare, or --cost"
    ):
        reports.acceleration_data(make_report())


def brute_force_regret(truth, scores, k):
    """Return the mean regret over every choice of k that the scores allow."""
    last = np.sort(scores)[-k]
    sure, tied = np.flatnonzero(scores > last), np.flatnonzero(scores == last)
    choices = combinations(tied.tolist(), k - len(sure))
    return np.mean([truth.max() - truth[[*sure, *choice]].max() for choice in choices])


def test_top_k_data(report):
    data = reports.top_k_data(report)
    assert data.k[0] == 1
    assert data.k[-1] == 10  # a tenth of 60, and at least 10
    assert data.k == sorted(set(data.k))
    assert list(data.regret) == ["near", "middle", "far"]
    for name, curve in data.regret.items():
        expected = [brute_force_regret(report.truth, report.proxies[name], k) for k in data.k]
        assert curve == pytest.approx(expected, abs=1e-12)
        assert curve == sorted(curve, reverse=True)


def test_top_k_data_with_ties_and_chance():
    truth = np.array([3.0, 1.0, 4.0, 1.5, 9.0, 2.6, 5.0, 3.5])
    scores = np.array([1.0, 1.0, 2.0, 2.0, 2.0, 0.0, 3.0, 1.0])
    data = reports.top_k_data(compare(truth, {"p": scores}, k=2, n_resamples=19))
    assert data.k == list(range(1, 9))
    assert data.regret["p"] == pytest.approx([brute_force_regret(truth, scores, k) for k in data.k])
    assert data.chance == pytest.approx([brute_force_regret(truth, np.zeros(8), k) for k in data.k])
    assert data.chance[-1] == data.regret["p"][-1] == 0


def test_top_k_reaches_a_tenth(variants):
    assert reports.top_k_data(variants["many"]).k[-1] == 200


def test_scatter_data(report):
    data = reports.scatter_data(report, "far")
    assert data.best == np.flatnonzero(report.truth == report.truth.max()).tolist()
    assert data.picked == int(np.argmax(report.proxies["far"]))
    assert data.proxy is report.proxies["far"]
    assert data.rho == report.estimates["far"]["spearman"].statistic
    assert (data.proxy_name, data.truth_name) == ("far", "synthetic truth [%]")


def test_all_best_are_marked():
    report = compare([1.0, 5.0, 2.0, 5.0], {"p": [1.0, 2.0, 3.0, 4.0]}, k=1, n_resamples=19)
    assert reports.scatter_data(report, "p").best == [1, 3]


# pictures


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("variant", NAMES)
def test_every_figure_draws(variants, variant, kind):
    before = dict(mpl.rcParams)
    figure = variants[variant].plot(kind)
    assert isinstance(figure, Figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=40)
    assert buffer.getvalue().startswith(PNG)
    assert len(buffer.getvalue()) > 2_000
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_is_drawn_on_the_axes_given(report, kind):
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert report.plot(kind, ax=left) is figure
    assert left.has_data()
    assert not right.has_data()


@pytest.mark.parametrize("kind", ["forest", "top_k", "scatter"])
def test_names_are_shown_as_they_are(make_report, kind):
    name = r"a$_$b \$ ^2"
    shown = texts(make_report([name]).plot(kind))
    assert name.replace("$", r"\$") in shown  # matplotlib's own way to write a dollar


def test_a_name_with_an_underscore_is_in_the_legend(make_report):
    figure = make_report(["_hidden", "shown"], costs={"_hidden": 1.0}, truth_cost=2.0).plot("top_k")
    labels = [text.get_text().strip() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["_hidden", "shown", "at random"]


def test_the_forest_says_what_is_not_defined(variants):
    shown = texts(variants["constant among others"].plot("forest"))
    assert shown.count("not defined") == 1
    rho = variants["constant among others"].estimates["near"]["spearman"].statistic
    assert f"{rho:.3f}" in shown


def test_the_forest_puts_the_best_on_top_and_shows_everything(variants):
    for name in ("plain", "negative"):
        ax = variants[name].plot("forest").axes[0]
        assert [label.get_text() for label in ax.get_yticklabels()] == variants[name].ranked()
        bottom, top = ax.get_ylim()
        assert bottom > top
        left, right = ax.get_xlim()
        data = reports.forest_data(variants[name])
        assert left <= min(data.low)
        assert right >= max(data.high)


def test_a_free_proxy_stands_apart(report):
    figure = report.plot("acceleration")
    ax = figure.axes[0]
    assert ax.get_xscale() == "log"
    assert "no training" in texts(figure)
    points = {line.get_label(): float(line.get_xdata()[0]) for line in ax.lines if line.get_label() in ("near", "far")}
    assert points["near"] == 100.0
    assert points["far"] > 100.0
    assert max(points.values()) < ax.get_xlim()[1]


def test_a_density_replaces_points_where_there_are_many(variants, report):
    assert variants["many"].plot("scatter").axes[0].collections
    assert not report.plot("scatter").axes[0].collections


def test_scatter_takes_a_proxy(report):
    assert report.plot("scatter", proxy="far").axes[0].get_xlabel() == "far"
    assert report.plot("scatter").axes[0].get_xlabel() == "near"


def test_unknown_figures(report):
    with pytest.raises(
        InvalidInput, match="kind='pie' is not known: choose one of forest, scatter, acceleration, top_k"
    ):
        report.plot("pie")
    with pytest.raises(InvalidInput, match="'nearest' is no proxy of this report: there is near, middle, far"):
        report.plot("scatter", proxy="nearest")


def test_colours_have_company(make_report):
    """Read in grey: lines differ by stroke, points by marker."""
    figure = make_report(("a", "b", "c")).plot("top_k")
    strokes = [line.get_linestyle() for line in figure.axes[0].lines[:3]]
    assert len(set(strokes)) == 3
