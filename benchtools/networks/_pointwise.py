"""Convolutions of 1x1 pixels."""

from __future__ import annotations

from torch import Tensor, nn

__all__ = ["Pointwise"]


class Pointwise(nn.Conv2d):
    """A 1x1 convolution without bias, whose stride is taken by leaving out pixels before it: the same numbers.

    Notes
    -----
    torch 2.13 on the CPU writes beyond its memory in a strided 1x1 convolution of images in channels_last
    (``Conv2d(4, 4, 1, 2)`` of 8x8 pixels), and the process dies sooner or later.

    Examples
    --------
    >>> import torch
    >>> Pointwise(3, 4, stride=2)(torch.zeros(1, 3, 7, 7)).shape
    torch.Size([1, 4, 4, 4])
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(inputs, outputs, 1, bias=False)
        self.step = stride

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images if self.step == 1 else images[:, :, :: self.step, :: self.step])
