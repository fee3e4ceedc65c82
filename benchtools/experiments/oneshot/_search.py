"""One trial: a search on a proxy, scored by the table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchtools.datasets import Dataset
from benchtools.errors import InvalidInput
from benchtools.experiments.oneshot._plan import Proxy, StudyPlan
from benchtools.experiments.oneshot._trials import choose_examples, load_data, open_judge
from benchtools.progress import Progress, silent
from benchtools.provenance import digest_array
from benchtools.runs import Trial, TrialResult
from benchtools.search.one_shot import Judge, OneShotResult, Ranking, SearchRecipe, split_data

__all__ = ["SPLIT_SEED", "SearchTrial"]

SPLIT_SEED = 0
"""The same examples are split in the same way, whatever the seed of the search."""
RANK_SEED = 0
"""The architectures that are ranked are the same for every search."""


@dataclass(frozen=True)
class SearchTrial:
    """The function that an executor calls for each trial of a study; it can be sent to other processes.

    Attributes
    ----------
    plan : StudyPlan
        It says where data, scores and table are.
    """

    plan: StudyPlan

    def __call__(
        self, trial: Trial, *, device: str = "cpu", checkpoint: Path | None = None, progress: Progress = silent
    ) -> TrialResult:
        """Return what a search gives: the trajectory as a curve, and the numbers of its last epoch."""
        from benchtools.search.one_shot import run_one_shot

        start = perf_counter()
        dataset, judge = _opened(_Key(self.plan))
        proxy = Proxy.parse(trial.setting)
        examples = choose_examples(self.plan, dataset, proxy, trial.seed)
        if digest_array(examples) != trial.selection:
            raise InvalidInput(
                f"{proxy} chooses other examples than when the study was planned: its scores have changed; plan anew"
            )
        details = trial.details
        found = run_one_shot(
            trial.arch, split_data(dataset, examples, how=details["how"], rng=SPLIT_SEED), space=trial.space,
            recipe=SearchRecipe(**details["recipe"]), rng=trial.seed, judge=judge, options=details["options"],
            ranking=_ranking(judge, details["rank"]), resolution=details["resolution"], device=device,
            checkpoint=checkpoint, progress=progress,
        )  # fmt: skip
        return _result(found, perf_counter() - start)


class _Key:
    """A plan as a key of a cache: what it opens."""

    def __init__(self, plan: StudyPlan) -> None:
        self.plan = plan
        options = tuple(sorted(plan.data_options.items()))
        self.parts = (plan.dataset, plan.data, options, plan.table, plan.truth, plan.space)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(self.parts)


@cache
def _opened(key: _Key) -> tuple[Dataset, Judge]:
    """Return data set and table, opened once in a process."""
    return load_data(key.plan), open_judge(key.plan)


def _ranking(judge: Judge, n: int) -> Ranking | None:
    """Return `n` random architectures of the table, to be ranked after the last epoch."""
    if not n:
        return None
    rows = np.random.default_rng(RANK_SEED).choice(len(judge.table), min(n, len(judge.table)), replace=False)
    space = judge.table.space
    archs = tuple(space.to_string(int(index)) for index in judge.table.indices[np.sort(rows)])
    return Ranking(archs, every=10**9, n_batches=1)


def _result(found: OneShotResult, seconds: float) -> TrialResult:
    made = found.provenance.to_dict()
    curve = [dict(row) for row in found.epochs]
    if found.stopped is not None:
        return TrialResult("diverged", {}, curve, seconds, made, found.stopped)
    numbers: dict[str, Any] = {
        name: float(value)
        for name, value in found.final.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
    numbers |= {
        **{name: sum(float(row[name]) for row in found.epochs) for name in ("search_s", "search_cpu_s", "look_s")},
        "best_seen_accuracy": float(found.best_seen.get("accuracy", math.nan)),
        "n_weights": float(found.settings["n_weights"]),
    }  # fmt: skip
    return TrialResult("done", numbers, curve, seconds, made, None)
