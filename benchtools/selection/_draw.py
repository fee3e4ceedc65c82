"""Drawing without replacement."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["draw", "drawing_order"]


def draw(weights: NDArray[np.float64], k: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Draw `k` examples one after another, each with a chance proportional to its weight among those left.

    Successive sampling by exponential keys (Efraimidis and Spirakis): the k smallest of E / weight, where E is
    exponential, in their order. The keys do not depend on k, so that a smaller k gives a prefix. Time is linear in n,
    but for sorting the k.

    Returns
    -------
    ndarray of int64, shape (k,)
        Positions in the order in which they were drawn.
    """
    keys = generator.exponential(size=len(weights)) / weights
    rows = np.argpartition(keys, k - 1)[:k] if k < len(keys) else np.arange(len(keys))
    return rows[np.lexsort((rows, keys[rows]))].astype(np.int64)


def drawing_order(weights: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.int64]:
    """Return all positions in the order in which `draw` takes them."""
    return draw(weights, len(weights), generator)
