"""Torch's global generators, lent to one training and given back as they were: dropout knows no other source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

__all__ = ["get_states", "private_randomness", "set_states"]


def get_states(device: torch.device) -> dict[str, Tensor]:
    """Return the states of the generators that layers on a device draw from."""
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def set_states(states: dict[str, Tensor], device: torch.device) -> None:
    """Set them; a state of CUDA is left out where the device is none."""
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)


@contextmanager
def private_randomness(seed: int, device: torch.device) -> Iterator[None]:
    """Let layers draw from `seed` within the block; afterwards the global generators are as they were.

    Examples
    --------
    >>> before = torch.get_rng_state()
    >>> with private_randomness(3, torch.device("cpu")):
    ...     first = torch.rand(2)
    >>> with private_randomness(3, torch.device("cpu")):
    ...     torch.equal(first, torch.rand(2)), torch.equal(before, torch.get_rng_state())
    (True, False)
    >>> torch.equal(before, torch.get_rng_state())
    True
    """
    before = get_states(device)
    try:
        torch.default_generator.manual_seed(seed)
        if device.type == "cuda":
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield
    finally:
        set_states(before, device)
