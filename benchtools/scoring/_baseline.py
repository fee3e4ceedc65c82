"""A trained network that per-example scores are read from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchtools.datasets import Batch, Batches, Dataset
from benchtools.errors import InvalidInput
from benchtools.provenance import Provenance
from benchtools.scoring._scores import Scores
from benchtools.training import Evaluation, Training, evaluate
from benchtools.training._losses import Loss
from benchtools.training._modes import looking_at

__all__ = ["Baseline"]


@dataclass(frozen=True, eq=False)
class Baseline:
    """A trained network and the data set that its examples are scored of. `train_baseline` and `load_baseline` make it.

    A network of your own is one too: ``Baseline(network, dataset)``.

    Attributes
    ----------
    network : torch.nn.Module
        On the device where it is used. It gives logits, shape (b, n_classes), of normalised images, or as an
        autoencoder images. Features need a method ``features(images)`` that gives rows, shape (b, d).
    dataset : Dataset
        The data set.
    parameters : mapping
        How it was made: name, options, recipe, seed ...; scores carry it.
    training : Training or None
        Its metrics by epoch, where it was trained here.
    loss : callable or None
        What it was trained by; None for cross-entropy.
    correct : ndarray of bool, shape (n_presentations, n), or None
        Whether each training example was right at each presentation, for forgetting events.
    indices : ndarray of int64, shape (n,), or None
        Training examples that it saw; None for all.
    resolution : int or None
        Height and width of its input [pixels]; None for the native one.
    batch_size : int
        Images that are looked at together.

    Examples
    --------
    >>> from benchtools.datasets import load_dataset
    >>> from benchtools.networks import resnet20
    >>> Baseline(resnet20(10, channels=1, width=4, rng=0), load_dataset("digits"))
    Baseline(CifarResNet on digits)
    """

    network: nn.Module
    dataset: Dataset
    parameters: Mapping[str, Any] = field(default_factory=dict)
    training: Training | None = None
    loss: Loss | None = None
    correct: NDArray[np.bool_] | None = None
    indices: NDArray[np.int64] | None = None
    resolution: int | None = None
    batch_size: int = 500

    def __repr__(self) -> str:
        return f"Baseline({self.parameters.get('network', type(self.network).__name__)} on {self.dataset.name})"

    @cached_property
    def accuracies(self) -> dict[str, Any]:
        """Accuracy [%] of the training and test part without augmentation; None where there is none."""
        found = {f"{part}_accuracy": self.evaluate(part).accuracy for part in ("train", "test")}
        return {name: None if np.isnan(accuracy) else accuracy for name, accuracy in found.items()}

    def evaluate(self, split: str = "test") -> Evaluation:
        """Return loss and accuracy on a part of the data set; NaN where the part is empty."""
        if not len(self.dataset.split(split).indices):
            return Evaluation(float("nan"), float("nan"), 0)
        return evaluate(self.network, self.batches(split), loss=self.loss)

    def batches(self, split: str = "train", indices: NDArray[np.int64] | None = None) -> Batches:
        """Return batches in the data set's order, not augmented."""
        weight = next(self.network.parameters(), None)
        return Batches(
            self.dataset, indices, batch_size=self.batch_size, generator=0, split=split, shuffle=False,
            resolution=self.resolution, device="cpu" if weight is None else weight.device,
        )  # fmt: skip

    def rows(
        self,
        function: Callable[[Batch], Tensor],
        split: str = "train",
        indices: NDArray[np.int64] | None = None,
    ) -> NDArray[Any]:
        """Return what a function of a batch gives for all examples, without gradients and in evaluation mode.

        Parameters
        ----------
        function : callable
            It returns a tensor with a value or row for each image of the batch.
        split : str, default "train"
            Part or split of the data set.
        indices : ndarray of int64, optional
            Positions within it; all by default.

        Returns
        -------
        ndarray, shape (n, ...)
        """
        with looking_at(self.network):
            found = [function(batch).cpu() for batch in self.batches(split, indices)]
        return torch.cat(found).numpy()

    def scores(
        self,
        values: NDArray[Any],
        kind: str,
        split: str = "train",
        indices: NDArray[np.int64] | None = None,
        **more: Any,
    ) -> Scores:
        """Return values, one or a row for each example of a split or of `indices` in it, as scores that name it all."""
        positions = self.dataset.split(split).indices
        if indices is not None:
            positions = positions[indices]
        labels = self.dataset.labels(split)
        every = split in ("train", "test") and indices is None
        inputs = {"data set": self.dataset.digest}
        if self.training is not None:
            inputs["trained"] = f"{len(self.training)} epochs, {sum(epoch.train_s for epoch in self.training):.1f} s"
        return Scores(
            values, kind, self.dataset.name, self.dataset.digest, labels if indices is None else labels[indices],
            None if every else positions, {**self.parameters, "split": split, **more}, Provenance.now(inputs),
        )  # fmt: skip

    def logits_of(self, images: Tensor) -> Tensor:
        """Return what the network gives, a column for each class of the data set.

        Raises
        ------
        InvalidInput
            If its outputs have another shape.
        """
        found: Tensor = self.network(images)
        wanted = (len(images), len(self.dataset.classes))
        if found.shape != wanted:
            raise InvalidInput(
                f"{self!r} gives outputs of the shape {tuple(found.shape)} where logits of the shape {wanted} are "
                "needed, a column for each class: take a classifier of this data set"
            )
        return found

    def features_of(self, images: Tensor) -> Tensor:
        """Return what the network has before its classifier.

        Raises
        ------
        InvalidInput
            If it has no such method.
        """
        method = getattr(self.network, "features", None)
        if not callable(method):
            raise InvalidInput(
                f"{type(self.network).__name__} has no features: give the module a method features(images) that "
                "returns a row for each image"
            )
        found: Tensor = method(images)
        return found
