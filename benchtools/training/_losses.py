"""What a training makes small."""

from __future__ import annotations

import math
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchtools.datasets import Batch, Dataset
from benchtools.errors import InvalidInput

__all__ = ["CrossEntropy", "Loss", "Reconstruction", "WithAuxiliary"]


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


class WithAuxiliary:
    """Cross-entropy of a network's logits, and that of its second classifier's, weighted [nats].

    In evaluation mode, which `evaluate` and the validation of `train` use, it is the plain cross-entropy of the logits:
    neither the second classifier nor smoothing counts.

    Parameters
    ----------
    network : torch.nn.Module
        The one that is trained, with a second classifier `auxiliary` whose logits for the last images are
        `auxiliary_logits`, such as a `benchtools.networks.ZooNetwork` with ``auxiliary=True``.
    weight : float, default 0.4
        Of the second classifier's loss.
    smoothing : float, default 0
        Of both, see `CrossEntropy`.

    Raises
    ------
    InvalidInput
        If the network has no second classifier, or a number is out of range.

    References
    ----------
    H. Liu et al.: DARTS: Differentiable Architecture Search. ICLR 2019, appendix A.

    Examples
    --------
    >>> from benchtools.networks import zoo_network
    >>> from benchtools.spaces import Zoo13
    >>> network = zoo_network(Zoo13().arch(2026), 10, width=1, n_cells=1, auxiliary=True, rng=0)
    >>> batch = Batch(torch.zeros(2, 3, 32, 32), torch.tensor([0, 1]), torch.tensor([0, 1]))
    >>> logits, plain = network(batch.images), CrossEntropy()
    >>> expected = plain(logits, batch) + 0.4 * plain(network.auxiliary_logits, batch)
    >>> bool(WithAuxiliary(network)(logits, batch) == expected)
    True
    """

    def __init__(self, network: nn.Module, weight: float = 0.4, smoothing: float = 0.0) -> None:
        if getattr(network, "auxiliary", None) is None:
            raise InvalidInput(f"{type(network).__name__} has no second classifier: make it with auxiliary=True")
        if not 0 <= weight < math.inf:
            raise InvalidInput(f"weight must be 0 or more; {weight} was given")
        self.network: Any = network
        self.weight = weight
        self._smoothed, self._plain = CrossEntropy(smoothing), CrossEntropy()

    def __call__(self, outputs: Tensor, batch: Batch, /) -> Tensor:
        if not self.network.training:
            return self._plain(outputs, batch)
        loss, second = self._smoothed(outputs, batch), self.network.auxiliary_logits
        return loss if second is None else loss + self.weight * self._smoothed(second, batch)


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
