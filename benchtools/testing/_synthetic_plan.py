"""Which trials the official archives hold for an architecture, and what each trial measured."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from benchtools.errors import InvalidInput

__all__ = ["ARCH_SPACES", "CLASSES", "DATASETS", "SEEDS", "TrialPlan", "plan_trials"]

DATASETS = tuple(map(sys.intern, ("cifar10-valid", "cifar10", "cifar100", "ImageNet16-120")))
CLASSES = dict(zip(DATASETS, (10, 10, 100, 120), strict=True))
SEEDS = (777, 888, 999)
ARCH_SPACES = {"tss": "nasbench201", "sss": "nats_size"}
"""The spaces of benchtools by the names of NATS-Bench."""

X_VALID, X_TEST, ORI_TEST = map(sys.intern, ("x-valid", "x-test", "ori-test"))  # a pickle tells equal from same
WHOLE = dict(
    zip(
        DATASETS,
        [(X_VALID, ORI_TEST), (ORI_TEST,), (X_VALID, X_TEST, ORI_TEST), (X_VALID, X_TEST, ORI_TEST)],
        strict=True,
    )
)
"""The sets of each training protocol, in the order of the archives."""

LAST_ONLY = dict(zip(DATASETS, [(ORI_TEST,), (), (X_VALID, X_TEST), (X_VALID, X_TEST)], strict=True))
"""The sets that the 200 epochs of the topology space evaluate after the last epoch only."""


@dataclass(frozen=True)
class TrialPlan:
    """One training: which numbers it left, in the order of the archive.

    Attributes
    ----------
    hp : str
        The schedule as NATS-Bench names it; also the number of epochs.
    dataset, seed : str, int
        What was trained on, and the seed.
    space : str
        ``"tss"`` (topology) or ``"sss"`` (size).
    timed : bool
        Whether times and latency are there. The first release of NAS-Bench-201 has none.
    """

    hp: str
    dataset: str
    seed: int
    space: str
    timed: bool = True

    @cached_property
    def epochs(self) -> int:
        """Number of epochs."""
        return int(self.hp)

    @cached_property
    def long(self) -> bool:
        """Whether it is the 200-epoch schedule of the topology space, which has a layout of its own."""
        return self.space == "tss" and self.hp == "200"

    @cached_property
    def timed_sets(self) -> tuple[str, ...]:
        """Sets in the order of the dictionary of times, each at every epoch."""
        return WHOLE[self.dataset]

    @cached_property
    def sets(self) -> tuple[str, ...]:
        """Sets in the order of the dictionaries of accuracy and loss: whole curves first in the long schedule."""
        if not self.long:
            return self.timed_sets
        return tuple(sorted(self.timed_sets, key=lambda name: name in LAST_ONLY[self.dataset]))

    def measured_epochs(self, name: str) -> range:
        """Epochs, counted from 0, after which the set `name` was evaluated."""
        only_last = self.long and name in LAST_ONLY[self.dataset]
        return range(self.epochs - 1, self.epochs) if only_last else range(self.epochs)

    @cached_property
    def fields(self) -> dict[str, int]:
        """How many numbers each attribute of the trial takes, in the order in which they are drawn."""
        n_evaluated = sum(len(self.measured_epochs(name)) for name in self.sets)
        return {
            "train_acc1es": self.epochs,
            "train_acc5es": 0 if self.long else self.epochs,
            "train_losses": self.epochs,
            "train_times": int(self.timed),
            "params": 1,
            "flop": 1,
            "latency": int(self.timed),
            "eval_acc1es": n_evaluated,
            "eval_losses": n_evaluated,
            "eval_times": len(self.timed_sets) * self.timed,
        }

    @cached_property
    def size(self) -> int:
        """How many numbers it takes in all."""
        return sum(self.fields.values())


@lru_cache(maxsize=64)
def plan_trials(space: str, seeds: Sequence[int], version: str = "v1_1") -> tuple[TrialPlan, ...]:
    """Return the trials of one architecture in the order of the archives.

    Parameters
    ----------
    space : {"tss", "sss"}
        Topology (also NAS-Bench-201) or size.
    seeds : tuple of int
        The seeds of the schedule that has several: 200 epochs of ``tss``, 12 epochs of ``sss``.
    version : {"v1_1", "v1_0"}
        Of NAS-Bench-201. ``v1_0`` has fewer trials of 12 epochs, and no times: what its file size (2.2 GB) tells.
    """
    if space == "sss":
        planned = [("01", name, 777) for name in DATASETS]
        planned += [("12", name, seed) for seed in seeds for name in DATASETS]
        planned += [("90", name, 777) for name in DATASETS]
    elif space == "tss":
        planned = [("12", "cifar10-valid", 777)]
        if version == "v1_1":
            planned += [("12", name, 111) for name in DATASETS]
        inserted = [seed for seed in (999, 777, 888) if seed in seeds]  # the order of the published records
        planned += [("200", name, seed) for seed in inserted for name in DATASETS]
    else:
        raise InvalidInput(f"space={space!r} is not one of {', '.join(ARCH_SPACES)}")
    return tuple(TrialPlan(sys.intern(hp), name, seed, space, version == "v1_1") for hp, name, seed in planned)
