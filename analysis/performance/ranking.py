"""Print the speed of the rank statistics beside scipy's, and the start-up time: ratios measured in one run.

Run ``python analysis/performance/ranking.py [--quick]``.

Every figure is the median over interleaved repetitions: A B A B ..., so that a machine whose speed drifts bears on
both alike. The vectors are synthetic (normal, correlated 0.7) but for those marked "real": NAS-Bench-201.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
from scipy import stats

from benchtools.ranking import bootstrap_interval, tolerant_spearman
from benchtools.ranking._resampling import bootstrap_distribution
from benchtools.ranking._spearman import SPEARMAN
from benchtools.tables import Table

HELP = "import sys; sys.argv = ['benchtools', '--help']; from benchtools.cli import main; main()"


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def side_by_side(first: Callable[[], object], second: Callable[[], object], repeats: int) -> tuple[float, float, float]:
    """Return the median times of both, and the median ratio of the second to the first, pair by pair."""
    pairs = [(seconds(first), seconds(second)) for _ in range(repeats)]
    ratio = statistics.median(b / a for a, b in pairs)
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs), ratio


def correlated(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    truth = rng.normal(90, 2, size=n)
    return truth, truth + rng.normal(0, 2, size=n)


def tolerant(n: int, repeats: int) -> None:
    truth, proxy = correlated(n)
    ours, scipys, ratio = side_by_side(
        lambda: tolerant_spearman(truth, proxy, 0.15), lambda: stats.spearmanr(truth, proxy), repeats
    )
    print(
        f"tolerant rho, n = {n:,}: {ours:.3f} s, {1 / ratio:.1f} times scipy.stats.spearmanr ({scipys:.4f} s); "
        "at most 30"
    )


def bootstrap(name: str, truth: np.ndarray, proxy: np.ndarray, repeats: int, resamples: int) -> None:
    """Compare 9,999 of our resamples with as many of scipy's, of which `resamples` are timed and scaled."""

    def scipys() -> object:
        return stats.bootstrap(
            (truth, proxy), lambda x, y: stats.spearmanr(x, y).statistic, paired=True, vectorized=False,
            n_resamples=resamples, method="percentile", rng=0,
        )  # fmt: skip

    def ours() -> object:
        return bootstrap_interval("spearman", truth, proxy, n_resamples=9_999, method="percentile")

    mine, theirs, ratio = side_by_side(ours, scipys, repeats)
    scale = 9_999 / resamples
    print(
        f"bootstrap of rho, {name}, n = {len(truth):,}: 9,999 resamples in {mine:.2f} s, {ratio * scale:.1f} times "
        f"faster than scipy.stats.bootstrap ({theirs * scale:.1f} s, scaled from {resamples} resamples); at least 30"
    )


def same_interval(truth: np.ndarray, proxy: np.ndarray) -> None:
    """Both intervals, and how far they are apart in standard errors of the distribution."""
    scipys = stats.bootstrap(
        (truth, proxy), lambda x, y: stats.spearmanr(x, y).statistic, paired=True, vectorized=False, n_resamples=999,
        method="percentile", rng=0,
    )  # fmt: skip
    (ours,) = bootstrap_distribution(len(truth), [SPEARMAN.resampler(truth, [proxy])], 9_999, 0)
    low, high = np.quantile(ours[:, 0], [0.025, 0.975])
    other = scipys.confidence_interval
    print(
        f"  95 % interval: ours [{low:.4f}, {high:.4f}], scipy [{other.low:.4f}, {other.high:.4f}]; standard errors "
        f"{ours.std():.5f} and {scipys.standard_error:.5f}"
    )


def start_up(repeats: int) -> None:
    """Whole processes over a bare interpreter, and what they load."""

    def run(*arguments: str) -> float:
        return seconds(lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True))

    for label, arguments, limit in (
        ("import benchtools", ("-c", "import benchtools"), 0.10),
        ("benchtools --help", ("-c", HELP), 0.35),
    ):  # fmt: skip
        run(*arguments)
        over = statistics.median(run(*arguments) - run("-c", "pass") for _ in range(repeats))
        print(f"{label}: {over:.3f} s over bare Python; at most {limit:.2f}")
    code = (
        "import sys, json, benchtools, benchtools.cli; from typer.testing import CliRunner\n"
        "CliRunner().invoke(benchtools.cli.app, ['--help'])\n"
        "heavy = ('torch', 'scipy', 'sklearn', 'matplotlib', 'pandas', 'numpy')\n"
        "print(json.dumps([module for module in heavy if module in sys.modules]))"
    )
    loaded = json.loads(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
    print(f"  heavy packages that --help loads: {', '.join(loaded) or 'none'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    quick = parser.parse_args().quick
    repeats = 3 if quick else 7
    for n in (15_625, 423_624):
        tolerant(n, repeats)
    truth, proxy = correlated(15_625)
    bootstrap("synthetic, no ties", truth, proxy, repeats, 60 if quick else 120)
    same_interval(truth, proxy)
    table = Table.open("nasbench201-slice")
    real = [
        table.column(dataset=name, split="x-valid", epochs=200, seed="mean") for name in ("cifar10-valid", "cifar100")
    ]
    bootstrap("real, some ties", *real, repeats, 60 if quick else 120)
    start_up(5 if quick else 15)


if __name__ == "__main__":
    main()
