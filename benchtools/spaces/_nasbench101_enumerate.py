"""All cells of NAS-Bench-101 up to isomorphism."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput
from benchtools.spaces._nasbench101_codes import MAX_EDGES, MAX_VERTICES, N_OPERATIONS, edge_bit, images, pack

__all__ = ["enumerate_codes"]

Ints = NDArray[np.int64]


def enumerate_codes(max_vertices: int = MAX_VERTICES) -> NDArray[np.uint32]:
    """Return the canonical codes of all cells of at most `max_vertices` vertices, ascending; all 423,624 in a second.

    Matrices come first: all upper-triangular ones without loose ends and with at most nine edges, of which one per
    class of isomorphic unlabelled graphs is kept (1,574 of 4,793 for seven vertices). Then each gets its labellings,
    one per orbit of its automorphisms. The result is in the order in which the official enumeration meets the cells.

    Raises
    ------
    InvalidInput
        If `max_vertices` is not in 2..7.

    Examples
    --------
    >>> [len(enumerate_codes(n)) for n in (2, 3, 4, 5)]
    [1, 7, 91, 2532]
    """
    if not 2 <= max_vertices <= MAX_VERTICES:
        raise InvalidInput(f"max_vertices={max_vertices} is not valid: a cell has 2 to {MAX_VERTICES} vertices")
    return np.concatenate([_of_size(n_vertices) for n_vertices in range(2, max_vertices + 1)])


def _matrices(n_vertices: int) -> Ints:
    """Return the adjacencies, as bits, of all cells of `n_vertices` vertices without loose ends, ascending."""
    adjacency = np.arange(1 << n_vertices * (n_vertices - 1) // 2, dtype=np.int64)
    kept = np.bitwise_count(adjacency) <= MAX_EDGES
    for vertex in range(n_vertices):
        before = sum(1 << edge_bit(source, vertex) for source in range(vertex))
        after = sum(1 << edge_bit(vertex, target) for target in range(vertex + 1, n_vertices))
        for mask in (before, after):
            kept &= (adjacency & mask != 0) if mask else True
    return adjacency[kept]


def _of_size(n_vertices: int) -> NDArray[np.uint32]:
    adjacency = _matrices(n_vertices)
    moved = images(n_vertices, adjacency, np.zeros_like(adjacency))
    first = moved.min(axis=1) == moved[:, 0]  # no isomorphic matrix is smaller
    symmetric = moved == moved[:, :1]
    labels = np.arange(N_OPERATIONS ** (n_vertices - 2), dtype=np.int64)
    labellings = images(n_vertices, np.zeros_like(labels), labels)
    return np.concatenate(
        [
            pack(n_vertices, bits, labels[labellings[:, orders].min(axis=1) == labels])
            for bits, orders in zip(adjacency[first].tolist(), symmetric[first], strict=True)
        ]
    )
