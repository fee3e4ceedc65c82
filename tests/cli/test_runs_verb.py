"""The verbs of ``benchtools runs``. All numbers are SYNTHETIC."""

import json
import re
import sys

import pytest

from benchtools.cli import main
from benchtools.runs import Store, Trial, TrialResult

TRIALS = [
    Trial("zoo", "nasbench201", f"arch-{seed}", "cifar10", "12ab", None, f"c{seed % 2}", seed, {"lr": 0.1})
    for seed in range(5)
]
ERROR = 'Traceback (most recent call last):\n  File "train.py"\nValueError: [bold]no such operation\n'
CURVE = [{"epoch": epoch, "loss": 1 / (1 + epoch)} for epoch in range(9)]


@pytest.fixture
def store(tmp_path):
    """Return the path of a store of two done, one diverged and two failed trials."""
    done = TrialResult("done", {"accuracy": 91.25}, CURVE, 12.5, {"created": "today"})
    failed = TrialResult("failed", error=ERROR)
    with Store(tmp_path / "sweep.sqlite") as opened:
        opened.put_many(zip(TRIALS, (done, done, TrialResult("diverged"), failed, failed), strict=True))
    return tmp_path / "sweep.sqlite"


@pytest.fixture
def run(monkeypatch, capsys):
    """Return a function that runs ``benchtools runs``: exit code, standard output and standard error."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["benchtools", "runs", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:  # noqa: PT012
            main()
            raise SystemExit(0)
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return command


def cells(line):
    """Return the columns of a printed row."""
    return re.split(r"\s{2,}", line.strip())


def test_list_counts_by_setting(run, store):
    code, out, _ = run("list", store)
    assert code == 0
    rows = [cells(line) for line in out.splitlines()[1:]]
    assert rows == [
        ["kind", "setting", "done", "diverged", "failed"],
        ["zoo", "c0", "1", "1", "1"],
        ["zoo", "c1", "1", "0", "1"],
    ]
    assert "zoo  " not in run("list", store, "--kind", "other")[1]


def test_list_of_a_status(run, store):
    _, out, _ = run("list", store, "--status", "failed")
    title, header, *rows = out.splitlines()
    assert title == f"2 failed in {store}"
    assert cells(header)[-1] == "error"
    expected = [[t.id[:12], "zoo", t.arch, "cifar10", t.setting, str(t.seed)] for t in TRIALS[3:]]
    assert [cells(row)[:6] for row in rows] == expected
    assert all(row.rstrip().endswith("ValueError: [bold]no such operation") for row in rows)
    assert "accuracy 91.25" in run("list", store, "--status", "done")[1]
    code, _, err = run("list", store, "--status", "lost")
    assert (code, err) == (2, "error: status must be one of done, diverged, failed, not 'lost'\n")


def test_show(run, store):
    _, out, _ = run("show", store, TRIALS[0].id[:10].upper(), "--rows", "2")
    assert f"trial {TRIALS[0].id}: done after 12.5 s" in out
    assert "arch: arch-0" in out
    assert "created: today" in out
    rows = [cells(line) for line in out.splitlines()]
    assert ["lr", "0.1"] in rows
    assert ["accuracy", "91.25"] in rows
    place = out.splitlines().index("curve, last 2 of 9 rows")
    assert rows[place + 1 : place + 4] == [["epoch", "loss"], ["7", "0.125"], ["8", "0.111111"]]
    _, out, _ = run("show", store, TRIALS[3].id)
    assert out.endswith(ERROR)
    assert "curve" not in out
    code, _, err = run("show", store, "0" * 64)
    assert code == 2
    assert "has no result of a trial" in err


def test_export(run, store, tmp_path):
    code, out, _ = run("export", store, "--out", tmp_path / "all.json")
    assert (code, out) == (0, f"wrote {tmp_path / 'all.json'}\n")
    assert [one["id"] for one in json.loads((tmp_path / "all.json").read_text())] == [trial.id for trial in TRIALS]
    code, _, err = run("export", store, "--out", tmp_path / "all.txt")
    assert code == 2
    assert ".csv, .json, .parquet" in err


def test_retry_forgets_failures_alone(run, store):
    code, _, err = run("retry", store, TRIALS[0].id)
    assert code == 2
    assert f"trial {TRIALS[0].id[:12]} is done: only failed trials are retried" in err
    assert run("retry", store, TRIALS[3].id)[1] == "1 failed trial forgotten: the next sweep does them again\n"
    assert run("retry", store)[1] == "1 failed trial forgotten: the next sweep does them again\n"
    with Store(store) as opened:
        assert [trial for trial, _ in opened.results()] == TRIALS[:3]


@pytest.mark.parametrize("verb", [["list"], ["show", "ab"], ["export", "--out", "x.csv"], ["retry"]])
def test_a_store_that_is_not_there_is_not_made(run, tmp_path, verb):
    code, _, err = run(verb[0], tmp_path / "absent", *verb[1:])
    assert code == 2
    assert err == f"error: there is no store at {tmp_path / 'absent'}: check the path\n"
    assert not (tmp_path / "absent").exists()
