"""The trials of a plan: one for each network, setting and seed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchtools.datasets import Dataset, load_dataset
from benchtools.errors import InvalidInput
from benchtools.experiments._examples import choose_within
from benchtools.experiments.reduced._plan import ZooPlan
from benchtools.progress import Progress, silent
from benchtools.provenance import digest_array
from benchtools.runs import Trial
from benchtools.training import Setting

__all__ = ["choose_examples", "held_out", "load_data", "plan_trials"]

SPLIT_SEED = 0
"""The held-out part is the same for every network, setting and seed."""


def load_data(plan: ZooPlan, progress: Progress = silent) -> Dataset:
    """Return the data set of a plan, and check that its images can be reduced as the plan asks."""
    dataset = load_dataset(plan.dataset, plan.data, progress=progress, **plan.data_options)
    height, width = dataset.resolution
    if height != width or plan.levels.r[0] > 4 * height:
        raise InvalidInput(
            f"level r0 is {plan.levels.r[0]} pixels, and images of {dataset.name} have {height}x{width}: square images "
            "and a level r0 near their size are needed"
        )
    return dataset


def held_out(n: int, share: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the examples to train on and those that accuracies are of, ordered; the latter empty without a share."""
    order = np.random.default_rng(SPLIT_SEED).permutation(n)
    n_out = round(share * n)
    return np.sort(order[n_out:]), np.sort(order[:n_out])


def choose_examples(plan: ZooPlan, dataset: Dataset, setting: Setting, seed: int) -> NDArray[np.int64]:
    """Return the training examples of a setting, ordered: the same for every network of a seed.

    Raises
    ------
    InvalidInput
        If they are fewer than a batch, or scores are of another data set.
    """
    pool, _ = held_out(len(dataset.train_labels), plan.validation)
    k = int(len(pool) * setting.share(plan.levels))
    if k < plan.protocol.batch_size:
        raise InvalidInput(
            f"{setting} leaves {k} of {len(pool):,} training examples, less than a batch of "
            f"{plan.protocol.batch_size}: take a lower level of s, or a smaller batch_size"
        )
    scores = plan.scores.get(setting.sample)
    return choose_within(dataset, pool, k, method=setting.sample, scores=scores, seed=seed)


def plan_trials(plan: ZooPlan, dataset: Dataset) -> Iterator[Trial]:
    """Yield the trials: by seed and setting, the original first, then network by network."""
    for seed in plan.seeds:
        for setting in plan.all_settings():
            examples = choose_examples(plan, dataset, setting, seed)
            digest = digest_array(examples)
            details = trial_details(plan, dataset, setting)
            for arch in plan.archs:
                yield Trial("zoo", plan.space, arch, dataset.name, dataset.digest, digest, str(setting), seed, details)


def trial_details(plan: ZooPlan, dataset: Dataset, setting: Setting) -> dict[str, Any]:
    """Return everything else that changes a result: what the levels stand for, and the protocol."""
    levels = plan.levels
    protocol = plan.protocol
    original = setting.is_original(levels)
    how = protocol.original(setting.e) if original else protocol.reduced(setting.e)
    return {
        "channels": setting.channels(levels), "resolution": setting.resolution(levels),
        "share": setting.share(levels), "sample": setting.sample, "n_cells": plan.n_cells,
        "validation": plan.validation, "protocol": how.to_dict(),
    }  # fmt: skip
