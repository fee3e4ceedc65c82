"""A convolution and its batch norm for one architecture or for several side by side, and in part."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from benchtools.networks._part_norm import PartNorm
from benchtools.networks._side_by_side import each

__all__ = ["ConvNorm"]


class ConvNorm(nn.Module):
    """A convolution and a batch norm, whose output channels come in groups that can be computed alone.

    Parameters
    ----------
    inputs, channels : int
        Channels of the images, and of each group of the result.
    kernel, stride : int, default 1
        Sides of the kernel, an odd number, and the step between pixels.
    groups : int, default 1
        Groups of the result.
    bias : bool, default False
        Whether the convolution has one.
    affine, track : bool, default True
        Whether the batch norm has a scale and a shift, and keeps statistics for evaluation.
    momentum : float, default 0.1
        Share of the newest batch in these statistics.

    Examples
    --------
    >>> import torch
    >>> layer = ConvNorm(3, 4, 3, groups=2)
    >>> layer(torch.rand(2, 3, 8, 8)).shape, layer(torch.rand(2, 5, 3, 8, 8), which=[1]).shape
    (torch.Size([2, 8, 8, 8]), torch.Size([2, 5, 4, 8, 8]))
    """

    def __init__(
        self,
        inputs: int,
        channels: int,
        kernel: int = 1,
        stride: int = 1,
        *,
        groups: int = 1,
        bias: bool = False,
        affine: bool = True,
        track: bool = True,
        momentum: float = 0.1,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, groups * channels, kernel, stride, kernel // 2, bias=bias)
        self.norm = PartNorm(groups, channels, affine=affine, track=track, momentum=momentum)

    def forward(self, images: Tensor, which: Sequence[int] | None = None) -> Tensor:
        """Return the groups `which`, or all, one behind the other.

        Parameters
        ----------
        images : Tensor, shape (b, c, h, w) or (b, n_archs, c, h, w)
            Where c is less than the layer's inputs, the further channels count as zero. Images of several
            architectures are normalised each by itself, and leave no trace in the statistics for evaluation.
        which : sequence of int, optional
            Numbers of the groups.
        """

        def convolve(flat: Tensor) -> Tensor:
            kernel = _groups(self.conv.weight, self.norm.groups, which)
            assert kernel is not None  # noqa: S101
            bias = _groups(self.conv.bias, self.norm.groups, which)
            conv = self.conv
            return functional.conv2d(flat, kernel[:, : flat.shape[1]], bias, conv.stride, conv.padding)

        made = each(convolve, images)
        return self.norm.part(made, which) if made.ndim == 4 else self._side_by_side(made, which)

    def _side_by_side(self, images: Tensor, which: Sequence[int] | None) -> Tensor:
        norm, n = self.norm, images.shape[1]
        mean, variance, weight, bias = (
            None if (values := _groups(one, norm.groups, which)) is None else values.repeat(n)
            for one in (norm.running_mean, norm.running_var, norm.weight, norm.bias)
        )
        fresh = norm.training or mean is None
        if fresh:
            mean = variance = None
        found = functional.batch_norm(images.flatten(1, 2), mean, variance, weight, bias, fresh, 0.0, norm.eps)
        return found.view(images.shape)


def _groups(values: Tensor | None, groups: int, which: Sequence[int] | None) -> Tensor | None:
    if values is None or which is None:
        return values
    return values.view(groups, -1, *values.shape[1:])[list(which)].flatten(0, 1)
