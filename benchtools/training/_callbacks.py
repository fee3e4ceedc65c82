"""What looks on while a network is trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from benchtools.datasets import Batch
from benchtools.training._result import Epoch

__all__ = ["Callback", "EpochEnd", "StepEnd", "as_callbacks"]


@dataclass(frozen=True)
class StepEnd:
    """A step that was made.

    Attributes
    ----------
    epoch, step : int
        Both from 0; the step within the epoch.
    batch : Batch
        Its images, labels and their positions.
    outputs : Tensor
        What the network gave for them before the step, without a graph.
    loss : Tensor
        Their mean loss, a scalar on the device.
    """

    epoch: int
    step: int
    batch: Batch
    outputs: Tensor
    loss: Tensor


@dataclass(frozen=True)
class EpochEnd:
    """An epoch that was made.

    Attributes
    ----------
    metrics : Epoch
        Its metrics.
    network : torch.nn.Module
        The network, to read; it is in training mode, and `evaluate` leaves it so.
    last : bool
        Whether it is the last epoch.
    """

    metrics: Epoch
    network: nn.Module
    last: bool


class Callback:
    """Derive from it, and write over what is needed. A plain function of an `EpochEnd` is a callback too.

    A callback that has a state which a resumed training must have again gives it as tensors and plain values.

    Examples
    --------
    >>> class CountImages(Callback):
    ...     n = 0
    ...     def on_step(self, end):
    ...         self.n += len(end.batch.labels)
    ...     def state_dict(self):
    ...         return {"n": self.n}
    ...     def load_state_dict(self, state):
    ...         self.n = state["n"]
    """

    def on_step(self, end: StepEnd) -> None:
        """See a step."""

    def on_epoch(self, end: EpochEnd) -> None:
        """See an epoch."""

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take what a checkpoint held."""


class _Function(Callback):
    def __init__(self, function: Callable[[EpochEnd], object]) -> None:
        self.function = function

    def on_epoch(self, end: EpochEnd) -> None:
        self.function(end)


def as_callbacks(given: tuple[Callback | Callable[[EpochEnd], object], ...]) -> list[Callback]:
    """Return callbacks; functions see epochs."""
    return [one if isinstance(one, Callback) else _Function(one) for one in given]
