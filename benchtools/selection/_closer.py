"""Which rows a batch of new centres is nearest to: a quick product rules out, exact distances decide."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Closer"]

BLOCK = 1 << 19  # numbers that a temporary holds: 4 MiB of float64
PRODUCT = 1 << 20  # numbers of a product: few large ones, because threads meet at the end of each

Features = NDArray[Any]
Vector = NDArray[np.float64]


class Closer:
    """Lowers the squared distances of rows to their nearest centre.

    A row x is nearer to c than to all before if ``|x - c|^2 < m``; with deviations from the mean that is
    ``x'.c' - |c'|^2 / 2 > (|x'|^2 - m) / 2``. The products are in the precision of the features, and the right side is
    lowered by more than all roundings can make, so that no row is missed. The few that pass are looked at exactly:
    float64 differences, squared and summed.

    Parameters
    ----------
    features : ndarray of float32 or float64, shape (n, d)
        Finite.
    """

    def __init__(self, features: Features) -> None:
        self.features = features
        n, d = features.shape
        self.mean = features.mean(axis=0, dtype=np.float64)
        self.squares = np.empty(n)
        largest = 0.0
        for rows in _blocks(n, d):
            part = features[rows].astype(np.float64)
            largest = max(largest, float(np.einsum("ij,ij->i", part, part).max()))
            part -= self.mean
            self.squares[rows] = np.einsum("ij,ij->i", part, part)
        spread = float(self.squares.max())
        unit = float(np.finfo(features.dtype).eps)
        self.slack = 4 * unit * (d + 8) * (np.sqrt(largest) * np.sqrt(spread) + spread) + np.finfo(np.float32).tiny

    def update(self, nearest: Vector, centres: NDArray[np.int64]) -> None:
        """Lower `nearest`, shape (n,), where one of the rows `centres` is nearer; what is -1 stays."""
        kind = self.features.dtype.type
        deviation = self.features[centres].astype(np.float64) - self.mean
        shift = (self.squares[centres] / 2 + deviation @ self.mean)[:, None]
        rounded = deviation.astype(kind)
        for rows in _blocks(len(nearest), len(centres), PRODUCT):
            with np.errstate(over="ignore", invalid="ignore"):
                product = rounded @ self.features[rows].T
                product -= shift.astype(kind)
                best = product.max(axis=0)
                bound = (self.squares[rows] - nearest[rows]) / 2 - self.slack
                maybe = np.flatnonzero(~(best <= bound) & (nearest[rows] >= 0))  # what is not a number passes
                if len(maybe):
                    least = np.maximum(best[maybe] - 2 * self.slack, bound[maybe])
                    which, row = np.nonzero(~(product[:, maybe] < least))
                    self._lower(nearest, maybe[row] + rows.start, centres[which])

    def _lower(self, nearest: Vector, rows: NDArray[np.int64], centres: NDArray[np.int64]) -> None:
        """Lower `nearest` of each row to its exact distance from the centre beside it, where that is less."""
        for part in _blocks(len(rows), self.features.shape[1]):
            difference = self.features[rows[part]].astype(np.float64) - self.features[centres[part]]
            np.minimum.at(nearest, rows[part], np.einsum("ij,ij->i", difference, difference))


def _blocks(n: int, width: int, numbers: int = BLOCK) -> list[slice]:
    size = max(1, numbers // max(width, 1))
    return [slice(start, start + size) for start in range(0, n, size)]
