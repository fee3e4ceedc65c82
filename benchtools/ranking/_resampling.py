"""Drawing architectures with replacement, and evaluating statistics on what was drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from benchtools.errors import InvalidInput, WrongType
from benchtools.progress import Progress, silent
from benchtools.ranking._input import Vector, is_number
from benchtools.ranking._statistic import Counts, Resampler, Statistic

__all__ = ["as_runs", "bootstrap_distribution", "check_resamples", "column_sums", "hierarchical_distribution"]

BLOCK = 1 << 16  # counts per block, unless that leaves too few columns
COLUMNS = 8  # at least: a row of counts is then gathered at once, which makes a resample cheaper than one alone
PANEL = 128


def bootstrap_distribution(
    n: int,
    resamplers: Sequence[Resampler],
    n_resamples: int,
    rng: np.random.Generator | int = 0,
    progress: Progress = silent,
) -> list[Vector]:
    """Evaluate several resamplers on the same resamples of n architectures.

    Returns
    -------
    list of ndarray, each of shape (n_resamples, n_outputs)
        One per resampler. Rows of all of them belong to the same draws, so differences of outputs are paired.
    """
    parts: list[list[Vector]] = [[] for _ in resamplers]
    done = 0
    for counts in draw_counts(n, n_resamples, np.random.default_rng(rng)):
        for part, resampler in zip(parts, resamplers, strict=True):
            part.append(resampler(counts))
        done += counts.shape[1]
        progress("bootstrap", done, n_resamples)
    return [np.concatenate(part) for part in parts]


def draw_counts(n: int, n_resamples: int, rng: np.random.Generator) -> Iterator[Counts]:
    """Draw how often each of n architectures stands in each resample, in blocks of shape ``(n, columns)``.

    Counts of a resample are multinomial: here Poisson counts of a rate a little below 1, read off a table by 16
    random bits, and what is missing to n drawn one by one, which leaves them multinomial whatever the rate. The table
    rounds the probability of a count to 2^-16. A block is valid until the next is drawn.
    """
    table = _poisson_table(n)
    stream = np.random.Generator(np.random.SFC64(rng.integers(2**63, size=2).tolist()))
    columns = max(COLUMNS, BLOCK // n)
    for start in range(0, n_resamples, columns):
        width = min(columns, n_resamples - start)
        if start == 0 or width < columns:
            counts = np.empty((n, width), dtype=np.int32)
            flat = counts.reshape(-1)
        missing = np.full(width, -1)
        while (missing < 0).any():  # a column that came out larger than n: about one block in 10,000
            words = stream.bit_generator.random_raw(len(flat) // 4 + 1)
            table.take(words.view(np.uint16)[: len(flat)], mode="clip", out=flat)
            missing = n - column_sums(counts)
        rows = stream.integers(0, n, size=missing.sum())
        np.add.at(flat, rows * width + np.repeat(np.arange(width), missing), np.int32(1))
        yield counts


@lru_cache(maxsize=4)
def _poisson_table(n: int) -> Counts:
    """Return the Poisson count that each 16-bit word stands for; four standard deviations keep the sum below n."""
    at_most = special.pdtr(np.arange(16), max(0.0, 1 - 4 / np.sqrt(n))) * 2**16
    return np.searchsorted(at_most, np.arange(2**16) + 0.5).astype(np.int32)


def column_sums(matrix: NDArray[Any]) -> NDArray[Any]:
    """Sum over rows, shape ``(n, columns)`` to ``(columns,)``: panels of rows first, which NumPy adds as long rows.

    The result has the dtype of `matrix`.
    """
    n, columns = matrix.shape
    whole = n - n % PANEL
    panels = np.add.reduce(matrix[:whole].reshape(-1, PANEL * columns), axis=0, dtype=matrix.dtype)
    rest = np.add.reduce(matrix[whole:], axis=0, dtype=matrix.dtype)
    sums: NDArray[Any] = np.add.reduce(panels.reshape(PANEL, columns), axis=0, dtype=matrix.dtype) + rest
    return sums


def as_runs(matrix: NDArray[Any], name: str) -> Vector:
    """Return a matrix of runs, shape ``(n_archs, n_seeds)``; every architecture needs one finite run."""
    if matrix.dtype.kind not in "iuf":
        raise WrongType(f"{name} has dtype {matrix.dtype}: real numbers are needed; convert it to float first")
    if matrix.ndim not in (1, 2) or not matrix.size:
        raise InvalidInput(f"{name} has shape {matrix.shape}: shape (n_archs,) or (n_archs, n_seeds) is needed")
    runs = matrix.reshape(len(matrix), -1).astype(np.float64)
    if np.isinf(runs).any():
        raise InvalidInput(f"{name} has infinite values: remove them")
    empty = np.flatnonzero(np.isnan(runs).all(axis=1))
    if len(empty):
        raise InvalidInput(f"{name} has no run for {len(empty)} architectures (first at row {empty[0]}): drop them")
    return runs


def hierarchical_distribution(
    statistic: Statistic, x: Vector, y: Vector, n_resamples: int, rng: np.random.Generator | int, progress: Progress
) -> Vector:
    """Evaluate `statistic` on resamples of architectures and, within each, of its runs (matrices of runs)."""
    if len(x) != len(y):
        raise InvalidInput(f"the vectors differ in length: x has {len(x)}, y has {len(y)}")
    available = [_available(runs) for runs in (x, y)]
    source = np.random.default_rng(rng)
    values = np.empty(n_resamples)
    for done in range(n_resamples):
        drawn = source.integers(0, len(x), size=len(x))
        values[done] = statistic.kernel(*(_draw_means(runs, drawn, source) for runs in available))
        progress("bootstrap", done + 1, n_resamples)
    return values


def _available(runs: Vector) -> tuple[Vector, NDArray[np.int64]]:
    """Move each architecture's finite runs to the front, and count them."""
    front = np.take_along_axis(runs, np.argsort(np.isnan(runs), axis=1, kind="stable"), axis=1)
    return front, np.isfinite(runs).sum(axis=1)


def _draw_means(runs: tuple[Vector, NDArray[np.int64]], drawn: NDArray[np.int64], rng: np.random.Generator) -> Vector:
    """Mean over as many runs as each drawn architecture has, drawn from them with replacement."""
    values, number = runs[0][drawn], runs[1][drawn]
    columns = (rng.random(values.shape) * number[:, None]).astype(np.int64)
    picked = np.take_along_axis(values, columns, axis=1)
    picked[np.arange(values.shape[1]) >= number[:, None]] = 0.0
    means: Vector = picked.sum(axis=1) / number
    return means


def check_resamples(n_resamples: int) -> None:
    """Refuse a number of resamples that is not a whole number of at least one."""
    if not is_number(n_resamples) or not 1 <= n_resamples < 2**63 or int(n_resamples) != n_resamples:
        raise InvalidInput(f"n_resamples={n_resamples!r} must be a whole number of at least 1, such as 9999")
