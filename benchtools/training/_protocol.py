"""How the networks of a zoo are trained, in the original and in a reduced setting."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from benchtools.errors import InvalidInput
from benchtools.training._recipe import Recipe

__all__ = ["Protocol"]


@dataclass(frozen=True)
class Protocol:
    """A training protocol whose epochs a setting gives.

    Attributes
    ----------
    recipe : Recipe
        Optimiser and schedule; its epochs are replaced.
    batch_size : int
        Images in a batch.
    cutout : int
        Side of the blanked square [pixels at native resolution]; scaled with the resolution.
    drop_path : float
        Share of paths that are dropped at the end of an original training, from 0 at its start; none when reduced.
    pad : int or None
        See `benchtools.datasets.Augment`.
    auxiliary : float
        Weight of a second classifier's loss in an original training (`WithAuxiliary`; 0.4 in DARTS), 0 for none; none
        when reduced.

    Raises
    ------
    InvalidInput
        If a number is out of range.

    Notes
    -----
    S1 names no second classifier, and its code leaves it off. Where it is on, it belongs to the original setting alone,
    as path dropout does: the code's network for the reduced search has none, the classifier cannot read fewer than
    32x32 pixels, and settings that differ in resolution would otherwise differ in it too.

    References
    ----------
    S1 (paper 001), sections E.2 and E.3; the authors' code, DongzhanZhou/EcoNAS.

    Examples
    --------
    >>> protocol = Protocol.cifar()
    >>> reduced = protocol.reduced(60)
    >>> reduced.recipe.epochs, reduced.recipe.cycles, reduced.drop_path
    (60, 1, 0.0)
    """

    recipe: Recipe
    batch_size: int = 96
    cutout: int = 16
    drop_path: float = 0.2
    pad: int | None = None
    auxiliary: float = 0.0

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise InvalidInput(f"batch_size must be at least 1; {self.batch_size} was given")
        if not 0 <= self.drop_path < 1:
            raise InvalidInput(f"drop_path must be from 0 to below 1; {self.drop_path} was given")
        if not 0 <= self.auxiliary < math.inf:
            raise InvalidInput(f"auxiliary must be 0, for no second classifier, or above; {self.auxiliary} was given")

    @classmethod
    def cifar(cls, epochs: int = 600, **changes: Any) -> Protocol:
        """Return S1's protocol of CIFAR-10: SGD, cosine from 0.025 to 0.001, weight decay 3e-4, clipped at 5."""
        recipe = Recipe(epochs, 0.025, min_lr=0.001, weight_decay=3e-4, clip_norm=5.0, channels_last=True)
        return replace(cls(recipe), **changes)

    @classmethod
    def imagenet(cls, epochs: int = 150, **changes: Any) -> Protocol:
        """Return S1's protocol of ImageNet: batches of 2,048, two epochs of warm-up from 0.2 to 0.8, cosine to 0."""
        recipe = Recipe(
            epochs,
            0.8,
            weight_decay=3e-5,
            warmup_epochs=min(2, epochs - 1),
            warmup_lr=0.2,
            channels_last=True,
        )
        return replace(cls(recipe, batch_size=2048, cutout=0, drop_path=0.0), **changes)

    def original(self, epochs: int) -> Protocol:
        """Return it for so many epochs, a whole cosine cycle."""
        return replace(self, recipe=replace(self.recipe, epochs=epochs))

    def reduced(self, epochs: int) -> Protocol:
        """Return it for a reduced setting: a whole cosine cycle, no paths dropped, and no second classifier."""
        return replace(self.original(epochs), drop_path=0.0, auxiliary=0.0)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON holds them, `auxiliary` only where it is on: older trials keep their identity."""
        found = {**asdict(self), "recipe": self.recipe.to_dict()}
        return found if self.auxiliary else {name: value for name, value in found.items() if name != "auxiliary"}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Protocol:
        """Return the protocol of what `to_dict` gave."""
        return cls(**{**fields, "recipe": Recipe.from_dict(fields["recipe"])})
