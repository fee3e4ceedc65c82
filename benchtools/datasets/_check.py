"""Checks that several readers share: counts of images and labels, and their types."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchtools.datasets._dataset import Images, Labels
from benchtools.errors import InvalidInput, StoreError

__all__ = ["check_count", "make_labels", "planar_images"]


def check_count(name: str, found: int, official: int, *, partial: bool) -> None:
    """Refuse a file with another number of images than the official one, unless a part was asked for."""
    if found != official and not partial:
        raise StoreError(
            f"{name} has {found:,} images, the official file {official:,}: it may be cut off. If it is a part on "
            "purpose, say partial=True (--partial)"
        )


def make_labels(name: str, values: Any, n_images: int) -> Labels:
    """Return labels as int64, one for each image.

    Raises
    ------
    InvalidInput
        If they are no whole numbers, or another number than the images.
    """
    try:
        if isinstance(values, list) and any(type(value) is not int for value in values):
            raise TypeError
        labels = np.asarray(values)
        fits = labels.dtype.kind in "iu" and labels.ndim in (1, 2) and labels.size == max(labels.shape, default=-1)
    except (ValueError, TypeError, OverflowError):
        fits = False
    if not fits:
        raise InvalidInput(f"{name}: the labels must be a list of whole numbers")
    if labels.size != n_images:
        raise InvalidInput(f"{name} has {n_images:,} images and {labels.size:,} labels")
    return labels.reshape(-1).astype(np.int64)


def planar_images(name: str, data: Any, size: int) -> Images:
    """Return rows of red, green and blue planes as images of shape (n, size, size, 3), a copy in that order."""
    row = 3 * size * size
    if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.ndim != 2 or data.shape[1] != row:
        found = f"{data.dtype} of the shape {data.shape}" if isinstance(data, np.ndarray) else type(data).__name__
        raise InvalidInput(f"{name}: the images must be uint8 rows of {row:,} bytes (3x{size}x{size}); found {found}")
    return np.ascontiguousarray(data.reshape(-1, 3, size, size).transpose(0, 2, 3, 1))
