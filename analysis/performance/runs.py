"""Print what the store and the executors of trials cost beside the trainings themselves.

Run ``python analysis/performance/runs.py [--results 2000] [--trials 300] [--repeats 3] [--folder DIR]``.

Results are SYNTHETIC: two metrics and a curve of 20 epochs each, as a small training leaves them. Every figure is the
median over repetitions, each on a new store; the store lies in DIR, by default the system's folder for such files.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from benchtools.runs import Store, Trial, TrialResult, run_trials

WRITERS, BATCH = 4, 100
LIMIT_PUTS, LIMIT_MISSING_S = 2_000, 2.0


def make_trials(n: int, first: int = 0) -> list[Trial]:
    details = {"lr": 0.1, "recipe": {"epochs": 20, "batch": 128, "momentum": 0.9}}
    return [
        Trial("zoo", "synthetic", f"|nor_conv_3x3~0|{seed}", "cifar10", "0" * 64, None, "c4r4s0e20", seed, details)
        for seed in range(first, first + n)
    ]


def result() -> TrialResult:
    curve = [{"epoch": epoch, "train_loss": 2.3 / (1 + epoch), "test_accuracy": 10.0 + epoch} for epoch in range(20)]
    return TrialResult("done", {"test_accuracy": 29.0, "train_loss": 0.115}, curve, 1.0, {"created": "today"})


def empty(trial: Trial, **_: Any) -> TrialResult:
    return TrialResult("done", {"test_accuracy": 29.0}, seconds=1.0, provenance={"created": "today"})


def write(path: Path, n: int, first: int, batch: int, barrier: Barrier) -> None:
    trials, one = make_trials(n, first), result()
    with Store(path) as store:
        barrier.wait()  # all start at once
        for place in range(0, n, batch):
            store.put_many([(trial, one) for trial in trials[place : place + batch]])
        barrier.wait()
        barrier.wait()  # closing a store is no part of it


def results_per_second(path: Path, n: int, batch: int) -> float:
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(WRITERS + 1)
    writers = [spawn.Process(target=write, args=(path, n, k * n, batch, barrier)) for k in range(WRITERS)]
    with Store(path) as store:
        for writer in writers:
            writer.start()
        barrier.wait()
        start = time.perf_counter()
        barrier.wait()
        seconds = time.perf_counter() - start
        barrier.wait()
        for writer in writers:
            writer.join()
        assert len(store.ids()) == WRITERS * n
    return WRITERS * n / seconds


def seconds_to_recognise(path: Path, n: int) -> float:
    one = result()
    with Store(path) as store:
        store.put_many([(trial, one) for trial in make_trials(n)])
        trials = make_trials(n)  # whose ids are not known yet
        start = time.perf_counter()
        assert store.missing(trials) == []
        return time.perf_counter() - start


def overhead_s(path: Path, n: int, workers: int) -> tuple[float, float]:
    """Return the seconds per trial, and those until the first trial was done."""
    first: list[float] = []

    def note(stage: str, done: int, total: int) -> None:
        if done == 1:
            first.append(time.perf_counter())

    with Store(path) as store:
        start = time.perf_counter()
        summary = run_trials(make_trials(n), empty, store, workers=workers, progress=note)
        end = time.perf_counter()
    assert summary.done == n
    return (end - first[0]) / (n - 1), first[0] - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=int, default=2_000, help="results of each writer")
    parser.add_argument("--trials", type=int, default=300, help="trials for the overhead of an executor")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()

    def repeat(call: Callable[[Path], float]) -> float:
        found = []
        for _ in range(options.repeats):
            with tempfile.TemporaryDirectory(dir=options.folder) as folder:
                found.append(call(Path(folder) / "sweep.sqlite"))
        return statistics.median(found)

    print(f"{os.cpu_count()} cores")
    for batch, how in ((1, "put, a transaction each"), (BATCH, f"put_many of {BATCH}")):
        rate = repeat(lambda path, batch=batch: results_per_second(path, options.results, batch))
        print(f"{WRITERS} writers, {how}: {rate:,.0f} results per second; at least {LIMIT_PUTS:,}")
    seconds = repeat(lambda path: seconds_to_recognise(path, 10_000))
    print(f"10,000 done trials are recognised, their ids included, in {seconds:.3f} s; at most {LIMIT_MISSING_S:.0f}")
    for workers, name in ((1, "in this process"), (2, "by 2 workers")):
        starts: list[float] = []

        def each(path: Path, workers: int = workers, starts: list[float] = starts) -> float:
            seconds, start = overhead_s(path, options.trials, workers)
            starts.append(start)
            return seconds

        seconds = repeat(each)
        print(f"empty trials {name}: {1e3 * seconds:.2f} ms each, after {statistics.median(starts):.2f} s to the first")


if __name__ == "__main__":
    main()
