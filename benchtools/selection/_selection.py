"""What a selection method gives: which examples, in which order, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput
from benchtools.provenance import Provenance
from benchtools.scoring._npz import plain, read_npz, write_npz

if TYPE_CHECKING:
    from benchtools.selection._describe import Description

__all__ = ["Overlap", "Population", "Selection"]

ARRAYS = ("indices", "scores", "labels", "probabilities")
FIELDS = ("method", "parameters", "seed", "dataset", "dataset_digest", "scores_kind", "scores_digest", "notes")


class Overlap(NamedTuple):
    """How many examples two selections share."""

    common: int
    """Number of examples in both."""
    share: float
    """`common` over the size of the smaller selection."""
    jaccard: float
    """`common` over the number of examples in either."""
    expected: float
    """Number that two random selections of these sizes share on average."""


@dataclass(frozen=True)
class Population:
    """What a selection was taken from, in short.

    Attributes
    ----------
    n : int
        Number of examples.
    class_counts : mapping of int to int
        Examples of each class; empty without labels.
    quantiles : tuple of float
        Deciles of the scores from minimum to maximum (11 numbers); empty where there is no value per example.
    """

    n: int
    class_counts: Mapping[int, int] = field(default_factory=dict)
    quantiles: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Selection:
    """Examples of a data set that a method chose.

    Attributes
    ----------
    indices : ndarray of int64, shape (k,)
        Distinct indices in the data set, in the method's order: by rank, or as they were drawn.
    method : str
        Name of the selector.
    parameters : mapping
        Its parameters, k and `balance` among them.
    seed : int or None
        Seed of the random numbers; None where a generator was given.
    dataset, dataset_digest : str, str or None
        The data set.
    scores_kind, scores_digest : str
        The scores that the method read.
    population : Population
        What was chosen from.
    scores : ndarray of float64, shape (k,), or None
        What the method ranked each chosen example by, in the order of `indices`; None where there is no such value.
    labels : ndarray of int64, shape (k,), or None
        Class of each chosen example.
    probabilities : ndarray of float64, shape (n,), or None
        Chance of each example to be the first one drawn, sum 1, a row of the scores each; None where nothing is drawn.
    notes : tuple of str
        Remarks: which rule broke ties, how many entropies were clamped.
    provenance : Provenance
        Versions and inputs.

    Raises
    ------
    InvalidInput
        If an index stands twice or is negative, or lengths differ.

    Examples
    --------
    >>> from benchtools.scoring import Scores
    >>> from benchtools.selection import entropy_top
    >>> scores = Scores([0.3, 0.0, 1.2, 0.7], kind="entropy", dataset="toy", labels=[0, 1, 1, 0])
    >>> entropy_top(scores, k=2).indices
    array([2, 3])
    """

    indices: NDArray[np.int64]
    method: str
    parameters: Mapping[str, Any]
    seed: int | None
    dataset: str
    dataset_digest: str | None
    scores_kind: str
    scores_digest: str
    population: Population
    scores: NDArray[np.float64] | None = None
    labels: NDArray[np.int64] | None = None
    probabilities: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()
    provenance: Provenance = field(default_factory=Provenance.now)

    def __post_init__(self) -> None:
        indices = np.asarray(self.indices)
        if indices.ndim != 1 or len(indices) == 0 or indices.dtype.kind not in "iu":
            raise InvalidInput(
                f"indices have dtype {indices.dtype}, shape {indices.shape}: a vector of whole numbers is needed, with "
                "at least one"
            )
        if indices.min() < 0:
            raise InvalidInput(f"index {indices.min()} is negative: indices count from 0")
        if repeated := len(indices) - len(np.unique(indices)):
            raise InvalidInput(f"{repeated} of {len(indices)} indices stand twice: a selection holds each example once")
        lengths = {"scores": len(indices), "labels": len(indices), "probabilities": self.population.n}
        fixed: dict[str, Any] = {"indices": np.ascontiguousarray(indices, dtype=np.int64)}
        for name, length in lengths.items():
            if (array := getattr(self, name)) is None:
                continue
            if np.shape(array) != (length,):
                raise InvalidInput(f"{name} have shape {np.shape(array)}: ({length},) is needed")
            fixed[name] = np.asarray(array, dtype=np.int64 if name == "labels" else np.float64)
        for name, array in fixed.items():
            view = array.view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)
        object.__setattr__(self, "parameters", plain(self.parameters, f"the selection {self.method}"))
        object.__setattr__(self, "notes", tuple(self.notes))

    def __len__(self) -> int:
        return len(self.indices)

    def __repr__(self) -> str:
        return f"Selection({self.method}, {len(self):,} of {self.population.n:,} examples of {self.dataset})"

    def relabelled(self) -> NDArray[np.int64]:
        """Return the labels counted anew, from 0 over the classes that were kept, shape (k,).

        A method that reduces the classes names those it keeps in ``parameters["kept_labels"]``; else they are the
        classes of the data set.

        Raises
        ------
        InvalidInput
            If the selection has no labels.
        """
        if self.labels is None:
            raise InvalidInput(f"{self!r} has no labels: select from scores that have them")
        kept = np.array(sorted(self.parameters.get("kept_labels") or self.population.class_counts), dtype=np.int64)
        counted: NDArray[np.int64] = np.searchsorted(kept, self.labels).astype(np.int64)
        return counted

    def overlap(self, other: Selection) -> Overlap:
        """Return how many examples this selection shares with `other`.

        Raises
        ------
        InvalidInput
            If `other` is of another data set.
        """
        digests = (self.dataset_digest, other.dataset_digest)
        differ = digests[0] != digests[1] if None not in digests else self.dataset != other.dataset
        if differ:
            raise InvalidInput(
                f"{self!r} and {other!r} are of different data sets (digests {str(digests[0])[:12]} and "
                f"{str(digests[1])[:12]}): their indices mean different examples; compare selections of one data set"
            )
        common = len(np.intersect1d(self.indices, other.indices, assume_unique=True))
        either = len(self) + len(other) - common
        expected = len(self) * len(other) / max(self.population.n, other.population.n)
        return Overlap(common, common / min(len(self), len(other)), common / either, expected)

    def describe(self) -> Description:
        """Return counts, class shares and score quantiles, of the selection beside the data set."""
        from benchtools.selection._describe import describe

        return describe(self)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write everything to a compressed ``.npz`` file that `load` reads; whole or not at all."""
        header = {name: getattr(self, name) for name in FIELDS} | {"provenance": self.provenance.to_dict()}
        counts = [[label, count] for label, count in self.population.class_counts.items()]
        header["population"] = [self.population.n, counts, list(self.population.quantiles)]
        return write_npz(path, "Selection", header, {name: getattr(self, name) for name in ARRAYS}, compress=True)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Selection:
        """Return the selection that `save` wrote.

        Raises
        ------
        StoreError
            If the file cannot be opened.
        InvalidInput
            If it holds no selection or is damaged.
        """
        header, arrays = read_npz(path, "Selection")
        try:
            n, counts, quantiles = header["population"]
            held = {name: header[name] for name in FIELDS} | {name: arrays.get(name) for name in ARRAYS}
            population = Population(n, dict(counts), tuple(quantiles))
            return cls(**held, population=population, provenance=Provenance(**header["provenance"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput(
                f"{path} is damaged ({type(error).__name__}: {error}): save the selection again"
            ) from error
