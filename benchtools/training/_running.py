"""Sums over batches that stay on the device: reading one number would make the host wait for it."""

from __future__ import annotations

import math

import torch
from torch import Tensor

__all__ = ["Running"]


class Running:
    """Loss and correct answers of the batches so far.

    Examples
    --------
    >>> running = Running()
    >>> running.add(torch.eye(2), torch.tensor([0, 0]), torch.tensor(0.5))
    >>> running.means()
    (0.5, 50.0)
    """

    def __init__(self) -> None:
        self.n_images = 0
        self._sizes: list[int] = []
        self._losses: list[Tensor] = []
        self._correct: list[Tensor] = []

    def add(self, outputs: Tensor, labels: Tensor, loss: Tensor) -> None:
        """Add a batch: its outputs, labels, and mean loss."""
        self.n_images += len(labels)
        self._sizes.append(len(labels))
        self._losses.append(loss.detach())
        if outputs.ndim == 2:
            self._correct.append((outputs.detach().argmax(1) == labels).sum())

    def first_non_finite(self, since: int = 0) -> tuple[int, float] | None:
        """Return the first batch, from `since` on, whose loss is not finite, and that loss."""
        if since >= len(self._losses):
            return None
        losses = torch.stack(self._losses[since:])
        bad = (~torch.isfinite(losses)).nonzero()
        return None if not len(bad) else (since + int(bad[0]), float(losses[int(bad[0])]))

    def means(self) -> tuple[float, float]:
        """Return the mean loss over the images, in float64, and the accuracy [%], NaN where outputs are no logits."""
        losses = torch.stack(self._losses).double().cpu()
        loss = float((losses * torch.tensor(self._sizes, dtype=torch.float64)).sum() / self.n_images)
        if not self._correct:
            return loss, math.nan
        return loss, 100 * int(torch.stack(self._correct).sum()) / self.n_images
