"""Checks of what a picture is drawn from: the same data set as the selection's, and how many examples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchtools.datasets import Dataset
from benchtools.errors import InvalidInput, WrongType
from benchtools.scoring import Scores
from benchtools.selection import Selection

__all__ = ["check_count", "require_images", "rows_of"]


def rows_of(selection: Selection, scores: Scores, what: str = "the scores") -> NDArray[np.int64]:
    """Return the rows of `scores` that `selection` took, shape (k,), in its order.

    Raises
    ------
    WrongType
        If `selection` is no `Selection`, or `scores` are no `Scores`.
    InvalidInput
        If they are of another data set, lack an example, or their labels differ.
    """
    for given, wanted in ((selection, Selection), (scores, Scores)):
        if not isinstance(given, wanted):
            raise WrongType(f"a {type(given).__name__} is given where a benchtools {wanted.__name__} is needed")
    scores.require_dataset(selection.dataset, selection.dataset_digest, what=what)
    n, known = selection.population.n, selection.dataset_digest is not None and scores.dataset_digest is not None
    if not known and scores.indices is None and len(scores) != n:
        raise InvalidInput(
            f"{what} are of {len(scores):,} examples of {scores.dataset}, and the selection was taken from {n:,}: "
            "use scores of all examples that it was taken from"
        )
    held = np.arange(len(scores)) if scores.indices is None else scores.indices
    order = np.argsort(held, kind="stable")
    places = np.minimum(np.searchsorted(held, selection.indices, sorter=order), len(held) - 1)
    rows = order[places].astype(np.int64)
    if absent := int((held[rows] != selection.indices).sum()):
        raise InvalidInput(
            f"{what} lack {absent:,} of the {len(selection):,} selected examples: use scores of all examples that the "
            "selection was taken from"
        )
    if scores.labels is not None:
        _check_labels(selection, scores.labels[rows], what)
    return rows


def require_images(selection: Selection, dataset: Dataset) -> None:
    """Refuse a data set that the selection was not taken from.

    Raises
    ------
    WrongType
        If `selection` is no `Selection`, or `dataset` no `Dataset`.
    InvalidInput
        If it is another data set, its training part is smaller, or its labels differ.
    """
    for given, wanted in ((selection, Selection), (dataset, Dataset)):
        if not isinstance(given, wanted):
            raise WrongType(f"a {type(given).__name__} is given where a benchtools {wanted.__name__} is needed")
    digest, n = selection.dataset_digest, len(dataset.train_labels)
    if digest is not None and digest != dataset.digest:
        raise InvalidInput(
            f"the selection is of {selection.dataset} (digest {digest[:12]}), not of {dataset.name} (digest "
            f"{dataset.digest[:12]}): load the data set that was scored"
        )
    if digest is None and dataset.name != selection.dataset:
        raise InvalidInput(
            f"the selection is of the data set {selection.dataset!r}, not of {dataset.name!r}: load the data set that "
            "was scored"
        )
    if (last := int(selection.indices.max())) >= n:
        raise InvalidInput(
            f"the selection holds example {last:,}, and {dataset.name} has {n:,} training images: load the data set "
            "that was scored, whole"
        )
    _check_labels(selection, dataset.train_labels[selection.indices], f"the data set {dataset.name}")


def check_count(name: str, value: object, least: int) -> int:
    """Return a number of examples to show, checked."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise InvalidInput(f"{name}={value!r} must be a whole number of at least {least}")
    return int(value)


def _check_labels(selection: Selection, labels: NDArray[np.int64], what: str) -> None:
    if selection.labels is not None and (differ := int((labels != selection.labels).sum())):
        raise InvalidInput(
            f"{differ:,} of {len(selection):,} labels of the selection are not those of {what}: another data set, "
            "another part of it, or another order?"
        )
