"""Networks as torch modules, and what they cost; torch (extra: train) loads at first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchtools.lazy import load_later

if TYPE_CHECKING:
    from benchtools.networks._autoencoder import Autoencoder
    from benchtools.networks._cifar_resnet import CifarResNet, resnet20, resnet56
    from benchtools.networks._cost import Cost, measure_cost
    from benchtools.networks._gates import Gates
    from benchtools.networks._initialise import as_generator, count_parameters, initialise
    from benchtools.networks._make_supernet import make_supernet
    from benchtools.networks._operations import make_operation
    from benchtools.networks._resnet18 import ResNet18, resnet18
    from benchtools.networks._supernet import Supernet
    from benchtools.networks._supernet201 import Supernet201
    from benchtools.networks._supernet_oneshot1 import SupernetOneShot1
    from benchtools.networks._supernet_sizes import SupernetSizes
    from benchtools.networks._weights import load_weights, read_weights
    from benchtools.networks._zoo_network import ZooNetwork, zoo_network

__all__ = [
    "Autoencoder",
    "CifarResNet",
    "Cost",
    "Gates",
    "ResNet18",
    "Supernet",
    "Supernet201",
    "SupernetOneShot1",
    "SupernetSizes",
    "ZooNetwork",
    "as_generator",
    "count_parameters",
    "initialise",
    "load_weights",
    "make_operation",
    "make_supernet",
    "measure_cost",
    "read_weights",
    "resnet18",
    "resnet20",
    "resnet56",
    "zoo_network",
]

__getattr__ = load_later(
    __name__,
    {
        "_autoencoder": ("Autoencoder",),
        "_cifar_resnet": ("CifarResNet", "resnet20", "resnet56"),
        "_cost": ("Cost", "measure_cost"),
        "_gates": ("Gates",),
        "_initialise": ("as_generator", "count_parameters", "initialise"),
        "_make_supernet": ("make_supernet",),
        "_operations": ("make_operation",),
        "_resnet18": ("ResNet18", "resnet18"),
        "_supernet": ("Supernet",),
        "_supernet201": ("Supernet201",),
        "_supernet_oneshot1": ("SupernetOneShot1",),
        "_supernet_sizes": ("SupernetSizes",),
        "_weights": ("load_weights", "read_weights"),
        "_zoo_network": ("ZooNetwork", "zoo_network"),
    },
)


def __dir__() -> list[str]:
    return sorted(__all__)
