"""The `Dataset`: images, labels and everything that is known of them. NumPy only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchtools.datasets._facts import Facts, measure
from benchtools.errors import InvalidInput, NotFound, WrongType
from benchtools.provenance import Provenance
from benchtools.registry import did_you_mean

__all__ = ["Dataset", "Images", "Labels", "Split"]

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]
PARTS = ("train", "test")


@dataclass(frozen=True, eq=False)
class Split:
    """A named list of images of one part of a data set.

    Attributes
    ----------
    part : str
        ``"train"`` or ``"test"``: the images that `indices` count.
    indices : ndarray of int64, shape (n,)
        Different positions in the part, from 0.
    """

    part: str
    indices: Labels


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled images: uint8, channels last, in memory or memory-mapped; never changed.

    Attributes
    ----------
    name : str
        What it is called.
    train_images, test_images : ndarray of uint8, shape (n, h, w, c)
        One or three channels. The test part may be empty.
    train_labels, test_labels : ndarray of int64, shape (n,)
        Position of each image's class in `classes`.
    classes : tuple of str
        Names of the classes.
    source : str
        What it was read from, in words.
    provenance : Provenance
        When it was read, by which versions, from what.
    splits : mapping of str to Split
        Named lists of images, beside the parts ``train`` and ``test`` themselves.
    positions : mapping of str to ndarray of int64
        For a data set that is part of a larger one: the positions there, by part (``train``, ``test``).
    notes : tuple of str
        What a user must know: files that were skipped, say.
    known : Facts or None
        Digest, means and deviations where they were computed before; otherwise computed at first use.

    Raises
    ------
    InvalidInput
        If arrays do not fit each other, or a label is outside the classes.
    WrongType
        If images are not uint8 or labels not int64.

    Examples
    --------
    >>> from benchtools.datasets import load_dataset
    >>> digits = load_dataset("digits")
    >>> digits
    Dataset('digits': 1,442 training and 355 test images of 8x8x1, 10 classes)
    >>> digits.train_images.dtype, digits.train_labels[:5].tolist()
    (dtype('uint8'), [0, 1, 2, 3, 4])
    """

    name: str
    train_images: Images
    train_labels: Labels
    test_images: Images
    test_labels: Labels
    classes: tuple[str, ...]
    source: str
    provenance: Provenance = field(default_factory=Provenance.now)
    splits: Mapping[str, Split] = field(default_factory=dict)
    positions: Mapping[str, Labels] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    known: Facts | None = None

    def __post_init__(self) -> None:
        if not self.classes:
            raise InvalidInput(f"{self.name} has no classes: name at least one")
        for part in PARTS:
            self._check_part(part)
        if not len(self.train_images):
            raise InvalidInput(f"{self.name} has no training images")
        if self.train_images.shape[1:] != self.test_images.shape[1:]:
            raise InvalidInput(
                f"{self.name} has training images of {_size(self.train_images)} and test images of "
                f"{_size(self.test_images)}: both must be of one size"
            )
        for name, split in self.splits.items():
            self._check_split(name, split)
        for part, positions in self.positions.items():
            if part not in PARTS or positions.shape != self._labels(part).shape:
                raise InvalidInput(f"{self.name}: the positions of {part!r} are not one for each of its images")

    def _check_part(self, part: str) -> None:
        images, labels = self._images(part), self._labels(part)
        if images.dtype != np.uint8 or labels.dtype != np.int64:
            raise WrongType(
                f"{self.name}: images must be uint8 and labels int64; those of the {part} part are {images.dtype} "
                f"and {labels.dtype}"
            )
        if images.ndim != 4 or images.shape[3] not in (1, 3) or 0 in images.shape[1:]:
            raise InvalidInput(
                f"{self.name}: images must have the shape (n, height, width, channels) with 1 or 3 channels; those of "
                f"the {part} part have {images.shape}"
            )
        if labels.shape != images.shape[:1]:
            raise InvalidInput(f"{self.name}: the {part} part has {len(images):,} images and {labels.size:,} labels")
        outside = np.flatnonzero((labels < 0) | (labels >= len(self.classes)))
        if outside.size:
            first = int(outside[0])
            raise InvalidInput(
                f"{self.name}: {outside.size:,} labels of the {part} part are outside its {len(self.classes)} classes "
                f"(0 to {len(self.classes) - 1}); the first is {labels[first]}, of image {first}"
            )

    def _check_split(self, name: str, split: Split) -> None:
        if name in PARTS or split.part not in PARTS:
            raise InvalidInput(
                f"{self.name}: a split is of the part 'train' or 'test', and has another name than these"
            )
        n, indices = len(self._labels(split.part)), split.indices
        if indices.ndim != 1 or indices.dtype != np.int64:
            raise WrongType(f"{self.name}: the split {name!r} must be a list of whole numbers (int64)")
        if indices.size and (indices.min() < 0 or indices.max() >= n):
            raise InvalidInput(
                f"{self.name}: the split {name!r} goes from {indices.min()} to {indices.max()}, and its {split.part} "
                f"part has {n:,} images (0 to {n - 1})"
            )
        if len(np.unique(indices)) != indices.size:
            raise InvalidInput(f"{self.name}: the split {name!r} has an image twice")

    def _images(self, part: str) -> Images:
        return self.train_images if part == "train" else self.test_images

    def _labels(self, part: str) -> Labels:
        return self.train_labels if part == "train" else self.test_labels

    @property
    def resolution(self) -> tuple[int, int]:
        """Native height and width [pixels]."""
        height, width = self.train_images.shape[1:3]
        return height, width

    @property
    def channels(self) -> int:
        """Number of channels, 1 or 3."""
        return int(self.train_images.shape[3])

    @cached_property
    def facts(self) -> Facts:
        """Digest, and mean and deviation per channel of the training images; one pass over all of it at first use."""
        if self.known is not None:
            return self.known
        return measure(self.train_images, self.train_labels, self.test_images, self.test_labels)

    @property
    def mean(self) -> tuple[float, ...]:
        """Mean of the training images per channel, as a share of 255."""
        return self.facts.mean

    @property
    def std(self) -> tuple[float, ...]:
        """Standard deviation of all pixels of the training images per channel, as a share of 255."""
        return self.facts.std

    @property
    def digest(self) -> str:
        """SHA-256 of the images and labels of both parts."""
        return self.facts.digest

    def split_names(self) -> list[str]:
        """Return the names that `split` takes."""
        return [*PARTS, *self.splits]

    def split(self, name: str) -> Split:
        """Return the images of a split, or of the whole part ``train`` or ``test``.

        Raises
        ------
        NotFound
            If there is no split of that name; the message lists those that exist.
        """
        if name in PARTS:
            return Split(name, np.arange(len(self._labels(name)), dtype=np.int64))
        if name not in self.splits:
            names = self.split_names()
            raise NotFound(
                f"{self.name} has no split {name!r}: there is {', '.join(names)}.{did_you_mean(name, names)}"
            )
        return self.splits[name]

    def images(self, split: str = "train") -> Images:
        """Return the images of a split; those of ``train`` and ``test`` without a copy."""
        chosen = self.split(split)
        return self._images(split) if split in PARTS else self._images(chosen.part)[chosen.indices]

    def labels(self, split: str = "train") -> Labels:
        """Return the labels of a split; those of ``train`` and ``test`` without a copy."""
        chosen = self.split(split)
        return self._labels(split) if split in PARTS else self._labels(chosen.part)[chosen.indices]

    def with_splits(self, splits: Mapping[str, Split]) -> Dataset:
        """Return the same data set with more splits; the arrays are shared."""
        return replace(self, splits={**self.splits, **splits})

    def describe(self) -> dict[str, str]:
        """Return what it holds, for readers: a line each of parts, classes, statistics, digest, source and notes."""
        lines = {"images": f"{_size(self.train_images)}, uint8", "classes": _listed(self.classes)}
        for name in self.split_names():
            labels = self.labels(name)
            where = "" if name in PARTS else f" of {self.splits[name].part}"
            if not labels.size:
                lines[name] = "no images"
                continue
            counts = np.bincount(labels, minlength=len(self.classes))
            spread = f"{counts.min():,}" if counts.min() == counts.max() else f"{counts.min():,} to {counts.max():,}"
            lines[name] = f"{labels.size:,} images{where}, {spread} a class"
        lines["mean"] = ", ".join(f"{value:.4f}" for value in self.mean)
        lines["deviation"] = ", ".join(f"{value:.4f}" for value in self.std)
        lines["digest"] = self.digest
        lines["source"] = self.source
        if self.notes:
            lines["notes"] = "\n".join(self.notes)
        return lines

    def __repr__(self) -> str:
        return (
            f"Dataset({self.name!r}: {len(self.train_images):,} training and {len(self.test_images):,} test images of "
            f"{_size(self.train_images)}, {len(self.classes)} classes)"
        )


def _size(images: Images) -> str:
    return "x".join(map(str, images.shape[1:]))


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:10])
    return f"{len(names)}: {shown}{', ...' if len(names) > 10 else ''}"
