"""Which examples train the weights of a supernet, and which its architecture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput, WrongType
from benchtools.provenance import digest_array

if TYPE_CHECKING:
    from benchtools.datasets import Dataset
    from benchtools.selection import Selection

__all__ = ["How", "SearchData", "split_data"]

How = Literal["halves", "order", "within", "test"]
Positions = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SearchData:
    """The two parts of a search.

    Attributes
    ----------
    dataset : Dataset
        The data set.
    weights : ndarray of int64, shape (n_weights,)
        Positions of the training examples that weights are trained on.
    held_out : ndarray of int64, shape (n_held_out,)
        Positions of the examples that alphas, controllers and candidates see, in the part `held_out_split`.
    held_out_split : {"train", "test"}
        Where they are from.
    classes : tuple of int
        The classes that occur, ascending: class ``classes[i]`` is label i of the supernet.
    """

    dataset: Dataset
    weights: Positions
    held_out: Positions
    held_out_split: str
    classes: tuple[int, ...]

    @property
    def digest(self) -> str:
        """A digest of both parts."""
        return digest_array(np.concatenate([self.weights, [-1], self.held_out]))


def split_data(
    dataset: Dataset,
    selection: Selection | Positions | None = None,
    *,
    how: How = "halves",
    share: float = 0.5,
    rng: np.random.Generator | int = 0,
) -> SearchData:
    """Split training examples, or a proxy of them, in two.

    Parameters
    ----------
    dataset : Dataset
        The data set.
    selection : Selection or array of int, optional
        The proxy: positions of training examples; all of them by default.
    how : {"halves", "order", "within", "test"}
        ``halves``: what is selected is shuffled, and split (S3). ``order``: the same without a shuffle of its ascending
        positions, as NAS-Bench-1Shot1 splits. ``within``: all training examples are shuffled and split, and what is
        selected of each part stays there (S0). ``test``: weights take all that is selected, and the architecture half
        of the test part, as NAS-Bench-201 does for CIFAR-100.
    share : float, default 0.5
        Share of the examples that weights are trained on.
    rng : numpy.random.Generator or int, default 0
        Source of the shuffle: the same number splits the same examples in the same way.

    Raises
    ------
    InvalidInput
        If a part is empty, the selection is of another data set, or a class has no example among the weights'.
    WrongType
        If positions are no whole numbers: of a mask, give ``numpy.flatnonzero(mask)``.

    Notes
    -----
    A proxy of fewer classes makes a task of fewer classes: labels are numbered anew, and the classes of the held-out
    part that do not occur are left out.

    References
    ----------
    S3 (paper 003), section 4; S0 (paper 000), section 4.

    Examples
    --------
    >>> from benchtools.datasets import load_dataset
    >>> data = split_data(load_dataset("digits"), np.arange(200))
    >>> len(data.weights), len(data.held_out), len(data.classes)
    (100, 100, 10)
    """
    if how not in ("halves", "order", "within", "test"):
        raise InvalidInput(f"how={how!r} is not known: choose one of halves, order, within, test")
    if not 0 < share < 1:
        raise InvalidInput(f"share must be above 0 and below 1, so that neither part is empty; {share} was given")
    n = len(dataset.train_labels)
    chosen = _positions(dataset, selection)
    generator = np.random.default_rng(rng)
    if how == "test":
        weights, n_test = chosen, len(dataset.test_labels)
        held_out = np.sort(generator.permutation(n_test)[: n_test // 2])
    elif how == "within":
        first = np.zeros(n, dtype=bool)
        first[generator.permutation(n)[: round(share * n)]] = True
        weights, held_out = chosen[first[chosen]], chosen[~first[chosen]]
    else:
        order = generator.permutation(len(chosen)) if how == "halves" else np.arange(len(chosen))
        cut = round(share * len(chosen))
        weights, held_out = np.sort(chosen[order[:cut]]), np.sort(chosen[order[cut:]])
    for what, part in (("the weights", weights), ("the architecture", held_out)):
        if not len(part):
            raise InvalidInput(
                f"of {len(chosen):,} examples a share of {share} leaves none for {what}: take more examples, or "
                "another share"
            )
    labels = dataset.train_labels
    classes = np.unique(labels[weights])
    wanted = np.unique(labels[chosen])
    if len(classes) < len(wanted):
        absent = sorted(set(wanted.tolist()) - set(classes.tolist()))
        raise InvalidInput(
            f"of {len(wanted)} classes {len(absent)} have no example among the {len(weights):,} that weights are "
            f'trained on (the first is {absent[0]}): take a larger proxy, or balance="class"'
        )
    split = "test" if how == "test" else "train"
    held_out = held_out[np.isin(dataset.labels(split)[held_out], classes)]
    if not len(held_out):
        raise InvalidInput(
            f"none of the test examples for the architecture is of the {len(classes)} classes of the proxy: take "
            'another proxy, or how="halves"'
        )
    return SearchData(dataset, weights, held_out, split, tuple(int(one) for one in classes))


def _positions(dataset: Dataset, selection: Selection | Positions | None) -> Positions:
    n = len(dataset.train_labels)
    if selection is None:
        return np.arange(n)
    indices = getattr(selection, "indices", selection)
    digest = getattr(selection, "dataset_digest", None)
    if digest is not None and digest != dataset.digest:
        raise InvalidInput(
            f"the selection is of {getattr(selection, 'dataset', 'another data set')} with another digest than the "
            f"{dataset.name} given: select from this data set"
        )
    given = np.asarray(indices)
    if given.ndim != 1 or given.dtype.kind not in "iu":
        raise WrongType(f"positions must be a list of whole numbers; found {given.dtype} of the shape {given.shape}")
    chosen = np.unique(given.astype(np.int64))
    if not len(chosen) or chosen[0] < 0 or chosen[-1] >= n:
        what = f"those from {chosen[0]} to {chosen[-1]}" if len(chosen) else "none"
        raise InvalidInput(f"positions must be from 0 to {n - 1}, and at least one; {what} were given")
    return chosen
