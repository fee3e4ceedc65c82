"""From the choices of NAS-Bench-1Shot1 to codes of NAS-Bench-101, all operations at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchtools.spaces._nasbench101_codes import N_OPERATIONS, edge_bit, pack

__all__ = ["Parents", "pruned_codes"]

Parents = tuple[tuple[int, ...], ...]
"""For each node after the input its parents in ascending order; every node has one, the output is the last."""


def pruned_codes(pattern: Parents, labels: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Return the codes, not yet canonical, of one choice of parents with many labellings, without loose ends.

    Every node has a parent, so whatever leads to the output is reached from the input.

    Parameters
    ----------
    pattern : tuple of tuple of int
        The parents.
    labels : numpy.ndarray of int, shape (n_blocks, n_labellings)
        Operations as labels of NAS-Bench-101.

    Returns
    -------
    numpy.ndarray of uint32, shape (n_labellings,)

    Examples
    --------
    Of two choice blocks the second is a loose end, and so are its operations:

    >>> codes = pruned_codes(((0,), (0, 1), (1,)), np.array([[0, 0, 2], [0, 1, 1]]))
    >>> codes[0] == codes[1], codes[1] == codes[2]
    (np.True_, np.False_)
    """
    used = {len(pattern)}
    for node in range(len(pattern), 0, -1):
        if node in used:
            used.update(pattern[node - 1])
    place = {node: rank for rank, node in enumerate(sorted(used))}
    adjacency = 0
    labelling = np.zeros(labels.shape[1], dtype=np.int64)
    for node in sorted(used - {0}):
        adjacency |= sum(1 << edge_bit(place[parent], place[node]) for parent in pattern[node - 1])
        if node < len(pattern):
            labelling = labelling * N_OPERATIONS + labels[node - 1]
    return pack(len(place), adjacency, labelling)
