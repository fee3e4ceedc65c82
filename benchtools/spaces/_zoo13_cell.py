"""Two cells of five nodes: an architecture of EcoNAS's random model zoo, checked, written and read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchtools.errors import InvalidInput
from benchtools.registry import did_you_mean

__all__ = ["EXAMPLE", "N_NODES", "OPERATIONS", "Edge", "Node", "ZooArch", "ZooCell"]

OPERATIONS = (
    "avg_pool_3x3",
    "max_pool_3x3",
    "max_pool_5x5",
    "max_pool_7x7",
    "identity",
    "conv_1x1",
    "conv_3x3",
    "sep_conv_3x3",
    "sep_conv_5x5",
    "sep_conv_7x7",
    "dil_conv_3x3",
    "conv_1x3_3x1",
    "conv_1x7_7x1",
)
N_NODES = 5
CELLS = ("normal", "reduction")

Edge = tuple[str, int]  # an operation, and the state that it reads
Node = tuple[Edge, Edge]


@dataclass(frozen=True)
class ZooCell:
    """A cell of five nodes, each the sum of two operations on earlier states; all five are concatenated.

    States 0 and 1 are the cell's inputs, the outputs of the cell before the previous one and of the previous one
    (h_{k-2} and h_{k-1}); state ``i + 2`` is node ``i``. Node ``i`` reads the states ``0..i+1``, one of them twice if
    it likes.

    Parameters
    ----------
    nodes : tuple of 5 nodes
        Each node is ``((operation, input), (operation, input))``: its edges A and B. Lists become tuples.

    Raises
    ------
    InvalidInput
        If the number of nodes or edges is another, an operation is unknown, or a node cannot read an input.

    Examples
    --------
    >>> cell = ZooCell.parse("conv_3x3~0+identity~1:conv_1x1~2+conv_1x1~2" + ":identity~0+identity~1" * 3)
    >>> cell.nodes[1]
    (('conv_1x1', 2), ('conv_1x1', 2))
    >>> ZooCell.from_json(cell.to_json()) == cell
    True
    """

    nodes: tuple[Node, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", _checked(self.nodes))

    @classmethod
    def parse(cls, text: str) -> ZooCell:
        """Return the cell that `to_string` wrote."""
        nodes = text.strip().split(":")
        _check_number(len(nodes))
        return cls(tuple(_parsed_node(place, node) for place, node in enumerate(nodes)))

    def to_string(self) -> str:
        """Return the nodes between colons, each as ``operation~input+operation~input`` (A before B)."""
        return ":".join("+".join(f"{operation}~{source}" for operation, source in node) for node in self.nodes)

    @classmethod
    def from_json(cls, value: Any) -> ZooCell:
        """Return the cell that `to_json` wrote."""
        return cls(_fields(value, ("nodes",))["nodes"])

    def to_json(self) -> dict[str, Any]:
        """Return ``{"nodes": [[[operation, input], [operation, input]], ...]}``."""
        return {"nodes": [[list(edge) for edge in node] for node in self.nodes]}

    def __str__(self) -> str:
        return self.to_string()


@dataclass(frozen=True)
class ZooArch:
    """A normal cell and a reduction cell.

    The text of an architecture is ``normal:NODE:NODE:NODE:NODE:NODE/reduction:NODE:NODE:NODE:NODE:NODE``, each NODE
    written ``operation~input+operation~input``; nothing in it needs quotes in a shell or in a CSV file.

    Parameters
    ----------
    normal, reduction : ZooCell

    Raises
    ------
    InvalidInput
        If either is no `ZooCell`.

    Examples
    --------
    >>> nodes = [[["conv_3x3", 0], ["identity", 1]]] * 5
    >>> arch = ZooArch.from_json({"normal": nodes, "reduction": nodes})
    >>> arch.to_string()[:60]
    'normal:conv_3x3~0+identity~1:conv_3x3~0+identity~1:conv_3x3~'
    >>> ZooArch.parse(arch.to_string()) == arch
    True
    """

    normal: ZooCell
    reduction: ZooCell

    def __post_init__(self) -> None:
        for name in CELLS:
            cell = getattr(self, name)
            if not isinstance(cell, ZooCell):
                raise InvalidInput(f"the {name} cell must be a ZooCell, not {cell!r}: see ZooCell.parse and .from_json")

    @classmethod
    def parse(cls, text: str) -> ZooArch:
        """Return the architecture that `to_string` wrote.

        Raises
        ------
        InvalidInput
            If `text` is anything else; the message names the cell, the node and the edge.
        """
        named = [part.split(":", 1) for part in text.strip().split("/")]
        if tuple(part[0] for part in named) != CELLS or any(len(part) == 1 for part in named):
            raise InvalidInput(f"{text!r} is no architecture of zoo13: give {EXAMPLE}.{_other_space(text)}")
        return cls(*(_within(name, ZooCell.parse, nodes) for name, nodes in named))

    def to_string(self) -> str:
        """Return both cells as text."""
        return f"normal:{self.normal.to_string()}/reduction:{self.reduction.to_string()}"

    @classmethod
    def from_json(cls, value: Any) -> ZooArch:
        """Return the architecture that `to_json` wrote."""
        cells = _fields(value, CELLS)
        return cls(*(_within(name, ZooCell, cells[name]) for name in CELLS))

    def to_json(self) -> dict[str, Any]:
        """Return ``{"normal": nodes, "reduction": nodes}``, the nodes as in `ZooCell.to_json`."""
        return {name: getattr(self, name).to_json()["nodes"] for name in CELLS}

    def __str__(self) -> str:
        return self.to_string()


_SAME = ":".join(["sep_conv_3x3~0+identity~1"] * N_NODES)
EXAMPLE = f"text such as 'normal:{_SAME}/reduction:{_SAME}'"


def _parsed_node(place: int, text: str) -> Node:
    edges = re.fullmatch(r"([^~+]+)~([0-9]+)\+([^~+]+)~([0-9]+)", text)
    if edges is None:
        raise InvalidInput(
            f"node {place} is {text!r}, not two edges: write operation~input+operation~input, such as "
            "'sep_conv_3x3~0+identity~1'"
        )
    for letter, source in (("A", edges[2]), ("B", edges[4])):
        if len(source) > 1:  # `int` would take "01"
            raise InvalidInput(_no_input(place, letter, source))
    return (edges[1], int(edges[2])), (edges[3], int(edges[4]))


def _checked(nodes: Any) -> tuple[Node, ...]:
    if not isinstance(nodes, (list, tuple)):
        raise InvalidInput(f"the nodes of a cell must be a tuple of {N_NODES}, not {nodes!r}")
    _check_number(len(nodes))
    return tuple(_checked_node(place, node) for place, node in enumerate(nodes))


def _check_number(n_nodes: int) -> None:
    if n_nodes != N_NODES:
        raise InvalidInput(f"a cell has {N_NODES} nodes, not {n_nodes}")


def _checked_node(place: int, node: Any) -> Node:
    pairs = isinstance(node, (list, tuple)) and all(isinstance(edge, (list, tuple)) and len(edge) == 2 for edge in node)
    if not pairs or len(node) != 2:
        raise InvalidInput(f"node {place} must be ((operation, input), (operation, input)), not {node!r}")
    for letter, (operation, source) in zip("AB", node, strict=True):
        if operation not in OPERATIONS:
            raise InvalidInput(
                f"operation {operation!r} of edge {letter} of node {place} is not of zoo13: valid are "
                f"{', '.join(OPERATIONS)}.{did_you_mean(operation, list(OPERATIONS))}"
            )
        if isinstance(source, bool) or not isinstance(source, (int, np.integer)) or not 0 <= source < place + 2:
            raise InvalidInput(_no_input(place, letter, source))
    (first, a), (second, b) = node
    return (str(first), int(a)), (str(second), int(b))


def _no_input(place: int, letter: str, source: object) -> str:
    return (
        f"edge {letter} of node {place} cannot read the input {source!r}: valid are 0..{place + 1} "
        "(0 and 1 are the inputs of the cell, j + 2 is node j)"
    )


def _within(name: str, read: Callable[[Any], ZooCell], value: Any) -> ZooCell:
    try:
        return read(value)
    except InvalidInput as error:
        raise type(error)(f"{name} cell: {error}") from None


def _fields(value: Any, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(names):
        given = ", ".join(map(str, value)) if isinstance(value, dict) else repr(value)
        raise InvalidInput(f"expected a dict with {' and '.join(names)}, not {given}")
    return value


def _other_space(text: str) -> str:
    return " This looks like a string of nasbench201." if re.match(r"\s*\|\w+~0\|\+", text) else ""
