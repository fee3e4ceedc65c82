"""Print what a sweep of a zoo costs: the loop beside bare steps, and two processes beside one.

Run ``python analysis/performance/zoo.py [--networks 8] [--repeats 3]`` on a machine that does nothing else.

Real digits, zoo13 networks of 3 cells. Loop: an epoch of `train` over as many forward, backward and optimiser steps on
one preloaded batch, median over interleaved repetitions. Processes: trials per hour of a pool of two against one
process, one thread each, on the same trials; start-up is not counted (a first trial of each worker goes before).
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from torch.nn import functional

from benchtools.datasets import Augment, Batches, load_dataset
from benchtools.experiments.reduced import ZooPlan, run_zoo, sample_zoo
from benchtools.networks import zoo_network
from benchtools.spaces import Zoo13
from benchtools.training import Levels, Protocol, Recipe, Setting, train


def overhead(repeats: int) -> None:
    digits, space = load_dataset("digits"), Zoo13()
    arch = space.arch(sample_zoo(1, rng=0)[0])
    batches = Batches(
        digits, batch_size=96, generator=0, augment=Augment(flip=False), drop_last=True, channels_last=True
    )
    ours, plain = (zoo_network(arch, 10, rng=0, channels=1, width=8, n_cells=3) for _ in range(2))
    plain = plain.to(memory_format=torch.channels_last)
    images, labels, _ = next(iter(batches))
    optimiser = torch.optim.SGD(plain.parameters(), 0.1, momentum=0.9, weight_decay=3e-4)
    recipe = Recipe(1, 0.1, weight_decay=3e-4, channels_last=True)

    def epoch() -> float:
        start = time.process_time()
        train(ours, batches, recipe, rng=0)
        return time.process_time() - start

    def steps() -> float:
        start = time.process_time()
        for _ in range(len(batches)):
            optimiser.zero_grad(set_to_none=True)
            functional.cross_entropy(plain(images), labels).backward()
            optimiser.step()
        return time.process_time() - start

    epoch(), steps()
    found = [epoch() / steps() for _ in range(repeats)]
    print(f"loop: {len(batches)} steps of 96; epoch over bare steps {statistics.median(found):.3f} "
          f"({min(found):.3f} to {max(found):.3f}) of processor time; at most 1.10")  # fmt: skip


def processes(networks: int, repeats: int) -> None:
    levels = Levels((8, 4), (8, 4), (1.0, 0.5), 6)
    protocol = Protocol.cifar(batch_size=60, cutout=0, drop_path=0.0)
    plan = ZooPlan(
        "digits", sample_zoo(networks, rng=1), (Setting(1, 0, 0, 6),), levels, n_cells=3, validation=0.5,
        protocol=protocol,
    )  # fmt: skip
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        for repeat in range(repeats):
            per_hour = {}
            for workers in (1, 2):
                times: dict[int, float] = {}

                def note(stage: str, done: int, total: int, times: dict[int, float] = times) -> None:
                    if stage == "trials":
                        times.setdefault(done, time.perf_counter())

                run_zoo(
                    replace(plan, seeds=(repeat,)), Path(folder) / f"{repeat}-{workers}.db", workers=workers,
                    devices=["cpu"], progress=note,
                )  # fmt: skip
                took = times[plan.n_trials] - times[workers]  # each worker has made one
                per_hour[workers] = (plan.n_trials - workers) / took * 3600
            ratios.append(per_hour[2] / per_hour[1])
            print(f"one process {per_hour[1]:.0f}, two {per_hour[2]:.0f} trials an hour: {ratios[-1]:.2f} times")
    print(f"two processes: median {statistics.median(ratios):.2f} times the trials of one; at least 1.8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    overhead(max(5, options.repeats))
    processes(options.networks, options.repeats)


if __name__ == "__main__":
    main()
