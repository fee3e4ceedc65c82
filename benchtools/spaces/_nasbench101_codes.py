"""Cells of NAS-Bench-101 as integers: a cell without loose ends is one uint32, so that NumPy handles all at once.

A *code* holds, from the high to the low bits: the number of vertices (3 bits); the adjacency (21 bits, the edge x -> y,
x < y, is bit ``x + y (y - 1) / 2``, the order of the official enumeration, in which the number of vertices does not
matter); and the *labelling* (8 bits: the operations of the interior vertices as digits in base 3, the first vertex the
most significant). The smallest code of an isomorphism class stands for it: it is the cell that the official
enumeration meets first.
"""

from __future__ import annotations

from functools import cache
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MAX_EDGES",
    "MAX_VERTICES",
    "N_OPERATIONS",
    "canonical_codes",
    "digits",
    "edge_bit",
    "images",
    "pack",
    "rank",
    "unpack",
]

MAX_VERTICES = 7
MAX_EDGES = 9
N_OPERATIONS = 3

ADJACENCY_BITS = 21
LABELLING_BITS = 8
BACKWARDS = float(1 << 40)  # above every code, and 21 of them are still exact
CHUNK = 20_000  # cells at a time: 20 MB

Ints = NDArray[np.int64]


def edge_bit(source: int, target: int) -> int:
    """Return the number of the bit of the edge ``source -> target``, ``source < target``.

    Examples
    --------
    >>> [edge_bit(0, 1), edge_bit(0, 2), edge_bit(1, 2), edge_bit(5, 6)]
    [0, 1, 2, 20]
    """
    return source + target * (target - 1) // 2


def pack(n_vertices: int | Ints, adjacency: int | Ints, labelling: int | Ints) -> NDArray[np.uint32]:
    """Return codes from their three parts, which broadcast."""
    vertices, bits, labels = (np.asarray(part, dtype=np.int64) for part in (n_vertices, adjacency, labelling))
    packed = vertices << (ADJACENCY_BITS + LABELLING_BITS) | bits << LABELLING_BITS | labels
    return np.asarray(packed).astype(np.uint32)


def unpack(codes: NDArray[np.uint32]) -> tuple[Ints, Ints, Ints]:
    """Return the numbers of vertices, adjacencies and labellings of codes, each of their shape.

    Examples
    --------
    >>> [part.tolist() for part in unpack(pack(4, np.array([0b100101]), 8))]
    [[4], [37], [8]]
    """
    wide = codes.astype(np.int64)
    adjacency = wide >> LABELLING_BITS & (1 << ADJACENCY_BITS) - 1
    return wide >> (ADJACENCY_BITS + LABELLING_BITS), adjacency, wide & (1 << LABELLING_BITS) - 1


def digits(labelling: int, n_interior: int) -> list[int]:
    """Return the operations of the interior vertices that a labelling holds.

    Examples
    --------
    >>> digits(5, 3)
    [0, 1, 2]
    """
    return [labelling // N_OPERATIONS**place % N_OPERATIONS for place in range(n_interior - 1, -1, -1)]


def rank(operations: list[int]) -> int:
    """Return the labelling of the interior vertices' operations; undoes `digits`.

    Examples
    --------
    >>> rank([0, 1, 2])
    5
    """
    return sum(digit * N_OPERATIONS**place for place, digit in enumerate(reversed(operations)))


@cache
def _orders(n_vertices: int) -> NDArray[np.float64]:
    """Return what each bit and each digit adds to the code under each renumbering of the interior vertices.

    Shape ``(n_features, n_orders)``, the features being the bits of the adjacency and then the digits of the
    labelling; the first order changes nothing. A bit whose edge would run backwards adds `BACKWARDS`.
    """
    last = n_vertices - 1
    columns = []
    for interior in permutations(range(1, last)):
        place = (0, *interior, last)  # vertex v becomes place[v]
        edges = [(place[i], place[j]) for j in range(n_vertices) for i in range(j)]
        bits = [float(1 << edge_bit(*edge) + LABELLING_BITS) if edge[0] < edge[1] else BACKWARDS for edge in edges]
        columns.append(bits + [float(N_OPERATIONS ** (last - 1 - place[v])) for v in range(1, last)])
    return np.array(columns).T


def images(n_vertices: int, adjacency: Ints, labelling: Ints) -> NDArray[np.float64]:
    """Return the codes of cells after every renumbering of their interior vertices, the first being none.

    The codes leave out the number of vertices and are exact in float64, shape ``(n_cells, n_orders)``; those of cells
    with an edge that runs backwards are `BACKWARDS` or more.
    """
    n_bits, n_interior = n_vertices * (n_vertices - 1) // 2, n_vertices - 2
    bits = adjacency[:, None] >> np.arange(n_bits) & 1
    labels = labelling[:, None] // N_OPERATIONS ** np.arange(n_interior - 1, -1, -1) % N_OPERATIONS
    return np.asarray(np.hstack([bits, labels]).astype(np.float64) @ _orders(n_vertices))


def canonical_codes(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the smallest code among the isomorphic cells of each cell, shape ``(n_codes,)``.

    Two codes of cells without loose ends have the same canonical code exactly where some renumbering of the interior
    vertices turns one cell into the other.

    Examples
    --------
    Input, a 3x3 and a 1x1 convolution in parallel, output; then the two exchanged:

    >>> parallel = sum(1 << edge_bit(*edge) for edge in [(0, 1), (0, 2), (1, 3), (2, 3)])
    >>> first, second = pack(4, parallel, np.array([1, 3]))
    >>> first == second, canonical_codes(np.array([first, second])) == first
    (np.False_, array([ True,  True]))
    """
    vertices, adjacency, labelling = unpack(codes)
    result = np.empty_like(codes)
    for n_vertices in np.unique(vertices).tolist():
        of_size = np.flatnonzero(vertices == n_vertices)
        for rows in np.array_split(of_size, 1 + len(of_size) // CHUNK):
            smallest = images(n_vertices, adjacency[rows], labelling[rows]).min(axis=1).astype(np.int64)
            result[rows] = pack(n_vertices, smallest >> LABELLING_BITS, smallest & (1 << LABELLING_BITS) - 1)
    return result
