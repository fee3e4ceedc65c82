"""The page in a real browser: no error, no request leaves the file, sorting works (SYNTHETIC report)."""

import math
import os
import shutil

import numpy as np
import pytest

from benchtools.reports import write_report

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
EVIL = '<img src="x" onerror="window.hurt = 1">'


@pytest.fixture(scope="module")
def shown(make_report):
    """Return a report with rows that are hard to sort: no cost, free, not defined, many digits."""
    return make_report(
        ("zebra", "Ärger", EVIL, "10 epochs"), n_resamples=199, extra={"flat": np.ones(60)}, tolerance={"zebra": 0.15},
        costs={"zebra": 6.0, "Ärger": 60.0, EVIL: 0.0, "10 epochs": 0.5}, truth_cost=600.0,
    )  # fmt: skip


@pytest.fixture
def page(shown, tmp_path):
    """Return the report's page in headless Chromium, with what it logged and asked for."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed (pip install playwright)"
    )
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None and os.environ.get("BENCHTOOLS_REQUIRE_BROWSER"):
        pytest.fail("BENCHTOOLS_REQUIRE_BROWSER is set, and there is no Chromium")
    if chromium is None:
        pytest.skip("no Chromium is installed (Debian: apt install chromium)")
    file = write_report(shown, tmp_path / "out")[0]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS, headless=True,
                                         env={**os.environ, "HOME": str(tmp_path)})  # fmt: skip
        try:
            view = browser.new_page(viewport={"width": 1280, "height": 900})
            view.logged, view.asked = [], []
            view.on("console", lambda message: view.logged.append(f"{message.type}: {message.text}"))
            view.on("pageerror", lambda error: view.logged.append(str(error)))
            view.on("request", lambda request: view.asked.append(request.url))
            view.goto(file.as_uri(), wait_until="load")
            view.wait_for_timeout(200)
            yield view
        finally:
            browser.close()


def column(page, table, heading):
    """Return the number of the column with `heading`."""
    heads = page.locator(f"#{table} thead th").all_inner_texts()
    return [head.strip() for head in heads].index(heading)


def click(page, table, heading):
    page.locator(f"#{table} thead th").nth(column(page, table, heading)).locator("button").click()


def cells(page, table, heading):
    place = column(page, table, heading) + 1
    return page.locator(f"#{table} tbody td:nth-child({place})").evaluate_all(
        "cells => cells.map(cell => cell.dataset.value)"
    )


def sorts(page, table):
    return page.locator(f"#{table} thead th").evaluate_all("heads => heads.map(head => head.getAttribute('aria-sort'))")


def test_it_opens_without_a_word_or_a_request(page, tmp_path):
    page.screenshot(path=tmp_path / "report.png", full_page=True)
    assert (tmp_path / "report.png").stat().st_size > 50_000
    assert page.logged == []
    assert page.asked
    assert {address.partition(":")[0] for address in page.asked} <= {"file", "data"}
    assert len([address for address in page.asked if address.startswith("file:")]) == 1
    assert page.evaluate("window.hurt") is None
    assert page.locator("img").count() == 0
    assert page.title() == "Rank preservation: synthetic truth [%]"


def test_the_figures_are_seen(page):
    boxes = page.locator("figure svg").evaluate_all(
        "figures => figures.map(figure => figure.getBoundingClientRect()).map(box => [box.width, box.height])"
    )
    assert len(boxes) == 4
    assert all(width > 300 and height > 150 for width, height in boxes)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator("figure svg[role=img][aria-label]").count() == 4


def test_numbers_sort_as_numbers_with_the_empty_last(page, shown):
    table = "statistics"
    assert sorts(page, table)[column(page, table, "rho")] == "descending"
    rho = {name: found["spearman"].statistic for name, found in shown.estimates.items()}
    ranked = [repr(value) for value in sorted((value for value in rho.values() if not math.isnan(value)), reverse=True)]
    assert cells(page, table, "rho") == [*ranked, ""]
    click(page, table, "rho")
    assert cells(page, table, "rho") == [*reversed(ranked), ""]
    assert sorts(page, table) == [
        "ascending" if place == column(page, table, "rho") else None for place in range(len(sorts(page, table)))
    ]

    click(page, table, "acceleration")
    assert sorts(page, table)[column(page, table, "acceleration")] == "descending"
    assert sorts(page, table)[column(page, table, "rho")] is None
    assert cells(page, table, "acceleration") == ["inf", "1200.0", "100.0", "10.0", ""]
    click(page, table, "acceleration")
    assert cells(page, table, "acceleration") == ["10.0", "100.0", "1200.0", "inf", ""]  # no "1200" before "100"
    assert cells(page, table, "proxy") == ["Ärger", "zebra", "10 epochs", EVIL, "flat"]  # rows move as a whole
    assert page.logged == []


def test_text_sorts_as_text(page):
    click(page, "statistics", "proxy")
    assert sorts(page, "statistics")[0] == "ascending"
    names = cells(page, "statistics", "proxy")
    assert sorted(names) == sorted(["zebra", "Ärger", EVIL, "10 epochs", "flat"])
    assert names.index("Ärger") < names.index("flat") < names.index("zebra")
    click(page, "statistics", "proxy")
    assert cells(page, "statistics", "proxy") == names[::-1]
    assert sorts(page, "statistics")[0] == "descending"


def test_every_table_sorts_and_none_disturbs_another(page, shown):
    before = cells(page, "statistics", "proxy")
    click(page, "picks", "regret")
    assert cells(page, "picks", "regret") == [repr(v) for v in sorted((p.regret for p in shown.picks), reverse=True)]
    click(page, "differences", "difference")
    expected = sorted((d.statistic for d in shown.differences if not math.isnan(d.statistic)), reverse=True)
    assert cells(page, "differences", "difference") == [*map(repr, expected), *[""] * 4]  # those with the constant
    assert cells(page, "statistics", "proxy") == before


def test_sorting_by_keyboard(page):
    page.locator("#picks thead th button").nth(1).focus()
    page.keyboard.press("Enter")
    assert cells(page, "picks", "k") == ["5"] * 5 + ["1"] * 5
    page.keyboard.press("Space")
    assert cells(page, "picks", "k") == ["1"] * 5 + ["5"] * 5


def test_it_fits_a_narrow_screen(page):
    page.set_viewport_size({"width": 420, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
