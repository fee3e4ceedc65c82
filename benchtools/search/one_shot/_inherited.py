"""How well accuracies with shared weights rank architectures as a table does."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import ConstantInputWarning, InvalidInput
from benchtools.ranking import kendall, spearman, tolerant_spearman, top_k_overlap

__all__ = ["Ranking", "inherited_correlation"]

BEST = 1_000
TOLERANCE = 0.15
K = 10


@dataclass(frozen=True)
class Ranking:
    """When a search ranks architectures by its supernet, and which.

    Attributes
    ----------
    archs : tuple of str
        The architectures: a whole space, or a sample of it.
    every : int
        Epochs from one ranking to the next; the last epoch is ranked always.
    n_batches : int or None
        Held-out batches that they are scored on; None for all.

    Examples
    --------
    >>> [epoch for epoch in range(7) if Ranking((), every=3).is_due(epoch, 7)]
    [2, 5, 6]
    """

    archs: tuple[str, ...]
    every: int = 10
    n_batches: int | None = None

    def is_due(self, epoch: int, epochs: int) -> bool:
        """Return whether an epoch, from 0, ends with a ranking."""
        return epoch % self.every == self.every - 1 or epoch == epochs - 1

    def require(self, accuracies: NDArray[np.float64]) -> None:
        """Raise `InvalidInput` if these accuracies of a table do not let it be made: before the search, not after."""
        if self.every < 1 or len(accuracies) < 3 or np.isnan(accuracies).any():
            raise InvalidInput(
                f"a ranking needs at least 3 architectures with an accuracy in the table, and every from 1; "
                f"{len(accuracies)} architectures, {int(np.isnan(accuracies).sum())} of them without, and "
                f"every={self.every} were given"
            )


def inherited_correlation(
    shared: NDArray[np.float64],
    truth: NDArray[np.float64],
    *,
    best: int = BEST,
    k: int = K,
    tolerance: float = TOLERANCE,
) -> dict[str, float]:
    """Compare accuracies with shared weights with those of a table.

    Parameters
    ----------
    shared : ndarray, shape (n_archs,)
        Accuracies with shared weights [%].
    truth : ndarray, shape (n_archs,)
        Accuracies in the table [%].
    best : int, default 1000
        Spearman's rho is taken over so many of the best by `shared`, too.
    k : int, default 10
        Of the overlap of the best.
    tolerance : float, default 0.15
        Of the tolerant rho, for `shared` [%].

    Returns
    -------
    dict of str to float
        ``spearman``, ``kendall``, ``tolerant``, ``spearman_best`` (NaN where there are not more than `best`),
        ``top_k`` (share of the best k that both have), ``n_archs``. NaN where a vector is constant.

    Raises
    ------
    InvalidInput
        If there are fewer than 3 architectures.

    References
    ----------
    A. Zela, J. Siems, F. Hutter: NAS-Bench-1Shot1. ICLR 2020, section 5.2.

    Examples
    --------
    >>> found = inherited_correlation(np.array([1.0, 2.0, 3.0, 5.0]), np.array([10.0, 20.0, 40.0, 30.0]), k=2)
    >>> found["spearman"], found["top_k"]
    (0.8, 1.0)
    """
    shared, truth = np.asarray(shared, np.float64), np.asarray(truth, np.float64)
    if len(shared) != len(truth) or len(shared) < 3:
        raise InvalidInput(
            f"{len(shared)} accuracies with shared weights and {len(truth)} of the table: the same number is needed, "
            "at least 3"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConstantInputWarning)
        found = {
            "spearman": float(spearman(truth, shared).statistic),
            "kendall": float(kendall(truth, shared).statistic),
            "tolerant": float(tolerant_spearman(truth, shared, tolerance).statistic),
            "spearman_best": float("nan"),
        }
        if len(shared) > best:
            first = np.argsort(-shared, kind="stable")[:best]
            found["spearman_best"] = float(spearman(truth[first], shared[first]).statistic)
    found["top_k"] = float(top_k_overlap(truth, shared, min(k, len(shared))).statistic)
    return {**found, "n_archs": float(len(shared))}
