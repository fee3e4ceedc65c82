"""Networks as torch modules: CIFAR ResNets, ResNet-18, the autoencoder; torch (extra: train) loads at first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchtools.lazy import load_later

if TYPE_CHECKING:
    from benchtools.networks._autoencoder import Autoencoder
    from benchtools.networks._cifar_resnet import CifarResNet, resnet20, resnet56
    from benchtools.networks._initialise import as_generator, count_parameters, initialise
    from benchtools.networks._resnet18 import ResNet18, resnet18
    from benchtools.networks._weights import load_weights, read_weights

__all__ = [
    "Autoencoder",
    "CifarResNet",
    "ResNet18",
    "as_generator",
    "count_parameters",
    "initialise",
    "load_weights",
    "read_weights",
    "resnet18",
    "resnet20",
    "resnet56",
]

__getattr__ = load_later(
    __name__,
    {
        "_autoencoder": ("Autoencoder",),
        "_cifar_resnet": ("CifarResNet", "resnet20", "resnet56"),
        "_initialise": ("as_generator", "count_parameters", "initialise"),
        "_resnet18": ("ResNet18", "resnet18"),
        "_weights": ("load_weights", "read_weights"),
    },
)


def __dir__() -> list[str]:
    return sorted(__all__)
