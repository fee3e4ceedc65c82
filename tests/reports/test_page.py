"""The HTML page as text: whole, safe, self-contained (SYNTHETIC data)."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from benchtools.errors import StoreError
from benchtools.ranking import RankReport
from benchtools.reports import render_html, write_report

EVIL = '<script>alert("1")</script>'
QUOTED = """a "double" & 'single' id="x" url(#y) href="#z" """
VOID = {"meta", "link", "br", "img", "input", "hr", "use", "path"}


class Page(HTMLParser):
    """Collects tags, attributes and texts, and checks that tags close."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.links, self.references, self.texts, self.open = [], [], [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            if name in ("src", "href", "xlink:href", "srcset", "action", "data", "poster", "background"):
                self.links.append(value)
            if name in ("style", "clip-path", "fill", "mask", "filter", "marker-end"):
                self.references += re.findall(r"url\(#([^)]+)\)", value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture(scope="module")
def evil(make_report):
    """Return a report all of whose words are hostile."""
    return make_report(
        (EVIL, QUOTED, "</style><b>", "{{ 7*7 }}"), truth_name=f"truth {EVIL}", notes=[EVIL], inputs={EVIL: EVIL},
        archs=[f"{EVIL}{p}" for p in range(60)], costs={QUOTED: 1.0}, truth_cost=3.0, extra={"flat": np.ones(60)},
    )  # fmt: skip


@pytest.fixture(scope="module", params=["report", "evil"])
def page(request):
    text = render_html(request.getfixturevalue(request.param))
    return text, Page(text)


def test_the_tags_are_closed(page):
    assert page[1].open == []


def test_ids_are_unique_and_references_lead_somewhere(page):
    ids = page[1].ids
    assert len(ids) == len(set(ids)) > 50
    inner = [link.removeprefix("#") for link in page[1].links if link.startswith("#")]
    assert inner
    assert set(inner) <= set(ids)
    assert page[1].references
    assert set(page[1].references) <= set(ids)


def test_nothing_is_asked_of_the_network(page):
    text, parsed = page
    assert {link for link in parsed.links if not link.startswith("#")} == {"data:,"}
    addresses = set(re.findall(r"\w+://[\w.]+", text))
    assert {re.sub(r"^\w+://", "", address) for address in addresses} <= {"www.w3.org"}
    assert not re.search(r"@import|<link(?! rel=\"icon\")|fetch\(|XMLHttpRequest|<iframe|<img", text)
    for tag, attributes in parsed.tags:
        for name, value in attributes.items():
            assert not ((value or "").startswith("http") and not name.startswith("xmlns")), (tag, name, value)


def test_hostile_words_are_words(evil):
    text = render_html(evil)
    parsed = Page(text)
    assert [tag for tag, _ in parsed.tags].count("script") == 1
    assert EVIL not in text
    assert "&lt;script&gt;" in text
    assert "{{ 7*7 }}" in text
    assert text.count("</style>") == 1 + text.count('<style type="text/css">')
    assert not any(name.startswith("on") for _, attributes in parsed.tags for name in attributes)
    assert EVIL in "".join(parsed.texts)
    shown = [words for words in parsed.texts if "double" in words and "url(" in words]
    assert len(shown) >= 5  # headings, cells, and the labels of figures
    assert all('id="x" url(#y) href="#z"' in words for words in shown)


def test_every_proxy_and_statistic_has_its_cell(report):
    text = render_html(report)
    table = text[text.index('id="statistics"') : text.index("</table>")]
    heads = re.findall(r"<button[^>]*>([^<]*)</button>", table)
    assert heads[0] == "proxy"
    assert heads[-1] == "acceleration"
    assert {"rho", "tau-b", "regret@5", "overlap@5"} <= set(heads)
    rows = re.findall(r"<tr>(<td.*?)</tr>", table)
    assert len(rows) == 3
    for name, row in zip(report.ranked(), rows, strict=True):
        values = re.findall(r'<td[^>]*data-value="([^"]*)"', row)
        assert len(values) == len(heads)
        assert values[0] == name
        assert float(values[heads.index("rho")]) == report.estimates[name]["spearman"].statistic
        assert float(values[heads.index("tau-b")]) == report.estimates[name]["kendall"].statistic
    tolerant = heads.index("tolerant rho")
    assert [re.findall(r'data-value="([^"]*)"', row)[tolerant] == "" for row in rows] == [False, True, True]
    assert [re.findall(r'data-value="([^"]*)"', row)[-1] for row in rows] == ["100.0", "", "inf"]


def test_what_is_not_defined_is_empty_and_not_nan(evil):
    text = render_html(evil)
    assert "not defined" in text
    assert 'data-value="nan"' not in text
    assert "+nan" not in text


def test_provenance_is_on_the_page(report):
    text = render_html(report)
    for value in (*report.provenance.packages.values(), *report.provenance.inputs.values(), report.provenance.created):
        assert value in text
    assert "99 resamples, seed 0" in text
    assert "near 0.15" in text
    assert "synthetic, for tests" in text
    assert "60 architectures, 3 proxies" in text


def test_what_cannot_be_told_apart_reads_well(make_report, report):
    twins = make_report((), extra={"one": report.truth, "two": report.truth})
    assert "cannot tell apart <b>one</b> and <b>two</b> (paired bootstrap" in " ".join(render_html(twins).split())


def test_one_proxy_has_no_differences(make_report):
    text = render_html(make_report(("near",), rng=np.random.default_rng(0)))
    assert "60 architectures, 1 proxy" in text
    assert 'id="differences"' not in text
    assert "apart" not in text
    assert "seed None" not in text


def test_dropped_architectures_are_mentioned(report):
    from benchtools.ranking import compare

    scores = report.proxies["near"].copy()
    scores[:2] = np.nan
    dropped = compare(report.truth, {"p": scores}, k=2, n_resamples=19, nan_policy="omit")
    assert "2 architectures were dropped because a value was missing" in render_html(dropped)


def test_many_proxies_say_what_is_left_out(make_report):
    text = render_html(make_report([f"p{place}" for place in range(14)], n_resamples=19))
    assert "The 2 proxies of lowest rho are left out." in text


def test_the_page_is_the_same_twice(report):
    assert render_html(report) == render_html(report)


# files


def test_files(report, tmp_path):
    files = write_report(report, tmp_path / "a" / "b")
    assert [file.name for file in files] == ["report.html", "report.csv", "report.tex", "report.json"]
    assert sorted(file.name for file in (tmp_path / "a" / "b").iterdir()) == sorted(file.name for file in files)
    assert files[0].read_text(encoding="utf-8") == report.to_html()
    assert files[2].read_text(encoding="utf-8") == report.to_latex()
    np.testing.assert_array_equal(RankReport.load(files[3]).truth, report.truth)
    import pandas as pd

    pd.testing.assert_frame_equal(pd.read_csv(files[1]), report.to_frame(), check_exact=True)
    write_report(report, tmp_path / "a" / "b")  # a second time replaces the first


def test_a_folder_that_cannot_be(report, tmp_path):
    (tmp_path / "file").write_text("kept")
    with pytest.raises(StoreError, match=r"cannot make the folder .*file.*; choose another place"):
        write_report(report, tmp_path / "file" / "out")
    with pytest.raises(StoreError, match="cannot make the folder"):
        write_report(report, tmp_path / "file")
    assert (tmp_path / "file").read_text() == "kept"


def test_nothing_is_written_where_drawing_fails(report, tmp_path, monkeypatch):
    from benchtools.reports import _write

    def fail(_):
        raise RuntimeError("no picture")

    monkeypatch.setattr(_write, "render_latex", fail)
    with pytest.raises(RuntimeError, match="no picture"):
        write_report(report, tmp_path / "out")
    assert not (tmp_path / "out").exists()
