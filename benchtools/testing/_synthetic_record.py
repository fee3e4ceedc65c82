"""One architecture of a synthetic archive as the plain Python objects of the official code."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput
from benchtools.spaces import NATSSize, Space, get_space
from benchtools.testing._synthetic_numbers import draw_numbers, draw_seeds
from benchtools.testing._synthetic_plan import ARCH_SPACES, CLASSES, DATASETS, SEEDS, TrialPlan, plan_trials

__all__ = ["Recipe", "State", "assemble"]

State = dict[str, Any]
"""What ``ArchResults.state_dict()`` of the official code returns."""

SIZE_CONFIG = "infer.shape.tiny"


@dataclass(frozen=True)
class Recipe:
    """What determines every record of an archive.

    Attributes
    ----------
    space : {"tss", "sss"}
        Topology (also NAS-Bench-201) or size.
    entropy : int
        Of all generators.
    n_seeds : int
        Trials of each data set in the schedule that has several, 1-3.
    mixed_seeds : bool
        Vary the number of seeds by architecture, and let some trials disagree about parameters.
    version : {"v1_1", "v1_0"}
        Of NAS-Bench-201.
    net_last : bool
        Put ``net_state_dict`` at the end of a trial, as NATS-Bench does, not second, as NAS-Bench-201.
    """

    space: str
    entropy: int
    n_seeds: int = 1
    mixed_seeds: bool = False
    version: str = "v1_1"
    net_last: bool = True

    def __post_init__(self) -> None:
        if self.space not in ARCH_SPACES:
            raise InvalidInput(f"space={self.space!r} is not one of {', '.join(ARCH_SPACES)}")
        if self.n_seeds not in (1, 2, 3):
            raise InvalidInput(f"n_seeds={self.n_seeds!r} is not 1, 2 or 3: the seeds are {SEEDS}")
        if self.version not in ("v1_0", "v1_1"):
            raise InvalidInput(f"version={self.version!r} is not v1_0 or v1_1")

    @property
    def archs(self) -> Space:
        """The space of the architectures."""
        return get_space(ARCH_SPACES[self.space])

    def plans(self, index: int) -> tuple[TrialPlan, ...]:
        """Return the trials of an architecture."""
        seeds = draw_seeds(self.entropy, index, version=self.version) if self.mixed_seeds else SEEDS[: self.n_seeds]
        return plan_trials(self.space, seeds, self.version)

    def numbers(self, index: int) -> NDArray[np.float64]:
        """Return all numbers of an architecture, trial after trial."""
        return draw_numbers(self.entropy, index, self.plans(index), disagree=self.mixed_seeds)

    def record(self, index: int) -> OrderedDict[str, State]:
        """Return an architecture as plain objects, by schedule."""
        numbers = self.numbers(index).tolist()
        return assemble(index, self.archs.to_string(index), self.plans(index), numbers, net_last=self.net_last)


def assemble(
    index: int, arch: str, plans: Sequence[TrialPlan], numbers: Iterable[float], *, net_last: bool
) -> OrderedDict[str, State]:
    """Return the record of an architecture, from all its numbers in the order of `TrialPlan.fields`.

    Which strings are one object and which are equal copies is part of the layout, as a pickle tells them apart; it
    follows the published records. In 200 epochs of the topology space each dictionary has its own ``set@epoch``
    keys; elsewhere the dictionaries of a trial share them.
    """
    values = iter(numbers)
    record: OrderedDict[str, State] = OrderedDict()
    for hp, group in groupby(plans, key=lambda plan: plan.hp):
        results = {}
        seeds: dict[str, list[int]] = {}
        for seed, trials in groupby(group, key=lambda plan: plan.seed):
            label, cell = f"{seed:04d}", "".join(NATSSize.topology)
            for plan in trials:
                config = _config(plan, arch, cell)
                results[plan.dataset, seed] = _trial(plan, values, config, label, net_last=net_last)
                seeds.setdefault(plan.dataset, []).append(seed)
        record[hp] = {
            "arch_index": index,
            "arch_str": arch,
            "all_results": results,
            "dataset_seed": {name: sorted(seeds[name]) for name in DATASETS if name in seeds},
            "clear_net_done": True,
        }
    return record


def _config(plan: TrialPlan, arch: str, cell: str) -> dict[str, Any]:
    classes = CLASSES[plan.dataset]
    if plan.space == "tss":
        return {"channel": 16, "num_cells": 5, "arch_str": arch, "class_num": classes}
    return {"name": SIZE_CONFIG, "channels": arch, "arch_str": arch, "genotype": cell, "class_num": classes}


def _trial(
    plan: TrialPlan, values: Iterator[float], config: dict[str, Any], label: str, *, net_last: bool
) -> dict[str, Any]:
    """Return what ``ResultsCount.state_dict()`` does, from the next ``plan.size`` values."""
    net = {"net_state_dict": None}
    taken = {name: list(islice(values, size)) for name, size in plan.fields.items()}
    top5 = None if plan.long else dict(enumerate(taken["train_acc5es"]))
    seconds = OrderedDict.fromkeys(range(plan.epochs), taken["train_times"][0]) if plan.timed else None
    trial: dict[str, Any] = {"name": plan.dataset}
    trial |= {} if net_last else net
    trial |= {
        "train_acc1es": dict(enumerate(taken["train_acc1es"])),
        "train_acc5es": top5,
        "train_losses": dict(enumerate(taken["train_losses"])),
        "train_times": seconds,
        "arch_config": config,
        "params": np.float64(taken["params"][0]),
        "flop": taken["flop"][0],
        "seed": label,
        "epochs": plan.epochs,
        "latency": [np.float64(taken["latency"][0])] if plan.timed else None,
        "eval_names": list(plan.sets) if plan.long else ["".join(name) for name in plan.sets],
    }
    keys = _keys(plan)
    trial["eval_acc1es"] = dict(zip(keys, taken["eval_acc1es"], strict=True))
    times = list(chain.from_iterable([second] * plan.epochs for second in taken["eval_times"]))
    timed = [f"{name}@{epoch}" for name in plan.timed_sets for epoch in range(plan.epochs)] if plan.long else keys
    trial["eval_times"] = dict(zip(timed, times, strict=True)) if plan.timed else {}
    trial["eval_losses"] = dict(zip(_keys(plan) if plan.long else keys, taken["eval_losses"], strict=True))
    return trial | net if net_last else trial


def _keys(plan: TrialPlan) -> list[str]:
    return [f"{name}@{epoch}" for name in plan.sets for epoch in plan.measured_epochs(name)]
