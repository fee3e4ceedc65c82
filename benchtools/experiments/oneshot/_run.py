"""Running a study."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

from benchtools.errors import InvalidInput
from benchtools.experiments.oneshot._plan import StudyPlan
from benchtools.experiments.oneshot._result import StudyResult
from benchtools.experiments.oneshot._search import SearchTrial
from benchtools.experiments.oneshot._trials import load_data, open_judge, plan_trials
from benchtools.progress import Progress, silent
from benchtools.runs import Store, Summary, run_trials

__all__ = ["run_study"]


def run_study(
    plan: StudyPlan,
    store: Store | str | PathLike[str],
    *,
    workers: int = 1,
    devices: Sequence[str] | None = None,
    retry: bool = False,
    progress: Progress = silent,
) -> tuple[Summary, StudyResult | None]:
    """Run the searches that a store does not hold yet, and return what all of them found.

    Parameters
    ----------
    plan : StudyPlan
        Algorithms, proxies and seeds.
    store, workers, devices, retry, progress
        As in `benchtools.experiments.reduced.run_zoo`.

    Returns
    -------
    Summary
        What was done, failed or there already.
    StudyResult or None
        The results; None where a search failed.

    Raises
    ------
    InvalidInput
        If the plan does not fit the data set or the table.
    NotFound
        If there is no such algorithm, table or column.
    StoreError
        If the store cannot be read or written.
    """
    from benchtools.search.one_shot import get_algorithm
    from benchtools.training import as_device

    for algorithm in plan.algorithms:
        get_algorithm(algorithm)
    open_judge(plan)
    opened = store if isinstance(store, Store) else Store(store)
    trials = list(plan_trials(plan, load_data(plan, progress)))
    where = list(devices) if devices else [str(as_device())]
    summary = run_trials(
        trials, SearchTrial(plan), opened, workers=workers, devices=where, retry=retry, progress=progress
    )
    try:
        return summary, StudyResult.from_store(plan, opened, trials)
    except InvalidInput:
        return summary, None
