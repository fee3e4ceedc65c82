"""The mean of 3x3 pixels that counts no padding: sums of shifted images, several times as quick as torch's on a CPU."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["mean_pool"]


def mean_pool(images: Tensor) -> Tensor:
    """Return the mean over the 3x3 pixels around each pixel that lie within the image, shape (..., h, w) as given.

    Examples
    --------
    >>> images = torch.randn(2, 3, 5, 6)
    >>> same = functional.avg_pool2d(images, 3, 1, 1, count_include_pad=False)
    >>> torch.allclose(mean_pool(images), same, atol=1e-6)
    True
    """
    if images.device.type != "cpu":
        flat = images.reshape(-1, 1, *images.shape[-2:])
        return functional.avg_pool2d(flat, 3, 1, 1, count_include_pad=False).view(images.shape)
    found: Tensor = _MeanPool.apply(images)  # type: ignore[no-untyped-call]
    return found


class _MeanPool(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, images: Tensor) -> Tensor:
        return _sums(images).mul_(_shares(images))

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        return _sums(gradients[0] * _shares(gradients[0]))  # the sum over neighbours is its own transpose


def _sums(images: Tensor) -> Tensor:
    rows = images.clone(memory_format=torch.contiguous_format)
    rows[..., 1:].add_(images[..., :-1])
    rows[..., :-1].add_(images[..., 1:])
    found = rows.clone()
    found[..., 1:, :].add_(rows[..., :-1, :])
    found[..., :-1, :].add_(rows[..., 1:, :])
    return found


def _shares(images: Tensor) -> Tensor:
    """Return 1 over the number of pixels in each mean, shape (h, w)."""
    return _reciprocals(*images.shape[-2:]).to(images)


@lru_cache(maxsize=64)
def _reciprocals(height: int, width: int) -> Tensor:
    return 1 / _sums(torch.ones(height, width, dtype=torch.float64))
