"""What the weights of a one-shot model of NAS-Bench-1Shot1 prefer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.errors import InvalidInput

__all__ = ["preferred_operations", "preferred_parents"]

N_OPERATIONS = 3


def preferred_operations(weights: ArrayLike, n_blocks: int) -> list[int]:
    """Return the column of the largest weight of each choice block, the first of equal ones.

    Examples
    --------
    >>> preferred_operations([[0.1, 0.3, 0.2], [0.5, 0.0, 0.5]], 2)
    [1, 0]
    """
    best = _finite(weights, (n_blocks, N_OPERATIONS), "the operations").argmax(axis=1)
    return [int(column) for column in best]


def preferred_parents(weights: Sequence[ArrayLike], n_parents: Sequence[int]) -> list[list[int]]:
    """Return the parents of each node after the input: of the largest weights, the first of equal ones.

    Parameters
    ----------
    weights : sequence of array-like
        One vector for each node that has a choice, in order; node ``i`` has ``i`` weights, in any shape.
    n_parents : sequence of int
        How many parents each node has, from node 1 to the output; one that has as many as there are nodes before it
        has no choice.

    Examples
    --------
    >>> preferred_parents([[0.2, 0.1, 0.9]], [1, 2, 2])
    [[0], [0, 1], [0, 2]]
    """
    free = [node for node, n in enumerate(n_parents, start=1) if n < node]
    if len(weights) != len(free):
        raise InvalidInput(
            f"the parents of {len(free) - 1} choice blocks are free ({', '.join(map(str, free[:-1]))}): give as many "
            f"vectors of weights, not {len(weights) - 1}"
        )
    chosen = {node: list(range(node)) for node in range(1, len(n_parents) + 1)}
    for node, vector in zip(free, weights, strict=True):
        what = "the parents of " + ("the output" if node == len(n_parents) else f"choice block {node}")
        flat = _finite(vector, (node,), what)
        chosen[node] = sorted(np.argsort(-flat, kind="stable")[: n_parents[node - 1]].tolist())
    return list(chosen.values())


def _finite(values: ArrayLike, shape: tuple[int, ...], what: str) -> NDArray[np.float64]:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"the weights of {what} must be numbers in an array of shape {shape}: {error}") from None
    if len(shape) == 1:
        array = array.ravel()
    if array.shape != shape:
        raise InvalidInput(f"the weights of {what} have the shape {array.shape}, not {shape}")
    if not np.isfinite(array).all():
        raise InvalidInput(f"the weights of {what} must be finite: did the search diverge?")
    return array
