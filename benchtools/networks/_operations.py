"""The 13 operations of EcoNAS's random zoo as modules: they keep the channels, and keep or halve the image."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchtools.errors import InvalidInput
from benchtools.networks._pointwise import Pointwise

__all__ = ["FactorizedReduce", "Rectified", "make_operation"]


class Rectified(nn.Sequential):
    """Layers behind a ReLU; whoever has the ReLU's result at hand calls `after_relu`, and so shares it."""

    def forward(self, images: Tensor) -> Tensor:
        return self.after_relu(functional.relu(images))

    def after_relu(self, images: Tensor) -> Tensor:
        """Apply the layers alone."""
        for layer in self:
            images = layer(images)
        return images


class FactorizedReduce(nn.Module):
    """Halve the image by two 1x1 convolutions: of pixels (0, 0), (0, 2), ... and of (1, 1), (1, 3), ...; batch norm.

    The first gives one channel more where their number is odd. Beyond the edge of an image with odd sides lie zeros.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.even = Pointwise(inputs, outputs - outputs // 2, 2)
        self.odd = Pointwise(inputs, outputs // 2, 2) if outputs > 1 else None
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, images: Tensor) -> Tensor:
        found: Tensor = self.even(images)
        if self.odd is not None:
            height, width = images.shape[2:]
            if height % 2 or width % 2:
                images = functional.pad(images, (0, width % 2, 0, height % 2))
            found = torch.cat([found, self.odd(images[:, :, 1:, 1:])], 1)
        reduced: Tensor = self.bn(found)
        return reduced


def make_operation(name: str, channels: int, stride: int = 1) -> nn.Module:
    """Return one of the operations of paper 001, appendix C.

    Parameters
    ----------
    name : str
        One of `benchtools.spaces.ZOO13_OPERATIONS`.
    channels : int
        Channels of its input and of its output.
    stride : {1, 2}
        2 halves the image: (b, channels, h, w) becomes (b, channels, ceil(h / 2), ceil(w / 2)).

    Raises
    ------
    InvalidInput
        If there is no such operation, stride is another or channels is below 1.

    Notes
    -----
    The paper names the operations alone; they are made as NASNet and DARTS make them. Convolutions: ReLU, convolution,
    batch norm, with both halves of 1xk then kx1 between. Separable: twice ReLU, depthwise, 1x1, batch norm, the stride
    in the first. Dilated: ReLU, depthwise with dilation 2, 1x1, batch norm. Pools have no batch norm, and the average
    counts no padding. Identity with stride 2: ReLU and two interleaved 1x1 convolutions with stride 2, batch norm.

    Examples
    --------
    >>> make_operation("sep_conv_5x5", 9, stride=2)(torch.zeros(2, 9, 7, 8)).shape
    torch.Size([2, 9, 4, 4])
    """
    if name not in _MAKERS:
        raise InvalidInput(f"name must be one of {', '.join(_MAKERS)}; {name!r} was given")
    if stride not in (1, 2):
        raise InvalidInput(f"stride must be 1 or 2; {stride} was given")
    if channels < 1:
        raise InvalidInput(f"channels must be at least 1; {channels} was given")
    return _MAKERS[name](channels, stride)


def _average_pool(channels: int, stride: int) -> nn.Module:
    return nn.AvgPool2d(3, stride, 1, count_include_pad=False)


def _max_pool(kernel: int, channels: int, stride: int) -> nn.Module:
    return nn.MaxPool2d(kernel, stride, kernel // 2)


def _identity(channels: int, stride: int) -> nn.Module:
    return nn.Identity() if stride == 1 else Rectified(FactorizedReduce(channels, channels))


def _convolution(kernel: int, channels: int, stride: int) -> nn.Module:
    if kernel == 1:
        return Rectified(Pointwise(channels, channels, stride), nn.BatchNorm2d(channels))
    return Rectified(nn.Conv2d(channels, channels, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(channels))


def _row_then_column(kernel: int, channels: int, stride: int) -> nn.Module:
    side = kernel // 2
    return Rectified(
        nn.Conv2d(channels, channels, (1, kernel), (1, stride), (0, side), bias=False),
        nn.Conv2d(channels, channels, (kernel, 1), (stride, 1), (side, 0), bias=False),
        nn.BatchNorm2d(channels),
    )


def _separable(kernel: int, channels: int, stride: int) -> nn.Module:
    first, second = _depthwise(kernel, 1, channels, stride), _depthwise(kernel, 1, channels, 1)
    return Rectified(*first, nn.ReLU(inplace=True), *second)  # in place: a batch norm's gradient needs no output


def _dilated(channels: int, stride: int) -> nn.Module:
    return Rectified(*_depthwise(3, 2, channels, stride))


def _depthwise(kernel: int, dilation: int, channels: int, stride: int) -> tuple[nn.Module, nn.Module, nn.Module]:
    side = dilation * (kernel // 2)
    return (
        nn.Conv2d(channels, channels, kernel, stride, side, dilation, groups=channels, bias=False),
        nn.Conv2d(channels, channels, 1, bias=False),
        nn.BatchNorm2d(channels),
    )


_MAKERS: dict[str, Callable[[int, int], nn.Module]] = {
    "avg_pool_3x3": _average_pool,
    "max_pool_3x3": partial(_max_pool, 3),
    "max_pool_5x5": partial(_max_pool, 5),
    "max_pool_7x7": partial(_max_pool, 7),
    "identity": _identity,
    "conv_1x1": partial(_convolution, 1),
    "conv_3x3": partial(_convolution, 3),
    "sep_conv_3x3": partial(_separable, 3),
    "sep_conv_5x5": partial(_separable, 5),
    "sep_conv_7x7": partial(_separable, 7),
    "dil_conv_3x3": _dilated,
    "conv_1x3_3x1": partial(_row_then_column, 3),
    "conv_1x7_7x1": partial(_row_then_column, 7),
}
