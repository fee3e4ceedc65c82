"""Which training examples a sweep uses: a sample of a pool, random or by a selection method."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchtools.datasets import Dataset
from benchtools.errors import InvalidInput
from benchtools.scoring import Scores, read_scores
from benchtools.selection import get_selector

__all__ = ["choose_within"]


def choose_within(
    dataset: Dataset, pool: NDArray[np.int64], k: int, *, method: str, scores: str | None, seed: int
) -> NDArray[np.int64]:
    """Return k positions of training examples from a pool, ascending.

    Parameters
    ----------
    dataset : Dataset
        The data set.
    pool : ndarray of int64, shape (n_pool,)
        Positions to choose from.
    k : int
        How many.
    method : str
        ``random``, or a selection method.
    scores : str or None
        File of the scores that the method reads, of the whole data set.
    seed : int
        Of the draw.

    Raises
    ------
    InvalidInput
        If the method needs scores and none are named, they are of another data set, or as the method raises.
    """
    if method == "random":
        return np.sort(np.random.default_rng(seed).choice(pool, k, replace=False))
    if scores is None:
        raise InvalidInput(f"{method} reads scores: name a file of them")
    read = read_scores(scores, dataset.name)
    read.require_dataset(dataset.name, dataset.digest, what=f"the scores {scores}")
    within = Scores(read.values[pool], read.kind, read.dataset, read.dataset_digest, dataset.train_labels[pool], pool)
    return np.sort(get_selector(method)(within, k=k, rng=seed).indices)
