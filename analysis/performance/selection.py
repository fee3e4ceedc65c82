"""Print the speed and memory of the selection methods beside the plain form of each: ratios measured in one run.

Run ``python analysis/performance/selection.py [--quick]``.

Every figure is the median over interleaved repetitions: A B A B ..., so that a machine whose speed drifts bears on both
alike. Scores are SYNTHETIC: normal features, or rectified ones in ten clusters as a network gives them; log-normal
entropies over many powers of ten, as those of a trained network are.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial

import numpy as np

from benchtools.scoring import Scores
from benchtools.selection import entropy_top, forgetting, k_center, kmeans_outliers, p1, random
from benchtools.selection._bins import find_bins

N, WIDTH = 50_000, 64  # CIFAR-10, pooled features of ResNet-20
IMAGENET = 1_281_167


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def side_by_side(first: Callable[[], object], second: Callable[[], object], repeats: int) -> tuple[float, float, float]:
    """Return the median times of both, and the median ratio of the second to the first, pair by pair."""
    pairs = [(seconds(first), seconds(second)) for _ in range(repeats)]
    ratio = statistics.median(b / a for a, b in pairs)
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs), ratio


def features_of(kind: str) -> Scores:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(N, WIDTH))
    if kind == "clustered":
        rows = np.maximum(0.3 * rows + rng.normal(size=(10, WIDTH))[rng.integers(10, size=N)], 0)
    return Scores(rows.astype(np.float32), kind="features", dataset="synthetic")


def entropies_of(n: int) -> Scores:
    values = np.minimum(np.random.default_rng(1).lognormal(-10, 8, n), 6.9)
    return Scores(values, kind="entropy", dataset="imagenet")


def bare_products(features: np.ndarray, k: int) -> None:
    """Multiply the features by k of their rows, and do nothing else: what one k-center step cannot do without."""
    queries, out = features[:k].copy(), np.empty(len(features), features.dtype)
    for query in queries:
        np.dot(features, query, out=out)


def plain_k_center(features: np.ndarray, k: int, first: int) -> list[int]:
    """Choose as the definition says, every distance in float64."""
    points = features.astype(np.float64)
    nearest, rows = np.full(len(points), np.inf), [first]
    while len(rows) < k:
        nearest = np.minimum(nearest, ((points - points[rows[-1]]) ** 2).sum(axis=1))
        nearest[rows] = -1
        rows.append(int(nearest.argmax()))
    return rows


def time_of_k_center(k: int, repeats: int) -> None:
    for kind in ("normal", "clustered"):
        scores = features_of(kind)
        bare, ours, ratio = side_by_side(
            partial(bare_products, scores.values, k), partial(k_center, scores, k=k), repeats
        )  # fmt: skip
        print(
            f"k_center, {kind}, {N:,} x {WIDTH} float32, k = {k:,}: {ours:.2f} s, {ratio:.2f} times {k:,} bare "
            f"matrix-vector products ({bare:.2f} s); at most 1.5"
        )
        few = k_center(scores, k=100, start=0).indices.tolist()
        print(f"  the plain form in float64 chooses the same first 100: {few == plain_k_center(scores.values, 100, 0)}")


def memory_of_k_center(k: int) -> None:
    """Print, in a process of its own, what is allocated beyond the features."""
    command = [sys.executable, __file__, "--memory-of", str(k)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print(
        f"k_center, memory beyond the features ({found['features']:.0f} MB): {found['resident']:.0f} MB by the peak of "
        f"the process, {found['traced']:.0f} MB by tracemalloc; at most 64"
    )


def measure_memory(k: int) -> None:
    scores = features_of("normal")
    np.dot(scores.values, scores.values[0])  # the threads of the product have buffers of their own
    k_center(Scores(scores.values[:100].copy(), kind="features", dataset="small"), k=3)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    filled = np.ones(max(0, peak - _resident_kib()) * 128 + 1)  # bring the process to its peak before we look
    start = max(peak, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    k_center(scores, k=k)
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start
    del filled
    tracemalloc.start()
    k_center(Scores(scores.values, kind="features", dataset="again"), k=min(k, 300))
    traced = tracemalloc.get_traced_memory()[1]
    print(json.dumps({"features": scores.values.nbytes / 1e6, "resident": resident / 1e3, "traced": traced / 1e6}))


def _resident_kib() -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def plain_bins(values: list[float], width: float) -> dict[int, int]:
    """Look for the bin of each entropy among all bins, one by one, as the released script does."""
    logs = [math.log10(value) for value in values]
    low, high = math.floor(min(logs) / width), math.floor(max(logs) / width)
    edges = [number * width for number in range(low, high + 2)]
    counts = dict.fromkeys(range(low, high + 1), 0)
    for log in logs:
        for position in range(len(edges) - 1):
            if edges[position] <= log < edges[position + 1]:
                counts[low + position] += 1
                break
    return counts


def bins(repeats: int, sample: int) -> None:
    scores = entropies_of(IMAGENET)
    part = scores.values[:sample].tolist()
    counts = {number: count for number, count in plain_bins(part, 0.25).items() if count}
    found = find_bins(scores.values[:sample], 0.25)
    same = counts == dict(zip(found.first.tolist(), found.heights.tolist(), strict=True))

    def ours() -> object:
        return p1(Scores(scores.values, kind="entropy", dataset="imagenet"), k=IMAGENET // 10)

    mine, plain, ratio = side_by_side(ours, partial(plain_bins, part, 0.25), repeats)
    scale = IMAGENET / sample
    print(
        f"p1, {IMAGENET:,} entropies, k = {IMAGENET // 10:,}: {mine:.3f} s all told; at most 0.5. The bin search per "
        f"example alone: {plain * scale:.1f} s ({ratio * scale:.0f} times; at least 10), scaled from {sample:,}; bins "
        f"are the same: {same}"
    )


def linear(repeats: int) -> None:
    """Print what four times as many examples cost."""
    small, large = entropies_of(500_000), entropies_of(2_000_000)
    rng = np.random.default_rng(2)
    events = [Scores(rng.poisson(0.4, len(s)), kind="forgetting", dataset="synthetic") for s in (small, large)]
    for method, few, many in (
        (random, small, large), (entropy_top, small, large), (p1, small, large), (forgetting, *events),
    ):  # fmt: skip
        assert few.digest != many.digest  # computed once, outside the time
        first, second, ratio = side_by_side(
            partial(method, few, fraction=0.1), partial(method, many, fraction=0.1), repeats
        )  # fmt: skip
        print(
            f"{method.__name__}: {first:.3f} s for {len(few):,}, {second:.3f} s for {len(many):,}: "
            f"{ratio:.1f} times (4: linear)"
        )


def clusters() -> None:
    scores = features_of("clustered")
    full = seconds(lambda: kmeans_outliers(scores, fraction=0.5, n_clusters=50, n_init=1))
    mini = seconds(lambda: kmeans_outliers(scores, fraction=0.5, n_clusters=50, n_init=1, mini_batch=2_048))
    print(f"kmeans_outliers, {N:,} x {WIDTH}, 50 clusters, one start: {full:.2f} s; with mini-batches {mini:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, k = 1,000")
    parser.add_argument("--memory-of", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory_of:
        measure_memory(options.memory_of)
        return
    repeats, k = (1, 1_000) if options.quick else (3, 5_000)
    time_of_k_center(k, repeats)
    memory_of_k_center(k)
    bins(repeats, 5_000 if options.quick else 20_000)
    linear(repeats)
    clusters()


if __name__ == "__main__":
    main()
