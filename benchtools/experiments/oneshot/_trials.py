"""The trials of a study: one for each algorithm, proxy and seed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchtools.datasets import Dataset, load_dataset
from benchtools.errors import InvalidInput
from benchtools.experiments._examples import choose_within
from benchtools.experiments.oneshot._plan import FULL, Proxy, StudyPlan
from benchtools.progress import Progress, silent
from benchtools.provenance import digest_array
from benchtools.runs import Trial
from benchtools.search.one_shot import Judge
from benchtools.tables import Table

__all__ = ["choose_examples", "load_data", "open_judge", "open_judge_of", "plan_trials", "pool_of"]

POOL_SEED = 0
"""The pool is the same for every search."""


def load_data(plan: StudyPlan, progress: Progress = silent) -> Dataset:
    """Return the data set of a plan."""
    return load_dataset(plan.dataset, plan.data, progress=progress, **plan.data_options)


def open_judge(plan: StudyPlan) -> Judge:
    """Return the table of a plan and the column that judges."""
    return open_judge_of(plan.space, plan.table, plan.truth)


def open_judge_of(space: str, table: str, truth: str) -> Judge:
    """Return a table and the column that judges; of NAS-Bench-1Shot1 a view of NAS-Bench-101's table.

    Raises
    ------
    InvalidInput
        If the table is of another space.
    NotFound
        If there is no such table or column.
    """
    opened = Table.open(table)
    if space.startswith("oneshot1") and opened.space.name == "nasbench101":
        opened = opened.view(space)
    judge = Judge(opened, truth)
    judge.require(space)
    return judge


def pool_of(plan: StudyPlan, dataset: Dataset) -> NDArray[np.int64]:
    """Return the positions of the training examples that are there at all, ascending."""
    n = len(dataset.train_labels)
    if plan.pool is None:
        return np.arange(n)
    if not 1 <= plan.pool <= n:
        raise InvalidInput(
            f"pool must be from 1 to {n:,}, the training examples of {dataset.name}; {plan.pool} was given"
        )
    return np.sort(np.random.default_rng(POOL_SEED).choice(n, plan.pool, replace=False))


def choose_examples(plan: StudyPlan, dataset: Dataset, proxy: Proxy, seed: int) -> NDArray[np.int64]:
    """Return the positions of a proxy's examples, ascending.

    Raises
    ------
    InvalidInput
        If the proxy is larger than the pool, or scores are of another data set.
    """
    pool = pool_of(plan, dataset)
    if proxy.method == FULL or proxy.k is None:
        return pool
    proxy.require(len(pool), proxy.method in plan.scores)
    scores = plan.scores.get(proxy.method)
    return choose_within(dataset, pool, proxy.k, method=proxy.method, scores=scores, seed=seed)


def plan_trials(plan: StudyPlan, dataset: Dataset) -> Iterator[Trial]:
    """Yield the trials: by seed, algorithm and proxy."""
    details = {algorithm: trial_details(plan, algorithm) for algorithm in plan.algorithms}
    for seed in plan.seeds:
        chosen = {proxy: digest_array(choose_examples(plan, dataset, proxy, seed)) for proxy in plan.proxies}
        for algorithm in plan.algorithms:
            for proxy in plan.proxies:
                yield Trial(
                    "search", plan.space, algorithm, dataset.name, dataset.digest, chosen[proxy], str(proxy), seed,
                    details[algorithm],
                )  # fmt: skip


def trial_details(plan: StudyPlan, algorithm: str) -> dict[str, Any]:
    """Return everything else that changes a result."""
    often = {"rank_every": plan.rank_every} if plan.rank_every else {}
    return {
        "recipe": plan.recipe_of(algorithm).to_dict(), "options": dict(plan.options), "resolution": plan.resolution,
        "how": plan.how, "table": Table.open(plan.table).name, "truth": plan.truth, "rank": plan.rank, **often,
    }  # fmt: skip
