"""Batch norm of which only some groups of channels are at work, with a further factor for each."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["PartNorm"]


class PartNorm(nn.BatchNorm2d):
    """Batch norm of `groups` x `channels` channels.

    Parameters
    ----------
    groups, channels : int
        Groups of channels, and channels in each.
    affine : bool
        Whether there is a scale and a shift.
    track : bool
        Whether there are statistics for evaluation; if not, those of the batch are taken always.
    momentum : float, default 0.1
        Share of the newest batch in the statistics.
    """

    def __init__(self, groups: int, channels: int, *, affine: bool, track: bool, momentum: float = 0.1) -> None:
        super().__init__(groups * channels, affine=affine, track_running_stats=track, momentum=momentum)
        self.groups, self.channels = groups, channels

    def part(
        self, images: Tensor, which: Sequence[int] | None = None, factors: Tensor | None = None, copies: int = 1
    ) -> Tensor:
        """Return normalised images.

        Parameters
        ----------
        images : Tensor, shape (b, n x copies x channels, h, w)
            Of n groups.
        which : sequence of n int, optional
            The groups; all by default.
        factors : Tensor, shape (n,), optional
            The result of each group is multiplied by its factor.
        copies : int, default 1
            How often each of the groups stands there in turn, each copy with its own statistics of the batch, which are
            not kept.
        """
        weight, bias = self._chosen(self.weight, which, copies), self._chosen(self.bias, which, copies)
        if factors is not None:
            scale = factors.repeat_interleave(self.channels)
            weight = scale if weight is None else weight * scale
            bias = None if bias is None else bias * scale
        mean, variance = self._chosen(self.running_mean, which, copies), self._chosen(self.running_var, which, copies)
        fresh = self.training or mean is None
        if fresh and copies > 1:
            mean = variance = None
        found = functional.batch_norm(images, mean, variance, weight, bias, fresh, self.momentum or 0.0, self.eps)
        if self.training and mean is not None and which is not None:  # otherwise torch has changed them in place
            with torch.no_grad():
                places = list(which)
                self._grouped(self.running_mean)[places] = mean.view(len(places), self.channels)
                self._grouped(self.running_var)[places] = variance.view(len(places), self.channels)  # type: ignore[union-attr]
        return found

    def _grouped(self, values: Tensor | None) -> Tensor:
        assert values is not None  # noqa: S101  (only where there are statistics)
        return values.view(self.groups, self.channels)

    def _chosen(self, values: Tensor | None, which: Sequence[int] | None, copies: int) -> Tensor | None:
        if values is None or (which is None and copies == 1):
            return values
        found = values.view(self.groups, self.channels)
        found = found if which is None else found[list(which)]
        return found.repeat_interleave(copies, 0).flatten()
