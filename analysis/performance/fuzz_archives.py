"""Damage archives in many ways and give them hostile pickles to read: the reader must refuse, or be right.

    python analysis/performance/fuzz_archives.py --runs 2500 --seed 1 --seconds 540

Every archive is small and SYNTHETIC. An import must end with an error that says what is wrong, and leave nothing on
disk; or the table must equal, number by number, what Python's own unpickler and plain loops find in the same bytes.
Bytes under a checksum are damaged on disk; pickles and rows are also damaged beneath it, the checksums made right
again. Some imports are given the digest of the good file: nothing may come out. Prints a table of outcomes, the faults
with the seed that repeats each, and exits with 1 if there is any.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchtools.testing.hostile import (
    ARCHIVES,
    DIRECTORIES,
    ODD_FILES,
    Archive,
    Hostile,
    Numbers,
    Verdict,
    compressed_bombs,
    hostile_pickles,
    judge,
    make_archive,
    mutate,
    mutate_files,
    odd_containers,
    read_numbers,
    rewrap,
    splice,
    unwrap,
    watched,
    with_hostile,
)
from benchtools.testing.synthetic import write_nasbench201, write_nats_directory, write_nats_file

MEMORY = 4 << 30  # address space of a worker: what needs more counts as a fault
SLOW_SECONDS = 20
N_GOOD = 4  # good archives of each kind
CHECKED = ("pth-zip", "nats-tss-file", "nats-sss-file", *DIRECTORIES)  # a checksum guards every number
WAYS = ("on disk", "beneath the checksum", "spliced", "spliced beneath", "with the digest", "as another kind", "whole")
HOSTILE_IN = ("nats-tss-directory", "nats-tss-file", "pth-legacy")
OFFICIAL_SHARE = 0.08  # of archives with records of official size, which take longer


class Result(NamedTuple):
    """One import: what was done, how it ended, and what it took."""

    group: str
    repeat_by: str
    outcome: str
    detail: str
    seconds: float
    ran: tuple[str, ...]


@contextmanager
def places() -> Iterator[tuple[Path, Path, Path]]:
    """Give an empty folder for the archive, one for the table, and the path of the canary."""
    with tempfile.TemporaryDirectory() as root:
        source, target = Path(root, "source"), Path(root, "target")
        source.mkdir()
        target.mkdir()
        yield source, target, Path(root, "canary")


@cache
def good_archive(what: str, number: int, official: bool) -> Archive:
    indices = [0, 3, 5, 8, 9, 12, 40, 41][: 3 + number]
    if not official or what == "nasbench101":
        return make_archive(what, indices, number)
    small = make_archive(what, [0], 0)
    with tempfile.TemporaryDirectory() as root:
        path = Path(root, small.name)
        if what.startswith("pth"):
            write_nasbench201(path, n_archs=indices[:3], n_seeds=2, container=what[4:], rng=number)
        elif what in DIRECTORIES:
            write_nats_directory(path, space=small.kind[5:], n_archs=indices[:3], n_seeds=1, n_workers=1, rng=number)
        else:
            write_nats_file(path, space=small.kind[5:], n_archs=indices[:3], rng=number)
        if path.is_dir():
            return small._replace(files={file.name: file.read_bytes() for file in path.glob("*.pbz2")})
        return small.with_file("", path.read_bytes())


@cache
def good_numbers(what: str, number: int, official: bool) -> Numbers:
    with tempfile.TemporaryDirectory() as root:
        return read_numbers(what, good_archive(what, number, official).write(Path(root)))


def damaged(what: str, way: str, good: Archive, other: Archive, rng: np.random.Generator) -> tuple[str, Archive]:
    """Return what was done, and the damaged archive."""
    name = str(rng.choice(sorted(good.files)))
    content, second = good.files[name], other.files.get(name) or other.files[min(other.files)]
    if way == "whole" and what in DIRECTORIES:
        return mutate_files(good, other, rng)
    if way == "spliced":
        return "spliced", good.with_file(name, splice(content, second, rng))
    if way in ("beneath the checksum", "spliced beneath"):
        inner = unwrap(what, content)
        done, changed = mutate(inner, rng) if way[0] == "b" else ("spliced", splice(inner, unwrap(what, second), rng))
        return done, good.with_file(name, rewrap(what, changed))
    done, changed = mutate(content, rng)
    return done, good.with_file(name, changed)


def fuzz(seed: int, run: int) -> Result:
    """Damage one archive and import it."""
    rng = np.random.default_rng([seed, run])
    what, way = ARCHIVES[run % len(ARCHIVES)], WAYS[run // len(ARCHIVES) % len(WAYS)]
    official = bool(rng.random() < OFFICIAL_SHARE)
    number = int(rng.integers(N_GOOD))
    good, other = good_archive(what, number, official), good_archive(what, (number + 1) % N_GOOD, official)
    if way == "with the digest" and what in DIRECTORIES:
        way = "beneath the checksum"
    done, archive = damaged(what, way, good, other, rng)
    guarded = what in CHECKED and way in ("on disk", "spliced", "as another kind") and archive != good
    digest = hashlib.sha256(good.files[""]).hexdigest() if way == "with the digest" and archive != good else None
    kind = archive.kind
    if way == "as another kind":
        kind = str(rng.choice(["nasbench201", "nats-tss", "nats-sss", "nasbench101"]))
    numbers = (number, (number + 1) % N_GOOD) if way == "spliced" else (number,)
    originals = [good_numbers(what, each, official) for each in numbers] if guarded else []
    with places() as (source, target, canary), watched(canary) as ran:
        path = archive.write(source)
        start = time.perf_counter()
        verdict = judge(what, kind, path, target, originals=originals, sha256=digest, replace=bool(rng.random() < 0.5))
        seconds = time.perf_counter() - start
    return Result(f"{what}, {way}", f"seed {seed} run {run}: {done}", *verdict, seconds, tuple(ran))


@cache
def hostile_list(canary: Path) -> list[Hostile]:
    return hostile_pickles(canary)


def attack(what: str, place: int, canary: Path) -> Result:
    """Import an archive with one hostile pickle."""
    hostile = hostile_list(canary)[place]
    with places() as (source, target, _):
        archive = with_hostile(what, hostile)
        path = archive.write(source)
        with watched(canary) as ran:
            start = time.perf_counter()
            verdict = judge(what, archive.kind, path, target, replace=place % 2 == 0)
            seconds = time.perf_counter() - start
    return Result(f"hostile pickle in {what}", hostile.name, *verdict, seconds, tuple(ran))


def odd(what: str, name: str, archive: Archive, group: str) -> Result:
    """Import an archive in an odd container, or one that decompresses to far more."""
    with places() as (source, target, canary), watched(canary) as ran:
        path = archive.write(source)
        if name in ODD_FILES:
            ODD_FILES[name](path)
        start = time.perf_counter()
        verdict = judge(what, archive.kind, path, target)
        seconds = time.perf_counter() - start
    return Result(group, f"{name}, {what}", *verdict, seconds, tuple(ran))


def limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def bomb(name: str, what: str, archive: Archive) -> tuple[Result, float]:
    """Import a bomb in this process, and return its peak memory [MB] too."""
    result = odd(what, name, archive, "bomb")
    return result, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def faulty(result: Result) -> bool:
    right = Verdict(result.outcome, result.detail).right
    return not right or bool(result.ran) or result.seconds > SLOW_SECONDS


def print_table(results: list[Result]) -> None:
    outcomes = sorted({result.outcome for result in results})
    counts = Counter((result.group, result.outcome) for result in results)
    groups = sorted({result.group for result in results})
    width = max(map(len, groups))
    print(f"{'':{width}}  {'  '.join(outcomes)}  {'seconds, most':>13}")
    for group in [*groups, "all"]:
        chosen = [result for result in results if group in ("all", result.group)]
        numbers = (
            f"{sum(counts[each, outcome] for each in groups if group in ('all', each)):{len(outcome)}d}"
            for outcome in outcomes
        )
        print(f"{group:{width}}  {'  '.join(numbers)}  {max(result.seconds for result in chosen):13.2f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2500, help="damaged archives")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=540, help="no new import starts after so long")
    parser.add_argument("--only", type=int, help="repeat one run, and print what came of it")
    parser.add_argument("--bomb-bytes", type=int, default=1 << 30, help="what each bomb decompresses to")
    options = parser.parse_args()
    if options.only is not None:
        print(fuzz(options.seed, options.only))
        return 0
    start = time.perf_counter()
    context = multiprocessing.get_context("spawn")
    results: list[Result] = []
    peaks: list[float] = []
    with ProcessPoolExecutor(2, context, limit_memory, max_tasks_per_child=1) as pool:
        bombs = (
            (name, what, archive)
            for what in ("pth-zip", "nats-tss-file", "nats-sss-directory")
            for name, archive in compressed_bombs(what, options.bomb_bytes)
        )
        for future in as_completed([pool.submit(bomb, *each) for each in bombs]):
            result, peak = future.result()
            results.append(result)
            peaks.append(peak)
    n_hostile = len(hostile_pickles(Path("canary")))
    with tempfile.TemporaryDirectory() as root, ProcessPoolExecutor(2, context, limit_memory) as pool:
        canary = Path(root, "canary")
        futures = [pool.submit(odd, what, name, archive, "odd container") for name, what, archive in odd_containers()]
        directory = make_archive("nats-tss-directory", [0, 1, 2], 0)
        futures += [pool.submit(odd, "nats-tss-directory", name, directory, "odd file") for name in ODD_FILES]
        futures += [pool.submit(attack, what, place, canary) for what in HOSTILE_IN for place in range(n_hostile)]
        futures += [pool.submit(fuzz, options.seed, run) for run in range(options.runs)]
        for future in as_completed(futures):
            results.append(future.result())
            if time.perf_counter() - start > options.seconds:
                pool.shutdown(wait=False, cancel_futures=True)
                break
    print_table(results)
    faults = [result for result in results if faulty(result)]
    n_fuzzed = sum(result.repeat_by.startswith("seed ") for result in results)
    print(f"\n{n_fuzzed:,} damaged archives and {n_hostile} hostile pickles in {len(HOSTILE_IN)} places, "
          f"{time.perf_counter() - start:.0f} s; largest process with a bomb: {max(peaks):.0f} MB")  # fmt: skip
    print(f"executions: {sum(bool(result.ran) for result in results)}; faults: {len(faults)}")
    for fault in faults:
        print(
            f"  {fault.group}; {fault.repeat_by}; {fault.outcome}; {fault.seconds:.1f} s; {', '.join(fault.ran)}\n    "
            f"{fault.detail}"
        )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
