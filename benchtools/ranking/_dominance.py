"""Counting points in the plane: for many rectangles at once in O((n + q) log n), in NumPy.

The count of points with position below a and height below b, for a permutation of heights, is read off a wavelet
tree of radix 16 that is built and left level by level: all queries descend together, and only one level's table of
cumulative digit counts is in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchtools.ranking._input import Vector
from benchtools.ranking._ranks import Order

__all__ = ["Concordance", "Plane", "count_below", "place_points"]

Indices = NDArray[np.int64]

DIGIT_BITS = 4


def count_below(heights: Indices, queries: Sequence[tuple[Indices, Sequence[Indices]]]) -> list[list[Indices]]:
    """Count the points left of a and below b.

    Parameters
    ----------
    heights : ndarray of int64, shape (n,)
        A permutation of 0..n-1: the height of the point at each position.
    queries : sequence of (b, [a, ...]), each of shape (q,)
        Heights b and, for each, several vectors of positions a, all in 0..n.

    Returns
    -------
    For each query and each of its vectors a, the number of positions p < a with ``heights[p] < b``, shape (q,).

    Examples
    --------
    >>> count_below(np.array([2, 0, 1]), [(np.array([2, 2]), [np.array([1, 3])])])
    [[array([0, 2])]]
    """
    n = len(heights)
    radix = 1 << DIGIT_BITS
    levels = -(-n.bit_length() // DIGIT_BITS)
    thresholds = np.arange(radix + 1, dtype=np.uint8)
    table = np.zeros((n + 1, radix + 1), dtype=np.int32 if n < 2**31 else np.int64)
    below = table.ravel()  # below[p * (radix + 1) + d]: how many of the first p digits are less than d
    sequence = heights.astype(np.int64)
    pointers = [[np.asarray(a, dtype=np.int64) for a in positions] for _, positions in queries]
    counts = [[np.zeros(len(a), dtype=np.int64) for a in positions] for _, positions in queries]
    for level in range(levels - 1, -1, -1):
        shift = level * DIGIT_BITS
        digits = (sequence >> shift & radix - 1).astype(np.uint8)
        np.cumsum(digits[:, None] < thresholds, axis=0, dtype=table.dtype, out=table[1:])
        for number, (b, _) in enumerate(queries):
            digit, before, child = _descend(b, shift, radix)
            for which, pointer in enumerate(pointers[number]):
                cell = pointer * (radix + 1) + digit
                lower = below.take(cell)
                counts[number][which] += lower - digit * before
                if level:
                    pointers[number][which] = below.take(cell + 1) - lower - before + child
        if level:
            digit, before, child = _descend(sequence, shift, radix)
            cell = np.arange(n) * (radix + 1) + digit
            target = below.take(cell + 1) - below.take(cell) - before + child
            moved = np.empty_like(sequence)
            moved[target] = sequence
            sequence = moved
    return counts


def _descend(b: Indices, shift: int, radix: int) -> tuple[Indices, Indices, Indices]:
    """Return b's digit, the number of each digit before b's node, and where b's child node starts.

    A level holds the points ordered by the digits above it. Every node before b's is full, so it holds each digit
    exactly ``1 << shift`` times, and nodes start at the multiples of their size.
    """
    prefix = b >> shift
    before = (prefix >> radix.bit_length() - 1) << shift
    return prefix & radix - 1, before, prefix << shift


@dataclass(frozen=True)
class Plane:
    """Paired vectors as points on a grid of sorted positions.

    ``x`` and ``y`` hold the two vectors in x order (ties by y); ``heights`` is each point's position in y order
    (ties by x). ``x_low`` and ``x_high`` bound each point's group of equal x, ``y_low`` and ``y_high`` of equal y.
    """

    index: Indices
    x: Vector
    y: Vector
    heights: Indices
    x_low: Indices
    x_high: Indices
    y_low: Indices
    y_high: Indices


def place_points(x: Vector, y: Vector) -> Plane:
    """Return the points (x_i, y_i), shape ``(n,)``, placed on the grid of their sorted positions."""
    index = np.argsort(y, kind="stable")
    index = index[np.argsort(x[index], kind="stable")]
    x, y = x[index], y[index]
    by_x, by_y = Order.of(x), Order.of(y)
    heights = np.empty(len(x), dtype=np.int64)
    heights[by_y.index] = np.arange(len(x))
    return Plane(
        index, x, y, heights,
        by_x.spread(by_x.starts), by_x.spread(by_x.ends), by_y.spread(by_y.starts), by_y.spread(by_y.ends),
    )  # fmt: skip


@dataclass(frozen=True)
class Concordance:
    """Per point: concordant less discordant partners, and the sizes of its tie groups, shapes ``(n,)``."""

    balance: Indices
    ties_x: Indices
    ties_y: Indices

    @classmethod
    def of(cls, x: Vector, y: Vector) -> Concordance:
        """Count the sum over j of sign(x_i - x_j) sign(y_i - y_j) for every i, in O(n log n)."""
        plane = place_points(x, y)
        n = len(x)
        (low_low, high_low), (low_high, high_high) = count_below(
            plane.heights, [(plane.y_low, [plane.x_low, plane.x_high]), (plane.y_high, [plane.x_low, plane.x_high])]
        )
        both_above = n - plane.x_high - plane.y_high + high_high
        opposite = (plane.x_low - low_high) + (plane.y_low - high_low)
        balance = np.empty(n, dtype=np.int64)
        ties_x, ties_y = np.empty_like(balance), np.empty_like(balance)
        balance[plane.index] = low_low + both_above - opposite
        ties_x[plane.index] = plane.x_high - plane.x_low
        ties_y[plane.index] = plane.y_high - plane.y_low
        return cls(balance, ties_x, ties_y)
