"""The one training loop, its recipes and its results; what needs torch (extra: train) loads at first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from benchtools.training._recipe import Recipe
from benchtools.training._result import Epoch, Evaluation, Training
from benchtools.training._schedule import learning_rate

if TYPE_CHECKING:
    from benchtools.training._callbacks import Callback, EpochEnd, StepEnd
    from benchtools.training._evaluate import evaluate
    from benchtools.training._losses import CrossEntropy, Loss, Reconstruction
    from benchtools.training._train import NonFiniteLoss, train

__all__ = [
    "Callback",
    "CrossEntropy",
    "Epoch",
    "EpochEnd",
    "Evaluation",
    "Loss",
    "NonFiniteLoss",
    "Recipe",
    "Reconstruction",
    "StepEnd",
    "Training",
    "evaluate",
    "learning_rate",
    "train",
]

_LATER = {
    **dict.fromkeys(("Callback", "EpochEnd", "StepEnd"), "_callbacks"),
    **dict.fromkeys(("CrossEntropy", "Loss", "Reconstruction"), "_losses"),
    **dict.fromkeys(("NonFiniteLoss", "train"), "_train"),
    "evaluate": "_evaluate",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        try:
            return getattr(import_module(f"benchtools.training.{_LATER[name]}"), name)
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            from benchtools.datasets import MissingTorch

            raise MissingTorch(f'{name} needs torch: pip install "benchtools[train]"', name="torch") from error
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
