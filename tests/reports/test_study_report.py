"""Pictures and report of a study of searches on proxy data (SYNTHETIC results; nothing was searched)."""

import io
import math
import os
import re
import shutil
import sys
from dataclasses import replace
from html import unescape
from importlib.resources import files
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from benchtools import reports
from benchtools.cli import main
from benchtools.errors import InvalidInput, NotFound
from benchtools.experiments.oneshot import EXAMPLE, Proxy, StudyPlan, StudyResult, summarise, time_fits
from benchtools.reports._study_latex import render_study_latex
from benchtools.reports._study_spread import pairs_of, smallest_within
from benchtools.reports._study_words import spread_words

EVIL = '<img src="x" onerror="window.hurt = 1">'
PROXIES = ("full", "random:50", "random:200", "entropy_bottom:50", "entropy_bottom:200")
N = 400
BEST = 95.0
KEYS = ["algorithm", "method", "k", "seed"]


def make_study(proxies=PROXIES, algorithms=("darts_v1", "enas"), seeds=(0, 1), lost=(), best=BEST, **plan):
    """Return a study whose numbers are made up; `lost` holds (algorithm, proxy, seed) of searches that diverge."""
    rng = np.random.default_rng(0)
    plan = StudyPlan(
        "nasbench201", "digits", algorithms, tuple(map(Proxy.parse, proxies)), "x/a-table", "cifar10/ori-test/200/mean",
        seeds, preset="short", scores={"entropy_bottom": "e.npz"}, **plan,
    )  # fmt: skip
    rows, epochs = [], []
    for algorithm in algorithms:
        fixed = 0.8 if algorithm == "enas" else 0.0
        for proxy in plan.proxies:
            k = proxy.k or N
            for seed in seeds:
                diverged = (algorithm, str(proxy), seed) in lost
                key = {"algorithm": algorithm, "method": proxy.method, "k": k, "seed": seed}
                broken = (algorithm, str(proxy), seed) == ("darts_v1", "random:50", 1)
                end = 54.3 if broken else 80 + 10 * k / N + rng.normal(0, 1)
                curve = [end - 5 + rng.normal(0, 0.5), end - 2, end][: 2 if diverged else 3]
                kind = math.nan if diverged else "all skip_connect" if broken else ""
                epochs += [{**key, "epoch": e, "accuracy": v, "degenerate": kind} for e, v in enumerate(curve)]
                spent = 1000 * (fixed + (1 - fixed) * k / N) + rng.normal(0, 5)
                rows.append({
                    **key, "status": "diverged" if diverged else "done", "degenerate": kind, "accuracy": curve[-1],
                    "regret": best - curve[-1], "rank": 100.0, "search_s": spent, "search_cpu_s": 2 * spent,
                    "spearman": math.nan,
                })  # fmt: skip
    frame = pd.DataFrame(rows).astype({"degenerate": object})
    return StudyResult(plan, frame, pd.DataFrame(epochs), best, N, notes=("SYNTHETIC",))


@pytest.fixture(scope="module")
def study():
    return make_study(lost=[("enas", "random:50", 0)])


@pytest.fixture(scope="module")
def folder(study, tmp_path_factory):
    place = tmp_path_factory.mktemp("study") / "deep" / "report"
    evil = replace(study, plan=replace(study.plan, name=EVIL), notes=(EVIL,))
    told = []
    paths = reports.write_study_report(evil, place, progress=lambda *what: told.append(what))
    assert [path.name for path in paths] == [
        "index.html", "summary.csv", "summary.tex", "accuracy.png", "time.png", "trajectories.png",
    ]  # fmt: skip
    assert told == [("report", 1, 3), ("report", 2, 3), ("report", 3, 3)]
    return place


@pytest.fixture(scope="module")
def page(folder):
    return (folder / "index.html").read_text()


def done(study):
    return study.frame[study.frame["status"] == "done"]


def is_drawn(figure):
    before = dict(mpl.rcParams)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=40)
    return len(buffer.getvalue()) > 2_000 and dict(mpl.rcParams) == before


def texts(figure):
    return [text.get_text() for text in figure.findobj(mpl.text.Text) if text.get_text()]


# accuracy against size


def test_accuracies_against_plain_pandas(study):
    data = reports.study_accuracy_data(study)
    groups = done(study).groupby(["algorithm", "method", "k"])["accuracy"]
    found = {(point.algorithm, point.method, round(point.share * N / 100)): point for point in data.points}
    assert set(found) == set(groups.groups)
    for key, values in groups:
        assert found[key].seeds == values.tolist()
        assert found[key].mean == pytest.approx(values.mean())
        assert found[key].std == pytest.approx(values.std(), nan_ok=True)
    broken = [key for key, point in found.items() if any(point.degenerate)]
    assert broken == [("darts_v1", "random", 50)]
    assert (data.algorithms, data.methods) == (["darts_v1", "enas"], ["random", "entropy_bottom"])


def test_accuracies_are_drawn_as_they_are(study):
    data = reports.study_accuracy_data(study)
    panel = reports.draw_study_accuracy(data).axes[0]
    own = {(point.method, point.share): point for point in data.points if point.algorithm == "darts_v1"}
    drawn = {tuple(np.round(line.get_ydata(), 9)) for line in panel.lines}
    for method in data.methods:
        assert tuple(np.round([own[method, share].mean for share in (12.5, 50.0)], 9)) in drawn
    for point in own.values():
        assert {(round(value, 9),) for value in point.seeds} <= drawn
    wide = own["random", 12.5]
    assert wide.mean + wide.std < BEST
    assert tuple(np.round([wide.mean - wide.std, wide.mean + wide.std], 9)) in drawn
    crosses = [line.get_ydata().tolist() for line in panel.lines if line.get_marker() == "x"]
    assert crosses == [[54.3]]
    low = replace(study, best=min(max(point.seeds) for point in own.values()) + 0.01)
    clipped = reports.plot_study_accuracy(low).axes[0]
    assert tuple(np.round([wide.mean - wide.std, low.best], 9)) in {
        tuple(np.round(line.get_ydata(), 9)) for line in clipped.lines
    }  # a whisker ends at the table's best


def test_the_best_does_not_squeeze_the_data(study):
    near, far = (reports.plot_study_accuracy(replace(study, best=best)).axes[1] for best in (91.5, 200.0))
    assert near.get_ylim()[1] > 91.5
    assert "table's best 91.50" in [text.get_text() for text in near.texts]
    assert far.get_ylim()[1] < 95
    assert "table's best 200.00 ↑" in [text.get_text() for text in far.texts]


# time against share


def test_times_against_a_fit_by_hand(study):
    data = reports.study_time_data(study)
    assert [fit.algorithm for fit in data.fits] == ["darts_v1", "enas"]
    for place, fit in enumerate(data.fits):
        own = done(study).query("algorithm == @fit.algorithm")
        ratio = own["search_s"] / own.loc[own["method"] == "full", "search_s"].mean()
        assert data.share[place] == pytest.approx(100 * own["k"] / N)
        assert data.ratio[place] == pytest.approx(ratio)
        design = np.column_stack([np.ones(len(own)), own["k"] / N])
        assert (fit.intercept, fit.slope) == pytest.approx(np.linalg.lstsq(design, ratio, rcond=None)[0])
    assert data.left_out == []
    in_processor_time = reports.study_time_data(study, by="search_cpu_s")
    assert in_processor_time.ratio[0] == pytest.approx(data.ratio[0])
    with pytest.raises(InvalidInput, match="by='hours' is not known: choose search_s or search_cpu_s"):
        reports.study_time_data(study, by="hours")


def test_published_times_are_what_the_paper_prints(study):
    with (files("benchmarks_data.published") / "paper000_tables2to6_results.csv").open(encoding="utf-8") as file:
        printed = pd.read_csv(file)
    data = reports.study_time_data(study)
    for place, name in enumerate(["Darts-V1", "ENAS"]):
        own = printed[printed["nas"] == name]
        full = own.loc[own["r_percent"] == 100, "search_time_s"].iloc[0]
        means = {share: own.loc[own["r_percent"] == share, "search_time_s"].mean() / full for share in (25, 50, 75)}
        assert data.published[place] == pytest.approx(means)
    assert data.published[1][25.0] == pytest.approx(0.83, abs=0.005)


def test_times_are_drawn(study):
    figure = reports.plot_study_time(study)
    squares = [line for line in figure.axes[1].lines if line.get_marker() == "s"]
    assert [line.get_xdata().tolist() for line in squares] == [[25, 50, 75]]
    assert squares[0].get_markerfacecolor() == "none"
    fit = time_fits(study)[1]
    assert f"T(r) = {fit.intercept:.2f} + {fit.slope:.2f} r" in texts(figure)
    assert is_drawn(figure)


def test_algorithms_without_a_full_search_are_left_out():
    lost = [("enas", "full", 0), ("enas", "full", 1)]
    data = reports.study_time_data(make_study(lost=lost))
    assert ([fit.algorithm for fit in data.fits], data.left_out) == (["darts_v1"], ["enas"])
    with pytest.raises(NotFound, match="enas was not searched on all examples"):
        reports.study_time_data(make_study(PROXIES[1:]))


def test_panels_that_do_not_fit(study):
    for columns in (0, 4):
        with pytest.raises(InvalidInput, match=f"columns must be 1, 2 or 3 panels side by side; {columns} was given"):
            reports.plot_study_accuracy(study, columns=columns)


# trajectories


def test_trajectories_against_plain_pandas(study):
    data = reports.study_trajectory_data(study)
    rows = study.trajectories.merge(done(study)[KEYS], on=KEYS)
    means = rows.groupby(["algorithm", "method", "k", "epoch"])["accuracy"].mean()
    found = {
        (curve.algorithm, curve.method, round(curve.share * N / 100), epoch - 1): value
        for curve in data.curves for epoch, value in zip(curve.epochs, curve.accuracy, strict=True)
    }  # fmt: skip
    assert found == pytest.approx(means.to_dict())
    assert data.shares == [12.5, 50.0]
    figure = reports.draw_study_trajectories(data)
    assert [len(ax.lines) for ax in figure.axes] == [5, 5]
    assert {"random", "entropy_bottom", "12.5 %", "50 %", "all examples"} <= set(texts(figure))


# words


def test_pairs_within_the_spread_against_brute_force(study):
    for algorithm in study.plan.algorithms:
        groups = done(study).query("algorithm == @algorithm").groupby(["method", "k"])["accuracy"]
        known = [(method, k, values) for (method, k), values in groups if len(values) > 1]
        expected = {}
        for one, other in combinations(known, 2):
            if one[1] == other[1] or "full" in (one[0], other[0]):
                spread = math.sqrt((one[2].var() + other[2].var()) / 2)
                names = frozenset(f"{m}:{k}" if m != "full" else m for m, k, _ in (one, other))
                expected[names, "difference"] = abs(one[2].mean() - other[2].mean())
                expected[names, "spread"] = spread
        pairs = pairs_of(summarise(study), algorithm)
        found = {(frozenset([p.first, p.second]), "difference"): abs(p.difference) for p in pairs}
        found |= {(frozenset([p.first, p.second]), "spread"): p.spread for p in pairs}
        assert found == pytest.approx(expected)
        assert [p.within for p in pairs] == [abs(p.difference) <= p.spread for p in pairs]


def test_what_is_said_of_differences():
    means = {"full": 90.0, "random:50": 80.0, "random:200": 89.0, "p1:200": 91.0}
    rows = [("gdas", *(name.split(":") if ":" in name else (name, N)), mean) for name, mean in means.items()]
    summary = pd.DataFrame(rows, columns=["algorithm", "method", "k", "accuracy"]).astype({"k": int}).assign(std=1.5)
    assert smallest_within(summary, "gdas") == "p1:200"
    study = make_study(("full", "random:50"), ("gdas",))
    assert spread_words(study, summary) == [
        "gdas: 0 of 1 difference between methods of one size and 2 of 3 differences to all examples are within the "
        "spread over seeds. The largest beyond it: full 10.00 points above random:50 (spread 1.50). The smallest proxy "
        "at most the spread below all examples: p1:200."
    ]
    assert "no difference can be judged" in spread_words(study, summary.assign(std=math.nan))[0]
    assert "There is one seed" in spread_words(make_study(seeds=(3,)), summary)[0]


# the report


def test_the_page_says_what_was_searched_and_found(study, page):
    told = unescape(re.sub(r"\s+", " ", page))
    for words in (
        "2 algorithms on nasbench201, 5 sets of training examples of digits, 2 seeds: 20 searches.",
        "Judged by the table a-table, column cifar10/ori-test/200/mean, whose best is 95.00 %.",
        "1 of 19 searches ended with a degenerate cell (all skip_connect: 1).",
        "1 of 20 searches diverged and count nowhere (enas on random:50: 1).",
        "400 training examples", "what is selected is shuffled and halved", "width default, n_cells default", "native",
        "preset short: epochs 10, batch_size 32", "of so few seeds it is a rough estimate itself",
    ):  # fmt: skip
        assert words in told
    for fit in time_fits(study):
        assert f"{fit.algorithm}: T(r) = " in told
        assert f"R² {fit.r_squared:.3f} over {fit.n} searches" in told
    for sentence in spread_words(study, summarise(study)):
        assert sentence in told
    shown = re.findall(r'<td data-value="([^"]*)">[^<]*<small>± ', page)
    expected = done(study).groupby(["algorithm", "method", "k"])["accuracy"].agg(["mean", "count"])
    assert sorted(map(float, shown)) == pytest.approx(sorted(expected.loc[expected["count"] > 1, "mean"]))


def test_the_page_needs_nothing_else_and_trusts_no_name(page):
    assert "http" not in page.replace("http://www.w3.org", "")
    assert "<img" not in page
    assert page.count("&lt;img") == 3  # title, heading, note
    assert page.count("<svg ") == 6  # three figures, for wide and for narrow pages
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids)) > 50


def test_the_tables(study, folder):
    summary = summarise(study)
    assert pd.read_csv(folder / "summary.csv").columns.tolist() == summary.columns.tolist()
    lines = (folder / "summary.tex").read_text().splitlines()
    rows = [line for line in lines if line.endswith(r"\\")][1:]
    assert len(rows) == len(summary)
    assert [line for line in rows if "50" in line.split("&")[1]] == [r"random & 50\,\% & darts\_v1" + rows[2].split(
        r"darts\_v1")[1], r"entropy\_bottom & 50\,\% & darts\_v1" + rows[6].split(r"darts\_v1")[1]]  # fmt: skip
    first = summary.iloc[0]
    assert rows[0] == (
        rf"all examples & 100\,\% & darts\_v1 & {first['search_s']:.1f} & ${first['accuracy']:.2f} \pm "
        rf"{first['std']:.2f}$ & {first['regret']:.2f} \\"
    )
    assert lines.count(r"\midrule") == len(PROXIES)
    odd = replace(study, plan=replace(study.plan, truth="a_b/50%&x", dataset="$#"))
    assert r"a\_b/50\%\&x" in render_study_latex(odd, summary)
    assert r"\$\#" in render_study_latex(odd, summary)


HARD = {
    "without a full search": {"proxies": PROXIES[1:]},
    "one seed": {"seeds": (3,)},
    "all seeds of a proxy diverged": {"lost": [("gdas", "random:50", seed) for seed in (0, 1)]},
    "only full": {"proxies": PROXIES[:1]},
}


@pytest.mark.parametrize("name", HARD)
def test_hard_studies_are_drawn(name):
    study = make_study(algorithms=("gdas",), **HARD[name])
    reports.plot_study_accuracy(study).draw_without_rendering()
    reports.plot_study_trajectories(study, columns=1).draw_without_rendering()
    if name in ("without a full search", "only full"):
        with pytest.raises(NotFound, match="gdas was not searched on all examples and on a part of them"):
            reports.plot_study_time(study)
    else:
        reports.plot_study_time(study, columns=1).draw_without_rendering()
    assert render_study_latex(study, summarise(study)).count(r" & -- & -- & -- \\") == ("diverged" in name)


def test_a_page_without_times_and_spread(tmp_path):
    study = make_study(("random:50", "random:200"), ("gdas",), (0,), lost=[("gdas", "random:50", 0)])
    written = [path.name for path in reports.write_study_report(study, tmp_path / "out")]
    assert "time.png" not in written
    page = (tmp_path / "out" / "index.html").read_text()
    assert "there is nothing to compare times with" in page
    assert "There is one seed" in page
    assert "No search ended with a degenerate cell." in page
    assert "nan" not in re.sub(r"<(style|script|svg).*?</\1>", "", page, flags=re.DOTALL)
    lost = [("gdas", proxy, 0) for proxy in ("random:50", "random:200")]
    with pytest.raises(InvalidInput, match="every search of the study diverged: there is nothing to draw"):
        reports.write_study_report(make_study(("random:50", "random:200"), ("gdas",), (0,), lost=lost), tmp_path / "no")
    assert not (tmp_path / "no").exists()


def test_the_verb(tmp_path, monkeypatch, capsys):
    study = make_study(("full", "random:50"), ("darts_v1",))
    source, out = study.save(tmp_path / "study"), tmp_path / "out"

    def written(found, folder, *, by, progress):
        assert by == "search_cpu_s"
        out.mkdir()
        summarise(found).to_csv(folder / "summary.csv")
        return [folder / "index.html"]

    def ask(*arguments):
        monkeypatch.setattr(sys, "argv", ["benchtools", "search", "report", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:  # noqa: PT012
            main()
            raise SystemExit(0)
        return ended.value.code or 0, capsys.readouterr()

    monkeypatch.setattr(reports, "write_study_report", written)
    code, said = ask(source, "--out", out, "--processor", "--save", tmp_path / "kept")
    assert code == 0, said.err
    assert f"wrote {out / 'index.html'}" in said.out
    assert f"{study.frame['accuracy'][:2].mean():.4f}" in said.out
    pd.testing.assert_frame_equal(StudyResult.load(tmp_path / "kept").frame, StudyResult.load(source).frame)
    plan = tmp_path / "study.yaml"
    plan.write_text(EXAMPLE)
    code, said = ask(plan, "--store", tmp_path / "none.db", "--out", out)
    assert code == 2
    assert "none.db" in said.err


def test_it_is_legible_in_a_browser(folder, tmp_path):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium is installed (Debian: apt install chromium)")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"],
                                         env={**os.environ, "HOME": str(tmp_path)})  # fmt: skip
        try:
            view = browser.new_page(viewport={"width": 1200, "height": 900})
            logged = []
            view.on("console", lambda message: logged.append(message.text))
            view.on("pageerror", lambda error: logged.append(str(error)))
            view.goto((folder / "index.html").as_uri(), wait_until="load")
            for width, shown in ((1200, ".broad svg"), (400, ".narrow svg")):
                view.set_viewport_size({"width": width, "height": 900})
                assert view.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
                assert view.locator("figure svg:visible").count() == view.locator(shown).count() == 3
                sizes = view.locator(f"{shown} text").evaluate_all(
                    "all => all.map(t => t.getBoundingClientRect().height)"
                )
                assert min(sizes) > 8  # pixels
            view.locator("#summary thead button").nth(3).click()
            values = view.locator("#summary tbody td:nth-child(4)").evaluate_all(
                "all => all.map(c => +c.dataset.value)"
            )
            assert values == sorted(values, reverse=True)
            assert view.evaluate("window.hurt") is None
            assert logged == []
        finally:
            browser.close()
