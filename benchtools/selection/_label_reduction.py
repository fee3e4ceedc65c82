"""Fewer classes: which to keep, before or after the examples are drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput
from benchtools.selection._draw import drawing_order

__all__ = ["ORDERS", "reduce_labels"]

ORDERS = ("labels_first", "samples_first")
SPARE = 2  # labels are kept until they hold so many times k examples: 20 % of the data for 10 %
FIRST_SHARE = 0.5  # of the data, drawn before labels are dropped

Vector = NDArray[np.float64]


def reduce_labels(
    importance: Vector,
    labels: NDArray[np.int64],
    k: int,
    generator: np.random.Generator,
    *,
    order: str,
    n_labels: int | None = None,
    stochastic: bool = False,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw `k` examples of the labels of most importance.

    A label's importance is the sum of its examples': of all of them ("labels_first", S2 section 3.3), or of those in a
    first draw of half the data ("samples_first", S2 section 4), of which those with kept labels remain. In both orders
    exactly k examples are taken in the order of one draw over all examples; where the first draw has too few of the
    kept labels, it goes on.

    Returns
    -------
    ndarray of int64, shape (k,), and ndarray of int64, shape (n_kept,)
        Rows in the order in which they were drawn; the labels kept, the most important first.
    """
    names, group = np.unique(labels, return_inverse=True)
    drawn = drawing_order(importance, generator)
    counted = np.arange(len(labels))
    if order == "samples_first":
        counted = drawn[: max(k, int(FIRST_SHARE * len(labels)))]
    weight = np.bincount(group[counted], weights=importance[counted], minlength=len(names))
    sizes = np.bincount(group, minlength=len(names))
    if stochastic:
        ranking = drawing_order(np.maximum(weight, np.finfo(float).tiny), generator)
    else:
        ranking = np.lexsort((np.arange(len(names)), -weight))
    held = np.cumsum(sizes[ranking])
    if n_labels is None:
        n_labels = min(len(names), int(np.searchsorted(held, min(SPARE * k, len(labels)))) + 1)
    if not 1 <= n_labels <= len(names):
        raise InvalidInput(f"n_labels={n_labels} must be in 1..{len(names)}, the number of classes")
    if held[n_labels - 1] < k:
        raise InvalidInput(
            f"the {n_labels} labels kept hold {held[n_labels - 1]} examples, fewer than k={k}: raise n_labels"
        )
    kept = ranking[:n_labels]
    rows = drawn[np.isin(group[drawn], kept)][:k]
    return rows.astype(np.int64), names[kept].astype(np.int64)
