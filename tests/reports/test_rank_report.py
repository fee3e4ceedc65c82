"""A report keeps what it holds: saved, loaded, as JSON, as a frame, as text (SYNTHETIC data)."""

import json
import math

import numpy as np
import pytest

from benchtools.errors import InvalidInput, StoreError
from benchtools.ranking import RankReport, compare


@pytest.fixture(scope="module")
def odd(make_report):
    """Return a report with everything that JSON has no word for: NaN, infinity, and names that need care."""
    names = ("near", 'a "quoted" <b>&amp;</b>', "größer ✓")
    constant = {"flat": np.full(60, 2.0)}
    return make_report(names, extra=constant, costs={"near": 0.0, "flat": 3.0}, truth_cost=9.0, tolerance=0.25)


def same(one, other):
    """Return whether two structures are equal, NaN equal to NaN."""
    return repr(one) == repr(other)


def test_what_was_saved_is_loaded_exactly(odd, tmp_path):
    path = odd.save(tmp_path / "report.json")
    again = RankReport.load(path)
    np.testing.assert_array_equal(again.truth, odd.truth)
    assert again.truth.dtype == np.float64
    assert list(again.proxies) == list(odd.proxies)
    for name in odd.proxies:
        np.testing.assert_array_equal(again.proxies[name], odd.proxies[name])
    for field in ("truth_name", "archs", "estimates", "differences", "picks", "costs_s", "truth_cost_s", "settings",
                  "notes", "provenance"):  # fmt: skip
        assert same(getattr(again, field), getattr(odd, field)), field
    assert math.isnan(again.estimates["flat"]["spearman"].statistic)
    assert math.isnan(again.differences[-1].adjusted)
    assert again.acceleration("near") == math.inf
    assert again.to_json(vectors=True) == odd.to_json(vectors=True)
    assert str(again) == str(odd)
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]


def test_the_json_is_strict(odd):
    def refuse(word):
        raise AssertionError(f"{word} is no JSON")

    for vectors in (False, True):
        fields = json.loads(odd.to_json(vectors), parse_constant=refuse)
        assert fields["estimates"]["flat"]["spearman"]["statistic"] is None
        assert fields["acceleration"] == {"near": None, "flat": 3.0}
        assert ("truth" in fields) == vectors
    assert fields["best"] == [{"arch": odd.archs[place], "truth": odd.truth.max()} for place in odd.best()]


def test_numbers_of_numpy_as_settings(make_report):
    report = make_report(
        n_resamples=np.int64(99), k=np.int32(5), confidence=np.float32(0.5), tolerance=np.float32(0.5), rng=np.int64(3)
    )  # fmt: skip
    settings = json.loads(report.to_json())["settings"]
    assert (settings["n_resamples"], settings["k"], settings["confidence"], settings["seed"]) == (99, 5, 0.5, 3)


def test_a_generator_has_no_seed_to_report(make_report):
    assert make_report(rng=np.random.default_rng(0)).settings["seed"] is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no JSON"),
        ("[]", "is no rank report: it was not written by RankReport.save"),
        ('{"format": "other"}', "is no rank report"),
        ('{"format": "benchtools rank report"}', "is a summary without the vectors"),
        ('{"format": "benchtools rank report", "version": 2}', r"by a newer benchtools \(version 2\): upgrade"),
        (
            '{"format": "benchtools rank report", "version": 1, "truth": [1.0]}',
            r"is damaged \(KeyError: 'truth_name'\)",
        ),
    ],
)
def test_files_that_are_no_report(tmp_path, text, message):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(InvalidInput, match=message):
        RankReport.load(tmp_path / "x.json")


def test_a_summary_is_not_loaded(report, tmp_path):
    (tmp_path / "summary.json").write_text(report.to_json())
    with pytest.raises(
        InvalidInput, match=r"is a summary without the vectors: load the file that RankReport.save wrote"
    ):
        RankReport.load(tmp_path / "summary.json")


def test_places_that_cannot_be_read_or_written(report, tmp_path):
    with pytest.raises(StoreError, match=r"cannot read .*none.json: No such file"):
        RankReport.load(tmp_path / "none.json")
    with pytest.raises(StoreError, match=r"cannot write .*x.json: No such file"):
        report.save(tmp_path / "none" / "x.json")
    assert list(tmp_path.iterdir()) == []


def test_to_frame(odd):
    frame = odd.to_frame()
    assert len(frame) == sum(len(found) for found in odd.estimates.values())
    row = frame[(frame["proxy"] == "near") & (frame["statistic"] == "kendall")].iloc[0]
    estimate = odd.estimates["near"]["kendall"]
    assert (row["value"], row["low"], row["high"]) == (
        estimate.statistic,
        estimate.interval.low,
        estimate.interval.high,
    )
    assert (row["n"], row["n_dropped"], row["acceleration"]) == (60, 0, np.inf)
    assert frame.loc[frame["proxy"] == "größer ✓", "acceleration"].isna().all()


def test_as_text(odd, report):
    lines = str(report).splitlines()
    assert lines[0].startswith(f"60 architectures against synthetic truth [%]; best {report.truth.max():.4f}: arch-")
    assert [line.split()[0] for line in lines[2:5]] == report.ranked()
    assert f"{report.estimates['near']['spearman'].statistic:.4f}" in lines[2]
    assert lines[-1] == "synthetic, for tests"
    assert str(odd).splitlines()[5].startswith("flat")
    assert "not told apart: " in str(odd)


def test_statistics_that_have_names(report):
    """A name in `differences` or `picks` is a name in `proxies`, whatever the order."""
    assert {pick.proxy for pick in report.picks} == set(report.proxies)
    assert len(report.picks) == 2 * len(report.proxies)
    once = compare(report.truth, dict(report.proxies), k=1, n_resamples=9)
    assert [pick.k for pick in once.picks] == [1, 1, 1]
