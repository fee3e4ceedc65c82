"""Looking at a network without changing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

__all__ = ["looking_at"]


@contextmanager
def looking_at(network: nn.Module) -> Iterator[None]:
    """Use a network without gradients, its batch norms with their statistics; every mode is put back afterwards."""
    training = [module for module in network.modules() if module.training]
    network.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        for module in training:
            module.training = True
