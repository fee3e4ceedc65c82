"""A cell of NAS-Bench-101: a matrix, operations, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.errors import InvalidInput
from benchtools.registry import did_you_mean
from benchtools.spaces._nasbench101_codes import (
    MAX_EDGES,
    MAX_VERTICES,
    canonical_codes,
    digits,
    edge_bit,
    pack,
    rank,
    unpack,
)
from benchtools.spaces._nasbench101_hash import hash_graph, neighbourhoods

__all__ = ["OPERATIONS", "NASBench101Cell"]

OPERATIONS = ("conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3")  # in the order of the labels of the official hash
INPUT = "input"
OUTPUT = "output"


@dataclass(frozen=True, init=False)
class NASBench101Cell:
    """A directed acyclic graph with an operation at each vertex; loose ends are kept until it is pruned.

    Parameters
    ----------
    matrix : array-like of int, shape (n_vertices, n_vertices)
        Adjacency: 1 at (i, j) for an edge from vertex i to vertex j, which must be the later one (i < j).
    operations : iterable of str
        One per vertex: "input" first, "output" last, "conv3x3-bn-relu", "conv1x1-bn-relu" or "maxpool3x3" between.

    Attributes
    ----------
    matrix : tuple of tuple of int
    operations : tuple of str

    Raises
    ------
    InvalidInput
        If this is no cell: a matrix that is not square, not upper-triangular or not of zeros and ones, or operations
        that do not fit. Whether the benchmark contains the cell is another question: see `check`.

    Examples
    --------
    >>> cell = NASBench101Cell(
    ...     [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]],
    ...     ["input", "conv3x3-bn-relu", "maxpool3x3", "output"],
    ... )
    >>> print(cell.pruned())
    010001000:input,conv3x3-bn-relu,output
    >>> cell.hash == cell.pruned().hash
    True
    """

    matrix: tuple[tuple[int, ...], ...]
    operations: tuple[str, ...]

    def __init__(self, matrix: ArrayLike, operations: Iterable[str]) -> None:
        object.__setattr__(self, "matrix", _checked_matrix(matrix))
        object.__setattr__(self, "operations", _checked_operations(operations, len(self.matrix)))

    @classmethod
    def parse(cls, text: str) -> NASBench101Cell:
        """Return the cell that `str` wrote: the matrix row by row, a colon, the operations between commas.

        Those are the two fields by which the official file describes a cell.

        Examples
        --------
        >>> NASBench101Cell.parse("010001000:input,maxpool3x3,output").n_edges
        2
        """
        entries, colon, operations = text.strip().partition(":")
        n_vertices = int(len(entries) ** 0.5)
        if not colon or set(entries) - set("01") or not entries or n_vertices**2 != len(entries):
            raise InvalidInput(
                f"{text!r} is no cell: write its square matrix as zeros and ones row by row, a colon, and its "
                "operations between commas, such as '010001000:input,maxpool3x3,output'"
            )
        rows = [[int(entry) for entry in entries[start : start + n_vertices]] for start in _starts(n_vertices)]
        return cls(rows, operations.split(","))

    @classmethod
    def from_code(cls, code: int) -> NASBench101Cell:
        """Return the cell of an integer of `NASBench101.codes`."""
        n_vertices, adjacency, labelling = (int(part[0]) for part in unpack(np.array([code], dtype=np.uint32)))
        rows = [[int(i < j and adjacency >> edge_bit(i, j) & 1) for j in range(n_vertices)] for i in range(n_vertices)]
        return cls(rows, [INPUT, *(OPERATIONS[digit] for digit in digits(labelling, n_vertices - 2)), OUTPUT])

    @property
    def n_vertices(self) -> int:
        """Number of vertices, input and output and loose ends included."""
        return len(self.matrix)

    @property
    def n_edges(self) -> int:
        """Number of edges, those of loose ends included."""
        return sum(map(sum, self.matrix))

    def to_array(self) -> NDArray[np.int8]:
        """Return the matrix as a new array, shape ``(n_vertices, n_vertices)``."""
        return np.array(self.matrix, dtype=np.int8)

    def pruned(self) -> NASBench101Cell:
        """Return the cell without the vertices that are on no path from the input to the output.

        Raises
        ------
        InvalidInput
            If there is no such path.
        """
        last = self.n_vertices - 1
        from_input, to_output = {0}, {last}
        for vertex in range(1, self.n_vertices):
            if any(self.matrix[source][vertex] for source in from_input):
                from_input.add(vertex)
        for vertex in range(last - 1, -1, -1):
            if any(self.matrix[vertex][target] for target in to_output):
                to_output.add(vertex)
        kept = sorted(from_input & to_output)
        if kept[:1] != [0] or kept[-1] != last:
            raise InvalidInput(f"the output of the cell {self} does not depend on its input: add edges between them")
        return NASBench101Cell([[self.matrix[i][j] for j in kept] for i in kept], [self.operations[i] for i in kept])

    def check(self) -> None:
        """Raise `InvalidInput` unless NAS-Bench-101 contains the cell, pruned: at most 7 vertices and 9 edges."""
        pruned = self.pruned()
        for found, limit, what in (
            (pruned.n_vertices, MAX_VERTICES, "vertices"),
            (pruned.n_edges, MAX_EDGES, "edges"),
        ):
            if found > limit:
                raise InvalidInput(
                    f"the cell {pruned} has {found} {what} on paths from input to output: NAS-Bench-101 holds cells "
                    f"of at most {limit}"
                )

    @property
    def is_valid(self) -> bool:
        """Whether NAS-Bench-101 contains the cell, pruned."""
        try:
            self.check()
        except InvalidInput:
            return False
        return True

    @property
    def code(self) -> int:
        """The smallest integer among the codes of isomorphic cells, pruned; see `NASBench101.codes`."""
        self.check()
        return int(canonical_codes(pack(*self.pruned()._parts()).reshape(1))[0])

    @property
    def hash(self) -> str:
        """The official hash, pruned: the name of the cell in NAS-Bench-101."""
        n_vertices, adjacency, labelling = self.pruned()._parts()
        return hash_graph(neighbourhoods(n_vertices, adjacency), digits(labelling, n_vertices - 2))

    def is_isomorphic(self, other: NASBench101Cell) -> bool:
        """Whether both, pruned, are the same graph but for the numbers of the vertices.

        Examples
        --------
        >>> one = NASBench101Cell.parse("0110000100010000:input,maxpool3x3,conv3x3-bn-relu,output")
        >>> two = NASBench101Cell.parse("0110000100010000:input,conv3x3-bn-relu,maxpool3x3,output")
        >>> one.is_isomorphic(two), one == two
        (True, False)
        """
        return self.code == other.code

    def _parts(self) -> tuple[int, int, int]:
        edges = np.argwhere(self.to_array()).tolist()
        labelling = rank([OPERATIONS.index(operation) for operation in self.operations[1:-1]])
        return self.n_vertices, sum(1 << edge_bit(i, j) for i, j in edges), labelling

    def __str__(self) -> str:
        return "".join(str(entry) for row in self.matrix for entry in row) + ":" + ",".join(self.operations)


def _starts(n_vertices: int) -> range:
    return range(0, n_vertices**2, n_vertices)


def _checked_matrix(matrix: ArrayLike) -> tuple[tuple[int, ...], ...]:
    try:
        array = np.asarray(matrix)
    except ValueError as error:
        raise InvalidInput(f"the matrix of a cell must be square: {error}") from None
    if array.ndim != 2 or array.shape[0] != array.shape[1] or len(array) < 2:
        raise InvalidInput(f"the matrix of a cell must be square, of at least 2 vertices: its shape is {array.shape}")
    if array.dtype.kind not in "biuf" or not np.isin(array, (0, 1)).all():
        raise InvalidInput("the matrix of a cell must hold zeros and ones only")
    wrong = np.argwhere(np.tril(array))
    if len(wrong):
        i, j = wrong[0].tolist()
        raise InvalidInput(
            f"the matrix of a cell must be upper-triangular, its vertices in topological order: it has an edge from "
            f"vertex {i} to vertex {j}"
        )
    return tuple(tuple(row) for row in array.astype(int).tolist())


def _checked_operations(operations: Iterable[str], n_vertices: int) -> tuple[str, ...]:
    names = tuple(operations)
    if len(names) != n_vertices:
        raise InvalidInput(f"{len(names)} operations for {n_vertices} vertices: give one per vertex")
    if names[0] != INPUT or names[-1] != OUTPUT:
        raise InvalidInput(
            f"the operations must begin with {INPUT!r} and end with {OUTPUT!r}: they are {', '.join(map(repr, names))}"
        )
    for vertex, name in enumerate(names[1:-1], start=1):
        if name not in OPERATIONS:
            raise InvalidInput(
                f"operation {name!r} of vertex {vertex} is not of NAS-Bench-101: valid are {', '.join(OPERATIONS)}."
                f"{did_you_mean(name, list(OPERATIONS))}"
            )
    return tuple(str(name) for name in names)
