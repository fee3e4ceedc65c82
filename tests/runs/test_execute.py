"""Sweeps: each trial once, whatever dies meanwhile. All numbers are SYNTHETIC."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
import types
from collections import Counter
from dataclasses import replace

import pytest
from _sweeps import die, fail, log, make_trials, train

import benchtools.runs._owner as owner_module
from benchtools.errors import InvalidInput, StoreError
from benchtools.runs import Claims, Store, Summary, TrialResult, run_trials
from benchtools.runs._owner import Owner


def counts(summary):
    """Return the counts of a summary that are not 0."""
    return {name: n for name, n in vars(summary).items() if n and name != "seconds"}


# one sweep


@pytest.mark.parametrize("workers", [1, 2])
def test_each_trial_once_and_nothing_again(store, tmp_path, workers):
    trials, seen = make_trials(6, tmp_path), []
    store.put(trials[2], TrialResult("done"))
    store.put(trials[3], TrialResult("diverged"))
    options = {"workers": workers, "progress": lambda *step: seen.append(step)}
    assert counts(run_trials([*trials, trials[0]], train, store, **options)) == {"done": 4, "already_done": 2}
    assert seen == [("trials", n, 6) for n in (2, 3, 4, 5, 6)]
    assert sorted(log(tmp_path)) == [0, 1, 4, 5]
    record = store.get(trials[4].id)
    assert record.result.metrics == {"accuracy": 94.0, "resumed": 0.0}
    assert record.result.seconds > 0
    assert record.result.provenance["packages"]["benchtools"]
    assert (record.result.curve[0]["pid"] == os.getpid()) == (workers == 1)
    assert counts(run_trials(trials, train, store, **options)) == {"already_done": 6}
    assert len(log(tmp_path)) == 4


@pytest.mark.parametrize("workers", [1, 2])
def test_failures_are_recorded_skipped_and_retried(store, tmp_path, workers):
    trials = make_trials(5, tmp_path)
    first = run_trials(trials, fail, store, workers=workers)
    assert counts(first) == {"failed": 3, "diverged": 1, "done": 1}
    errors = {trial.seed: result.error for trial, result in store.failed()}
    assert set(errors) == {0, 1, 3}
    assert errors[0].rstrip().endswith("ValueError: no such operation")
    assert "in fail" in errors[0]
    assert "_attempt.py" not in errors[0]
    assert errors[1].rstrip().endswith("SystemExit: ended")
    assert "must return a TrialResult, not NoneType" in errors[3]
    second = run_trials(trials, train, store)
    assert counts(second) == {"skipped": 3, "already_done": 2}
    assert "3 skipped since they failed before (retry does them again)" in str(second)
    assert counts(run_trials(trials, train, store, retry=True)) == {"done": 3, "already_done": 2}
    assert store.failed() == []


def test_workers_have_devices_in_turn_and_few_threads(store, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("TRIAL_S", "0.2")  # long enough for both to take part
    trials = make_trials(6, tmp_path)
    run_trials(trials, train, store, workers=2, devices=["cuda:0", "cuda:1"], threads=3)
    here = [result.curve[0] for _, result in store.results()]
    assert {row["device"] for row in here} == {"cuda:0", "cuda:1"}
    assert len({(row["device"], row["pid"]) for row in here}) == 2
    assert {row["threads"] for row in here} == {"3"}
    assert os.environ["OMP_NUM_THREADS"] == "7"


def test_threads_of_torch_are_limited_while_a_trial_runs_here(store, tmp_path, monkeypatch):
    calls = []
    torch = types.SimpleNamespace(get_num_threads=lambda: 8, set_num_threads=calls.append)
    monkeypatch.setitem(sys.modules, "torch", torch)
    run_trials(make_trials(1, tmp_path), train, store, threads=5)
    assert store.results()[0].result.curve[0]["threads"] == "5"
    assert calls[0] == 5


def test_a_worker_that_dies_harms_its_trial_alone(store, tmp_path):
    found = run_trials(make_trials(6, tmp_path), die, store, workers=2)
    assert counts(found) == {"done": 5, "failed": 1}
    ((trial, result),) = store.failed()
    assert trial.seed == 1
    assert "worker died (killed by signal 9) in each of 2 attempts" in result.error
    assert Counter(log(tmp_path)) == {0: 1, 1: 2, 2: 2, 3: 1, 4: 1, 5: 1}


def test_what_workers_cannot_import(store, tmp_path, monkeypatch):
    trials = make_trials(2, tmp_path)
    with pytest.raises(InvalidInput, match="it must stand at the top of a module"):
        run_trials(trials, lambda trial, **_: TrialResult("done"), store, workers=2)

    def here_only(trial, **_):
        return TrialResult("done")

    module = types.ModuleType("of_this_process_only")
    module.here_only, here_only.__module__, here_only.__qualname__ = here_only, module.__name__, "here_only"
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with pytest.raises(InvalidInput, match=r"(?s)workers cannot import the function.*No module named 'of_this_process"):
        run_trials(trials, here_only, store, workers=2)
    assert store._database.rows("SELECT * FROM claims") == []


def test_a_script_without_its_guard_says_what_to_do(store, tmp_path):
    code = (
        "from _sweeps import *\n"
        f"run_trials(make_trials(2, {str(tmp_path)!r}), train, Store({str(store.path)!r}), workers=2)\n"
    )
    script = tmp_path / "script.py"
    script.write_text(code)
    environment = {**os.environ, "PYTHONPATH": os.path.dirname(__file__)}
    done = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=60)
    assert "workers die before they are ready (exit code 1): a script" in done.stderr.strip().splitlines()[-1]
    assert log(tmp_path) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": 0}, "workers must be an integer of at least 1, not 0"),
        ({"workers": True}, "workers must be an integer"),
        ({"threads": 1.5}, "threads must be an integer of at least 1, not 1.5"),
        ({"devices": "cuda:0"}, "devices must be a list"),
        ({"devices": []}, "devices must be a list of at least one"),
        ({"devices": ["cpu", "cpu"]}, "devices names 2, but workers is 1.*pass workers=2 or more"),
    ],
)
def test_numbers_out_of_range(store, options, message):
    with pytest.raises(InvalidInput, match=message):
        run_trials([], train, store, **options)


def test_a_result_that_cannot_be_written_ends_the_sweep(store, tmp_path, monkeypatch):
    def refuse(*_):
        raise StoreError("the disk is full")

    monkeypatch.setattr(store, "put", refuse)
    with pytest.raises(StoreError, match="the disk is full"):
        run_trials(make_trials(2, tmp_path), train, store)
    assert len(log(tmp_path)) == 1
    assert store._database.rows("SELECT * FROM claims") == []


def test_a_summary_names_what_there_is():
    assert (
        str(Summary(done=1, diverged=2, taken=3, seconds=0.04)) == "1 done, 2 diverged, 3 done by another sweep; 0.0 s"
    )


# interruptions


@pytest.mark.parametrize(("number", "workers"), [(signal.SIGINT, 1), (signal.SIGTERM, 2), (signal.SIGINT, 2)])
def test_an_interruption_frees_claims_and_keeps_checkpoints(store, tmp_path, start, wait_for, number, workers):
    trials = make_trials(3, tmp_path, hangs=1)
    sweep = start("sweep", store.path, tmp_path, 3, 0.0, workers, 1)
    checkpoint = store.checkpoint(trials[1].id)
    wait_for(lambda: checkpoint.exists() and checkpoint.read_text())
    sweep.send_signal(number)
    assert sweep.communicate(timeout=30) == ("interrupted\n", "")
    assert store._database.rows("SELECT * FROM claims") == []
    before = store.ids()
    assert trials[1].id not in before
    found = run_trials(trials, train, store)
    assert (found.done, found.already_done) == (3 - len(before), len(before))
    assert store.get(trials[1].id).result.metrics["resumed"] == 1
    assert list(checkpoint.parent.iterdir()) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_sweep_goes_on_and_trains_nothing_done_again(store, tmp_path, start, wait_for, workers):
    n, draws = 200, random.Random(workers)
    for _ in range(3 if workers == 1 else 1):
        before = len(log(tmp_path))
        sweep = start("sweep", store.path, tmp_path, n, 0.02, workers, -1)
        wait_for(lambda: len(log(tmp_path)) > before)  # noqa: B023  called within the loop
        time.sleep(draws.uniform(0, 0.1))
        sweep.kill()
        sweep.communicate()  # its workers, which share the pipe, have ended too
    trials = make_trials(n, tmp_path, hangs=-1)
    done, before = {trial.seed for trial, _ in store.results()}, len(log(tmp_path))
    assert before > 0
    assert len(done) < n
    found = run_trials(trials, train, store)
    assert (found.done, found.already_done) == (n - len(done), len(done))
    assert sorted(log(tmp_path)[before:]) == sorted(set(range(n)) - done)
    assert {trial.id for trial, _ in store.results()} == {trial.id for trial in trials}


def test_checkpoints_of_finished_trials_are_removed(store, tmp_path):
    trials = make_trials(2, tmp_path)
    store.put(trials[0], TrialResult("done"))
    left = store.checkpoint(trials[0].id)
    left.parent.mkdir()
    left.write_text("left by a sweep that was killed after its result was kept")
    run_trials(trials, train, store)
    assert not left.exists()


# two sweeps


def test_two_sweeps_share_the_work(store, tmp_path, start):
    n = 40
    sweeps = [start("sweep", store.path, tmp_path, n, 0.01, 1, -1) for _ in range(2)]
    printed = [sweep.communicate(timeout=60) for sweep in sweeps]
    assert [errors for _, errors in printed] == ["", ""]
    assert sorted(log(tmp_path)) == list(range(n))
    assert len(store.ids()) == n
    (first, others), (second, rest) = ([int(part) for part in out.split()] for out, _ in printed)
    assert (first + second, first + others, second + rest) == (n, n, n)


def test_a_sweep_waits_for_another_and_takes_over_when_it_dies(store, tmp_path, start, wait_for):
    trials = make_trials(3, tmp_path, hangs=1)
    other = start("sweep", store.path, tmp_path, 3, 0.0, 1, 1)
    wait_for(lambda: store.checkpoint(trials[1].id).exists())  # done with 0, at 1
    timer = threading.Timer(0.5, other.kill)
    timer.start()
    found = run_trials(trials, train, store)
    timer.join()
    assert counts(found) == {"already_done": 1, "done": 2}
    assert found.seconds >= 0.3
    assert log(tmp_path) == [0, 1, 2, 1]


def test_what_another_sweep_does_meanwhile_is_taken(store, tmp_path):
    trials = make_trials(3, tmp_path)
    with Claims(store) as others:
        assert others.claim(trials[1].id)
        found = run_trials(
            trials, train, store, progress=lambda *_: store.put(trials[1], TrialResult("done")) if log(tmp_path) else 0
        )
    assert counts(found) == {"done": 2, "taken": 1}
    assert log(tmp_path) == [0, 2]


# claims


def claim_of(store, key, owner, age_s):
    """Write the claim of another process."""
    with store._database.write() as connection:
        connection.execute("INSERT INTO claims VALUES (?, ?, ?)", [key, str(owner), time.time() - age_s])


def test_a_claim_is_exclusive_until_released_or_done(store, tmp_path):
    trials = make_trials(3, tmp_path)
    a, b, c = (trial.id for trial in trials)
    with Claims(store) as mine, Claims(store) as yours:
        assert [mine.claim(a), yours.claim(a), mine.claim(a)] == [True, False, True]
        assert yours.free([a, b]) == {b}
        yours.release(a)  # not theirs to release
        assert not yours.claim(a)
        mine.release(a)
        assert yours.claim(a)
        assert mine.claim(b)
        store.put(trials[1], TrialResult("failed"))
        assert not mine.claim(b)
        assert not yours.claim(b)
        assert yours.claim(c)
        assert not mine.claim(c)
    assert store._database.rows("SELECT * FROM claims") == []
    with pytest.raises(InvalidInput, match="within a block: with Claims"):
        mine.claim(c)


def test_claims_of_dead_owners_are_taken_over(store):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    me = Owner.start()
    started = owner_module._started(child.pid)
    owners = {
        "child": replace(me, pid=child.pid, started=started),
        "number used again": replace(me, pid=child.pid, started="1"),
        "sweep of this process that ended": replace(me, token="ended"),
        "sweep of this process": me,
    }
    for key, owner in owners.items():
        claim_of(store, key, owner, 1e6)
    far = replace(me, host="elsewhere")
    claim_of(store, "far and fresh", far, 299)
    claim_of(store, "far and silent", far, 301)
    with Claims(store) as claims:
        free = {"number used again", "sweep of this process that ended", "far and silent"}
        keys = {*owners, "far and fresh", "far and silent"}
        assert claims.free(keys) == free
        assert {key for key in keys if claims.claim(key)} == free
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # ended, and not yet waited for
        assert claims.claim("child")
    child.communicate()
    with Claims(store) as claims:
        claim_of(store, "gone", owners["child"], 0)
        assert claims.claim("gone")
    me.end()


def test_an_owner_that_cannot_be_seen_is_judged_by_its_silence(monkeypatch):
    owner = replace(Owner.start(), pid=os.getppid(), started="1")
    monkeypatch.setattr(owner_module, "_started", lambda pid: None)
    assert owner.is_alive(299, 300)
    assert not owner.is_alive(301, 300)


def test_a_thread_keeps_claims_alive(store, wait_for):
    def beat():
        return store._database.rows("SELECT beat FROM claims")[0][0]

    with Claims(store, limit_s=0.2) as claims:
        claims.claim("ab")
        first = beat()
        wait_for(lambda: beat() > first)
    with pytest.raises(InvalidInput, match="limit_s must be greater than 0"):
        Claims(store, limit_s=0)


def test_a_store_may_be_used_by_a_sweep_in_a_thread(store, tmp_path):
    found = []
    thread = threading.Thread(target=lambda: found.append(run_trials(make_trials(3, tmp_path), train, store)))
    thread.start()
    thread.join()
    assert counts(found[0]) == {"done": 3}
    assert Store(store.path).ids() == store.ids()
