"""What every evaluation of a column would have cost: the sum that `Table.cost` takes, for all architectures at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchtools.tables import Column, Table

__all__ = ["seconds_of"]


def seconds_of(table: Table, column: Column) -> NDArray[np.float64] | None:
    """Return the seconds of training to the column's end and of one pass over its split, shape ``(n_archs,)``.

    Returns
    -------
    ndarray of float64, or None
        Those of one training, the mean over the runs where `column` is their mean. The pass is counted where the
        table has its time. None where it has no time of training of this data set and schedule.
    """
    trained = _of_epochs(table, column)
    if trained is None:
        trained = _whole(table, column)
    if trained is None or column.split is None:
        return trained
    passed = Column("eval_time_s", column.dataset, column.split, column.epochs, column.seed)
    if not _has(table, passed):
        return trained
    return trained + np.nan_to_num(_mean([_total(table, run, last_only=True) for run in table.runs(passed)]))


def _of_epochs(table: Table, column: Column) -> NDArray[np.float64] | None:
    """Return the seconds of all epochs, where the table has those of an epoch."""
    wanted = Column("epoch_time_s", column.dataset, None, column.epochs, column.seed)
    if not _has(table, wanted):
        return None
    return _mean([_total(table, run) for run in table.runs(wanted)])


def _whole(table: Table, column: Column) -> NDArray[np.float64] | None:
    """Return the seconds of the training, of the run or, where the table gives one number, of all runs together."""
    for seed in (column.seed, None):
        wanted = Column("train_time_s", column.dataset, None, column.epochs, seed)
        if _has(table, wanted):
            return table.column_named(wanted)
    return None


def _has(table: Table, wanted: Column) -> bool:
    there = [c.seed for c in table.siblings(wanted.metric, wanted.dataset, wanted.split) if c.epochs == wanted.epochs]
    return wanted.seed in there or (wanted.seed == "mean" and any(isinstance(seed, int) for seed in there))


def _total(table: Table, run: Column, *, last_only: bool = False) -> NDArray[np.float64]:
    """Return the sum over the epochs of a run, or its mean per epoch."""
    epochs = run.epochs or 0
    if table.index.columns[run].after is None:
        each = table.column_named(run)
        return each if last_only else each * epochs
    total = sum((table.column_named(run, after=epoch) for epoch in range(1, epochs + 1)), start=np.zeros(len(table)))
    return total / epochs if last_only else total


def _mean(vectors: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the mean over the runs that an architecture has; NaN where it has none."""
    stacked = np.array(vectors)
    there = ~np.isnan(stacked)
    with np.errstate(invalid="ignore"):
        mean: NDArray[np.float64] = np.where(there, stacked, 0.0).sum(axis=0) / there.sum(axis=0)
    return mean
