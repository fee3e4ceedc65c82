"""Farthest-first traversal: exact distances, most of them ruled out by matrix products of many centres at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchtools.selection._closer import Closer

__all__ = ["Traversal", "farthest_first"]

MOST_PENDING = 64  # centres that wait for their product
MOST_REFRESHED = 64  # rows brought up to date one by one before all are

Vector = NDArray[np.float64]


class Traversal(NamedTuple):
    """The rows taken, in order."""

    rows: NDArray[np.int64]
    distances: Vector
    """Distance of each from those before it; infinite for the first."""
    radius: float
    """Largest distance of a row from those taken."""


def farthest_first(features: NDArray[Any], k: int, first: Sequence[int]) -> Traversal:
    """Take the rows `first`, then always the row farthest from those taken, the lower position among equals.

    Parameters
    ----------
    features : ndarray of float32 or float64, shape (n, d)
        Finite.
    k : int
        Number of rows to take.
    first : sequence of int
        Distinct rows to begin with, at most k and at least one.

    Returns
    -------
    Traversal

    Notes
    -----
    Distances to the nearest centre only shrink. So a row whose distance is known to an earlier set of centres has an
    upper bound, and the row of the highest bound is the farthest once its own bound is up to date. Centres therefore
    wait until there are many of them, and one matrix product brings all rows up to date (`Closer`).

    Examples
    --------
    >>> farthest_first(np.array([[0.0], [1.0], [5.0], [9.0]]), 3, [0]).rows.tolist()
    [0, 3, 2]
    """
    walk = _Walk(features, k)
    while walk.done < k:
        row = int(first[walk.done]) if walk.done < len(first) else walk.farthest()
        walk.refresh(row)
        if walk.nearest[row] == 0 and walk.done >= len(first):
            walk.take_duplicates()
            break
        walk.take(row)
    walk.catch_up()
    return Traversal(walk.rows, np.sqrt(walk.squared), float(np.sqrt(max(walk.nearest.max(), 0.0))))


class _Walk:
    """Rows taken so far, and for each row a squared distance that its nearest centre is not beyond."""

    def __init__(self, features: NDArray[Any], k: int) -> None:
        self.features = features
        self.closer = Closer(features)
        self.nearest = np.full(len(features), np.inf)  # -1 for rows that are taken
        self.known = np.zeros(len(features), dtype=np.int64)  # the number of centres that `nearest` knows of
        self.rows, self.squared = np.empty(k, dtype=np.int64), np.empty(k)
        self.done = self.common = self.refreshed = 0  # `common`: centres that all rows know of
        self.patience = 1
        self.waiting = np.empty((MOST_PENDING, features.shape[1]))

    def farthest(self) -> int:
        """Return the row farthest from those taken."""
        while True:
            row = int(self.nearest.argmax())
            if max(self.known[row], self.common) == self.done:
                return row
            self.refreshed += 1
            if self.refreshed > MOST_REFRESHED:  # many bounds are loose: a product is cheaper
                self.patience = max(1, self.done - self.common)
                self.catch_up()
            else:
                self.refresh(row)

    def refresh(self, row: int) -> None:
        """Bring one row up to date."""
        start = max(int(self.known[row]), self.common)
        if start < self.done:
            difference = self.waiting[start - self.common : self.done - self.common] - self.features[row]
            self.nearest[row] = min(self.nearest[row], np.einsum("ij,ij->i", difference, difference).min())
        self.known[row] = self.done

    def take(self, row: int) -> None:
        """Make an up-to-date row a centre."""
        self.rows[self.done], self.squared[self.done] = row, self.nearest[row]
        self.nearest[row] = -1
        self.waiting[self.done - self.common] = self.features[row]
        self.done += 1
        if self.done - self.common >= self.patience:
            self.catch_up()
            self.patience = min(MOST_PENDING, 2 * self.patience)

    def take_duplicates(self) -> None:
        """Fill up with rows that lie upon centres, the lowest first: nothing else is left."""
        left = np.flatnonzero(self.nearest >= 0)[: len(self.rows) - self.done]
        self.rows[self.done :], self.squared[self.done :] = left, 0
        self.nearest[left] = -1
        self.nearest[self.nearest > 0] = 0  # bounds that are not up to date

    def catch_up(self) -> None:
        """Bring all rows up to date."""
        if self.common < self.done:
            self.closer.update(self.nearest, self.rows[self.common : self.done])
        self.common, self.refreshed = self.done, 0
