"""One trial: a network of the zoo, trained in a setting and evaluated."""

from __future__ import annotations

import traceback
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchtools.datasets import Dataset, load_dataset
from benchtools.errors import InvalidInput
from benchtools.experiments.reduced._plan import ZooPlan
from benchtools.experiments.reduced._trials import choose_examples, held_out
from benchtools.progress import Progress, silent
from benchtools.provenance import Provenance, digest_array
from benchtools.runs import Trial, TrialResult
from benchtools.spaces import get_space
from benchtools.training import Protocol, Setting

__all__ = ["TrainTrial"]


@dataclass(frozen=True, eq=False)  # each is a key of its own to what is read below: a new sweep reads anew
class TrainTrial:
    """The function that an executor calls for each trial of a plan; it can be sent to other processes.

    Attributes
    ----------
    plan : ZooPlan
        The plan: it says where data and scores are. Should they have changed since its trials were made, each of them
        fails.
    """

    plan: ZooPlan

    def __call__(
        self, trial: Trial, *, device: str = "cpu", checkpoint: Path | None = None, progress: Progress = silent
    ) -> TrialResult:
        """Return what a trial gives: accuracy and loss where it is evaluated, cost, metrics by epoch."""
        from benchtools.training import NonFiniteLoss

        start = perf_counter()
        made = Provenance.now({"device": device}).to_dict()
        try:
            metrics, curve = _train(self, trial, device, checkpoint, progress)
        except NonFiniteLoss:
            return TrialResult("diverged", {}, [], perf_counter() - start, made, traceback.format_exc())
        return TrialResult("done", metrics, curve, perf_counter() - start, made, None)


@lru_cache(maxsize=1)
def _data(of: TrainTrial, digest: str) -> Dataset:
    """Return the data set of a plan, read once in a process; raise `InvalidInput` if its digest is another."""
    plan = of.plan
    dataset = load_dataset(plan.dataset, plan.data, **plan.data_options)
    if dataset.digest != digest:
        raise InvalidInput(
            f"{dataset.name} has changed since its trials were made: its digest is {dataset.digest[:12]}, not "
            f"{digest[:12]}; put back the files that it is read from, or run the plan again, which trains on what they "
            "hold now"
        )
    return dataset


@lru_cache(maxsize=8)  # trials come by seed and setting
def _examples(of: TrainTrial, data: str, setting: Setting, seed: int, digest: str | None) -> NDArray[np.int64]:
    """Return the examples of a setting, chosen once for its networks; raise `InvalidInput` if they are others."""
    examples = choose_examples(of.plan, _data(of, data), setting, seed)
    if digest_array(examples) != digest:
        raise InvalidInput(
            f"{of.plan.scores.get(setting.sample, 'the plan')} has changed since its trials were made: it gives other "
            f"examples for {setting} with the seed {seed}; put it back, or run the plan again, which trains on what it "
            "gives now"
        )
    return examples


@lru_cache(maxsize=4_096)
def _cost(space: str, arch: str, n_classes: int, resolution: int, options: tuple[tuple[str, int], ...]) -> Any:
    """Return what a network costs, counted once for all seeds, samples and epochs."""
    from benchtools.networks import ZooNetwork, measure_cost

    cell = get_space(space).arch(arch)  # type: ignore[attr-defined]
    named: dict[str, Any] = dict(options)
    return measure_cost(lambda: ZooNetwork(cell, n_classes, **named), resolution, named["channels"])


def _train(
    of: TrainTrial, trial: Trial, device: str, checkpoint: Path | None, progress: Progress
) -> tuple[dict[str, float], list[dict[str, Any]]]:
    from benchtools.datasets import Augment, Batches
    from benchtools.networks import zoo_network
    from benchtools.training import DropPathRamp, WithAuxiliary, evaluate, train

    setting, details = Setting.parse(trial.setting), trial.details
    dataset = _data(of, trial.dataset_digest)
    examples = _examples(of, trial.dataset_digest, setting, trial.seed, trial.selection)
    protocol = Protocol.from_dict(details["protocol"])
    source = np.random.default_rng([trial.seed, 1])  # another stream than that of the sample
    first, order, layers = (int(seed) for seed in source.integers(2**31, size=3))
    arch = get_space(trial.space).arch(trial.arch)  # type: ignore[attr-defined]  # spaces of cells have it
    options = {"width": details["channels"], "n_cells": details["n_cells"], "channels": dataset.channels}
    auxiliary = protocol.auxiliary > 0
    network = zoo_network(arch, len(dataset.classes), auxiliary=auxiliary, rng=first, **options)
    loss = WithAuxiliary(network, protocol.auxiliary, protocol.recipe.label_smoothing) if auxiliary else None
    usual = Augment.usual(dataset, cutout=protocol.cutout)
    augment = usual if protocol.pad is None else Augment(protocol.pad, usual.flip, protocol.cutout)
    common: dict[str, Any] = {"device": device, "resolution": details["resolution"]}
    common["channels_last"] = protocol.recipe.channels_last
    batches = Batches(
        dataset, examples, batch_size=protocol.batch_size, generator=order, augment=augment, drop_last=True, **common,
    )  # fmt: skip
    _, out = held_out(len(dataset.train_labels), of.plan.validation)
    split, positions = ("train", out) if len(out) else ("test", None)
    judged = Batches(
        dataset, positions, split=split, batch_size=500, generator=0, shuffle=False, **common
    )  # fmt: skip
    callbacks = (DropPathRamp(network, protocol.drop_path, protocol.recipe.epochs),) if protocol.drop_path else ()
    training = train(
        network, batches, protocol.recipe, rng=layers, loss=loss, callbacks=callbacks, checkpoint=checkpoint,
        progress=progress,
    )  # fmt: skip
    found = evaluate(network, judged)
    cost = _cost(trial.space, trial.arch, len(dataset.classes), details["resolution"], tuple(options.items()))
    curve = [
        {name: value for name, value in asdict(epoch).items() if not name.startswith("test")} for epoch in training
    ]
    metrics = {
        "accuracy": found.accuracy, "loss": found.loss, "train_accuracy": training[-1].train_accuracy,
        "train_loss": training[-1].train_loss, "train_s": sum(epoch.train_s for epoch in training),
        "macs_m": cost.macs_m, "params_m": cost.params_m, "n_examples": float(batches.n_images),
    }  # fmt: skip
    return metrics, curve
