"""Regularised evolution: tournaments in a population whose oldest member dies."""

from __future__ import annotations

import numpy as np

from benchtools.errors import InvalidInput
from benchtools.search._ground import Ground, prepare, whole_number
from benchtools.search._result import SearchRuns
from benchtools.search._run import repeat
from benchtools.search._search import SEARCHES, Search
from benchtools.tables import Column, Table
from benchtools.tables._column import Seed

__all__ = ["evolve", "regularised_evolution"]


def regularised_evolution(
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
    population: int = 100,
    sample: int = 25,
) -> SearchRuns:
    """Mutate the best of a random sample of the population; the oldest dies ([1]_, algorithm 1).

    Parameters
    ----------
    table, dataset, split, epochs, seed, n_runs, rng, judge, nan_policy
        As in `random_search`.
    budget : int
        Evaluations of a run, the first population included.
    population : int, default 100
        Architectures in the population, P of the paper; from 1 to `budget`.
    sample : int, default 25
        Members of a tournament, S of the paper, drawn with replacement as there; at least 1. Both defaults are the
        paper's; for a small budget a smaller population is usual.

    Returns
    -------
    SearchRuns
        Arrays of shape ``(n_runs, budget)``.

    Raises
    ------
    InvalidInput
        As `random_search`; if the population is larger than the budget; if an architecture has no neighbour with a
        value.
    NotFound
        As `random_search`.

    Notes
    -----
    The first population is drawn uniformly with replacement. A mutation goes to a neighbour of the space, uniformly:
    one decision changes. The first drawn wins a tie. An architecture that comes again counts as another evaluation and
    its seconds count again, as in the paper, which trains every child.

    References
    ----------
    .. [1] E. Real et al., "Regularized Evolution for Image Classifier Architecture Search", AAAI 2019.

    Examples
    --------
    >>> table = Table.open("nasbench201-slice")
    >>> truth = {"dataset": "cifar10-valid", "split": "x-valid", "epochs": 200, "seed": "mean"}
    >>> runs = regularised_evolution(table, **truth, budget=100, n_runs=20, population=20, sample=5)
    >>> runs.archs.shape
    (20, 100)
    """
    ground = prepare(table, [Column("accuracy", dataset, split, epochs, seed)], judge, nan_policy)
    budget = whole_number("budget", budget, 1)
    population = whole_number("population", population, 1)
    sample = whole_number("sample", sample, 1)
    if population > budget:
        raise InvalidInput(
            f"population={population} is more than budget={budget}: every member is an evaluation, so choose a "
            f"population up to {budget}"
        )
    scores = ground.scores[0].tolist()
    settings = {"budget": budget, "population": population, "sample": sample}
    return repeat(
        "regularised_evolution", table, ground, lambda generator: evolve(generator, ground, scores, **settings),
        n_runs=n_runs, rng=rng, settings=settings,
    )  # fmt: skip


def evolve(
    generator: np.random.Generator, ground: Ground, scores: list[float], budget: int, population: int, sample: int
) -> list[int]:
    """Return what one run evaluates, in order.

    Each child takes the place of the oldest: the population is the last `population` evaluations, always.
    """
    history: list[int] = generator.integers(len(ground), size=population).tolist()
    n_children = budget - population
    contests = generator.integers(population, size=(n_children, sample)).tolist()
    luck = generator.random(n_children).tolist()
    neighbours = ground.neighbours
    for oldest, (contest, share) in enumerate(zip(contests, luck, strict=True)):
        members = [history[oldest + position] for position in contest]
        around = neighbours(max(members, key=scores.__getitem__))
        if not around:
            alone = ground.space.to_string(int(ground.archs[max(members, key=scores.__getitem__)]))
            raise InvalidInput(
                f"{alone} has no neighbour with a value, so it cannot be mutated: choose a table with more "
                "architectures, or random_search"
            )
        history.append(around[int(share * len(around))])
    return history


SEARCHES.register("regularised_evolution", Search("regularised_evolution", regularised_evolution))
