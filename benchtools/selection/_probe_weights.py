"""The importance of an example by which probe networks are right about it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.errors import InvalidInput

__all__ = ["CASE_WEIGHTS", "probe_weights"]

CASE_WEIGHTS = (2.0, 1.0, 6.0, 1.0)


def probe_weights(
    correct: ArrayLike,
    accuracies: Sequence[float] | None = None,
    *,
    weights: Sequence[float] = CASE_WEIGHTS,
    literal: bool = False,
) -> NDArray[np.float64]:
    """Weigh each evaluation example by its case (S2, Algorithm 1).

    Parameters
    ----------
    correct : array_like of 0/1, shape (n, n_probes)
        Whether each probe network, trained on all data, is right about each example; the most complex network first.
    accuracies : sequence of float, shape (n_probes,), optional
        Accuracies of the probes [%], which give their order. Default: the means of `correct`.
    weights : sequence of four floats
        Of the cases: all right; all wrong; those who disagree support the order of the accuracies; they do not.
    literal : bool
        Whether to take Algorithm 1 at its word, for two probes: case 4 asks that the second be at least as accurate as
        the first, and where no case holds the weight is 1. With a first probe that is more accurate, and the default
        weights, the result is the same.

    Returns
    -------
    ndarray of float64, shape (n,)

    Raises
    ------
    InvalidInput
        If shapes or values do not fit.

    Notes
    -----
    With more than two probes the pairs of different accuracy in which one is right vote; a draw does not support the
    order. A pair of equal accuracies has no order: where it disagrees it votes against. Accuracies are equal if they
    are when rounded to 1e-4 %.

    Examples
    --------
    >>> probe_weights([[1, 1], [0, 0], [1, 0], [0, 1]], [92.0, 88.0]).tolist()
    [2.0, 1.0, 6.0, 1.0]
    """
    right = np.asarray(correct)
    if right.ndim != 2 or right.shape[1] < 2 or not np.isin(right, (0, 1)).all():
        raise InvalidInput(
            f"correct has shape {right.shape}: zeros and ones are needed, (n, n_probes), of two probes at least"
        )
    right = right.astype(bool)
    given = right.mean(axis=0) * 100 if accuracies is None else np.asarray(accuracies, dtype=np.float64)
    if given.shape != right.shape[1:] or not np.isfinite(given).all():
        raise InvalidInput(
            f"accuracies={accuracies!r}: one number [%] for each of the {right.shape[1]} probes is needed"
        )
    cases = np.asarray(weights, dtype=np.float64)
    if cases.shape != (4,) or not (np.isfinite(cases) & (cases > 0)).all():
        raise InvalidInput(f"weights={weights!r}: four numbers above 0 are needed, such as 2, 1, 6, 1")
    order = np.round(given * 1e4).astype(np.int64)
    if literal:
        return _literal(right, order, cases)
    supporting = np.zeros(len(right), dtype=np.int64)
    contradicting = np.zeros(len(right), dtype=np.int64)
    for a in range(right.shape[1]):
        for b in range(a + 1, right.shape[1]):
            better, worse = (a, b) if order[a] >= order[b] else (b, a)
            only_better, only_worse = right[:, better] & ~right[:, worse], right[:, worse] & ~right[:, better]
            if order[a] == order[b]:
                contradicting += only_better | only_worse
            else:
                supporting += only_better
                contradicting += only_worse
    agreed = np.where(right.all(axis=1), cases[0], cases[1])
    split = np.where(supporting > contradicting, cases[2], cases[3])
    weighed: NDArray[np.float64] = np.where(supporting + contradicting == 0, agreed, split)
    return weighed


def _literal(right: NDArray[np.bool_], order: NDArray[np.int64], cases: NDArray[np.float64]) -> NDArray[np.float64]:
    if right.shape[1] != 2:
        raise InvalidInput(f"literal=True is for two probes, the upper network first: {right.shape[1]} are given")
    upper, lower = right.T
    supports, contradicts = upper & ~lower & (order[1] < order[0]), lower & ~upper & (order[1] >= order[0])
    return np.select([upper & lower, ~upper & ~lower, supports, contradicts], list(cases), default=1.0)
