"""What a network costs: its weights and the multiplications of one image, counted without making either."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.func import functional_call
from torch.utils.flop_counter import FlopCounterMode

from benchtools.networks._initialise import check_positive, count_parameters

__all__ = ["Cost", "measure_cost"]


@dataclass(frozen=True)
class Cost:
    """Size of a network and work for one image."""

    params_m: float
    """Weights that are trained [millions]."""
    macs_m: float
    """Multiply-accumulates of convolutions and linear layers in evaluation, for one image [millions]."""


def measure_cost(make: Callable[[], nn.Module], resolution: int, channels: int = 3) -> Cost:
    """Count weights and multiply-accumulates of a network.

    Parameters
    ----------
    make : callable
        Returns a network; called once, on torch's meta device, where ``ZooNetwork(...)`` takes no memory for weights.
        Functions that draw first weights (`zoo_network`) work too, but do draw them.
    resolution : int
        Height and width of the image [pixels].
    channels : int, default 3
        Channels of the image.

    Returns
    -------
    Cost
        In millions.

    Raises
    ------
    InvalidInput
        If resolution or channels is below 1, or the network does not take such images.

    Notes
    -----
    Half of the operations that torch's ``FlopCounterMode`` counts: padding is counted as pixels are, and neither
    biases, batch norms, activations, pools nor sums are. What runs in training alone counts among the weights only.
    The network that `make` returned is left in evaluation mode, its weights as they were.

    Examples
    --------
    >>> from benchtools.networks import CifarResNet
    >>> measure_cost(lambda: CifarResNet(20, 10), 32)
    Cost(params_m=0.269722, macs_m=40.55104)
    """
    check_positive(resolution=resolution, channels=channels)
    with torch.device("meta"), torch.no_grad():
        network = make().eval()
        tensors = [*network.named_parameters(), *network.named_buffers()]
        weights = {name: value.to("meta") for name, value in tensors}
        with FlopCounterMode(display=False) as counter:
            functional_call(network, weights, (torch.empty(1, channels, resolution, resolution),))
    return Cost(count_parameters(network) / 1e6, counter.get_total_flops() / 2 / 1e6)
