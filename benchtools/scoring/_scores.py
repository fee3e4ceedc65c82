"""One value, or one row of features, per training example, with what produced it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.errors import InvalidInput
from benchtools.provenance import Provenance, digest_array
from benchtools.scoring._checks import KINDS, as_indices, as_labels, as_values, check_labels_match
from benchtools.scoring._npz import plain, read_npz, write_npz
from benchtools.scoring._text import read_lines, write_lines

__all__ = ["Scores"]


@dataclass(frozen=True, eq=False)
class Scores:
    """Per-example scores of a data set: what every selection method reads.

    Attributes
    ----------
    values : ndarray of float, shape (n,) or (n, d)
        One value per example (float64), or a row of features or of probes' correctness (float32 or float64). A float
        array is not copied: do not write to it afterwards.
    kind : {"entropy", "forgetting", "features", "loss", "reconstruction_loss", "correctness"}
        What the values are. Entropies and losses are in nats (natural logarithm); correctness is 0 or 1, a column per
        probe network.
    dataset : str
        Name of the data set.
    dataset_digest : str or None
        SHA-256 of the data set's images and labels; None where it is not known, as in a text file.
    labels : ndarray of int64, shape (n,), or None
        Class of each example.
    indices : ndarray of int64, shape (n,), or None
        Index of each row in the data set; None for 0..n-1. Of a held-out part, say.
    parameters : mapping
        What produced the values: model, epochs, seed ...
    provenance : Provenance
        Versions and inputs.

    Raises
    ------
    InvalidInput
        If a value is not finite (with the count and the first index), or a shape, kind, label or index does not fit.

    Examples
    --------
    >>> scores = Scores([0.3, 0.0, 1.2], kind="entropy", dataset="toy", labels=[0, 1, 1])
    >>> len(scores), scores.values.dtype.name, len(scores.digest)
    (3, 'float64', 64)
    """

    values: NDArray[Any]
    kind: str
    dataset: str
    dataset_digest: str | None = None
    labels: NDArray[np.int64] | None = None
    indices: NDArray[np.int64] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    provenance: Provenance = field(default_factory=Provenance.now)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InvalidInput(f"kind={self.kind!r} is not known: choose one of {', '.join(KINDS)}")
        values = as_values(self.values, self.kind)
        n = len(values)
        labels = None if self.labels is None else as_labels(self.labels, n)
        indices = None if self.indices is None else as_indices(self.indices, n)
        fixed = {"values": values, "labels": labels, "indices": indices}
        fixed["parameters"] = plain(self.parameters, "the scores")  # type: ignore[assignment]
        for name, value in fixed.items():
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        shape = " x ".join(f"{length:,}" for length in self.values.shape)
        return f"Scores({self.kind} of {self.dataset}, {shape})"

    @cached_property
    def digest(self) -> str:
        """SHA-256 of values, labels, indices, kind and data set: equal where the numbers are, whenever computed."""
        digest = hashlib.sha256(f"{self.kind}\n{self.dataset}\n{self.dataset_digest}\n".encode())
        for array in (self.values, self.labels, self.indices):
            digest.update(b"none" if array is None else digest_array(array).encode())
        return digest.hexdigest()

    def index_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the indices in the data set of `rows`, positions in `values`."""
        return rows if self.indices is None else self.indices[rows]

    def require_dataset(
        self, name: str, digest: str | None = None, labels: ArrayLike | None = None, what: str = "the scores"
    ) -> None:
        """Refuse to be used with another data set.

        Raises
        ------
        InvalidInput
            If the digests differ, if the names do where a digest is not known, or if the labels do.
        """
        known = digest is not None and self.dataset_digest is not None
        if known and digest != self.dataset_digest:
            raise InvalidInput(
                f"{what} are of {self.dataset} (digest {str(self.dataset_digest)[:12]}), not of {name} (digest "
                f"{str(digest)[:12]}): use scores of the same data set, or score this one"
            )
        if not known and name != self.dataset:
            raise InvalidInput(f"{what} are of the data set {self.dataset!r}, not of {name!r}: use scores of {name!r}")
        if labels is not None and self.labels is not None:
            check_labels_match(as_labels(labels, len(self)), self.labels)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write everything to a ``.npz`` file that `load` reads; whole or not at all."""
        header = {name: getattr(self, name) for name in ("kind", "dataset", "dataset_digest")}
        header |= {"parameters": self.parameters, "provenance": self.provenance.to_dict(), "digest": self.digest}
        arrays = {"values": self.values, "labels": self.labels, "indices": self.indices}
        return write_npz(path, "Scores", header, arrays)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Scores:
        """Return the scores that `save` wrote.

        Raises
        ------
        StoreError
            If the file cannot be opened.
        InvalidInput
            If it holds no scores, is damaged, or was changed.
        """
        header, arrays = read_npz(path, "Scores")
        try:
            scores = cls(
                arrays["values"], header["kind"], header["dataset"], header["dataset_digest"], arrays.get("labels"),
                arrays.get("indices"), header["parameters"], Provenance(**header["provenance"]),
            )  # fmt: skip
            digest = header["digest"]
        except (KeyError, TypeError) as error:
            raise InvalidInput(f"{path} is damaged ({type(error).__name__}: {error}): save the scores again") from error
        if digest != scores.digest:
            raise InvalidInput(f"{path} was changed after it was saved (its digest differs): save the scores again")
        return scores

    @classmethod
    def read_text(
        cls, path: str | PathLike[str], *, dataset: str, dataset_digest: str | None = None, kind: str = "entropy"
    ) -> Scores:
        """Return the scores of a published text file: ``index entropy label``, a line per example, in any order.

        Raises
        ------
        StoreError
            If the file cannot be read.
        InvalidInput
            If a line does not fit (with its number), or an index is missing or stands twice.
        """
        values, labels = read_lines(path)
        made = Provenance.now({"file": Path(path).name})
        return cls(values, kind, dataset, dataset_digest, labels, provenance=made)

    def write_text(self, path: str | PathLike[str]) -> Path:
        """Write ``index value label``, a line per example, in the order of the indices; all digits are kept.

        Raises
        ------
        InvalidInput
            If there is a row per example, there are no labels, or the scores are of a part of the data set.
        """
        if self.values.ndim != 1 or self.labels is None or self.indices is not None:
            raise InvalidInput(
                f"{self!r} cannot be written as 'index value label': one value and one label for each example of the "
                "data set are needed; use save"
            )
        return write_lines(path, self.values, self.labels)
