"""The numbers of a training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchtools.errors import InvalidInput
from benchtools.training._fields import with_lists, with_tuples

__all__ = ["Recipe"]

CHOICES = {
    "optimiser": ("sgd", "adam"),
    "schedule": ("cosine", "steps", "constant"),
    "update": ("step", "epoch"),
    "precision": ("float32", "bfloat16", "float16"),
}


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; batch size, resolution and augmentation belong to the batches.

    Attributes
    ----------
    epochs : int
        Passes over the batches.
    lr : float
        Learning rate after the warm-up.
    optimiser : {"sgd", "adam"}
        Adam adds the weight decay to the gradient, as SGD does.
    momentum, nesterov : float, bool
        Of SGD.
    betas : tuple of 2 float
        Of Adam.
    weight_decay : float
        L2 penalty of all weights, those of batch norms and biases included.
    schedule : {"cosine", "steps", "constant"}
        See `learning_rate`.
    update : {"step", "epoch"}
        How often the learning rate changes.
    min_lr : float
        Where the cosine ends.
    cycles : int
        Whole cosine cycles in the epochs after the warm-up, which they divide evenly.
    milestones : tuple of float
        Shares of all epochs after which ``steps`` multiplies the rate by `gamma`.
    gamma : float
        That factor.
    warmup_epochs : int
        Epochs in which the rate rises evenly from `warmup_lr` to `lr`.
    warmup_lr : float
        Where it starts.
    clip_norm : float or None
        Largest L2 norm of all gradients together; None for no limit.
    label_smoothing : float
        Share of the target that is spread over all classes.
    precision : {"float32", "bfloat16", "float16"}
        Of what autocast covers; weights stay as they are. float16 scales losses, and needs CUDA.
    channels_last : bool
        Memory format of weights and images.
    compile : bool
        Whether the network runs through ``torch.compile``.

    Raises
    ------
    InvalidInput
        If a number is out of range; the message names it.

    Examples
    --------
    >>> recipe = Recipe(epochs=60, lr=0.025, min_lr=0.001, weight_decay=3e-4, clip_norm=5)
    >>> recipe.schedule, recipe.cycles
    ('cosine', 1)
    >>> Recipe.from_dict(recipe.to_dict()) == recipe
    True
    """

    epochs: int
    lr: float
    optimiser: str = "sgd"
    momentum: float = 0.9
    nesterov: bool = False
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.0
    schedule: str = "cosine"
    update: str = "step"
    min_lr: float = 0.0
    cycles: int = 1
    milestones: tuple[float, ...] = (0.5, 0.75)
    gamma: float = 0.1
    warmup_epochs: int = 0
    warmup_lr: float = 0.0
    clip_norm: float | None = None
    label_smoothing: float = 0.0
    precision: str = "float32"
    channels_last: bool = False
    compile: bool = False

    def __post_init__(self) -> None:
        for name, valid in CHOICES.items():
            if getattr(self, name) not in valid:
                raise InvalidInput(f"{name} must be one of {', '.join(valid)}; {getattr(self, name)!r} was given")
        after = self.epochs - self.warmup_epochs
        beta_1, beta_2 = self.betas
        rules = (
            ("epochs", self.epochs >= 1, "at least 1"),
            ("lr", 0 < self.lr < math.inf, "above 0"),
            ("momentum", 0 <= self.momentum < 1, "from 0 to below 1"),
            ("nesterov", not self.nesterov or self.momentum > 0, "False where the momentum is 0"),
            ("betas", 0 <= beta_1 < 1 and 0 <= beta_2 < 1, "from 0 to below 1"),
            ("weight_decay", 0 <= self.weight_decay < math.inf, "0 or more"),
            ("min_lr", 0 <= self.min_lr <= self.lr, f"from 0 to lr, which is {self.lr}"),
            ("milestones", all(0 < share < 1 for share in self.milestones), "shares between 0 and 1"),
            ("gamma", 0 < self.gamma <= 1, "above 0 and at most 1"),
            ("warmup_epochs", 0 <= self.warmup_epochs < self.epochs, f"from 0 to below epochs, {self.epochs}"),
            ("warmup_lr", 0 <= self.warmup_lr <= self.lr, f"from 0 to lr, which is {self.lr}"),
            ("clip_norm", self.clip_norm is None or self.clip_norm > 0, "above 0, or None for no limit"),
            ("label_smoothing", 0 <= self.label_smoothing <= 1, "from 0 to 1"),
            (
                "cycles",
                self.cycles >= 1 and after % self.cycles == 0,
                f"a divisor of the {after} epochs after the warm-up, so that each cycle is whole",
            ),
        )
        for name, fits, must_be in rules:
            if not fits:
                raise InvalidInput(f"{name} must be {must_be}; {getattr(self, name)} was given")

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dictionary that JSON can hold."""
        return with_lists(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Recipe:
        """Return the recipe of what `to_dict` gave."""
        return cls(**with_tuples(fields))
