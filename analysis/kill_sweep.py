"""Kill a running sweep 30 times at random moments, run it to its end, and compare with an undisturbed one, bit by bit.

Run ``python analysis/kill_sweep.py [--kills 30] [--seed 0]``: some minutes on a CPU. Real digits, tiny networks; every
number of every trial (accuracy, losses, metrics by epoch but for times) must be equal.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchtools.runs import Store

CONFIG = """\
name: kill-sweep
dataset: digits
validation: 0.5
archs: {n: 6, seed: 0}
n_cells: 1
seeds: [0, 1]
levels: {c: [6, 3], r: [8, 4], s: [1, 0.5], e: 6}
settings: [c1r0s0e6, c0r1s1e3]
protocol: {batch_size: 60, lr: 0.1, cutout: 0, drop_path: 0.1}
"""


def sweep(folder: Path, store: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchtools", "zoo", "run", "zoo.yaml", "--store", store, "--device", "cpu"]
    return subprocess.Popen(
        command, cwd=folder, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def numbers(path: Path) -> dict[str, Any]:
    """Return all that does not depend on the clock, by trial."""
    found = {}
    for record in Store(path, create=False).results():
        metrics = {name: value for name, value in record.result.metrics.items() if not name.endswith("_s")}
        curve = [{k: v for k, v in row.items() if not k.endswith("_s")} for row in record.result.curve]
        found[record.trial.id] = (record.result.status, metrics, curve)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "zoo.yaml").write_text(CONFIG, encoding="utf-8")
        start = time.perf_counter()
        if sweep(folder, "undisturbed.db").wait():
            raise SystemExit("the undisturbed sweep failed")
        whole = time.perf_counter() - start
        kills, done = 0, []
        while kills < options.kills:
            process = sweep(folder, "killed.db")
            time.sleep(rng.uniform(0.2, 0.6) * whole / 2)  # starting takes a good part of it
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                kills += 1
            path = folder / "killed.db"
            done.append(len(numbers(path)) if path.exists() else 0)
            if done[-1] == len(numbers(folder / "undisturbed.db")):
                path.rename(folder / f"whole-{kills}.db")  # begin again: kills must hit work
                compare(folder / f"whole-{kills}.db", folder / "undisturbed.db")
        if sweep(folder, "killed.db").wait():
            raise SystemExit("the last sweep failed")
        n = compare(folder / "killed.db", folder / "undisturbed.db")
        print(f"{kills} kills, trials done after each: {done}")
        print(f"then {n} trials, every number equal to that of the undisturbed sweep")


def compare(first: Path, second: Path) -> int:
    left, right = numbers(first), numbers(second)
    if left != right:
        raise SystemExit(f"{len(left)} and {len(right)} trials, {sum(left[k] != right.get(k) for k in left)} differ")
    return len(left)


if __name__ == "__main__":
    main()
