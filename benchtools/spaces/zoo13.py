"""EcoNAS's random model zoo: two cells of five nodes, thirteen operations, 5.1e33 architectures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput
from benchtools.spaces._base import SPACES, Space
from benchtools.spaces._keys import index_or_text
from benchtools.spaces._zoo13_cell import EXAMPLE, N_NODES, OPERATIONS, Node, ZooArch, ZooCell

__all__ = ["OPERATIONS", "MutationKind", "Zoo13"]

MutationKind = Literal["connection", "operation"]

# the choices of a decision; per node input A, input B, operation A, operation B: steps 1 to 4 of the paper
CELL_CHOICES = tuple(n for node in range(N_NODES) for n in (node + 2, node + 2, len(OPERATIONS), len(OPERATIONS)))
CHOICES = CELL_CHOICES * 2  # the normal cell, then the reduction cell
N_CELLS = prod(CELL_CHOICES)
WEIGHTS = tuple(prod(CHOICES[place + 1 :]) for place in range(len(CHOICES)))  # what one step of a decision adds
CELL_WEIGHTS = np.array(WEIGHTS[len(CELL_CHOICES) :], dtype=np.int64)


class Zoo13(Space):
    """The architectures of EcoNAS's random model zoo [1]_, appendix C.

    An architecture is a normal and a reduction cell (`ZooArch`). A cell has five nodes; each adds two of thirteen
    operations, applied to two states before it, and the cell's output is the concatenation of all five nodes.

    A key is text such as ``normal:sep_conv_3x3~0+identity~1:...:.../reduction:...`` (see `ZooArch`), an index (an int,
    or text of digits), or a `ZooArch`. There is no official order: here the index is a mixed-radix number with the 40
    decisions as digits, the normal cell before the reduction cell, node by node, and for each node input A, input B,
    operation A, operation B; the last one changes fastest.

    Encodings are ordered, A before B: one cell has (13^5 * 720)^2 = 71,465,842,174,521,600 of them, the space the
    square of that. **This does not fit an int64**: where other spaces give arrays of int64, this one gives arrays of
    dtype object that hold Python ints.

    References
    ----------
    .. [1] D. Zhou et al., "EcoNAS: Finding Proxies for Economical Neural Architecture Search", CVPR 2020.

    Examples
    --------
    >>> space = Zoo13()
    >>> f"{space.size:,}"
    '5,107,366,597,713,630,212,832,188,866,560,000'
    >>> index = space.sample(1, rng=0)[0]
    >>> space.arch(index).normal.nodes[0]
    (('conv_3x3', 1), ('max_pool_7x7', 1))
    >>> space.parse(space.to_string(index)) == space.parse(space.arch(index)) == index
    True
    """

    name = "zoo13"
    size = prod(CHOICES)
    index_type = object

    def parse(self, key: str | int | ZooArch) -> int:
        """Return the index of the architecture that `key` names.

        Raises
        ------
        InvalidInput
            If `key` is no text, index or `ZooArch` of this space; for text the message says what is wrong where.
        """
        if isinstance(key, ZooArch):
            return _to_index([*_digits(key.normal), *_digits(key.reduction)])
        valid = f"{EXAMPLE}, an index 0..{self.size - 1}, or a ZooArch"
        found = index_or_text(key, name=self.name, size=self.size, valid=valid)
        return found if isinstance(found, int) else self.parse(ZooArch.parse(found))

    def arch(self, key: str | int | ZooArch) -> ZooArch:
        """Return the architecture that `key` names."""
        digits = _to_digits(self.parse(key))
        half = len(CELL_CHOICES)
        return ZooArch(_cell(digits[:half]), _cell(digits[half:]))

    def to_string(self, index: int) -> str:
        """Return the text of the architecture at `index`; see `ZooArch`."""
        return self.arch(index).to_string()

    def canonical(self, index: int) -> str:
        """Return the text of the architecture of the lowest index among those that are the same graph.

        Taken as equal: the order of A and B in a node, and the order of the nodes as far as a node still follows those
        that it reads. The latter permutes the channels of the cell's output, which the layers behind it can undo by
        permuting their weights. The two inputs of a cell are not interchangeable, and no algebra is done: two
        identities of one state stay apart from any other way to double it.

        Returns
        -------
        str
            A key of this space: equal for two architectures exactly when both their cells are isomorphic.

        Examples
        --------
        >>> space = Zoo13()
        >>> rest = ":conv_1x1~0+conv_1x1~0" * 4
        >>> swapped = [f"normal:{node}{rest}/reduction:conv_3x3~0+conv_3x3~0{rest}" for node in
        ...            ("identity~1+conv_3x3~0", "conv_3x3~0+identity~1")]
        >>> len({space.canonical(text) for text in swapped})
        1
        """
        arch = self.arch(index)
        return ZooArch(_canonical(arch.normal), _canonical(arch.reduction)).to_string()

    def neighbours(self, index: int) -> NDArray[Any]:
        """Return the 300 architectures that differ from `index` in one input or one operation.

        Returns
        -------
        ndarray of object, shape (300,)
            Python ints, sorted: 240 differ in an operation, 60 in an input.
        """
        index = self.parse(index)
        found = [
            index + (other - digit) * weight
            for digit, choices, weight in zip(_to_digits(index), CHOICES, WEIGHTS, strict=True)
            for other in range(choices)
            if other != digit
        ]
        return np.array(sorted(found), dtype=object)

    def mutate(self, index: int, *, rng: np.random.Generator | int, kind: MutationKind | None = None) -> int:
        """Return a mutant: one of the 20 edges gets another input or another operation, as in EcoNAS's search.

        Parameters
        ----------
        index : int
            The parent.
        rng : numpy.random.Generator or int
            Where the mutation is drawn from: a uniform edge, then a uniform one of its other inputs or operations.
        kind : {"connection", "operation"}, optional
            What changes; either with probability 1/2 where left out.

        Raises
        ------
        InvalidInput
            If `kind` is another word.

        Examples
        --------
        >>> space = Zoo13()
        >>> [space.mutate(0, rng=1, kind=kind) in space.neighbours(0) for kind in ("connection", "operation")]
        [True, True]
        """
        kinds = get_args(MutationKind)
        if kind is not None and kind not in kinds:
            raise InvalidInput(f"kind={kind!r} is not known: choose connection or operation, or leave it out")
        rng = np.random.default_rng(rng)
        index = self.parse(index)
        chosen = kinds.index(kind) if kind is not None else int(rng.integers(2))
        node, edge = divmod(int(rng.integers(4 * N_NODES)), 2)
        place = 4 * node + 2 * chosen + edge
        step = int(rng.integers(1, CHOICES[place]))
        digit = _to_digits(index)[place]
        return index + ((digit + step) % CHOICES[place] - digit) * WEIGHTS[place]

    def sample(self, n: int, *, rng: np.random.Generator | int, replace: bool = False) -> NDArray[Any]:
        """Return `n` architectures drawn by the paper's steps, shape ``(n,)``, distinct unless `replace`.

        Each node draws input A, input B, operation A and operation B (steps 1 to 4), each uniformly and on its own.
        These are the digits of the index, and each digit has a fixed range: so the index is uniform too.

        Returns
        -------
        ndarray of object, shape (n,)
            Python ints, in the order drawn.

        Raises
        ------
        InvalidInput
            If `n` is negative, or larger than the space and `replace` is false.
        """
        self._check_draw(n, replace)
        rng = np.random.default_rng(rng)
        drawn = _draw(n, rng)
        while not replace and len(unique := list(dict.fromkeys(drawn))) < n:
            drawn = unique + _draw(n - len(unique), rng)
        return np.array(drawn, dtype=object)


def _draw(n: int, rng: np.random.Generator) -> list[int]:
    digits = rng.integers(0, CHOICES, size=(n, len(CHOICES)))
    cells = digits.reshape(n, 2, len(CELL_CHOICES)) @ CELL_WEIGHTS
    return [normal * N_CELLS + reduction for normal, reduction in cells.tolist()]


def _to_digits(index: int) -> list[int]:
    return [index // weight % choices for choices, weight in zip(CHOICES, WEIGHTS, strict=True)]


def _to_index(digits: Iterable[int]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, WEIGHTS, strict=True))


def _digits(cell: ZooCell) -> Iterator[int]:
    for (first, a), (second, b) in cell.nodes:
        yield from (a, b, OPERATIONS.index(first), OPERATIONS.index(second))


def _cell(digits: list[int]) -> ZooCell:
    rows = [digits[start : start + 4] for start in range(0, len(digits), 4)]
    return ZooCell(tuple(((OPERATIONS[first], a), (OPERATIONS[second], b)) for a, b, first, second in rows))


def _canonical(cell: ZooCell) -> ZooCell:
    """Return the isomorphic cell whose digits come first: node by node the least that can be computed by then."""
    orders: list[tuple[int, ...]] = [(0, 1)]  # old numbers of the states in their new order, all equal so far
    digits: list[int] = []
    for _ in range(N_NODES):
        options = [
            (_row(node, states), (*states, place + 2))
            for states in orders
            for place, node in enumerate(cell.nodes)
            if place + 2 not in states and {source for _, source in node} <= set(states)
        ]
        least, _ = min(options)
        orders = [states for row, states in options if row == least]
        digits += least
    return _cell(digits)


def _row(node: Node, states: tuple[int, ...]) -> tuple[int, int, int, int]:
    (a, first), (b, second) = sorted((states.index(source), OPERATIONS.index(operation)) for operation, source in node)
    return a, b, first, second


SPACES.register(Zoo13.name, Zoo13())
