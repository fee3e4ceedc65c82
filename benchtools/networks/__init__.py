"""Networks as torch modules: CIFAR ResNets, ResNet-18, the autoencoder; torch (extra: train) loads at first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

_LATER = {
    **dict.fromkeys(("CifarResNet", "resnet20", "resnet56"), "_cifar_resnet"),
    **dict.fromkeys(("as_generator", "count_parameters", "initialise"), "_initialise"),
    **dict.fromkeys(("ResNet18", "resnet18"), "_resnet18"),
    **dict.fromkeys(("load_weights", "read_weights"), "_weights"),
    "Autoencoder": "_autoencoder",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        try:
            return getattr(import_module(f"benchtools.networks.{_LATER[name]}"), name)
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            from benchtools.datasets import MissingTorch

            raise MissingTorch(f'{name} needs torch: pip install "benchtools[train]"', name="torch") from error
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
