"""Images of one architecture, (b, c, h, w), and of several side by side, (b, n_archs, c, h, w)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

__all__ = ["add_at", "each", "take"]


def each(function: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """Apply a function of images (b, c, h, w) to those of one or of several architectures."""
    if images.ndim == 4:
        return function(images)
    found = function(images.flatten(0, 1))
    return found.view(*images.shape[:2], *found.shape[1:])


def take(images: Tensor, archs: Sequence[int]) -> Tensor:
    """Return images of some of several architectures, in ascending order."""
    return images if len(archs) == images.shape[1] else images.index_select(1, _index(archs, images))


def add_at(target: Tensor, archs: Sequence[int], images: Tensor) -> None:
    """Add images to those of some of several architectures, in place."""
    target.index_add_(1, _index(archs, target), images)


def _index(archs: Sequence[int], images: Tensor) -> Tensor:
    return torch.tensor(archs, device=images.device)
