"""Pictures and report of a zoo under reduced settings (SYNTHETIC results; no network was trained)."""

import io
import math
import os
import re
import shutil
from dataclasses import replace
from html import unescape

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from scipy import stats

from benchtools import reports
from benchtools.errors import InvalidInput, NotFound, StoreError
from benchtools.experiments.reduced import ZooPlan, ZooResult, compare_settings, consensus, sample_zoo, summarise
from benchtools.reports import _zoo_page
from benchtools.training import Levels, Setting

EVIL = '<img src="x" onerror="window.hurt = 1">'
LEVELS = Levels(e=60)
SETTINGS = ("c2r0s0e60", "c4r0s0e60", "c0r2s0e60", "c0r0s1e60", "c0r0s2e60", "c0r0s0e30", "c0r0s0e15", "c2r0s0e30",
            "c2r2s0e60", "c4r4s0e30", "c4r4s2e15", "c0r0s2e60:p1")  # fmt: skip


def make_zoo(names=SETTINGS, n=12, seeds=(0, 1), diverged=(), **plan):
    """Return accuracies that are a truth, with noise that grows with the reduction."""
    rng = np.random.default_rng(0)
    plan = ZooPlan("digits", sample_zoo(n, rng=0), tuple(map(Setting.parse, names)), LEVELS, seeds,
                   scores={"p1": "entropy.npz"}, **plan)  # fmt: skip
    truth, macs = rng.normal(90, 2, n), rng.uniform(20, 60, n)
    rows = []
    for setting in plan.all_settings():
        steps = math.log2(setting.acceleration(LEVELS))
        tilt = truth + rng.normal(0, 0.1 + 0.2 * steps, n) - steps
        size = (setting.channels(LEVELS) / 36) ** 2 * (setting.resolution(LEVELS) / 32) ** 2
        for seed in seeds:
            for place, arch in enumerate(plan.archs):
                lost = (str(setting), place) in diverged
                images = 1000 * setting.share(LEVELS)
                rows.append({
                    "setting": str(setting), "arch": arch, "seed": seed, "status": "diverged" if lost else "done",
                    "accuracy": math.nan if lost else tilt[place] + rng.normal(0, 0.2), "loss": 0.5,
                    "train_accuracy": 99.0, "train_s": setting.e * (1 + size * images), "macs_m": macs[place] * size,
                    "params_m": 1.0, "n_examples": images,
                })  # fmt: skip
    return ZooResult(plan, pd.DataFrame(rows), notes=("SYNTHETIC",))


@pytest.fixture(scope="module")
def zoo():
    return make_zoo(diverged=[("c4r4s2e15", 3), ("c4r4s2e15", 7)])


@pytest.fixture(scope="module")
def summary(zoo):
    return summarise(zoo, compare_settings(zoo, n_resamples=99), n_resamples=19)


@pytest.fixture(scope="module")
def folder(zoo, tmp_path_factory):
    place = tmp_path_factory.mktemp("zoo") / "deep" / "report"
    evil = replace(zoo, plan=replace(zoo.plan, name=EVIL), notes=(EVIL,))
    assert len(reports.write_zoo_report(evil, place, n_resamples=49)) == 7
    return place


def mean_of(zoo, setting):
    """Return the mean accuracies of a setting by plain pandas."""
    frame = zoo.frame.assign(accuracy=zoo.frame["accuracy"].where(zoo.frame["status"] == "done", 0.0))
    return frame[frame["setting"] == setting].groupby("arch")["accuracy"].mean().reindex(zoo.plan.archs)


def is_drawn(figure):
    before = dict(mpl.rcParams)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=40)
    return len(buffer.getvalue()) > 2_000 and dict(mpl.rcParams) == before


# rho against acceleration


def test_acceleration_data_against_plain_pandas(zoo, summary):
    data = reports.reduced_acceleration_data(zoo, summary)
    assert sorted(data.settings) == sorted(SETTINGS)
    assert data.acceleration == sorted(data.acceleration)
    for name, ratio, rho in zip(data.settings, data.acceleration, data.rho, strict=True):
        assert ratio == pytest.approx(Setting.parse(name).acceleration(LEVELS))  # MACs here are as of convolutions
        assert rho == pytest.approx(stats.spearmanr(mean_of(zoo, "c0r0s0e60"), mean_of(zoo, name)).statistic)
    rows = summary.set_index("setting").loc[data.settings]
    assert data.low == rows["low"].tolist()
    assert data.high == rows["high"].tolist()
    assert {data.settings[place] for place in data.front} == set(summary["setting"][summary["front"]])
    assert (data.by, data.original, data.margin, data.left_out) == ("macs", "c0r0s0e60", 0.05, [])


def test_measured_seconds(zoo, summary):
    data = reports.reduced_acceleration_data(zoo, summary, by="seconds")
    spent = zoo.frame.groupby("setting")["train_s"].sum()
    assert data.acceleration == pytest.approx([spent["c0r0s0e60"] / spent[name] for name in data.settings])


def test_what_settings_reduce(zoo, summary):
    data = reports.reduced_acceleration_data(zoo, summary)
    kinds = dict(zip(data.settings, data.reduces, strict=True))
    assert kinds["c4r0s0e60"] == "c"
    assert kinds["c0r2s0e60"] == "r"
    assert kinds["c0r0s2e60:p1"] == kinds["c0r0s1e60"] == "s"
    assert kinds["c0r0s0e15"] == "e"
    assert kinds["c2r0s0e30"] == kinds["c4r4s2e15"] == "several"


numbers = st.lists(
    st.tuples(st.sampled_from([1.0, 2.0, 4.0, 8.0, 16.0]), st.sampled_from([-0.5, 0.0, 0.7, 0.8, 0.9, 0.95, math.nan])),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(points=numbers, margin=st.sampled_from([0.0, 0.05, 0.1, 0.5, 2.0]))
def test_the_chosen_setting_is_the_fastest_good_one_within_the_margin(zoo, points, margin):
    names = [f"c0r0s0e{place + 1}" for place in range(len(points))]
    frame = pd.DataFrame({"setting": names, "acceleration": [x for x, _ in points], "rho": [y for _, y in points]})
    frame = frame.assign(low=frame["rho"] - 0.1, high=frame["rho"] + 0.1)
    defined = [(x, y, name) for (x, y), name in zip(points, names, strict=True) if not math.isnan(y)]
    if not defined:
        with pytest.raises(InvalidInput, match="no setting has a rho and an acceleration in macs"):
            reports.reduced_acceleration_data(zoo, frame, margin=margin)
        return
    data = reports.reduced_acceleration_data(zoo, frame, margin=margin)
    beaten = {
        name for x, y, name in defined
        if any(p >= x and q >= y and (p, q) != (x, y) for p, q, _ in defined)
    }  # fmt: skip
    good = [point for point in defined if point[2] not in beaten]
    best = max(y for _, y, _ in defined)
    expected = max(x for x, y, _ in good if y >= best - margin - 1e-9)
    assert {data.settings[place] for place in data.front} == {name for _, _, name in good}
    assert data.acceleration[data.chosen] == expected
    assert data.chosen in data.front
    assert data.rho[data.chosen] >= best - margin - 1e-9
    assert set(data.left_out) == set(names) - {name for _, _, name in defined}


def test_what_cannot_be_chosen_from(zoo, summary):
    with pytest.raises(InvalidInput, match="by='hours' is not known: choose macs or seconds"):
        reports.reduced_acceleration_data(zoo, summary, by="hours")
    for margin in (-0.1, 2.5, math.nan):
        with pytest.raises(InvalidInput, match=rf"margin must be .* from 0 to 2; {margin} was given"):
            reports.reduced_acceleration_data(zoo, summary, margin=margin)


def points_of(figure):
    return {line.get_gid(): line for line in figure.axes[0].lines if line.get_gid()}


def test_each_setting_is_a_point_and_none_hides_another(zoo, summary):
    data = reports.reduced_acceleration_data(zoo, summary)
    assert len(set(data.acceleration)) < len(data.acceleration)  # some are equally fast
    figure = reports.draw_reduced_acceleration(data)
    points = points_of(figure)
    assert set(points) == {f"setting-{place}" for place in range(len(SETTINGS))}
    found = [tuple(float(value[0]) for value in points[f"setting-{p}"].get_data()) for p in range(len(SETTINGS))]
    assert [y for _, y in found] == data.rho
    assert len({x for x, _ in found}) == len(SETTINGS)
    assert [x for x, _ in found] == pytest.approx(data.acceleration, rel=0.3)
    assert is_drawn(figure)


def test_names_of_good_settings_are_legible(zoo, summary):
    data = reports.reduced_acceleration_data(zoo, summary)
    figure = reports.draw_reduced_acceleration(data)
    figure.draw_without_rendering()
    frame = figure.axes[0].get_window_extent()
    labels = {text.get_text().split("\n")[0]: text for text in figure.axes[0].texts}
    names = [data.settings[place] for place in data.front]
    assert set(names) < set(labels)
    chosen = labels[data.settings[data.chosen]]
    assert f"cheaper, rho {data.rho[data.chosen]:.2f}" in chosen.get_text()
    boxes = [labels[name].get_window_extent() for name in names]
    assert len(boxes) > 3
    for place, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:place])
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1


def test_without_intervals_and_without_a_margin(zoo, summary):
    bare = summary.assign(low=math.nan, high=math.nan)
    assert is_drawn(reports.draw_reduced_acceleration(reports.reduced_acceleration_data(zoo, bare, margin=0)))
    assert is_drawn(reports.draw_reduced_acceleration(reports.reduced_acceleration_data(zoo, bare[:1])))


# factors


def test_factor_lines_and_what_their_levels_stand_for(zoo, summary):
    data = reports.factors_data(zoo, summary)
    rho = summary.set_index("setting")["rho"]
    lines = {line.base: line for lines in data.lines.values() for line in lines}
    assert data.levels == {"c": [0, 2, 4], "r": [0, 2], "s": [1, 2], "e": [60, 30, 15]}
    assert lines["c*r0s0e60"].rho == [rho["c2r0s0e60"], rho["c4r0s0e60"]]
    assert lines["c0r0s0e*"].levels == [30, 15]
    labels = dict(zip(data.levels["c"], data.labels["c"], strict=True))
    assert (labels[2], labels[4]) == ("c2\n18", "c4\n9")
    assert dict(zip(data.levels["s"], data.labels["s"], strict=True))[2] == "s2\n25"
    assert data.labels["e"] == [str(level) for level in data.levels["e"]]
    for factor, own in data.lines.items():
        assert [len(line.levels) for line in own] == sorted((len(line.levels) for line in own), reverse=True)
        known = [line.rho_e for line in own if not math.isnan(line.rho_e)]
        assert (data.rho_e[factor] == pytest.approx(np.mean(known))) if known else math.isnan(data.rho_e[factor])


def test_factors_are_drawn(zoo, summary):
    short = make_zoo(("c0r0s0e30", "c1r0s0e30", "c2r0s0e30", "c3r0s0e30"), n=6, seeds=(0,))
    rows = summarise(short, compare_settings(short, n_resamples=19))
    data = reports.factors_data(short, rows)
    figure = reports.draw_factors(data)
    assert is_drawn(figure)
    texts = [text.get_text() for text in figure.findobj(mpl.text.Text)]
    by_hand = stats.spearmanr(range(4), rows.sort_values("c")["rho"]).statistic
    assert f"c*r0s0e30  rho_e {by_hand:+.2f}" in texts
    assert sum("no two settings differ" in text for text in texts) == 3
    given_ = Figure().subplots(1, 4)
    assert reports.draw_factors(reports.factors_data(zoo, summary), given_) is given_[0].figure
    assert all(ax.has_data() for ax in given_)
    with pytest.raises(InvalidInput, match=r"four axes are needed, for c, r, s and e; 3 were given"):
        reports.draw_factors(data, given_[:3])


def test_no_line_no_panels(zoo, summary):
    with pytest.raises(InvalidInput, match="no two settings differ in one factor alone"):
        reports.factors_data(zoo, summary[:1])


def test_many_lines_are_named_in_part():
    names = [f"c{c}r{r}s0e30" for c in range(3) for r in range(5)] + [
        f"c{c}r{r}s0e60" for c in (1, 2) for r in range(4)
    ]
    many = make_zoo(names, n=5, seeds=(0,))
    frame = pd.DataFrame({"setting": names, "rho": 0.9, "low": 0.8, "high": 1.0})
    data = reports.factors_data(many, frame)
    texts = [text.get_text() for text in reports.draw_factors(data).axes[0].get_legend().get_texts()]
    assert len(data.lines["c"]) == 9
    assert len(texts) == 6
    assert texts[-1] == "4 more"


# rank flow


def test_ranks_flow(zoo):
    data = reports.rank_flow_data(zoo, ["c2r0s0e30", Setting.parse("c4r4s2e15")], k=4)
    assert data.settings == ["c0r0s0e60", "c2r0s0e30", "c4r4s2e15"]
    for name, ranks, rho in zip(data.settings, data.ranks, data.rho, strict=True):
        assert ranks == mean_of(zoo, name).rank(ascending=False, method="average").tolist()
        assert rho == pytest.approx(stats.spearmanr(mean_of(zoo, "c0r0s0e60"), mean_of(zoo, name)).statistic)
    assert data.ranks[2][3] == data.ranks[2][7] == 11.5  # both diverged in both seeds
    assert [data.ranks[0][place] for place in data.best] == [1, 2, 3, 4]
    assert data.acceleration[:2] == pytest.approx([1, 8])


def test_rank_flow_is_drawn(zoo):
    data = reports.rank_flow_data(zoo, "c4r4s2e15", k=12)
    figure = reports.draw_rank_flow(data)
    assert is_drawn(figure)
    heads = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert heads == ["c0r0s0e60\noriginal", f"c4r4s2e15\n4,096×, rho {data.rho[1]:.2f}"]
    assert "#7, #3" in {text.get_text() for text in figure.axes[0].texts}  # they tie for the last rank
    assert is_drawn(reports.draw_rank_flow(reports.rank_flow_data(zoo, "c2r0s0e60", k=0)))


def test_ranks_that_cannot_flow(zoo):
    with pytest.raises(InvalidInput, match="no setting is given: name at least one"):
        reports.rank_flow_data(zoo, [])
    with pytest.raises(InvalidInput, match="k must be from 0 to the number of networks, 12; 13 was given"):
        reports.rank_flow_data(zoo, "c2r0s0e60", k=13)
    with pytest.raises(NotFound, match="the zoo was not trained in c1r0s0e60"):
        reports.rank_flow_data(zoo, "c1r0s0e60")


# the report


def test_the_page_has_a_tooltip_for_every_setting(zoo, summary, folder):
    page = (folder / "report.html").read_text()
    points = re.findall(r'<g id="headline-setting-\d+" class="point" tabindex="0" role="img" data-setting="([^"]+)">'
                        r"<title>([^<]*)</title>", page)  # fmt: skip
    assert {name for name, _ in points} == set(SETTINGS)
    assert len(points) == len(SETTINGS)
    tips = {name: unescape(tip).split("\n") for name, tip in points}
    rho = summary.set_index("setting")["rho"]
    for name, lines in tips.items():
        assert lines[0] == name
        assert re.fullmatch(rf"rho {rho[name]:.3f} \(-?\d\.\d+ … \d\.\d+\)", lines[1])
        assert re.fullmatch(r"acceleration [\d.,]+× in MACs, [\d.,]+× in seconds", lines[2])
    assert tips["c4r4s2e15"][3:] == ["9 channels, 8 pixels, 25 % of the examples, 15 epochs", "4 trainings diverged"]
    assert tips["c0r0s2e60:p1"][3] == "36 channels, 32 pixels, 25 % of the examples chosen by p1, 60 epochs"
    assert len(re.findall(r'<tr data-setting="', page)) == len(SETTINGS)


def test_the_page_needs_nothing_else_and_trusts_no_name(folder, summary):
    page = (folder / "report.html").read_text()
    assert "http" not in page.replace("http://www.w3.org", "")
    assert "<img" not in page
    assert page.count("&lt;img") >= 3
    assert "4 of 312 trainings diverged: they count as 0 % and rank last." in page
    assert f"Spearman&#39;s rho of the two is {consensus(summary):.3f} over 12 settings (0.96 in the paper" in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids)) > 50


def test_the_files(zoo, summary, folder):
    names = ["acceleration.png", "factors.png", "rank-flow.png", "report.html", "report.tex", "summary.csv",
             "trials.csv"]  # fmt: skip
    assert sorted(path.name for path in folder.iterdir()) == names
    assert all((folder / name).read_bytes().startswith(b"\x89PNG") for name in names[:3])
    read = pd.read_csv(folder / "summary.csv")
    assert read.columns.tolist() == summary.columns.tolist()
    assert dict(zip(read["setting"], read["rho"], strict=True)) == pytest.approx(
        dict(zip(summary["setting"], summary["rho"], strict=True))
    )
    assert len(pd.read_csv(folder / "trials.csv")) == zoo.plan.n_trials


def test_the_latex_table(zoo, summary, folder):
    rows = [line for line in (folder / "report.tex").read_text().split("\n") if "& $" in line and "c" in line[:9]]
    table = [line for line in rows if not line.startswith("setting")]
    assert len(table) == len(SETTINGS)
    assert all(line.count("&") == 9 for line in table)
    bold = {re.search(r"textbf\{([^}]*)\}", line)[1] for line in table if "textbf" in line}
    assert bold == set(summary["setting"][summary["front"]])
    data = reports.reduced_acceleration_data(zoo, summary)
    assert [data.settings[data.chosen] in line for line in table if "dagger" in line] == [True]


def test_nothing_is_written_unless_all_is_rendered(zoo, tmp_path, monkeypatch):
    few = make_zoo(("c0r0s0e30",), n=5, seeds=(0,))

    def fail(found):
        raise ArithmeticError

    with monkeypatch.context() as patch:
        patch.setattr(_zoo_page, "render_zoo_latex", fail)
        with pytest.raises(ArithmeticError):
            reports.write_zoo_report(few, tmp_path / "out", n_resamples=19)
    assert not (tmp_path / "out").exists()
    with pytest.raises(InvalidInput, match="margin must be"):
        reports.write_zoo_report(few, tmp_path / "out", n_resamples=19, margin=3)
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot make the folder"):
        reports.write_zoo_report(few, tmp_path / "file", n_resamples=19)
    written = {path.name for path in reports.write_zoo_report(few, tmp_path / "out", n_resamples=19)}
    assert "factors.png" not in written  # one setting makes no line
    assert "too few settings" in (tmp_path / "out" / "report.html").read_text()


def test_a_point_shows_its_setting_in_a_browser(folder, tmp_path):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium is installed (Debian: apt install chromium)")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"],
                                         env={**os.environ, "HOME": str(tmp_path)})  # fmt: skip
        try:
            page = browser.new_page(viewport={"width": 1200, "height": 900})
            logged = []
            page.on("console", lambda message: logged.append(message.text))
            page.on("pageerror", lambda error: logged.append(str(error)))
            page.goto((folder / "report.html").as_uri(), wait_until="load")
            tip = page.locator(".tip")
            assert not tip.is_visible()
            page.locator('.point[data-setting="c4r4s0e30"]').focus()
            assert tip.is_visible()
            assert tip.inner_text().split("\n")[0] == "c4r4s0e30"
            page.locator('.point[data-setting="c4r4s2e15"]').hover()
            assert tip.inner_text().split("\n")[0] == "c4r4s2e15"
            assert page.locator("tr.lit").get_attribute("data-setting") == "c4r4s2e15"
            page.keyboard.press("Escape")
            assert not tip.is_visible()
            page.locator("#settings thead button").nth(0).click()
            names = page.locator("#settings tbody tr").evaluate_all("rows => rows.map(row => row.dataset.setting)")
            assert names == sorted(names)
            page.set_viewport_size({"width": 420, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            assert page.evaluate("window.hurt") is None
            assert logged == []
        finally:
            browser.close()
