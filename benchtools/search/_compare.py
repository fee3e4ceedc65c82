"""Several searches of the same column, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchtools.errors import InvalidInput
from benchtools.progress import Progress, silent
from benchtools.search._result import SearchRuns
from benchtools.search._search import get_search
from benchtools.tables import Column, Table

__all__ = ["run_searches"]


def run_searches(
    table: Table,
    algorithms: Sequence[str],
    column: Column,
    *,
    budget: int,
    n_runs: int = 1,
    rng: int = 0,
    judge: Column | None = None,
    lower_epochs: Sequence[int] = (),
    options: Mapping[str, Mapping[str, Any]] | None = None,
    nan_policy: str = "raise",
    progress: Progress = silent,
) -> list[SearchRuns]:
    """Run several searches of one column with the same budget, each from the same seed.

    Parameters
    ----------
    table : Table
        Where every evaluation is looked up.
    algorithms : sequence of str
        Names of searches (`list_searches`).
    column : Column
        What the searches look at.
    budget, n_runs, rng, judge, nan_policy
        As in `random_search`; `rng` is a seed here.
    lower_epochs : sequence of int
        The cheaper schedules of the searches that climb a ladder of them (`successive_halving`).
    options : mapping of str to mapping, optional
        Further parameters by the name of the search, such as ``{"regularised_evolution": {"population": 20}}``.
    progress : callable, optional
        Called after each search.

    Returns
    -------
    list of SearchRuns
        In the order of `algorithms`.

    Raises
    ------
    InvalidInput
        If a search is named twice, options are for none of them, or one needs cheaper schedules and none is named;
        and as the searches raise.
    NotFound
        If there is no such search or column.

    Examples
    --------
    >>> table = Table.open("nasbench201-slice")
    >>> truth = Column.parse("cifar10-valid/x-valid/200/mean")
    >>> [runs.algorithm for runs in run_searches(table, ["random_search", "local_search"], truth, budget=30)]
    ['random_search', 'local_search']
    """
    options = options or {}
    searches = [get_search(name) for name in algorithms]
    if len(set(algorithms)) < len(algorithms) or not algorithms:
        raise InvalidInput(f"searches are {', '.join(algorithms) or 'none'}: name at least one, and each once")
    if unused := sorted(set(options) - set(algorithms)):
        raise InvalidInput(f"options are given for {', '.join(unused)}, which is not among {', '.join(algorithms)}")
    found = []
    for position, search in enumerate(searches):
        if search.ladder and not lower_epochs:
            raise InvalidInput(
                f"{search.name} needs cheaper schedules than {column.epochs} epochs: name those of the table by "
                "lower_epochs= (--lower-epochs)"
            )
        epochs = (*lower_epochs, column.epochs) if search.ladder else column.epochs
        shared = {"budget": budget, "n_runs": n_runs, "rng": rng, "judge": judge, "nan_policy": nan_policy}
        where = {"dataset": column.dataset, "split": column.split, "epochs": epochs, "seed": column.seed}
        found.append(search(table, **where, **shared, **options.get(search.name, {})))
        progress("searches", position + 1, len(searches))
    return found
