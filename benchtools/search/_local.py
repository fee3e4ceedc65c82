"""Local search: climb to a local optimum, and start again."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from benchtools.errors import InvalidInput
from benchtools.search._ground import Ground, prepare, whole_number
from benchtools.search._result import SearchRuns
from benchtools.search._run import repeat, require_distinct
from benchtools.search._search import SEARCHES, Search
from benchtools.tables import Column, Table
from benchtools.tables._column import Seed

__all__ = ["Improvement", "climb", "local_search"]

Improvement = Literal["best", "first"]


def local_search(
    table: Table,
    *,
    dataset: str | None = None,
    split: str | None = None,
    epochs: int | None = None,
    seed: Seed | None = None,
    budget: int,
    n_runs: int = 1,
    rng: np.random.Generator | int = 0,
    judge: Column | None = None,
    nan_policy: str = "raise",
    improvement: Improvement = "best",
) -> SearchRuns:
    """Move to a better neighbour until there is none, then start again elsewhere ([1]_, algorithm 1).

    Parameters
    ----------
    table, dataset, split, epochs, seed, n_runs, rng, judge, nan_policy
        As in `random_search`.
    budget : int
        Evaluations of a run, from 1 to the number of architectures.
    improvement : {"best", "first"}, default "best"
        "best" evaluates all neighbours, in random order, and moves to the best of them, as the paper's algorithm;
        "first" moves as soon as a neighbour is better ("query until lower" in the paper).

    Returns
    -------
    SearchRuns
        Arrays of shape ``(n_runs, budget)``.

    Raises
    ------
    InvalidInput, NotFound
        As `random_search`; if `improvement` is not known.

    Notes
    -----
    No architecture is evaluated twice in a run: what is known is free, and it may be moved to again. An architecture is
    a local optimum if no neighbour is strictly better; then the search starts again at an architecture drawn from those
    not evaluated yet, until the budget is spent. The paper leaves the restart open. Of equally good neighbours the
    first in the random order is taken.

    References
    ----------
    .. [1] C. White, S. Nolen and Y. Savani, "Exploring the Loss Landscape in Neural Architecture Search", UAI 2021.

    Examples
    --------
    >>> table = Table.open("nasbench201-slice")
    >>> truth = {"dataset": "cifar10-valid", "split": "x-valid", "epochs": 200, "seed": "mean"}
    >>> runs = local_search(table, **truth, budget=100, n_runs=20)
    >>> max(len(set(run)) for run in runs.archs.tolist())
    100
    """
    ground = prepare(table, [Column("accuracy", dataset, split, epochs, seed)], judge, nan_policy)
    budget = whole_number("budget", budget, 1)
    require_distinct(ground, budget, "budget")
    if improvement not in get_args(Improvement):
        raise InvalidInput(
            f"improvement={improvement!r} is not known: choose one of {', '.join(get_args(Improvement))}"
        )
    scores = ground.scores[0].tolist()
    return repeat(
        "local_search", table, ground, lambda generator: climb(generator, ground, scores, budget, improvement),
        n_runs=n_runs, rng=rng, settings={"budget": budget, "improvement": improvement},
    )  # fmt: skip


def climb(
    generator: np.random.Generator, ground: Ground, scores: list[float], budget: int, improvement: Improvement
) -> list[int]:
    """Return what one run evaluates, in order."""
    seen: dict[int, None] = {}  # in the order of evaluation
    for start in generator.permutation(len(ground)).tolist():
        if len(seen) >= budget:
            break
        if start in seen:
            continue
        seen[start] = None
        here: int | None = start
        while here is not None and len(seen) < budget:
            around = generator.permutation(ground.neighbours(here)).tolist()
            here = _step(here, around, scores, seen, budget, improvement)
    return list(seen)


def _step(
    here: int, around: list[int], scores: list[float], seen: dict[int, None], budget: int, improvement: Improvement
) -> int | None:
    """Return the neighbour to move to; None at a local optimum, or where the budget ends."""
    best = here
    for place in around:
        if place not in seen:
            if len(seen) == budget:
                return None
            seen[place] = None
        if scores[place] > scores[best]:
            best = place
            if improvement == "first":
                break
    return None if best == here else best


SEARCHES.register("local_search", Search("local_search", local_search))
