"""Networks that score examples, each with the recipe of its paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchtools.errors import BenchtoolsError, InvalidInput
from benchtools.registry import Registry, did_you_mean
from benchtools.training import Recipe

if TYPE_CHECKING:
    from torch import nn

    from benchtools.datasets import Dataset

__all__ = ["BASELINES", "Preset", "list_baselines"]


@dataclass(frozen=True)
class Preset:
    """A kind of network, and how it is trained unless something else is asked for.

    Attributes
    ----------
    what : str
        What it is, in a line, with the source of its recipe.
    build : callable
        ``build(dataset, rng, options) -> torch.nn.Module``.
    recipe : Recipe
        Its training.
    batch_size : int
        Images in a batch.
    augmented : bool
        Whether it is trained with the usual crop and flip.
    classifies : bool
        Whether it gives logits; if not, images.
    multiple : int
        Its input must be a multiple of so many pixels, and is enlarged to the next one.
    options : tuple of str
        Names of the options that `build` takes.
    """

    what: str
    build: Callable[[Dataset, np.random.Generator | int, Mapping[str, Any]], nn.Module]
    recipe: Recipe
    batch_size: int = 128
    augmented: bool = True
    classifies: bool = True
    multiple: int = 1
    options: tuple[str, ...] = ()

    def resolution(self, dataset: Dataset) -> int | None:
        """Return the resolution of the input [pixels]; None for the native one."""
        height, width = dataset.resolution
        if self.multiple == 1 or (height == width and height % self.multiple == 0):
            return None
        return -(-max(height, width) // self.multiple) * self.multiple

    def make(self, dataset: Dataset, rng: np.random.Generator | int, options: Mapping[str, Any]) -> nn.Module:
        """Return a network, with first weights drawn from `rng`.

        Raises
        ------
        InvalidInput
            If there is no such option, or its value does not fit.
        """
        for name in options:
            if name not in self.options:
                valid = ", ".join(self.options) or "none"
                hint = did_you_mean(name, list(self.options))
                raise InvalidInput(f"the network has no option {name!r}; its options are: {valid}.{hint}")
        try:
            return self.build(dataset, rng, options)
        except (TypeError, ValueError) as error:
            if isinstance(error, BenchtoolsError):
                raise
            raise InvalidInput(f"the options {dict(options)} do not fit the network: {error}") from error


BASELINES: Registry[Preset] = Registry("baseline", "benchtools.baselines")
"""Networks that score examples, by name; plug-ins declare the entry point ``benchtools.baselines``."""


def list_baselines() -> dict[str, str]:
    """Return the name of every preset, with a line on what it is.

    Examples
    --------
    >>> list(list_baselines())
    ['autoencoder', 'probe', 'resnet18', 'resnet20', 'resnet56']
    """
    return {name: BASELINES.get(name).what for name in BASELINES.names()}


def _cifar_resnet(depth: int, dataset: Dataset, rng: np.random.Generator | int, options: Mapping[str, Any]) -> Any:
    from benchtools.networks import CifarResNet
    from benchtools.networks._initialise import build

    return build(lambda: CifarResNet(depth, len(dataset.classes), channels=dataset.channels, **options), rng)


def _resnet18(dataset: Dataset, rng: np.random.Generator | int, options: Mapping[str, Any]) -> Any:
    from benchtools.networks import resnet18

    if dataset.channels != 3:
        raise InvalidInput(
            f"resnet18 takes images of 3 channels, and those of {dataset.name} have {dataset.channels}: choose "
            "another baseline, such as resnet20"
        )
    return resnet18(len(dataset.classes), rng=rng, **options)


def _autoencoder(dataset: Dataset, rng: np.random.Generator | int, options: Mapping[str, Any]) -> Any:
    from benchtools.networks import Autoencoder

    return Autoencoder.new(rng=rng, channels=dataset.channels, **options)


_RESNET = ("width", "kernel", "multiplier", "shortcut")
_STEPS = Recipe(200, 0.1, weight_decay=1e-4, schedule="steps")
for _name, _preset in {
    "autoencoder": Preset("4 + 4 layers, z of 64 numbers (S0); Adam: our choice, the paper gives no recipe",
                          _autoencoder, Recipe(50, 1e-3, "adam", schedule="constant"), augmented=False,
                          classifies=False, multiple=16, options=("widths",)),
    "probe": Preset("ResNet-20 of a width, kernel and multiplier, by Adam (S2); epochs and rate: our choice",
                    partial(_cifar_resnet, 20), Recipe(200, 1e-3, "adam", schedule="steps"), options=_RESNET),
    "resnet18": Preset("ResNet-18 with the head of S0, from pretrained weights if they are given; recipe of S0",
                       _resnet18, Recipe(50, 1e-3, weight_decay=1e-4, schedule="constant"), augmented=False,
                       options=("head", "weights")),
    "resnet20": Preset("ResNet-20 of width 16 (S3 for CIFAR-10 and SVHN); SGD in steps: our choice",
                       partial(_cifar_resnet, 20), _STEPS, options=_RESNET),
    "resnet56": Preset("ResNet-56 of width 16 (S3 for CIFAR-100); SGD in steps: our choice",
                       partial(_cifar_resnet, 56), _STEPS, options=_RESNET),
}.items():  # fmt: skip
    BASELINES.register(_name, _preset)
