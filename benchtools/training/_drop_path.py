"""Paths that are dropped more and more as a training goes on."""

from __future__ import annotations

from typing import Any

from torch import nn

from benchtools.errors import InvalidInput
from benchtools.training._callbacks import Callback, EpochEnd

__all__ = ["DropPathRamp"]


class DropPathRamp(Callback):
    """Sets a network's `drop_path` for each epoch: ``share * epoch / epochs``, as DARTS does.

    Parameters
    ----------
    network : torch.nn.Module
        With an attribute `drop_path`; it is set to 0, for the first epoch.
    share : float
        Share of paths that the ramp leads to.
    epochs : int
        Epochs of the training.

    Raises
    ------
    InvalidInput
        If the network drops no paths.

    Examples
    --------
    >>> network = nn.Linear(2, 2)
    >>> network.drop_path = 0.0
    >>> ramp = DropPathRamp(network, 0.2, 4)
    >>> ramp.load_state_dict({"epochs": 2})
    >>> network.drop_path
    0.1
    """

    def __init__(self, network: nn.Module, share: float, epochs: int) -> None:
        if not hasattr(network, "drop_path"):
            raise InvalidInput(f"{type(network).__name__} drops no paths: it has no attribute drop_path")
        self.network: Any = network
        self.share, self.epochs = share, epochs
        self._set(0)

    def _set(self, epoch: int) -> None:
        self.epoch = epoch
        self.network.drop_path = self.share * epoch / self.epochs

    def on_epoch(self, end: EpochEnd) -> None:
        """Set the share of the next epoch."""
        self._set(end.metrics.epoch + 1)

    def state_dict(self) -> dict[str, Any]:
        """Return how many epochs were made."""
        return {"epochs": self.epoch}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on behind them."""
        self._set(state["epochs"])
