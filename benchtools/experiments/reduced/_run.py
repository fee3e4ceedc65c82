"""Running a plan."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

from benchtools.errors import InvalidInput
from benchtools.experiments.reduced._plan import ZooPlan
from benchtools.experiments.reduced._result import ZooResult
from benchtools.experiments.reduced._train import TrainTrial
from benchtools.experiments.reduced._trials import load_data, plan_trials
from benchtools.progress import Progress, silent
from benchtools.runs import Store, Summary, run_trials

__all__ = ["run_zoo"]


def run_zoo(
    plan: ZooPlan,
    store: Store | str | PathLike[str],
    *,
    workers: int = 1,
    devices: Sequence[str] | None = None,
    retry: bool = False,
    progress: Progress = silent,
) -> tuple[Summary, ZooResult | None]:
    """Train what a store does not hold yet, and return what all of it gives.

    Parameters
    ----------
    plan : ZooPlan
        Networks, settings and seeds.
    store : Store or path
        Where results are kept; several sweeps may share it, and no trial is made twice.
    workers : int, default 1
        Processes.
    devices : sequence of str, optional
        Devices that workers take in turn: ``["cuda:0", "cuda:0"]`` trains two at a time on a GPU. By default a GPU if
        there is one, else the CPU.
    retry : bool, default False
        Whether trials that failed before are made again.
    progress : callable
        Called with ``("trials", done, all)``.

    Returns
    -------
    Summary
        What was done, failed or there already.
    ZooResult or None
        The results; None where a trial failed.

    Raises
    ------
    InvalidInput
        If the plan does not fit the data set.
    StoreError
        If the store cannot be read or written.
    """
    from benchtools.training import as_device

    opened = store if isinstance(store, Store) else Store(store)
    trials = list(plan_trials(plan, load_data(plan, progress)))
    where = list(devices) if devices else [str(as_device())]
    summary = run_trials(
        trials, TrainTrial(plan), opened, workers=workers, devices=where, retry=retry, progress=progress
    )
    try:
        return summary, ZooResult.from_store(plan, opened, trials)
    except InvalidInput:
        return summary, None
