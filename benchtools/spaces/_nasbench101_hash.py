"""The hash by which NAS-Bench-101 names a cell: the same for isomorphic cells."""

from __future__ import annotations

from functools import partial
from hashlib import md5
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from benchtools.progress import Progress, silent
from benchtools.spaces._nasbench101_codes import digits, edge_bit, unpack

__all__ = ["Neighbourhood", "hash_codes", "hash_graph", "neighbourhoods"]

Neighbourhood = tuple[list[int], list[int]]
"""The predecessors and the successors of a vertex."""

INPUT_LABEL = -1
OUTPUT_LABEL = -2
_md5 = partial(md5, usedforsecurity=False)  # the official name of a cell, no secret


def hash_graph(graph: list[Neighbourhood], interior: list[int]) -> str:
    """Return the official hash of a cell, 32 hexadecimal digits.

    Every vertex starts from the digest of its degrees and label; as many times as there are vertices, each takes the
    digest of its predecessors' digests, its successors' (each sorted) and its own; the cell's hash is the digest of
    the sorted list [1]_.

    Parameters
    ----------
    graph : list of (list of int, list of int)
        Predecessors and successors of each vertex, the input first and the output last.
    interior : list of int
        Operation of each interior vertex: 0 a 3x3 convolution, 1 a 1x1 convolution, 2 max-pooling.

    References
    ----------
    .. [1] C. Ying et al., "NAS-Bench-101: Towards Reproducible Neural Architecture Search", ICML 2019, section 2.2;
       the iteration is that of its published code.

    Examples
    --------
    A 3x3 convolution between input and output:

    >>> hash_graph([([], [1]), ([0], [2]), ([1], [])], [0])
    'b49ac8c578b4561d79ac7087988f1c61'
    """
    labels = [INPUT_LABEL, *interior, OUTPUT_LABEL]
    digests = [
        _md5(f"({len(after)}, {len(before)}, {label})".encode()).hexdigest()
        for (before, after), label in zip(graph, labels, strict=True)
    ]
    for _ in graph:
        joined = [
            "".join(sorted([digests[v] for v in before])) + "|" + "".join(sorted([digests[v] for v in after])) + "|"
            for before, after in graph
        ]
        digests = [_md5((text + own).encode()).hexdigest() for text, own in zip(joined, digests, strict=True)]
    return _md5(str(sorted(digests)).encode()).hexdigest()


def neighbourhoods(n_vertices: int, adjacency: int) -> list[Neighbourhood]:
    """Return the predecessors and successors of each vertex of an adjacency as bits."""
    graph: list[Neighbourhood] = [([], []) for _ in range(n_vertices)]
    for target in range(1, n_vertices):
        for source in range(target):
            if adjacency >> edge_bit(source, target) & 1:
                graph[target][0].append(source)
                graph[source][1].append(target)
    return graph


def hash_codes(codes: NDArray[np.uint32], *, progress: Progress = silent) -> NDArray[np.uint64]:
    """Return the hashes of cells without loose ends, given as codes: shape ``(n_codes, 2)``, high half first.

    About 70 us per cell. Codes in ascending order share the work of reading an adjacency.

    Examples
    --------
    >>> from benchtools.spaces._nasbench101_codes import pack
    >>> f"{hash_codes(pack(3, 0b101, np.array([0])))[0, 0]:016x}"
    'b49ac8c578b4561d'
    """
    hashes = np.empty((len(codes), 2), dtype=np.uint64)
    parts = zip(*(part.tolist() for part in unpack(codes)), strict=True)
    row = 0
    for (n_vertices, adjacency), group in groupby(parts, key=lambda part: part[:2]):
        graph = neighbourhoods(n_vertices, adjacency)
        for _, _, labelling in group:
            found = hash_graph(graph, digits(labelling, n_vertices - 2))
            hashes[row] = int(found[:16], 16), int(found[16:], 16)
            row += 1
        progress("hash cells", row, len(codes))
    return hashes
