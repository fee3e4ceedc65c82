"""NAS-Bench-1Shot1: three spaces of encodings that one-shot methods can search, each mapped to NAS-Bench-101."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import combinations, product
from math import comb, prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.errors import InvalidInput
from benchtools.registry import did_you_mean
from benchtools.spaces._base import SPACES, Space
from benchtools.spaces._keys import index_or_text
from benchtools.spaces._nasbench101_cell import INPUT, OUTPUT, NASBench101Cell
from benchtools.spaces._nasbench101_cell import OPERATIONS as LABELS
from benchtools.spaces._nasbench101_codes import canonical_codes
from benchtools.spaces._oneshot1_alphas import preferred_operations, preferred_parents
from benchtools.spaces._oneshot1_pruned import Parents, pruned_codes
from benchtools.spaces.nasbench101 import NASBench101

__all__ = ["OneShot1"]

OPERATIONS = ("maxpool3x3", "conv3x3-bn-relu", "conv1x1-bn-relu")  # in the order of the columns of an alpha
N_PARENTS = {1: (1, 2, 2, 2, 2), 2: (1, 1, 2, 2, 3), 3: (1, 1, 1, 2, 2, 2)}  # of the nodes 1, 2, ..., output
UPSCALED = 5  # vertex that spaces 1 and 2 get beside their six, without edges


class OneShot1(Space):
    """Search space 1, 2 or 3 of NAS-Bench-1Shot1 [1]_: all its encodings, loose ends and all.

    Node 0 is the input of the cell, then come four (spaces 1 and 2) or five (space 3) choice blocks, then the output.
    Each choice block has one of three operations, applied to the sum of its parents; the number of parents is fixed:

    ======  =================  ======  =========  ==============
    space   blocks 1, 2, ...   output  encodings  distinct cells
    ======  =================  ======  =========  ==============
    1       1, 2, 2, 2         2       14,580     2,685
    2       1, 1, 2, 2         3       29,160     7,773
    3       1, 1, 1, 2, 2      2       1,312,200  55,854
    ======  =================  ======  =========  ==============

    Distinct cells are counted after pruning and up to isomorphism, which is all that NAS-Bench-101 tells apart; it
    holds every one of them. The paper's 2,487, 3,609 and 24,066 "without loose ends" come from its generator, which
    expands the parents of one node at a time and so misses cells (they prune to 2,127, 3,258 and 17,940 distinct
    ones); its 6,240, 29,160 and 363,648 "with loose ends" are, but for the second, not the number of encodings.

    A key is an index (an int, or text of as many digits as the last index has at most), or text such as
    ``maxpool3x3~0|conv3x3-bn-relu~0,1|maxpool3x3~0,1|maxpool3x3~1,2|output~3,4``: for each choice block its operation
    and its parents. There is no official order; here the parents are the slow part of the index and the operations
    the fast one, each a nested product whose last node changes fastest.

    Parameters
    ----------
    number : {1, 2, 3}
        Which space; registered as "oneshot1_s1", "oneshot1_s2" and "oneshot1_s3".

    References
    ----------
    .. [1] A. Zela, J. Siems and F. Hutter, "NAS-Bench-1Shot1: Benchmarking and Dissecting One-shot Neural Architecture
       Search", ICLR 2020, section 3.

    Examples
    --------
    >>> space = OneShot1(1)
    >>> space.to_string(0)
    'maxpool3x3~0|maxpool3x3~0,1|maxpool3x3~0,1|maxpool3x3~0,1|output~0,1'
    >>> print(space.cell(0).pruned())
    011001000:input,maxpool3x3,output
    """

    def __init__(self, number: int) -> None:
        if isinstance(number, bool) or number not in N_PARENTS:
            raise InvalidInput(f"search space {number!r} is not of NAS-Bench-1Shot1: valid are 1, 2 and 3")
        self.number = number
        self.name = f"oneshot1_s{number}"
        self.n_parents = N_PARENTS[number]
        self.n_blocks = len(self.n_parents) - 1
        self.n_labellings: int = len(OPERATIONS) ** self.n_blocks
        patterns = prod(comb(node, n) for node, n in enumerate(self.n_parents, start=1))
        self.size = patterns * self.n_labellings

    @cached_property
    def patterns(self) -> tuple[Parents, ...]:
        """Every choice of parents, in index order: for each node after the input, its parents in ascending order."""
        nodes = enumerate(self.n_parents, start=1)
        return tuple(product(*(combinations(range(node), n) for node, n in nodes)))

    @cached_property
    def _pattern_at(self) -> dict[Parents, int]:
        return {pattern: rank for rank, pattern in enumerate(self.patterns)}

    def encode(self, operations: Sequence[str], parents: Sequence[Sequence[int]]) -> int:
        """Return the index of the architecture with these choices.

        Parameters
        ----------
        operations : sequence of str
            One per choice block.
        parents : sequence of sequence of int
            For each choice block and for the output its parents, in any order.

        Raises
        ------
        InvalidInput
            If a number or name does not fit the space.

        Examples
        --------
        >>> OneShot1(2).encode(["maxpool3x3"] * 4, [[0], [0], [1, 0], [0, 1], [0, 1, 2]])
        0
        """
        if len(operations) != self.n_blocks or len(parents) != self.n_blocks + 1:
            raise InvalidInput(
                f"{self.name} has {self.n_blocks} choice blocks and an output: give {self.n_blocks} operations and "
                f"{self.n_blocks + 1} choices of parents, not {len(operations)} and {len(parents)}"
            )
        rank = 0
        for block, name in enumerate(operations, start=1):
            if name not in OPERATIONS:
                raise InvalidInput(
                    f"operation {name!r} of choice block {block} is not of {self.name}: valid are "
                    f"{', '.join(OPERATIONS)}.{did_you_mean(name, list(OPERATIONS))}"
                )
            rank = rank * len(OPERATIONS) + OPERATIONS.index(name)
        pattern = tuple(tuple(sorted(chosen)) for chosen in parents)
        for node, (chosen, n) in enumerate(zip(pattern, self.n_parents, strict=True), start=1):
            if len(chosen) != n or len(set(chosen)) != n or not set(chosen) <= set(range(node)):
                raise InvalidInput(
                    f"{self._called(node)} of {self.name} has {n} different parents of 0..{node - 1}: it cannot have "
                    f"{', '.join(map(str, chosen)) or 'none'}"
                )
        return self._pattern_at[pattern] * self.n_labellings + rank

    def choices(self, index: int) -> tuple[tuple[str, ...], Parents]:
        """Return the operations and the parents of the architecture at `index`; undoes `encode`."""
        pattern, rank = divmod(self.parse(index), self.n_labellings)
        digits = [rank // len(OPERATIONS) ** place % len(OPERATIONS) for place in range(self.n_blocks - 1, -1, -1)]
        return tuple(OPERATIONS[digit] for digit in digits), self.patterns[pattern]

    def parse(self, key: str | int) -> int:
        """Return the index of the architecture that `key` names.

        Raises
        ------
        InvalidInput
            If `key` is no text or index of this space.
        """
        found = index_or_text(key, name=self.name, size=self.size, valid=self._valid)
        if isinstance(found, int):
            return found
        nodes = found.split("|")
        if not all(re.fullmatch(r"[^~|]+~[0-9](,[0-9])*", node) for node in nodes):
            raise InvalidInput(f"{key!r} is no architecture of {self.name}: give {self._valid}")
        names, parents = zip(*(node.split("~") for node in nodes), strict=True)
        if names[-1] != OUTPUT:
            raise InvalidInput(f"{key!r} must end with the parents of the output, such as 'output~0,1'")
        return self.encode(names[:-1], [[int(parent) for parent in chosen.split(",")] for chosen in parents])

    def to_string(self, index: int) -> str:
        """Return the text of the architecture at `index`."""
        return _write(*self.choices(index))

    def discretise(self, operations: ArrayLike, parents: Sequence[ArrayLike], output: ArrayLike) -> int:
        """Return the index of the architecture that the weights of a one-shot model prefer.

        Each choice block takes the operation of its largest weight, and each node as many parents as it must have, of
        the largest weights; equal weights go to the first. Weights before or after a softmax give the same.

        Parameters
        ----------
        operations : array-like, shape (n_blocks, 3)
            Columns in the order maxpool3x3, conv3x3-bn-relu, conv1x1-bn-relu.
        parents : sequence of array-like
            For each choice block whose parents are free (3 and 4 in space 1; from 2 on in spaces 2 and 3), in order,
            one weight per node before it. Any shape of that many numbers will do, such as ``(1, n)``.
        output : array-like, shape (n_blocks + 1,)
            One weight per node before the output.

        Raises
        ------
        InvalidInput
            If a shape does not fit, or a weight is not finite.

        Examples
        --------
        >>> space = OneShot1(1)
        >>> found = space.discretise([[0, 1, 0]] * 4, [[0, 0, 1], [0, 2, 0, 1]], [0, 0, 0, 1, 2])
        >>> space.to_string(found).replace("conv3x3-bn-relu", "conv")
        'conv~0|conv~0,1|conv~0,2|conv~1,3|output~3,4'
        """
        best = preferred_operations(operations, self.n_blocks)
        return self.encode(
            [OPERATIONS[column] for column in best], preferred_parents([*parents, output], self.n_parents)
        )

    def cell(self, index: int) -> NASBench101Cell:
        """Return the cell of NAS-Bench-101 at `index`: seven vertices, not pruned.

        Spaces 1 and 2 have six vertices; as in the published mapping, a 1x1 convolution without edges joins them
        before the output.
        """
        operations, parents = self.choices(index)
        matrix = np.zeros((7, 7), dtype=int)
        last = self.n_blocks + 1
        for node, chosen in enumerate(parents, start=1):
            matrix[list(chosen), 6 if node == last else node] = 1
        padding = ["conv1x1-bn-relu"] * (UPSCALED + 1 - last)
        return NASBench101Cell(matrix, [INPUT, *operations, *padding, OUTPUT])

    def canonical(self, index: int) -> str:
        """Return the official hash of the cell at `index` in NAS-Bench-101."""
        return self.cell(index).hash

    def neighbours(self, index: int) -> NDArray[np.int64]:
        """Return the encodings that differ from `index` in one operation or in the parents of one node, sorted."""
        operations, parents = self.choices(index)
        found = [
            self.encode([*operations[:block], other, *operations[block + 1 :]], parents)
            for block in range(self.n_blocks)
            for other in OPERATIONS
        ]
        for node, n in enumerate(self.n_parents, start=1):
            found += [
                self.encode(operations, [*parents[: node - 1], chosen, *parents[node:]])
                for chosen in combinations(range(node), n)
            ]
        return np.array(sorted({*found} - {self.parse(index)}), dtype=np.int64)

    @cached_property
    def codes(self) -> NDArray[np.uint32]:
        """Canonical codes of the pruned cells of all encodings in index order, shape ``(size,)``; read-only.

        They are those of `NASBench101.codes`: equal codes mean the same cell.
        """
        digits = np.array(np.unravel_index(np.arange(self.n_labellings), (len(OPERATIONS),) * self.n_blocks))
        labels = np.array([LABELS.index(name) for name in OPERATIONS])[digits]
        written = np.concatenate([pruned_codes(pattern, labels) for pattern in self.patterns])
        distinct, inverse = np.unique(written, return_inverse=True)
        codes = canonical_codes(distinct)[inverse]
        codes.flags.writeable = False
        return codes

    def classes(self) -> NDArray[np.int64]:
        """Return the number of the distinct cell of every encoding, shape ``(size,)``, in order of first appearance.

        Examples
        --------
        >>> int(OneShot1(1).classes().max()) + 1
        2685
        """
        _, first, inverse = np.unique(self.codes, return_index=True, return_inverse=True)
        return np.argsort(np.argsort(first))[inverse]

    def in_nasbench101(self) -> NDArray[np.int64]:
        """Return the index in `NASBench101` of every encoding, shape ``(size,)``; it needs the list of its cells."""
        distinct, inverse = np.unique(self.codes, return_inverse=True)
        return NASBench101().indices_of(distinct)[inverse]

    def _called(self, node: int) -> str:
        return OUTPUT if node > self.n_blocks else f"choice block {node}"

    @property
    def _valid(self) -> str:
        example = _write(OPERATIONS[:1] * self.n_blocks, self.patterns[0])
        return f"text such as {example!r}, or an index 0..{self.size - 1}"


def _write(operations: tuple[str, ...], parents: Parents) -> str:
    nodes = zip([*operations, OUTPUT], parents, strict=True)
    return "|".join(f"{name}~{','.join(map(str, chosen))}" for name, chosen in nodes)


for _number in N_PARENTS:
    SPACES.register(f"oneshot1_s{_number}", OneShot1(_number))
