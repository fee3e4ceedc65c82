"""Random search: the yardstick of every search."""

from __future__ import annotations

import numpy as np

from benchtools.search._ground import prepare, whole_number
from benchtools.search._result import SearchRuns
from benchtools.search._run import repeat, require_distinct
from benchtools.search._search import SEARCHES, Search
from benchtools.tables import Column, Table
from benchtools.tables._column import Seed

__all__ = ["random_search"]


def random_search(
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
) -> SearchRuns:
    """Evaluate architectures drawn uniformly without replacement [1]_.

    Parameters
    ----------
    table : Table
        Where every evaluation is looked up; nothing is trained.
    dataset, split, epochs, seed
        The column that the search looks at, as in `Table.column`: a coordinate may be left out only where the column
        has none.
    budget : int
        Evaluations of a run, from 1 to the number of architectures.
    n_runs : int, default 1
        Independent runs.
    rng : numpy.random.Generator or int, default 0
        Source of the random numbers, or its seed; every run has a generator spawned from it.
    judge : Column, optional
        The column of the same table that the result is judged by, such as the test accuracy; by default the column
        of the search itself.
    nan_policy : {"raise", "omit"}, default "raise"
        Whether architectures without a value are an error, or are left out of the search.

    Returns
    -------
    SearchRuns
        Arrays of shape ``(n_runs, budget)``.

    Raises
    ------
    InvalidInput
        If a coordinate is missing, a column is no accuracy or lacks values, or a number is out of range.
    NotFound
        If the table has no such column; the message says what it has.

    References
    ----------
    .. [1] L. Li and A. Talwalkar, "Random Search and Reproducibility for Neural Architecture Search", UAI 2019.

    Examples
    --------
    >>> table = Table.open("nasbench201-slice")
    >>> truth = {"dataset": "cifar10-valid", "split": "x-valid", "epochs": 200, "seed": "mean"}
    >>> runs = random_search(table, **truth, budget=100, n_runs=20)
    >>> runs.regret.shape, bool((runs.regret >= 0).all())
    ((20, 100), True)
    """
    ground = prepare(table, [Column("accuracy", dataset, split, epochs, seed)], judge, nan_policy)
    budget = whole_number("budget", budget, 1)
    require_distinct(ground, budget, "budget")

    def one(generator: np.random.Generator) -> list[int]:
        drawn: list[int] = generator.choice(len(ground), size=budget, replace=False).tolist()
        return drawn

    return repeat("random_search", table, ground, one, n_runs=n_runs, rng=rng, settings={"budget": budget})


SEARCHES.register("random_search", Search("random_search", random_search))
