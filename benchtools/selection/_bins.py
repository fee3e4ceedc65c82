"""Bins of entropies in log10, and the draw that P1, P2 and P3 share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.errors import InvalidInput
from benchtools.scoring._scores import Scores
from benchtools.selection._draw import draw
from benchtools.selection._input import check_number, prepare, warn_ties
from benchtools.selection._run import Picked, finish, pick
from benchtools.selection._selection import Selection

__all__ = ["FLOOR", "PUBLISHED_WIDTHS", "Bins", "by_bins", "find_bins"]

PUBLISHED_WIDTHS = {"cifar10": 0.5, "cifar100": 0.25, "svhn": 0.2, "imagenet": 0.25}  # S3; in log10 of nats
OTHER_WIDTH = 0.5  # of a data set that S3 does not bin
FLOOR = 1e-30  # entropies below it, zeros above all, are counted as it
MAX_BINS = 1_000_000

Weight = Callable[[NDArray[np.int64]], NDArray[np.float64]]
"""Takes the numbers of members of the bins that are not empty to the weight of each member, up to a factor."""


class Bins(NamedTuple):
    """Where each entropy lies."""

    heights: NDArray[np.int64]
    """Number of members of each bin that is not empty, from low to high entropy."""
    place: NDArray[np.int64]
    """For each example its bin, a position in `heights`."""
    first: NDArray[np.int64]
    """For each bin that is not empty, the multiple of the width at which it begins."""
    clamped: int
    """Number of entropies that were raised to the floor."""


def find_bins(entropy: NDArray[np.float64], width: float, floor: float = FLOOR) -> Bins:
    """Put entropies into half-open bins ``[j * width, (j + 1) * width)`` of their log10.

    The edges are whole multiples of the width, so that bins do not depend on the smallest or largest entropy; a value
    exactly on an edge belongs to the bin above it.

    Examples
    --------
    >>> bins = find_bins(np.array([0.01, 0.02, 0.0, 1.0]), 0.5)
    >>> bins.first.tolist(), bins.heights.tolist(), bins.clamped
    ([-60, -4, 0], [1, 2, 1], 1)
    """
    low = entropy < floor
    log = np.log10(np.where(low, floor, entropy))
    parts = round(1 / width)  # of a unit; a width of 0.2 is not exact, five bins to a unit are
    even = parts > 0 and abs(parts * width - 1) < 1e-9
    numbers = np.floor(log * parts if even else log / width).astype(np.int64)
    numbers += log >= ((numbers + 1) / parts if even else (numbers + 1) * width)
    numbers -= log < (numbers / parts if even else numbers * width)
    start = int(numbers.min())
    shifted = numbers - start
    counts = np.bincount(shifted)
    filled = np.flatnonzero(counts)
    places = np.cumsum(counts > 0) - 1
    return Bins(counts[filled], places[shifted], filled + start, int(low.sum()))


def by_bins(
    method: str,
    weight: Weight,
    scores: Scores,
    *,
    k: int | None,
    fraction: float | None,
    rng: np.random.Generator | int,
    balance: bool,
    labels: ArrayLike | None,
    bin_width: float | None,
    floor: float,
) -> Selection:
    """Draw k examples by the weights of their bins: the common part of P1, P2 and P3."""
    request = prepare(method, scores, k, fraction, rng, balance, labels, kinds=("entropy",))
    lowest = check_number("floor", floor)
    if not 0 < lowest < 1:
        raise InvalidInput(f"floor={floor!r} must be above 0 and below 1: the entropy that stands for zero")
    width = PUBLISHED_WIDTHS.get(scores.dataset, OTHER_WIDTH) if bin_width is None else bin_width
    width = check_number("bin_width", width)
    top = float(np.log10(max(scores.values.max(), lowest)))
    if not 0 < width < np.inf or (top - np.log10(lowest)) / width > MAX_BINS:
        raise InvalidInput(f"bin_width={bin_width!r} must be above 0, in powers of ten; S3 uses 0.2, 0.25 and 0.5")
    clamped = 0

    def function(values: NDArray[Any], k: int, generator: np.random.Generator) -> Picked:
        nonlocal clamped
        bins = find_bins(values, width, lowest)
        clamped += bins.clamped
        weights = weight(bins.heights)
        weights = weights / (weights * bins.heights).sum()
        probabilities = weights[bins.place]
        return Picked(draw(probabilities, k, generator), probabilities)

    picked = pick(request, function)
    notes = warn_ties(scores.values, method, "the seed", stacklevel=4)
    if clamped:
        notes += (f"{clamped:,} entropies below {lowest:g} were counted as {lowest:g}",)
    parameters = {"bin_width": width, "floor": lowest, "clamped": clamped}
    return finish(request, picked, parameters, notes=notes)
