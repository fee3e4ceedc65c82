"""What a training makes small."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from benchtools.datasets import Batch, Dataset
from benchtools.errors import InvalidInput

__all__ = ["CrossEntropy", "Loss", "Reconstruction"]


class Loss(Protocol):
    """Any callable of a network's outputs and the batch that gives the mean loss of the batch, a scalar."""

    def __call__(self, outputs: Tensor, batch: Batch, /) -> Tensor:
        """Return the mean over the images."""


class CrossEntropy:
    """Cross-entropy of logits and labels [nats].

    Parameters
    ----------
    smoothing : float, default 0
        Share s of the target that is spread evenly over all classes: ``(1 - s) (-log p_y) + s mean_c(-log p_c)``.

    References
    ----------
    C. Szegedy et al.: Rethinking the Inception Architecture. CVPR 2016, section 7.

    Examples
    --------
    >>> batch = Batch(torch.zeros(1, 1, 8, 8), torch.tensor([0]), torch.tensor([0]))
    >>> round(CrossEntropy()(torch.zeros(1, 4), batch).item(), 4)
    1.3863
    """

    def __init__(self, smoothing: float = 0.0) -> None:
        if not 0 <= smoothing <= 1:
            raise InvalidInput(f"smoothing must be from 0 to 1; {smoothing} was given")
        self.smoothing = smoothing

    def __call__(self, outputs: Tensor, batch: Batch, /) -> Tensor:
        return functional.cross_entropy(outputs, batch.labels, label_smoothing=self.smoothing)


class Reconstruction:
    """Mean squared error of an autoencoder's pixels, from 0 to 1.

    Parameters
    ----------
    dataset : Dataset
        Whose mean and deviation the batches were normalised by; they are taken out of the images again.

    Examples
    --------
    >>> from benchtools.datasets import Batches, load_dataset
    >>> digits = load_dataset("digits")
    >>> batch = next(iter(Batches(digits, batch_size=2, generator=0)))
    >>> loss = Reconstruction(digits)
    >>> loss(torch.zeros(2, 1, 8, 8), batch) == loss.per_image(torch.zeros(2, 1, 8, 8), batch).mean()
    tensor(True)
    """

    def __init__(self, dataset: Dataset) -> None:
        self._mean = torch.tensor(dataset.mean)[:, None, None]
        std = torch.tensor(dataset.std)[:, None, None]
        self._std = torch.where(std > 0, std, 1.0)  # as `Batches` divides

    def per_image(self, outputs: Tensor, batch: Batch) -> Tensor:
        """Return the loss of each image, shape (b,)."""
        images = batch.images * self._std.to(batch.images.device) + self._mean.to(batch.images.device)
        return (outputs.to(images.dtype) - images).square().flatten(1).mean(1)

    def __call__(self, outputs: Tensor, batch: Batch, /) -> Tensor:
        return self.per_image(outputs, batch).mean()
