"""First weights, drawn from a generator of their own: building a network leaves torch's global one alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from benchtools.errors import InvalidInput, WrongType

__all__ = ["as_generator", "build", "build_usual", "check_images", "check_positive", "count_parameters", "initialise"]

Network = TypeVar("Network", bound=nn.Module)


def as_generator(rng: np.random.Generator | int) -> torch.Generator:
    """Return a new torch generator on the CPU, seeded by one draw from `rng`.

    Parameters
    ----------
    rng : numpy.random.Generator or int
        Source of the seed.

    Raises
    ------
    WrongType
        If `rng` is neither.

    Examples
    --------
    >>> as_generator(3).initial_seed() == as_generator(3).initial_seed() != as_generator(4).initial_seed()
    True
    """
    whole = isinstance(rng, (int, np.integer)) and not isinstance(rng, bool)
    if not (whole or isinstance(rng, np.random.Generator)):
        raise WrongType(f"rng must be a numpy.random.Generator or a whole number; {type(rng).__name__} was given")
    if whole and int(rng) < 0:  # type: ignore[arg-type]
        raise InvalidInput(f"rng as a seed must be 0 or more; {rng} was given")
    return torch.Generator().manual_seed(int(np.random.default_rng(rng).integers(2**63)))


def initialise(network: nn.Module, rng: np.random.Generator | int) -> None:
    """Draw first weights for every layer, in the order of ``network.modules()``.

    Convolutions: normal with the variance 2 / (kernel area x output channels of a group) (He et al. 2015, by outputs),
    biases 0.
    Linear layers: uniform within 1 / sqrt(inputs), biases too. Batch norms: 1 and 0, statistics reset.

    Parameters
    ----------
    network : torch.nn.Module
        It is changed.
    rng : numpy.random.Generator or int
        Source of randomness.

    Raises
    ------
    InvalidInput
        If a layer with weights is of another kind.

    References
    ----------
    K. He et al.: Delving Deep into Rectifiers. ICCV 2015, section 2.2.

    Examples
    --------
    >>> layer = torch.nn.Linear(4, 2)
    >>> initialise(layer, 0)
    >>> bool(layer.weight.abs().max() <= 0.5)
    True
    """
    generator = as_generator(rng)
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu", generator=generator)
            if module.groups > 1:  # torch counts the outputs of all groups
                module.weight.data.mul_(math.sqrt(module.groups))
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear):
            limit = 1 / math.sqrt(module.in_features)
            nn.init.uniform_(module.weight, -limit, limit, generator=generator)
            if module.bias is not None:
                nn.init.uniform_(module.bias, -limit, limit, generator=generator)
        elif isinstance(module, _BatchNorm):
            module.reset_parameters()
        elif next(module.parameters(recurse=False), None) is not None:
            raise InvalidInput(
                f"initialise knows no first weights for {type(module).__name__}: it knows convolutions, linear layers "
                "and batch norms"
            )


def build(make: Callable[[], Network], rng: np.random.Generator | int) -> Network:
    """Make a network without a draw from the global generator, and initialise it on the CPU."""
    with torch.device("meta"):
        network = make()
    network = network.to_empty(device="cpu")
    initialise(network, rng)
    return network


def build_usual(make: Callable[[], Network], rng: np.random.Generator | int) -> Network:
    """Make a network on the CPU with torch's own first weights, drawn from `rng`, not from the global generator."""
    seed = as_generator(rng).initial_seed()
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return make()


def count_parameters(network: nn.Module) -> int:
    """Return the number of weights that are trained; statistics of batch norms are none.

    Examples
    --------
    >>> count_parameters(torch.nn.Linear(4, 2))
    10
    """
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)


def check_images(images: Tensor, channels: int, smallest: int, name: str) -> None:
    """Raise if images do not have the shape (b, channels, h, w) with sides of `smallest` pixels or more."""
    if images.ndim != 4 or images.shape[1] != channels or min(images.shape[2:]) < smallest:
        raise InvalidInput(
            f"{name} takes images of the shape (b, {channels}, h, w) with h and w of at least {smallest} pixels; "
            f"{tuple(images.shape)} was given"
        )


def check_positive(**counts: int) -> None:
    """Raise if a count is below 1; its name is that of the argument."""
    for name, value in counts.items():
        if value < 1:
            raise InvalidInput(f"{name} must be at least 1; {value} was given")
