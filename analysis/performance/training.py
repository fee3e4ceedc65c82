"""Print what the training loop costs beside its arithmetic: an epoch over as many steps on one preloaded batch.

Run ``python analysis/performance/training.py [--images 2560] [--batch 128] [--repeats 5] [--threads N]``.

Both sides make the same forward, backward and optimiser step of a ResNet-20 on 32x32x3; the epoch moreover shuffles,
crops, flips, normalises, follows the schedule and keeps its metrics. Images are SYNTHETIC noise: their content bears on
no time. Every figure is the median over interleaved repetitions (A B A B ...), each after one that is not counted.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from torch.nn import functional

from benchtools.datasets import Augment, Batches, Dataset
from benchtools.networks import resnet20
from benchtools.training import Recipe, train

LIMIT = 1.10


def seconds(call: Callable[[], object]) -> tuple[float, float]:
    """Return the time on the clock, and that of the processors, which other work on the machine bears on less."""
    start, busy = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - start, time.process_time() - busy


def ratios(pairs: list[tuple[tuple[float, float], tuple[float, float]]], clock: int) -> str:
    found = [ours[clock] / plain[clock] for ours, plain in pairs]
    return f"{statistics.median(found):.3f} ({min(found):.3f} to {max(found):.3f})"


def noise(n: int) -> Dataset:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n, 32, 32, 3), np.uint8)
    labels = rng.integers(0, 10, n)
    return Dataset("noise", images, labels, images[:1], labels[:1], tuple("0123456789"), "SYNTHETIC")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=2560)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    batches = Batches(
        noise(options.images), batch_size=options.batch, generator=0, augment=Augment(cutout=16), drop_last=True
    )
    recipe = Recipe(epochs=1, lr=0.1, weight_decay=1e-4)
    ours = resnet20(10, width=options.width, rng=0)
    plain = resnet20(10, width=options.width, rng=0)
    images, labels, _ = next(iter(batches))
    optimiser = torch.optim.SGD(plain.parameters(), 0.1, momentum=0.9, weight_decay=1e-4)

    def epoch() -> None:
        train(ours, batches, recipe, rng=0)

    def steps() -> None:
        for _ in range(len(batches)):
            optimiser.zero_grad(set_to_none=True)
            functional.cross_entropy(plain(images), labels).backward()
            optimiser.step()

    epoch()
    steps()
    pairs = [(seconds(epoch), seconds(steps)) for _ in range(options.repeats)]
    print(
        f"ResNet-20 width {options.width}, {len(batches)} steps of {options.batch} images, {options.threads} threads: "
        f"an epoch {statistics.median(a[0] for a, _ in pairs):.2f} s, the bare steps "
        f"{statistics.median(b[0] for _, b in pairs):.2f} s; ratio {ratios(pairs, 0)}, of processor time "
        f"{ratios(pairs, 1)}; at most {LIMIT:.2f}"
    )


if __name__ == "__main__":
    main()
