"""What a training gives, epoch by epoch; plain numbers, no torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import NotFound
from benchtools.provenance import Provenance
from benchtools.registry import did_you_mean
from benchtools.training._recipe import Recipe

__all__ = ["Epoch", "Evaluation", "Training"]


@dataclass(frozen=True)
class Evaluation:
    """How a network does on some batches.

    Attributes
    ----------
    loss : float
        Mean over the images.
    accuracy : float
        Share of images whose largest output is their class [%]; NaN where outputs are no logits.
    n_images : int
        Images that were evaluated.
    """

    loss: float
    accuracy: float
    n_images: int


@dataclass(frozen=True)
class Epoch:
    """Metrics of an epoch.

    Attributes
    ----------
    epoch : int
        From 0.
    lr : float
        Learning rate of the first step.
    train_loss : float
        Mean over the images, each at the time of its step; label smoothing and a second classifier included.
    train_accuracy : float
        So too [%]; NaN where outputs are no logits.
    test_loss, test_accuracy : float
        After the epoch, on the batches given as `validation` [%]; NaN without them.
    train_s, test_s : float
        Time that they took [s].
    """

    epoch: int
    lr: float
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float
    train_s: float
    test_s: float


@dataclass(frozen=True)
class Training:
    """A training and its metrics by epoch.

    Attributes
    ----------
    recipe : Recipe
        Its numbers.
    epochs : tuple of Epoch
        Metrics, of epochs before an interruption too.
    resumed_at : int
        Epochs that a checkpoint held when this call started; 0 for a new training.
    provenance : Provenance
        When, by which versions.

    Examples
    --------
    >>> first = Epoch(0, 0.1, 2.3, 11.0, float("nan"), float("nan"), 1.5, 0.0)
    >>> training = Training(Recipe(epochs=1, lr=0.1), (first,))
    >>> len(training), training.column("train_loss").tolist(), training[-1].train_accuracy
    (1, [2.3], 11.0)
    """

    recipe: Recipe
    epochs: tuple[Epoch, ...]
    resumed_at: int = 0
    provenance: Provenance = field(default_factory=Provenance.now)

    def __len__(self) -> int:
        return len(self.epochs)

    def __iter__(self) -> Iterator[Epoch]:
        return iter(self.epochs)

    def __getitem__(self, place: int) -> Epoch:
        return self.epochs[place]

    def column(self, name: str) -> NDArray[np.float64]:
        """Return a metric of all epochs, shape (n_epochs,).

        Raises
        ------
        NotFound
            If there is no such metric.
        """
        names = [entry.name for entry in fields(Epoch)]
        if name not in names:
            raise NotFound(f"there is no metric {name!r}: there is {', '.join(names)}.{did_you_mean(name, names)}")
        return np.array([getattr(epoch, name) for epoch in self.epochs], np.float64)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as a dictionary of plain values."""
        return {
            "recipe": self.recipe.to_dict(),
            "epochs": [asdict(epoch) for epoch in self.epochs],
            "resumed_at": self.resumed_at,
            "provenance": self.provenance.to_dict(),
        }
