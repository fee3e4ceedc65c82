"""Steps from one cell of NAS-Bench-101 to others: the official random cell and mutation, and the neighbours."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput
from benchtools.spaces._nasbench101_cell import INPUT, OPERATIONS, OUTPUT, NASBench101Cell
from benchtools.spaces._nasbench101_codes import (
    MAX_EDGES,
    MAX_VERTICES,
    N_OPERATIONS,
    canonical_codes,
    digits,
    edge_bit,
    pack,
    rank,
    unpack,
)

__all__ = ["mutate_cell", "neighbour_codes", "random_cell"]

N_INTERIOR = MAX_VERTICES - 2
Edges = frozenset[tuple[int, int]]


def random_cell(*, rng: np.random.Generator | int) -> NASBench101Cell:
    """Return a cell drawn as the published random search draws it: seven vertices, loose ends and all.

    Each of the 21 edges is there with probability 1/2, each interior operation is one of three, and what is not in the
    benchmark is drawn again. This is *not* uniform over the 423,624 cells: cells that many matrices prune to come more
    often. For uniform draws take `NASBench101.sample`.

    Examples
    --------
    >>> random_cell(rng=3).n_vertices
    7
    """
    rng = np.random.default_rng(rng)
    while True:
        matrix = np.triu(rng.integers(0, 2, size=(MAX_VERTICES, MAX_VERTICES)), 1)
        cell = NASBench101Cell(matrix, [INPUT, *_random_operations(N_INTERIOR, rng), OUTPUT])
        if cell.is_valid:
            return cell


def mutate_cell(cell: NASBench101Cell, *, rng: np.random.Generator | int, rate: float = 1.0) -> NASBench101Cell:
    """Return a mutant as the published evolutionary search makes it.

    Each of the 21 possible edges is flipped with probability ``rate / 7``, and each of the five interior operations
    becomes one of the two others with probability ``rate / 5``; a mutant that the benchmark does not contain is thrown
    away and made anew, from the same parent. Loose ends are kept, in the mutant too: hand it on as it is. A cell of
    fewer than seven vertices first gets unconnected ones before its output, of random operations.

    Raises
    ------
    InvalidInput
        If `cell` is not in the benchmark or has more than seven vertices, or `rate` is not in 0..5.

    Examples
    --------
    >>> parent = random_cell(rng=3)
    >>> mutate_cell(parent, rng=4, rate=0) == parent
    True
    """
    if not 0 <= rate <= N_INTERIOR:
        raise InvalidInput(f"rate={rate!r} is not valid: it is the expected number of changed operations, 0..5")
    if cell.n_vertices > MAX_VERTICES:
        raise InvalidInput(f"a cell of {cell.n_vertices} vertices cannot be mutated: give it pruned to at most 7")
    cell.check()
    rng = np.random.default_rng(rng)
    parent = _padded(cell, rng)
    while True:
        flips = np.triu(rng.random((MAX_VERTICES, MAX_VERTICES)) < rate / MAX_VERTICES, 1)
        operations = list(parent.operations)
        for vertex in np.flatnonzero(rng.random(N_INTERIOR) < rate / N_INTERIOR) + 1:
            others = [name for name in OPERATIONS if name != operations[vertex]]
            operations[vertex] = others[rng.integers(len(others))]
        mutant = NASBench101Cell(parent.to_array() ^ flips, operations)
        if mutant.is_valid:
            return mutant


def _random_operations(n: int, rng: np.random.Generator) -> list[str]:
    return [OPERATIONS[label] for label in rng.integers(N_OPERATIONS, size=n)]


def _padded(cell: NASBench101Cell, rng: np.random.Generator) -> NASBench101Cell:
    missing = MAX_VERTICES - cell.n_vertices
    places = [cell.n_vertices - 1] * missing
    matrix = np.insert(np.insert(cell.to_array(), places, 0, axis=0), places, 0, axis=1)
    return NASBench101Cell(matrix, [*cell.operations[:-1], *_random_operations(missing, rng), OUTPUT])


def neighbour_codes(code: int) -> NDArray[np.uint32]:
    """Return the canonical codes of the cells that differ from a cell in one decision, ascending.

    A decision is the operation of a vertex; an edge; or a vertex of one predecessor and one successor, together with
    its two edges. None may leave loose ends or run in a circle. If a cell is a neighbour of another, so is the other
    of it, and steps among neighbours lead everywhere.

    Examples
    --------
    The neighbours of the smallest cell, an edge, have one operation beside it:

    >>> from benchtools.spaces._nasbench101_codes import pack
    >>> [part.tolist() for part in unpack(neighbour_codes(int(pack(2, 1, 0))))]
    [[3, 3, 3], [7, 7, 7], [0, 1, 2]]
    """
    n_vertices, adjacency, labelling = (int(part[0]) for part in unpack(np.array([code], dtype=np.uint32)))
    labels = digits(labelling, n_vertices - 2)
    edges = frozenset(
        (i, j) for j in range(n_vertices) for i in range(j) if adjacency >> edge_bit(i, j) & 1
    )  # fmt: skip
    found = [*_relabelled(edges, labels), *_rewired(edges, labels), *_resized(edges, labels)]
    return np.unique(canonical_codes(np.array(found, dtype=np.uint32)))


def _relabelled(edges: Edges, labels: list[int]) -> Iterator[int]:
    for place, label in enumerate(labels):
        for other in range(N_OPERATIONS):
            if other != label:
                yield _code(edges, [*labels[:place], other, *labels[place + 1 :]])


def _rewired(edges: Edges, labels: list[int]) -> Iterator[int]:
    for edge in edges:
        if _is_tight(edges - {edge}, len(labels)):
            yield _code(edges - {edge}, labels)
    if len(edges) < MAX_EDGES:
        for edge in _free_pairs(edges, len(labels)):
            if edge not in edges:
                yield _code(edges | {edge}, labels)


def _resized(edges: Edges, labels: list[int]) -> Iterator[int]:
    last = len(labels) + 1
    for vertex in range(1, last):
        own = {edge for edge in edges if vertex in edge}
        rest = frozenset((i - (i > vertex), j - (j > vertex)) for i, j in edges - own)
        if len(own) == 2 and _is_tight(rest, len(labels) - 1):
            yield _code(rest, [*labels[: vertex - 1], *labels[vertex:]])
    if last < MAX_VERTICES - 1 and len(edges) <= MAX_EDGES - 2:
        shifted = frozenset((i, j + (j == last)) for i, j in edges)  # the new vertex takes the number of the output
        for source, target in _free_pairs(edges, len(labels)):
            grown = shifted | {(source, last), (last, target + (target == last))}
            for label in range(N_OPERATIONS):
                yield _code(grown, [*labels, label])


def _free_pairs(edges: Edges, n_interior: int) -> list[tuple[int, int]]:
    """Return the pairs of vertices between which an edge closes no circle."""
    last = n_interior + 1
    reached = np.eye(last + 1, dtype=bool)
    for i, j in edges:
        reached[i, j] = True
    for _ in range(n_interior):
        reached = reached @ reached
    return [(i, j) for i in range(last) for j in range(1, last + 1) if not reached[j, i]]


def _is_tight(edges: Edges, n_interior: int) -> bool:
    """Whether a graph without circles has no loose ends: only the input has no predecessor, the output no successor."""
    vertices = set(range(n_interior + 2))
    return {j for _, j in edges} == vertices - {0} and {i for i, _ in edges} == vertices - {n_interior + 1}


def _code(edges: Edges, labels: list[int]) -> int:
    """Return a code of the graph, its vertices put into a topological order."""
    n_vertices = len(labels) + 2
    place: dict[int, int] = {}
    while len(place) < n_vertices:
        waiting = {j for i, j in edges if i not in place}
        for vertex in sorted(set(range(n_vertices)) - place.keys() - waiting):
            place[vertex] = len(place)
    by_place = sorted(range(1, n_vertices - 1), key=place.__getitem__)
    adjacency = sum(1 << edge_bit(place[i], place[j]) for i, j in edges)
    return int(pack(n_vertices, adjacency, rank([labels[vertex - 1] for vertex in by_place])))
