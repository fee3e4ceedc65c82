"""One trial: a search on a proxy, scored by the table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
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


@dataclass(frozen=True, eq=False)  # each is a key of its own to what is read below: a new study reads anew
class SearchTrial:
    """The function that an executor calls for each trial of a study; it can be sent to other processes.

    Attributes
    ----------
    plan : StudyPlan
        It says where data, scores and table are. Should data or scores have changed since its trials were made, each of
        them fails.
    """

    plan: StudyPlan

    def __call__(
        self, trial: Trial, *, device: str = "cpu", checkpoint: Path | None = None, progress: Progress = silent
    ) -> TrialResult:
        """Return what a search gives: the trajectory as a curve, and the numbers of its last epoch."""
        from benchtools.search.one_shot import run_one_shot

        start = perf_counter()
        dataset, judge = _opened(self, trial.dataset_digest)
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
            ranking=_ranking(judge, details["rank"], details.get("rank_every", 0)), checkpoint=checkpoint,
            resolution=details["resolution"], device=device, progress=progress,
        )  # fmt: skip
        return _result(found, perf_counter() - start)


@lru_cache(maxsize=1)
def _opened(of: SearchTrial, digest: str) -> tuple[Dataset, Judge]:
    """Return data set and table, opened once in a process; raise `InvalidInput` if the data have another digest."""
    dataset = load_data(of.plan)
    if dataset.digest != digest:
        raise InvalidInput(
            f"{dataset.name} has changed since its trials were made: its digest is {dataset.digest[:12]}, not "
            f"{digest[:12]}; put back the files that it is read from, or run the study again, on what they hold now"
        )
    return dataset, open_judge(of.plan)


def _ranking(judge: Judge, n: int, every: int) -> Ranking | None:
    """Return `n` random architectures of the table, to be ranked after every so many epochs and at the end."""
    if not n:
        return None
    known = np.flatnonzero(~np.isnan(judge.values))
    rows = np.random.default_rng(RANK_SEED).choice(known, min(n, len(known)), replace=False)
    space = judge.table.space
    archs = tuple(space.to_string(int(index)) for index in judge.table.indices[np.sort(rows)])
    return Ranking(archs, every=every or 10**9, n_batches=1)


def _result(found: OneShotResult, seconds: float) -> TrialResult:
    made = found.provenance.to_dict()
    curve = [dict(row) for row in found.epochs]
    of_all = {name: sum(float(row[name]) for row in found.epochs) for name in ("search_s", "search_cpu_s", "look_s")}
    of_all["n_weights"] = float(found.settings["n_weights"])
    if found.stopped is not None:
        return TrialResult("diverged", of_all, curve, seconds, made, found.stopped)
    numbers: dict[str, Any] = {
        name: float(value)
        for name, value in found.final.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
    best_seen = float(found.best_seen.get("accuracy", math.nan))
    return TrialResult("done", {**numbers, **of_all, "best_seen_accuracy": best_seen}, curve, seconds, made, None)
