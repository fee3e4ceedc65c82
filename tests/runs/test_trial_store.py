"""The store: one file, whole at every moment, that many processes read and write. All numbers are SYNTHETIC."""

import json
import math
import os
import pickle
import sqlite3
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from _sweeps import make_trials

import benchtools.runs._database as database_module
from benchtools.errors import InvalidInput, NotFound, StoreError
from benchtools.runs import Store, Trial, TrialResult
from benchtools.runs._filesystem import on_network

DONE = TrialResult("done", {"accuracy": 91.5}, [{"epoch": 0, "loss": 2.5}], 3.5, {"python": "3"})
DIVERGED = TrialResult("diverged", {"accuracy": math.inf})
FAILED = TrialResult("failed", error="Traceback: \ud800 ö")
A, B, C, D = make_trials(4, "/nowhere", lr=0.1)


def test_a_record_comes_back_as_it_was(store):
    results = {A: DONE, B: DIVERGED, C: FAILED}
    assert store.put_many(results.items()) == 3
    with Store(store.path, create=False) as again:
        for trial, result in results.items():
            assert again.get(trial.id) == again.get(trial.id[:20]) == (trial, result)
        assert again.results() == list(results.items())
    assert store.results("test", "done") == [(A, DONE)]
    assert store.results("zoo") == []
    assert store.failed()[0].result.error == r"Traceback: \ud800 ö"
    assert store.counts() == {("test", "c0", status): 1 for status in ("done", "diverged", "failed")}


@pytest.mark.parametrize("final", [DONE, DIVERGED])
@pytest.mark.parametrize("later", [DONE, DIVERGED, FAILED])
def test_a_final_result_stays_and_a_failure_gives_way(store, final, later):
    assert store.put(A, FAILED)
    assert store.put(A, final)
    assert not store.put(A, replace(later, seconds=9.0))
    assert store.put_many([(A, later), (B, DONE), (B, later)]) == 1
    assert store.results() == [(A, final), (B, DONE)]


def test_missing_are_those_neither_done_nor_diverged(store):
    trials = make_trials(10_000, "/nowhere")
    store.put_many([(trial, (DONE, DIVERGED, FAILED)[trial.seed % 3]) for trial in trials[:6_000]])
    expected = [seed for seed in range(10_000) if seed >= 6_000 or seed % 3 == 2]
    assert [trial.seed for trial in store.missing([*trials, *trials[:3]])] == expected
    assert store.ids() == {trial.id for trial in trials[:6_000:3]}
    assert store.missing([]) == []


def test_forget_removes_failures_unless_told_more(store):
    store.put_many([(A, DONE), (B, FAILED), (C, FAILED)])
    assert store.forget([A.id, B.id, D.id]) == 1
    assert [record.trial for record in store.results()] == [A, C]
    assert store.forget([A.id], statuses=["done"]) == 1
    with pytest.raises(InvalidInput, match="status must be one of done, diverged, failed, not 'lost'"):
        store.forget([A.id], statuses=["lost"])


def test_prefixes(store):
    store.put_many([(trial, DONE) for trial in make_trials(17, "/nowhere")])  # 16 first digits
    first = [record.trial.id[0] for record in store.results()]
    with pytest.raises(InvalidInput, match=r"several trials start with . \(.*\): give more digits"):
        store.get(max(first, key=first.count))
    with pytest.raises(NotFound, match=f"no result of a trial {A.id}: see `benchtools runs list"):
        store.get(A.id)
    for prefix in ("", "xyz", "%", A.id + "0"):
        with pytest.raises(InvalidInput, match="must be the start of an id"):
            store.get(prefix)


# files that are no store, or cannot be written


def test_a_newer_store_is_refused_untouched(store):
    store.put(A, DONE)
    store.close()
    with sqlite3.connect(store.path) as connection:
        connection.execute("PRAGMA user_version = 7")
    connection.close()
    before = store.path.read_bytes()
    with pytest.raises(StoreError, match=r"of format 7, which a newer benchtools wrote; .* up to 1: update benchtools"):
        Store(store.path)
    assert store.path.read_bytes() == before


def test_what_is_no_store_is_refused_untouched(tmp_path):
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE results (id)")
    connection.close()
    text = tmp_path / "text.csv"
    text.write_text("id,accuracy\n" * 100)
    for path, message in ((other, "is an SQLite file, but no store"), (text, "is no SQLite file, so no store")):
        before = path.read_bytes()
        with pytest.raises(StoreError, match=message):
            Store(path)
        assert path.read_bytes() == before
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(tmp_path)
    with pytest.raises(StoreError, match=r"there is no store at .*absent"):
        Store(tmp_path / "absent", create=False)
    assert not (tmp_path / "absent").exists()


def test_a_store_is_made_with_its_folder_and_an_empty_file_becomes_one(tmp_path):
    (tmp_path / "empty").touch()
    for path in (tmp_path / "empty", tmp_path / "new" / "folder" / "sweep"):
        with Store(path) as store:
            assert store.put(A, DONE)


def test_a_full_disk_keeps_nothing_of_a_write(store):
    store.put(A, DONE)
    with store._database._use() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreError, match=r"the disk is full\. Nothing of this write was kept: make room"):
        store.put_many([(trial, DONE) for trial in make_trials(500, "/nowhere")])
    assert store.results() == [(A, DONE)]
    store.close()
    assert store.put(B, DONE)


def test_a_locked_store_says_so_and_is_read_meanwhile(store):
    store.put(A, DONE)
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("DELETE FROM results")
    with store._database._use() as connection:
        connection.execute("PRAGMA busy_timeout = 10")
    assert store.ids() == {A.id}  # the state before the open transaction, at once
    with pytest.raises(StoreError, match=r"another process kept it locked for 30 s\. Nothing was written: end that"):
        store.put(B, DONE)
    other.execute("COMMIT")
    other.close()
    assert store.ids() == set()
    assert store.put(B, DONE)


def test_a_read_only_place_is_read_and_not_written(store, monkeypatch, tmp_path):
    store.put(A, DONE)
    store.close()
    monkeypatch.setattr(os, "access", lambda *_: False)
    with Store(store.path) as again:
        assert again.ids() == {A.id}
        with pytest.raises(StoreError, match=r"it is read-only\. Copy it to a place where you may write"):
            again.put(B, DONE)
    with pytest.raises(StoreError, match="its folder is read-only; choose another path"):
        Store(tmp_path / "new")


def test_on_a_network_there_is_no_log_in_shared_memory(monkeypatch, tmp_path):
    def mode(store):
        return store._database.rows("PRAGMA journal_mode")[0][0]

    with Store(tmp_path / "sweep") as store:
        assert mode(store) == "wal"
        store.put(A, DONE)
    monkeypatch.setattr(database_module, "on_network", lambda path: True)
    with Store(tmp_path / "sweep") as store, Store(tmp_path / "sweep") as other:
        assert mode(store) == "delete"
        assert store.put(B, DONE)
        assert other.ids() == {A.id, B.id}


def test_the_innermost_mount_decides():
    mounts = "1 0 0:1 / / rw - ext4 /dev/a rw\n2 1 0:2 / /home rw,x shared:1 - nfs4 server:/ rw\n" + (
        "3 2 0:3 / /home/a\\040b rw - tmpfs t rw\nnonsense\n"
    )
    found = {path: on_network(Path(path), mounts) for path in ("/x", "/home/me/s", "/homes/s", "/home/a b/s")}
    assert found == {"/x": False, "/home/me/s": True, "/homes/s": False, "/home/a b/s": False}


# several processes


def test_four_writers_and_a_reader(store, start, tmp_path):
    writers = [start("write", store.path, tmp_path, 200, first) for first in (0, 100, 400, 600)]  # two overlap
    seen = 0
    while any(writer.poll() is None for writer in writers):
        found = store.ids()
        assert len(found) >= seen
        seen = len(found)
    assert [writer.communicate()[1] for writer in writers] == [""] * 4
    expected = {seed: float(seed) for seed in (*range(300), *range(400, 800))}
    assert {trial.seed: result.metrics["accuracy"] for trial, result in store.results()} == expected
    assert store._database.rows("PRAGMA integrity_check") == [("ok",)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_and_a_copy_open_the_file_anew(store):
    store.put(A, DONE)
    child = os.fork()
    if child == 0:
        try:
            store.put(B, DONE)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    with pickle.loads(pickle.dumps(store)) as copy:
        assert store.ids() == copy.ids() == {A.id, B.id}


# frames and files


@pytest.fixture
def mixed(store):
    """Return a store of trials whose details and metrics differ."""
    given = [{"lr": 0.1, "x": 1}, {"lr": 1, "x": "one", "big": 2**70}, {"y": [1, 2]}]
    trials = [Trial("zoo", "s", f"a{n}", "d", "12ab", None, "c0", n, details) for n, details in enumerate(given)]
    store.put_many(zip(trials, (DONE, replace(DIVERGED, metrics={"loss": math.nan}), FAILED), strict=True))
    return store


def test_a_frame_has_a_row_for_each_result(mixed):
    frame = mixed.to_frame()
    assert list(frame.columns) == [
        "id", "kind", "space", "arch", "dataset", "dataset_digest", "selection", "setting", "seed", "details.lr",
        "details.x", "details.big", "details.y", "status", "seconds", "metrics.accuracy", "metrics.loss",
    ]  # fmt: skip
    assert frame["details.lr"].tolist()[:2] == [0.1, 1.0]
    assert frame["details.x"].fillna("-").tolist() == ["1", '"one"', "-"]
    assert frame["details.big"].fillna("-").tolist() == ["-", str(2**70), "-"]
    assert frame["details.y"].fillna("-").tolist() == ["-", "-", "[1, 2]"]
    assert frame["status"].tolist() == ["done", "diverged", "failed"]
    assert frame["metrics.accuracy"].fillna(-1).tolist() == [91.5, -1, -1]


def test_exports(mixed, tmp_path):
    frame = mixed.to_frame()
    parquet = pd.read_parquet(mixed.export(tmp_path / "out.parquet"))
    pd.testing.assert_frame_equal(parquet, frame, check_dtype=False)
    assert pd.read_csv(mixed.export(tmp_path / "out.csv"))["id"].tolist() == frame["id"].tolist()

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    records = json.loads(mixed.export(tmp_path / "out.json").read_text(), parse_constant=refuse)
    assert [record["id"] for record in records] == frame["id"].tolist()
    assert records[0]["result"]["curve"] == [{"epoch": 0, "loss": 2.5}]
    assert records[1]["result"]["metrics"] == {"loss": None}
    assert Trial.from_dict(records[1]["trial"]).id == records[1]["id"]
    with pytest.raises(InvalidInput, match=r"its name must end in \.csv, \.json, \.parquet"):
        mixed.export(tmp_path / "out.xlsx")
    with pytest.raises(StoreError, match="cannot write"):
        mixed.export(tmp_path / "absent" / "out.csv")


def test_an_empty_store_has_a_frame_too(store, tmp_path):
    assert len(store.to_frame()) == 0
    assert len(pd.read_parquet(store.export(tmp_path / "out.parquet"))) == 0
