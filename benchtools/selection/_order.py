"""The k best by a value, in linear time, with a stated rule for ties."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchtools.selection._input import check_choice

__all__ = ["TIES", "TIE_RULES", "lowest"]

TIES = ("index", "random")
TIE_RULES = {"index": "the lower index", "random": "a random order by rng"}


def lowest(
    values: NDArray[np.float64], k: int, generator: np.random.Generator, ties: str = "index"
) -> NDArray[np.int64]:
    """Return the positions of the `k` smallest values, the smallest first, shape (k,).

    Ties go to the lower index, or to a random order of all examples that depends on the generator and not on k: a
    smaller k gives a prefix. Time is linear in n, but for sorting the k.

    Examples
    --------
    >>> lowest(np.array([2.0, 1.0, 0.0, 1.0]), 2, np.random.default_rng(0)).tolist()
    [2, 1]
    """
    check_choice("ties", ties, TIES)
    n = len(values)
    key = np.arange(n) if ties == "index" else generator.permutation(n)
    if k < n:
        threshold = np.partition(values, k - 1)[k - 1]
        below = np.flatnonzero(values < threshold)
        at = np.flatnonzero(values == threshold)
        missing = k - len(below)
        if ties == "random" and missing < len(at):
            at = at[np.argpartition(key[at], missing - 1)]
        rows = np.concatenate([below, at[:missing]])
    else:
        rows = np.arange(n)
    return rows[np.lexsort((key[rows], values[rows]))].astype(np.int64)
