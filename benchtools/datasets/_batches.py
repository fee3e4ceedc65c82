"""Batches on the device: bytes stay bytes until a batch is asked for, and a batch is made by a few operations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn import functional

from benchtools.datasets._augment import Augment, Draws, cut_out, draw, gather
from benchtools.datasets._dataset import Dataset, Labels
from benchtools.errors import InvalidInput, WrongType
from benchtools.provenance import digest_array

__all__ = ["Batch", "Batches"]


class Batch(NamedTuple):
    """A batch.

    Attributes
    ----------
    images : Tensor of float32, shape (b, c, r, r)
        Normalised images.
    labels : Tensor of int64, shape (b,)
        Classes.
    indices : Tensor of int64, shape (b,)
        Positions of the images in the part (``train`` or ``test``) of the data set.
    """

    images: Tensor
    labels: Tensor
    indices: Tensor


class Batches:
    """Epochs of batches of a data set; each iteration over it is an epoch, in a new order.

    Images are kept as uint8 on the device, with their border. A batch is cropped, mirrored, made float32, resized,
    normalised by the data set's mean and deviation and cut out, in this order (EcoNAS: resized after the crop;
    mirroring and resizing commute). All that is random is drawn from `generator` when an epoch starts, so results
    depend on the generator's state alone: not on batch size, nor on how much of an epoch is used.

    Parameters
    ----------
    dataset : Dataset
        The data set.
    indices : array-like of int, optional
        Positions of the images to use, within `split`; all by default. They may repeat.
    batch_size : int
        Images in a batch.
    device : torch.device or str, default "cpu"
        Where batches are made.
    generator : torch.Generator or int
        Source of randomness, or a seed for a new one on the CPU, which gives the same draws for every device.
    split : str, default "train"
        Name of the part or split (`Dataset.split_names`).
    resolution : int, optional
        Height and width of the batches [pixels]; native by default. Reduced by antialiased bilinear interpolation.
    augment : Augment, optional
        Random crop, flip and cutout; none by default.
    shuffle : bool, default True
        Whether each epoch has a new order.
    drop_last : bool, default False
        Whether the last batch is left out if it is short.
    channels_last : bool, default False
        Memory format of the images.
    on_device : bool, optional
        Whether all images lie on the device. If not, each batch is copied from the arrays. By default they do, unless
        they are a memory map, which may be larger than memory.

    Raises
    ------
    InvalidInput
        If a number is out of range, or an index outside the split.
    WrongType
        If indices are no whole numbers, or the generator is none.
    NotFound
        If there is no such split.

    Examples
    --------
    >>> from benchtools.datasets import load_dataset
    >>> batches = Batches(load_dataset("digits"), batch_size=100, generator=0, resolution=4)
    >>> len(batches)
    15
    >>> images, labels, indices = next(iter(batches))
    >>> tuple(images.shape), images.dtype, labels.dtype
    ((100, 1, 4, 4), torch.float32, torch.int64)
    """

    def __init__(
        self,
        dataset: Dataset,
        indices: ArrayLike | None = None,
        *,
        batch_size: int,
        device: torch.device | str = "cpu",
        generator: torch.Generator | int,
        split: str = "train",
        resolution: int | None = None,
        augment: Augment | None = None,
        shuffle: bool = True,
        drop_last: bool = False,
        channels_last: bool = False,
        on_device: bool | None = None,
    ) -> None:
        chosen = dataset.split(split)
        positions = _positions(dataset.name, split, chosen.indices, indices)
        native = dataset.resolution
        if batch_size < 1:
            raise InvalidInput(f"batch_size must be at least 1; {batch_size} was given")
        if resolution is not None and not 1 <= resolution <= 4096:
            raise InvalidInput(f"resolution must be from 1 to 4096 pixels; {resolution} was given")
        self.batch_size = batch_size
        self._dataset, self._part = dataset, chosen.part
        self.device = torch.device(device)
        self.generator = _generator(generator)
        self.size = native if resolution is None else (resolution, resolution)
        self.augment = augment or Augment(pad=0, flip=False)
        self.shuffle, self.drop_last, self.channels_last = shuffle, drop_last, channels_last
        self._native = native
        self._pad = self.augment.border(native[0])
        self._side = self.augment.square(self.size[0], native[0])
        self._source = dataset.images(chosen.part)
        self._positions = torch.from_numpy(positions).to(self.device)
        self._labels = torch.from_numpy(dataset.labels(chosen.part)[positions]).to(self.device)
        kept = not isinstance(self._source, np.memmap) if on_device is None else on_device
        self._store = self._padded(positions) if kept else None
        scale = 255 * torch.tensor(dataset.std)
        self._divisor = torch.where(scale > 0, scale, 255.0).to(self.device)[:, None, None]
        self._mean = (255 * torch.tensor(dataset.mean)).to(self.device)[:, None, None]

    def __len__(self) -> int:
        n = len(self._positions)
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)

    @property
    def n_images(self) -> int:
        """Images in an epoch, those of a short last batch included."""
        return len(self._positions)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what is drawn from: the images' positions and data set, their size and augmentation."""
        what = f"{self._dataset.digest}\n{self._part}\n{self.size}\n{self.augment}\n{self.shuffle}\n{self.drop_last}\n"
        return hashlib.sha256(what.encode() + digest_array(self._positions.cpu().numpy()).encode()).hexdigest()

    def __iter__(self) -> Iterator[Batch]:
        n = len(self._positions)
        drawn = draw(
            n, self.generator, shuffle=self.shuffle, pad=self._pad, flip=self.augment.flip, cutout=self._side > 0,
            size=self.size,
        )  # fmt: skip
        drawn = Draws(*(getattr(drawn, name).to(self.device) for name in Draws.__dataclass_fields__))
        return self._epoch(drawn)

    def _epoch(self, drawn: Draws) -> Iterator[Batch]:
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            part = slice(start, start + self.batch_size)
            which = drawn.order[part]
            yield Batch(self._images(which, drawn, part), self._labels[which], self._positions[which])

    def _images(self, which: Tensor, drawn: Draws, part: slice) -> Tensor:
        store, taken = self._store, which
        if store is None:
            store = self._padded(self._positions[which].cpu().numpy())
            taken = torch.arange(len(which), device=self.device)
        if self._pad or self.augment.flip:
            cropped = gather(store, taken, drawn.rows[part], drawn.columns[part], drawn.flips[part], self._native)
        else:
            cropped = store.index_select(0, taken)
        images = cropped.permute(0, 3, 1, 2).contiguous().to(torch.float32)  # planes while they are bytes: quick
        if self.size != self._native:
            images = functional.interpolate(images, self.size, mode="bilinear", antialias=True, align_corners=False)
        images = images.sub_(self._mean).div_(self._divisor)
        if self._side:
            images = cut_out(images, drawn.centres[part], self._side)
        return images.contiguous(memory_format=torch.channels_last if self.channels_last else torch.contiguous_format)

    def _padded(self, positions: Labels) -> Tensor:
        """Return images as uint8 on the device, with their border."""
        images = torch.from_numpy(np.ascontiguousarray(self._source[positions])).to(self.device)
        return functional.pad(images, (0, 0, self._pad, self._pad, self._pad, self._pad)) if self._pad else images

    def __repr__(self) -> str:
        return f"Batches({self.n_images:,} images, {len(self):,} batches of {self.batch_size}, on {self.device})"


def _generator(given: Any) -> torch.Generator:
    if isinstance(given, torch.Generator):
        return given
    if isinstance(given, int) and not isinstance(given, bool):
        return torch.Generator().manual_seed(given)
    raise WrongType(f"generator must be a torch.Generator or a whole number as seed; {type(given).__name__} was given")


def _positions(name: str, split: str, within: Labels, indices: ArrayLike | None) -> Labels:
    """Return positions in the part of chosen images of a split."""
    if indices is None:
        found = within
    else:
        chosen = np.asarray(indices)
        if chosen.ndim != 1 or (chosen.dtype.kind not in "iu" and chosen.size):
            raise WrongType(
                f"indices must be a list of whole numbers; found {chosen.dtype} of the shape {chosen.shape}"
            )
        chosen = chosen.astype(np.int64)
        outside = chosen[(chosen < 0) | (chosen >= len(within))]
        if outside.size:
            raise InvalidInput(
                f"{outside.size:,} indices are outside the {len(within):,} images of {name} ({split}), the first is "
                f"{outside[0]}: they count from 0 to {len(within) - 1}"
            )
        found = within[chosen]
    if not found.size:
        raise InvalidInput(f"there are no images to use of {name} ({split}): give at least one index")
    return found
