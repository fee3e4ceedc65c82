"""The one training loop."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path

import numpy as np
from torch import nn

from benchtools.datasets import Batches
from benchtools.errors import InvalidInput
from benchtools.networks import as_generator
from benchtools.progress import Progress, silent
from benchtools.training._callbacks import Callback, EpochEnd, as_callbacks
from benchtools.training._checkpoint import check_place, read_checkpoint, write_checkpoint
from benchtools.training._epochs import NonFiniteLoss, Run
from benchtools.training._losses import CrossEntropy, Loss
from benchtools.training._randomness import private_randomness
from benchtools.training._recipe import Recipe
from benchtools.training._result import Training

__all__ = ["NonFiniteLoss", "train"]


def train(
    network: nn.Module,
    batches: Batches,
    recipe: Recipe,
    *,
    rng: np.random.Generator | int,
    validation: Batches | None = None,
    loss: Loss | None = None,
    callbacks: tuple[Callback | Callable[[EpochEnd], object], ...] = (),
    checkpoint: str | PathLike[str] | None = None,
    progress: Progress = silent,
) -> Training:
    """Train a network, where it is, on the device of the batches.

    Parameters
    ----------
    network : torch.nn.Module
        It is moved to the device, changed, and left in training mode.
    batches : Batches
        What it is trained on. Order and augmentation are drawn from the batches' own generator.
    recipe : Recipe
        How.
    rng : numpy.random.Generator or int
        Source of what layers draw: dropout. Torch's global generators are the same after the training as before.
    validation : Batches, optional
        Evaluated after each epoch.
    loss : callable, optional
        See `Loss`; by default cross-entropy with the recipe's label smoothing. `validation` is measured by it too, but
        by default without smoothing.
    callbacks : tuple of Callback or of functions of an EpochEnd
        Called after each epoch, before its checkpoint is written; a `Callback` can see steps too.
    checkpoint : path, optional
        File that is written after each epoch. If it exists, the training goes on behind its last epoch, with the same
        result on a CPU, bit by bit, as one that was never interrupted.
    progress : callable
        Called with ``("training", steps made, all steps)``.

    Returns
    -------
    Training
        Metrics by epoch.

    Raises
    ------
    InvalidInput
        If there is nothing to train or no batch, or the checkpoint is of another training.
    NonFiniteLoss
        If the loss is NaN or infinite; the message says in which epoch and step.
    StoreError, UnsafePickle
        If the checkpoint cannot be read or written.

    Examples
    --------
    >>> from benchtools.datasets import load_dataset
    >>> from benchtools.networks import resnet20
    >>> digits = load_dataset("digits")
    >>> batches = Batches(digits, range(200), batch_size=50, generator=0)
    >>> network = resnet20(10, channels=1, width=4, rng=0)
    >>> training = train(network, batches, Recipe(epochs=2, lr=0.1), rng=0)
    >>> len(training), bool(training[-1].train_loss < training[0].train_loss)
    (2, True)
    """
    if not len(batches):
        raise InvalidInput(f"{batches} give no batch: use a smaller batch size, or drop_last=False")
    if not any(parameter.requires_grad for parameter in network.parameters()):
        raise InvalidInput(f"{type(network).__name__} has no weights to train: none of them requires a gradient")
    if recipe.precision == "float16" and batches.device.type != "cuda":
        raise InvalidInput(f"float16 needs CUDA, and the batches are on {batches.device}: choose bfloat16 or float32")
    file = None if checkpoint is None else Path(checkpoint)
    if file is not None:
        check_place(file)
    seed = as_generator(rng).initial_seed()
    measures = (
        CrossEntropy(recipe.label_smoothing) if loss is None else loss,
        CrossEntropy() if loss is None else loss,
    )
    run = Run(network, batches, validation, recipe, measures, as_callbacks(callbacks))
    with private_randomness(seed, batches.device):
        parts = None if file is None else read_checkpoint(file, run.identity(seed))
        if parts is not None:
            run.load(parts)
        resumed_at = len(run.epochs)
        while len(run.epochs) < recipe.epochs:
            run.epoch(progress)
            if file is not None:
                write_checkpoint(file, {"identity": run.identity(seed), **run.state()})
    return Training(recipe, tuple(run.epochs), resumed_at)
