"""NAS-Bench-201, the topology space of NATS-Bench: four nodes, six edges, five operations, 15,625 cells."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from random import Random
from typing import Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput, WrongType
from benchtools.registry import did_you_mean
from benchtools.spaces._base import SPACES, Space
from benchtools.spaces._keys import index_or_text

__all__ = ["NASBench201", "Reduction"]

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))  # (from node, to node), in the order of the op code
SHUFFLE_SEED = 88  # the official list is the nested product, shuffled by random.Random(88)

Reduction = Literal["skip", "zero", "prune"]


class NASBench201(Space):
    """The 15,625 cells of NAS-Bench-201 [1]_ in the official index order.

    A key is an official string (``|nor_conv_3x3~0|+|nor_conv_3x3~0|skip_connect~1|+...``), an index (an int, or text
    of at most five digits), or an op code: text of exactly six digits, one per edge 0>1, 0>2, 1>2, 0>3, 1>3, 2>3, with
    0 none, 1 skip_connect, 2 nor_conv_1x1, 3 nor_conv_3x3, 4 avg_pool_3x3.

    References
    ----------
    .. [1] X. Dong and Y. Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search",
       ICLR 2020.

    Examples
    --------
    >>> space = NASBench201()
    >>> space.to_opcode(6111)
    '333132'
    >>> space.to_string(6111)
    '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|'
    >>> space.parse("333132") == space.parse(6111) == 6111
    True
    """

    name = "nasbench201"
    size = len(OPERATIONS) ** len(EDGES)

    @cached_property
    def _rank_at(self) -> NDArray[np.int64]:
        """Position in the nested product (the op code read in base 5) of every official index."""
        order = list(range(self.size))
        Random(SHUFFLE_SEED).shuffle(order)  # noqa: S311 (the official order, no secret)
        return np.array(order, dtype=np.int64)

    @cached_property
    def _index_at(self) -> NDArray[np.int64]:
        inverse = np.empty(self.size, dtype=np.int64)
        inverse[self._rank_at] = np.arange(self.size)
        return inverse

    @cached_property
    def _strings(self) -> list[str]:
        return [self._format(code) for code in self.operations.tolist()]

    @cached_property
    def _index_of_string(self) -> dict[str, int]:
        return {text: index for index, text in enumerate(self._strings)}

    @cached_property
    def operations(self) -> NDArray[np.uint8]:
        """Operation digits of all cells in index order, shape ``(15625, 6)``, columns in op-code order; read-only."""
        powers = len(OPERATIONS) ** np.arange(len(EDGES) - 1, -1, -1)
        digits = (self._rank_at[:, None] // powers % len(OPERATIONS)).astype(np.uint8)
        digits.flags.writeable = False
        return digits

    def parse(self, key: str | int) -> int:
        """Return the official index of the cell that `key` names.

        Raises
        ------
        InvalidInput
            If `key` is no official string, op code or index of this space.
        """
        try:
            found = index_or_text(key, name=self.name, size=self.size, valid=_VALID)
        except WrongType:
            raise
        except InvalidInput as error:  # an index outside the space: perhaps an op code that was read as a number
            hint = f" For an op code pass the text {str(key)!r}." if re.fullmatch("[0-4]{6}", str(key)) else ""
            raise InvalidInput(f"{error}.{hint}") from None
        if isinstance(found, int):
            return found
        if not (found.isdecimal() and found.isascii()):
            return self._parse_string(found)
        if len(found) != len(EDGES):
            raise InvalidInput(f"{found!r} has {len(found)} digits: an op code has six, an index at most five")
        return self._parse_opcode(found)

    def parse_many(self, keys: Iterable[str | int]) -> NDArray[np.int64]:
        """Return the indices of many keys, shape ``(n_keys,)``.

        Raises
        ------
        InvalidInput
            If a key is bad (the message names its position), or if op codes stand beside shorter digits: those would
            be read as indices, but are most likely op codes that lost their leading zeros.
        """
        keys = list(keys)
        digits = [key.strip() for key in keys if isinstance(key, str) and key.strip().isdecimal()]
        short = min(digits, key=len, default="")
        if 0 < len(short) < len(EDGES) and any(len(text) == len(EDGES) for text in digits):
            raise InvalidInput(
                f"six-digit op codes stand beside {short!r}: an index, or an op code without its leading zeros? "
                "Write every op code with six digits, or give indices alone"
            )
        return super().parse_many(keys)

    def to_string(self, index: int) -> str:
        """Return the official string of the cell at `index`."""
        return self._strings[self.parse(index)]

    def to_opcode(self, index: int) -> str:
        """Return the six-digit op code of the cell at `index`."""
        return "".join(map(str, self.operations[self.parse(index)].tolist()))

    def neighbours(self, index: int) -> NDArray[np.int64]:
        """Return the 24 cells that differ from `index` in the operation of one edge, sorted, shape ``(24,)``."""
        index = self.parse(index)
        rank = int(self._rank_at[index])
        ranks = []
        for edge, digit in enumerate(self.operations[index].tolist()):
            weight = len(OPERATIONS) ** (len(EDGES) - 1 - edge)
            ranks += [rank + (other - digit) * weight for other in range(len(OPERATIONS)) if other != digit]
        return np.sort(self._index_at[ranks])

    @cached_property
    def connected(self) -> NDArray[np.bool_]:
        """Whether the output of a cell depends on its input, shape ``(15625,)``; true for 15,284; read-only."""
        reached = np.zeros((self.size, 4), dtype=bool)
        reached[:, 0] = True
        for edge, (source, target) in enumerate(EDGES):
            reached[:, target] |= reached[:, source] & (self.operations[:, edge] != 0)
        output = reached[:, 3].copy()
        output.flags.writeable = False
        return output

    def canonical(self, index: int, reduction: Reduction = "zero") -> str:
        """Return a string that isomorphic cells share, after `reduction`.

        Each node's string is the sorted sum of its inputs' ``(source)@operation``, as in the official code. Cells of
        the same string compute the same function. The converse fails where a skip connection passes on a sum: sums
        are not merged before they are sorted (merged, "prune" would leave 4,930 classes).

        Parameters
        ----------
        index : int
            A cell.
        reduction : {"skip", "zero", "prune"}, default "zero"
            What is taken as equal besides the order of summands: "skip" replaces a skip connection by its source
            (12,751 classes); "zero" also turns ``none``, and all that follows from a zero alone, into ``#``, as the
            official ``get_unique_str`` does (6,466 classes); "prune" also drops ``#`` from sums (5,390 classes).

        Examples
        --------
        >>> space = NASBench201()
        >>> space.canonical(space.parse("100311"), "prune")
        '(0)@nor_conv_3x3+0'
        """
        if reduction not in get_args(Reduction):
            raise InvalidInput(f"reduction={reduction!r} is not known: choose one of {', '.join(get_args(Reduction))}")
        code = self.operations[self.parse(index)].tolist()
        nodes = ["0"]
        for target in range(1, 4):
            terms = [
                _term(nodes[source], OPERATIONS[code[edge]], reduction)
                for edge, (source, node) in enumerate(EDGES)
                if node == target
            ]
            if reduction == "prune":
                terms = [term for term in terms if term != "#"] or ["#"]
            nodes.append("+".join(sorted(terms)))
        return nodes[3]

    def classes(self, reduction: Reduction = "zero") -> NDArray[np.int64]:
        """Return the isomorphism class of every cell, shape ``(15625,)``, numbered from 0 by first appearance."""
        numbers: dict[str, int] = {}
        return np.array(
            [numbers.setdefault(self.canonical(index, reduction), len(numbers)) for index in range(self.size)],
            dtype=np.int64,
        )

    def _parse_opcode(self, text: str) -> int:
        if set(text) - set("01234"):
            raise InvalidInput(f"op code {text!r} is not of nasbench201: its six digits must be 0..4")
        return int(self._index_at[int(text, base=len(OPERATIONS))])

    def _parse_string(self, text: str) -> int:
        if text in self._index_of_string:
            return self._index_of_string[text]
        nodes = text.split("+")
        if len(nodes) != 3 or not all(re.fullmatch(r"\|([^|~]+~\d\|)+", node) for node in nodes):
            raise InvalidInput(f"{text!r} is no architecture of nasbench201: give {_VALID}")
        code: dict[tuple[int, int], int] = {}
        for target, node in enumerate(nodes, start=1):
            for term in node.strip("|").split("|"):
                operation, source = term.split("~")
                if operation not in OPERATIONS:
                    raise InvalidInput(
                        f"operation {operation!r} in {text!r} is not of nasbench201: valid are "
                        f"{', '.join(OPERATIONS)}.{did_you_mean(operation, list(OPERATIONS))}"
                    )
                edge = (int(source), target)
                if edge not in EDGES or edge in code:
                    raise InvalidInput(f"{text!r}: node {target} takes each of the inputs 0..{target - 1} once")
                code[edge] = OPERATIONS.index(operation)
        if len(code) != len(EDGES):
            raise InvalidInput(f"{text!r} has {len(code)} of the {len(EDGES)} edges: node i takes the inputs 0..i-1")
        return self._parse_opcode("".join(str(code[edge]) for edge in EDGES))

    @staticmethod
    def _format(code: list[int]) -> str:
        terms: list[list[str]] = [[], [], []]
        for digit, (source, target) in zip(code, EDGES, strict=True):
            terms[target - 1].append(f"{OPERATIONS[digit]}~{source}")
        return "+".join(f"|{'|'.join(node)}|" for node in terms)


_VALID = (
    "an official string such as '|nor_conv_3x3~0|+|nor_conv_3x3~0|skip_connect~1|+|skip_connect~0|none~1|none~2|', "
    "an index 0..15624, or an op code of six digits 0..4 as text"
)


def _term(source: str, operation: str, reduction: Reduction) -> str:
    if operation == "skip_connect":
        return source
    if reduction != "skip" and (operation == "none" or source == "#"):
        return "#"
    return f"({source})@{operation}"


SPACES.register(NASBench201.name, cast(Space, NASBench201()))
