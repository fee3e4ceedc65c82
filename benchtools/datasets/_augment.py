"""Random crop, flip and cutout of whole batches: what is drawn, and how it is applied. No loop over images."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from benchtools.datasets._dataset import Dataset
from benchtools.errors import InvalidInput

__all__ = ["Augment", "Draws", "cut_out", "draw", "gather"]


@dataclass(frozen=True)
class Augment:
    """What is done to training images at random.

    Attributes
    ----------
    pad : int or None
        Pixels of black border at native resolution before a crop of the native size is taken at random; by default an
        eighth of the height: 4 for CIFAR, 2 for ImageNet16. 0 for no crop.
    flip : bool
        Whether half the images are mirrored left to right. Wrong for digits.
    cutout : int
        Side of the square that is blanked [pixels at native resolution], 0 for none; even. At another resolution it is
        scaled: ``round(cutout * resolution / native)``.

    References
    ----------
    T. DeVries, G. Taylor: Improved Regularization of Convolutional Neural Networks with Cutout. arXiv:1708.04552.

    Examples
    --------
    >>> Augment(cutout=16).border(32), Augment().border(16), Augment(cutout=16).square(8, 32)
    (4, 2, 4)
    """

    pad: int | None = None
    flip: bool = True
    cutout: int = 0

    @classmethod
    def usual(cls, dataset: Dataset, *, cutout: int = 0) -> Augment:
        """Return the crop of `pad` pixels, and the flip unless the classes are digits, which a mirror makes wrong.

        Examples
        --------
        >>> from benchtools.datasets import load_dataset
        >>> Augment.usual(load_dataset("digits"))
        Augment(pad=None, flip=False, cutout=0)
        """
        return cls(flip=set(dataset.classes) != set("0123456789"), cutout=cutout)

    def __post_init__(self) -> None:
        if (self.pad is not None and self.pad < 0) or self.cutout < 0:
            raise InvalidInput(f"pad and cutout are pixels, 0 for none; given were {self.pad} and {self.cutout}")

    def border(self, native: int) -> int:
        """Return the border at a native height [pixels]."""
        return native // 8 if self.pad is None else self.pad

    def square(self, resolution: int, native: int) -> int:
        """Return the side of the blanked square at a resolution [pixels]; at least 2 if there is one."""
        return max(2, round(self.cutout * resolution / native)) if self.cutout else 0


@dataclass(frozen=True)
class Draws:
    """Everything that is random in an epoch, by place in the epoch.

    Attributes
    ----------
    order : Tensor of int64, shape (n,)
        Which image comes where.
    rows, columns : Tensor of int64, shape (n,)
        Where the crop starts within the padded image.
    flips : Tensor of bool, shape (n,)
        Which images are mirrored.
    centres : Tensor of int64, shape (n, 2)
        Row and column of the middle of the blanked square.
    """

    order: Tensor
    rows: Tensor
    columns: Tensor
    flips: Tensor
    centres: Tensor


def draw(
    n: int, generator: torch.Generator, *, shuffle: bool, pad: int, flip: bool, cutout: bool, size: tuple[int, int]
) -> Draws:
    """Draw an epoch of `n` images; `size` is the height and width that the squares are placed in.

    The order, then rows, columns, flips and centres are drawn, each for all images and only if it is used. So batch
    size and breaks change nothing.
    """
    where = generator.device
    order = torch.randperm(n, generator=generator, device=where) if shuffle else torch.arange(n, device=where)
    still = torch.zeros(n, dtype=torch.int64, device=where)

    def below(limit: int) -> Tensor:
        return torch.randint(limit, (n,), generator=generator, device=where)

    rows, columns = (below(2 * pad + 1), below(2 * pad + 1)) if pad else (still, still)
    flips = below(2) == 1 if flip else still == 1
    centres = torch.stack([below(size[0]), below(size[1])], 1) if cutout else torch.stack([still, still], 1)
    return Draws(order, rows, columns, flips, centres)


def gather(
    padded: Tensor, which: Tensor, rows: Tensor, columns: Tensor, flips: Tensor, size: tuple[int, int]
) -> Tensor:
    """Take a window out of each chosen image, mirrored where asked: one indexing operation.

    Parameters
    ----------
    padded : Tensor of uint8, shape (n, height, width, c)
        Images with their border.
    which, rows, columns : Tensor of int64, shape (b,)
        The images, and where the windows start.
    flips : Tensor of bool, shape (b,)
        Which windows are mirrored.
    size : tuple of int
        Height h and width w of the windows.

    Returns
    -------
    Tensor of uint8, shape (b, h, w, c)
    """
    height, width = size
    down = torch.arange(height, device=padded.device)
    across = torch.arange(width, device=padded.device)
    places = torch.where(flips[:, None], width - 1 - across, across) + columns[:, None]
    return padded[which[:, None, None], (rows[:, None] + down)[:, :, None], places[:, None, :]]


def cut_out(images: Tensor, centres: Tensor, side: int) -> Tensor:
    """Set a square of each image to 0, which is the mean once images are normalised; it is cut at the border.

    Parameters
    ----------
    images : Tensor, shape (b, c, h, w)
        Normalised images; they are changed.
    centres : Tensor of int64, shape (b, 2)
        The squares reach from ``centre - side // 2`` to before ``centre + side // 2``.
    side : int
        Side of the squares [pixels].
    """
    height, width = images.shape[2:]
    half = side // 2

    def inside(length: int, centre: Tensor) -> Tensor:
        distance = torch.arange(length, device=images.device) - centre[:, None]
        return (distance >= -half) & (distance < half)

    mask = inside(height, centres[:, 0])[:, :, None] & inside(width, centres[:, 1])[:, None, :]
    return images.masked_fill_(mask[:, None], 0)
