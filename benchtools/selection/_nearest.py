"""Principal components and the nearest neighbour, for handing importances over."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["nearest", "principal_components"]

BLOCK = 1 << 21  # distances that are held at a time: 16 MiB of float64

Matrix = NDArray[np.float64]


def principal_components(features: NDArray[Any], n_components: int) -> tuple[Matrix, Matrix]:
    """Return the mean, shape (d,), and the axes of most variance, shape (d, n_components), by the covariance."""
    mean = features.mean(axis=0, dtype=np.float64)
    centred = features.astype(np.float64) - mean
    axes = np.linalg.eigh(centred.T @ centred)[1]
    return mean, axes[:, ::-1][:, :n_components]


def nearest(points: Matrix, among: Matrix) -> NDArray[np.int64]:
    """Return the position of the row of `among` nearest to each row of `points`, the lower among equals."""
    squares = np.einsum("ij,ij->i", among, among)
    size = max(1, BLOCK // len(among))
    found = np.empty(len(points), dtype=np.int64)
    for start in range(0, len(points), size):
        part = slice(start, start + size)
        found[part] = (squares - 2 * points[part] @ among.T).argmin(axis=1)
    return found
