"""Print what archives cost: the official API and ours, side by side, on full-size archives of SYNTHETIC numbers.

Run ``python analysis/performance/tables.py [--archs N] [--work DIR] [--only pth nats directory nasbench101]``.

The archives are written to the work folder first (benchtools.testing.synthetic; about 3 GB and some minutes), in the
exact layout of the published ones; then each import, each official load and each of our look-ups is a process of its
own, whose peak memory the operating system tells. The official API of NAS-Bench-201 needs 12 GB of memory for the
one-seed archive, and torch; that of NATS-Bench as much.

``process start to whole column``: the interpreter starts, and ends with CIFAR-100 validation accuracies (200 epochs,
seed 777) of all architectures in one vector; both vectors are compared bit for bit.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchtools.tables import Table
from benchtools.testing import synthetic

LOADER_US_PER_ROW = 49  # the official NAS-Bench-101 loader, as documented (google-research/nasbench, pull request 33)

OFFICIAL = """
import sys, time, timeit, json, hashlib
import numpy as np
kind, path, started = sys.argv[1:]
if kind == "pth":
    from nas_201_api import NASBench201API
    api = NASBench201API(path, verbose=False)
else:
    import nats_bench
    api = nats_bench.create(path, "tss", fast_mode=False, verbose=False)
column = np.array([
    api.get_more_info(index, "cifar100", None, "200", 777)["valid-accuracy"] for index in sorted(api.evaluated_indexes)
])
taken = time.time() - float(started)
digest = hashlib.sha256(column.tobytes()).hexdigest()
arch = api.arch(len(column) // 2)
look = lambda: api.get_more_info(arch, "cifar100", None, "200", 777)
answer = {key: value for key, value in look().items() if key != "comment"}
us = min(timeit.repeat(look, number=500, repeat=7)) / 500 * 1e6
print(json.dumps({"taken": taken, "digest": digest, "us": us, "answer": answer}))
"""

OURS = """
from benchtools.tables import Table
import sys, time
column = Table.open(sys.argv[1]).column(dataset="cifar100", split="x-valid", epochs=200, seed=777)
print(time.time() - float(sys.argv[2]))
"""


FLOOR = """
import numpy
import sys, time
print(time.time() - float(sys.argv[1]))
"""
"""What no reader that returns a NumPy vector can undercut."""

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}  # nobody multiplies matrices here, but NumPy starts its threads all the same

LAUNCHER = """
import json, os, sys, time
start = time.time()
arguments = [sys.executable, *(str(start) if given == "NOW" else given for given in sys.argv[1:])]
_, status, usage = os.wait4(os.posix_spawn(sys.executable, arguments, os.environ), 0)
print(json.dumps([status, time.time() - start, usage.ru_maxrss / 1024]))
"""
"""A small process that starts the measured one: a process's peak memory begins with that of the one it came from."""


class Run(NamedTuple):
    """One process: wall-clock seconds, peak memory [MB], and what it printed."""

    seconds: float
    peak_mb: float
    output: str


def run(*arguments: str, **variables: str) -> Run:
    """Run a Python process to its end; the argument NOW is replaced by the time of its start."""
    # the variable of torch: or the official loader fails, torch >= 2.6
    environment = os.environ | {"TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1"} | variables
    found = subprocess.run(
        [sys.executable, "-S", "-c", LAUNCHER, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        check=True,
    )
    *output, last = found.stdout.strip().splitlines()
    status, seconds, peak_mb = json.loads(last)
    if status:
        raise SystemExit(f"{' '.join(arguments[:5])} ended with {status}")
    return Run(seconds, peak_mb, "\n".join(output))


def written(path: Path, write: Callable[[Path], object]) -> Path:
    """Return the archive at `path`, written where it is not there yet."""
    if not path.exists():
        start = time.perf_counter()
        write(path)
        print(f"  wrote {path.name} (SYNTHETIC) in {time.perf_counter() - start:.0f} s")
    return path


def imported(kind: str, archive: Path, table: Path, *options: str) -> None:
    found = run("-m", "benchtools", "table", "import", kind, str(archive), "--out", str(table), *options)
    size = archive.stat().st_size if archive.is_file() else sum(file.stat().st_size for file in archive.iterdir())
    print(
        f"  import of {size / 1e9:.2f} GB: {found.seconds:.0f} s, peak {found.peak_mb / 1e3:.2f} GB; the table has "
        f"{(table / 'columns.bin').stat().st_size / 1e9:.2f} GB"
    )


def beside_official(kind: str, archive: Path, folder: Path, repeats: int) -> None:
    """Compare process start to whole column, memory and a single look-up."""
    official = run("-c", OFFICIAL, kind, str(archive), "NOW")
    found = json.loads(official.output)
    taken = found["taken"]
    print(f"  process start to whole column, official: {taken:.1f} s, {official.peak_mb / 1e3:.2f} GB")
    for label, variables in (("as it is", {}), ("one BLAS thread", ONE_THREAD)):
        pairs = [
            (run("-c", OURS, str(folder), "NOW", **variables), run("-c", FLOOR, "NOW", **variables))
            for _ in range(2 * repeats)
        ]
        seconds, floor = (statistics.median(float(pair[side].output) for pair in pairs) for side in (0, 1))
        peak = statistics.median(ours.peak_mb for ours, _ in pairs)
        print(
            f"  ours, {label}: {seconds:.3f} s (Python and NumPy alone: {floor:.3f} s), {peak:.0f} MB: "
            f"time {taken / seconds:.0f}x (asked for 500), memory {official.peak_mb / peak:.0f}x (100)"
        )
    table = Table.open(folder)
    column = table.column(dataset="cifar100", split="x-valid", epochs=200, seed=777)
    same = hashlib.sha256(column.tobytes()).hexdigest() == found["digest"]
    print(f"  same column, bit for bit: {same}")
    arch = table.space.to_string(int(table.indices[len(table) // 2]))
    answer = table.lookup(arch, dataset="cifar100", epochs=200, seed=777).values
    wanted = {found["answer"][key] for key in found["answer"] if key.endswith(("loss", "accuracy"))}
    us = microseconds(lambda: table.lookup(arch, dataset="cifar100", epochs=200, seed=777))
    print(
        f"  look-up by string: official {found['us']:.0f} us, ours {us:.1f} us: {found['us'] / us:.1f}x (asked for "
        f"10); all {len(wanted)} losses and accuracies in ours: {wanted <= set(answer.values())}"
    )


def microseconds(call: Callable[[], object]) -> float:
    call()
    times = []
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(500):
            call()
        times.append((time.perf_counter() - start) / 500 * 1e6)
    return min(times)


def nasbench101(archive: Path, folder: Path) -> None:
    """Time the decoding of rows, in this process, and the whole import."""
    from benchtools.tables.archives._nasbench101 import read_nasbench101

    start = time.perf_counter()
    n_rows = 0
    for block in read_nasbench101(archive):
        n_rows += sum(
            int((part.values[-1] == part.values[-1]).sum())
            for column, part in block.parts.items()
            if (column.metric, column.split) == ("accuracy", "test")
        )
    us = (time.perf_counter() - start) / n_rows * 1e6
    print(
        f"  decoding: {us:.1f} us a row ({n_rows:,} rows), checksums included; the official loader is documented with "
        f"{LOADER_US_PER_ROW}: {LOADER_US_PER_ROW / us:.1f}x (asked for 7)"
    )
    imported("nasbench101", archive, folder)


def measure(part: str, options: argparse.Namespace) -> None:
    """Write the archive of one part where it is missing, and measure what is asked of it."""
    n = min(options.archs, options.directory) if part == "directory" else options.archs
    partial = ["--partial"] if n < 15_625 else []
    table = options.work / f"table-{part}-{n}"
    if part == "pth":
        path = written(options.work / f"nb201-{n}.pth", lambda path: synthetic.write_nasbench201(path, n_archs=n))
        imported("nasbench201", path, table, *partial)
        beside_official("pth", path, table, options.repeats)
    elif part == "nats":
        path = written(options.work / f"nats-{n}.pickle.pbz2", lambda path: synthetic.write_nats_file(path, n_archs=n))
        imported("nats-tss", path, table, *partial)
        beside_official("nats", path, table, options.repeats)
    elif part == "directory":
        path = written(
            options.work / f"nats-{n}-simple", lambda path: synthetic.write_nats_directory(path, n_archs=n, n_seeds=3)
        )
        imported("nats-tss", path, table, *partial)
    else:
        nasbench101(written(options.work / "nasbench101.tfrecord", synthetic.write_nasbench101), table)


def main() -> None:
    parts = ("pth", "nats", "directory", "nasbench101")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archs", type=int, default=15_625, help="architectures of the NAS-Bench-201 archives")
    parser.add_argument("--directory", type=int, default=1_500, help="architectures of the directory, three seeds each")
    parser.add_argument("--work", type=Path, default=Path("archives"), help="folder for archives and tables")
    parser.add_argument("--only", nargs="+", default=parts, choices=parts, help="which to measure")
    parser.add_argument("--repeats", type=int, default=5, help="half the number of processes of ours")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    for part in options.only:
        print(f"{part}:", flush=True)
        measure(part, options)


if __name__ == "__main__":
    main()
