"""Which nodes of a cell of NAS-Bench-1Shot1 count, and what enters them."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from benchtools.networks._gates import Gates

__all__ = ["OPERATIONS", "OUTPUT", "Parents", "inputs_of", "parents_of_gates", "reaching"]

OPERATIONS, OUTPUT = "operations", "output"  # kinds of decisions, beside the inputs of each block

Parents = Mapping[int, Tensor | None]  # nodes (0: the cell's input), and what each is multiplied by; None: as it is


def inputs_of(block: int) -> str:
    """Return the kind of decision that weighs what enters a choice block, counted from 1."""
    return f"inputs_{block}"


def parents_of_gates(gates: Gates, n_blocks: int) -> dict[int, Parents]:
    """Return the parents of each node that reaches the output, which is the last.

    Parents of weight zero are left out where a look costs nothing: on the CPU, if no gradient is due.
    """
    found: dict[int, Parents] = {}
    for node in range(1, n_blocks + 2):
        weights = gates.weights.get(inputs_of(node) if node <= n_blocks else OUTPUT)
        if weights is None:  # the node has no choice
            found[node] = dict.fromkeys(range(node))
            continue
        parents = dict(enumerate(weights[0].unbind()))
        found[node] = parents
        if not weights.requires_grad and weights.device.type == "cpu":
            known = weights[0].tolist()
            found[node] = {one: None if known[one] == 1 else by for one, by in parents.items() if known[one]}
    return reaching(found)


def reaching(parents: Mapping[int, Parents]) -> dict[int, Parents]:
    """Keep the nodes that reach the last one, in ascending order."""
    reached = {max(parents)}
    for node in sorted(parents, reverse=True):
        if node in reached:
            reached |= {*parents[node]}
    return {node: parents[node] for node in sorted(parents) if node in reached}
