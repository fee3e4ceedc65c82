"""Baselines: trained here, or loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from os import PathLike
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike

from benchtools.datasets import Augment, Batches, Dataset
from benchtools.networks import load_weights
from benchtools.progress import Progress, silent
from benchtools.provenance import digest_file
from benchtools.scoring._baseline import Baseline
from benchtools.scoring._checks import as_source
from benchtools.scoring._forgetting import Presentations
from benchtools.scoring._presets import BASELINES
from benchtools.training import Recipe, Reconstruction, as_device, train

__all__ = ["load_baseline", "train_baseline"]


def train_baseline(
    dataset: Dataset,
    name: str = "resnet20",
    *,
    rng: np.random.Generator | int,
    epochs: int | None = None,
    recipe: Recipe | None = None,
    options: Mapping[str, Any] | None = None,
    indices: ArrayLike | None = None,
    batch_size: int | None = None,
    augment: Augment | None = None,
    resolution: int | None = None,
    device: torch.device | str | None = None,
    checkpoint: str | PathLike[str] | None = None,
    progress: Progress = silent,
) -> Baseline:
    """Train a network on the training part of a data set, to score its examples.

    Parameters
    ----------
    dataset : Dataset
        The data set.
    name : str, default "resnet20"
        A preset, as `list_baselines` gives it.
    rng : numpy.random.Generator or int
        Source of first weights, order, augmentation and dropout.
    epochs : int, optional
        In place of the preset's number; its schedule is scaled.
    recipe : Recipe, optional
        In place of the preset's recipe.
    options : mapping, optional
        Of the network: ``{"width": 8, "kernel": 5}`` of ``probe``, ``{"weights": "resnet18.pth"}`` of ``resnet18``.
    indices : array-like of int, optional
        Training examples to learn from; all by default.
    batch_size : int, optional
        In place of the preset's; at most the number of examples.
    augment : Augment, optional
        In place of the preset's: the usual crop and flip, or none.
    resolution : int, optional
        Height and width of the input [pixels]; native by default, or the next that the network takes.
    device : torch.device or str, optional
        Where; by default a GPU if there is one, else the CPU.
    checkpoint : path, optional
        See `benchtools.training.train`: the training is resumed from it.
    progress : callable
        Called with ``("training", steps made, all steps)``.

    Returns
    -------
    Baseline
        With its metrics, and the record that forgetting events are counted of.

    Raises
    ------
    NotFound
        If there is no such preset.
    InvalidInput
        If something does not fit the data set or the network.
    NonFiniteLoss
        If the training diverges.

    Examples
    --------
    >>> from benchtools.datasets import load_dataset
    >>> digits, small = load_dataset("digits"), {"width": 4}
    >>> baseline = train_baseline(digits, epochs=2, options=small, indices=range(200), rng=0)
    >>> baseline.correct.shape, len(baseline.training)
    ((2, 200), 2)
    """
    preset = BASELINES.get(name)
    plan = recipe or preset.recipe
    plan = plan if epochs is None else replace(plan, epochs=epochs)
    chosen = None if indices is None else np.unique(np.asarray(indices))
    n = len(dataset.train_labels) if chosen is None else len(chosen)
    size = preset.batch_size if batch_size is None else batch_size
    side = preset.resolution(dataset) if resolution is None else resolution
    source = as_source(rng)
    first, order, layers = (int(seed) for seed in source.integers(2**31, size=3))
    where = as_device(device)
    usual = Augment.usual(dataset) if preset.augmented else Augment(pad=0, flip=False)
    batches = Batches(
        dataset, chosen, batch_size=min(n, size), device=where, generator=order, resolution=side,
        augment=usual if augment is None else augment,
        channels_last=plan.channels_last,
    )  # fmt: skip
    network = preset.make(dataset, first, options or {})
    record = Presentations(len(dataset.train_labels), plan.epochs) if preset.classifies else None
    measure = None if preset.classifies else Reconstruction(dataset)
    training = train(
        network, batches, plan, rng=layers, loss=measure, callbacks=() if record is None else (record,),
        checkpoint=checkpoint, progress=progress,
    )  # fmt: skip
    made = {
        "network": name, "options": _named(options), "recipe": plan.to_dict(), "batch_size": batches.batch_size,
        "augment": asdict(batches.augment), "resolution": batches.size[0], "device": where.type,
        "seed": None if isinstance(rng, np.random.Generator) else int(rng), "n_trained": n,
        "last_epoch": {"train_loss": training[-1].train_loss},
    }  # fmt: skip
    return Baseline(
        network, dataset, made, training, measure, None if record is None else record.of(chosen), chosen, side,
    )  # fmt: skip


def load_baseline(
    dataset: Dataset,
    weights: str | PathLike[str],
    name: str = "resnet20",
    *,
    options: Mapping[str, Any] | None = None,
    resolution: int | None = None,
    device: torch.device | str | None = None,
) -> Baseline:
    """Load a trained network, to score the examples of a data set; forgetting events need a training instead.

    Parameters
    ----------
    dataset : Dataset
        The data set.
    weights : path
        A ``.safetensors``, ``.pth`` or ``.pt`` file with all weights of the network; nothing in it is executed.
    name, options, resolution, device
        As in `train_baseline`.

    Raises
    ------
    NotFound
        If there is no such preset.
    InvalidInput, StoreError, UnsafePickle
        If the weights cannot be read, or do not fit.

    Examples
    --------
    >>> import tempfile, torch
    >>> from benchtools.datasets import load_dataset
    >>> from benchtools.networks import resnet20
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     torch.save(resnet20(10, channels=1, width=4, rng=0).state_dict(), f"{folder}/weights.pth")
    ...     load_baseline(load_dataset("digits"), f"{folder}/weights.pth", options={"width": 4})
    Baseline(resnet20 on digits)
    """
    preset = BASELINES.get(name)
    network = preset.make(dataset, 0, options or {})
    load_weights(network, weights)
    made = {"network": name, "options": _named(options), "weights": digest_file(weights)}
    return Baseline(
        network.to(as_device(device)), dataset, made, loss=None if preset.classifies else Reconstruction(dataset),
        resolution=preset.resolution(dataset) if resolution is None else resolution,
    )  # fmt: skip


def _named(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return options as scores keep them: a file by its digest, not its place."""
    found = dict(options or {})
    if "weights" in found and found["weights"] is not None:
        found["weights"] = digest_file(found["weights"])
    return found
