"""How many examples each class gets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput

__all__ = ["apportion", "equal_shares", "interleave"]

Counts = NDArray[np.int64]


def apportion(k: int, sizes: Counts) -> Counts:
    """Share `k` out in proportion to `sizes` by largest remainders, in whole-number arithmetic; the sum is exactly k.

    Each share is the quota rounded down or up. Of equal remainders the lower position is served first.

    Examples
    --------
    >>> apportion(5, np.array([10, 10, 20])).tolist()
    [1, 1, 3]
    """
    weights = [int(size) for size in sizes]
    total = sum(weights)
    shares = [k * weight // total for weight in weights]
    remainders = [k * weight % total for weight in weights]
    order = sorted(range(len(weights)), key=lambda position: (-remainders[position], position))
    for position in order[: k - sum(shares)]:
        shares[position] += 1
    return np.array(shares, dtype=np.int64)


def equal_shares(k: int, sizes: Counts) -> Counts:
    """Share `k` out equally; the sum is exactly k.

    A class smaller than its share is taken whole and the others share what it leaves. What does not divide goes, one
    each, to the largest classes, of equal ones to the lower position.

    Raises
    ------
    InvalidInput
        If k is smaller than the number of classes.

    Examples
    --------
    >>> equal_shares(11, np.array([50, 2, 60, 50])).tolist()
    [3, 2, 3, 3]
    >>> equal_shares(11, np.array([50, 40, 60, 50])).tolist()
    [3, 2, 3, 3]
    """
    if k < len(sizes):
        raise InvalidInput(
            f"k={k} is smaller than the {len(sizes)} classes: balance=True gives each class at least one example; "
            "pass a larger k, or balance=False"
        )
    order = sorted(range(len(sizes)), key=lambda position: (int(sizes[position]), -position))
    shares = np.zeros(len(sizes), dtype=np.int64)
    left = k
    for place, position in enumerate(order):  # the smallest first, so that a remainder falls to the largest
        shares[position] = min(int(sizes[position]), left // (len(order) - place))
        left -= int(shares[position])
    return shares


def interleave(groups: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the positions that bring concatenated groups into turns: the first of each, the second of each ..."""
    ranks = np.concatenate([np.arange(len(group)) for group in groups])
    return np.argsort(ranks, kind="stable").astype(np.int64)
