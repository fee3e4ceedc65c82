"""The one training loop, its recipes and its results; what needs torch (extra: train) loads at first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchtools.lazy import load_later
from benchtools.training._protocol import Protocol
from benchtools.training._recipe import Recipe
from benchtools.training._result import Epoch, Evaluation, Training
from benchtools.training._schedule import learning_rate
from benchtools.training._setting import Levels, Setting

if TYPE_CHECKING:
    from benchtools.training._callbacks import Callback, EpochEnd, StepEnd
    from benchtools.training._device import as_device
    from benchtools.training._drop_path import DropPathRamp
    from benchtools.training._evaluate import evaluate
    from benchtools.training._losses import CrossEntropy, Loss, Reconstruction, WithAuxiliary
    from benchtools.training._train import NonFiniteLoss, train

__all__ = [
    "Callback",
    "CrossEntropy",
    "DropPathRamp",
    "Epoch",
    "EpochEnd",
    "Evaluation",
    "Levels",
    "Loss",
    "NonFiniteLoss",
    "Protocol",
    "Recipe",
    "Reconstruction",
    "Setting",
    "StepEnd",
    "Training",
    "WithAuxiliary",
    "as_device",
    "evaluate",
    "learning_rate",
    "train",
]

__getattr__ = load_later(
    __name__,
    {
        "_device": ("as_device",),
        "_drop_path": ("DropPathRamp",),
        "_callbacks": ("Callback", "EpochEnd", "StepEnd"),
        "_evaluate": ("evaluate",),
        "_losses": ("CrossEntropy", "Loss", "Reconstruction", "WithAuxiliary"),
        "_train": ("NonFiniteLoss", "train"),
    },
)


def __dir__() -> list[str]:
    return sorted(__all__)
