"""What a table answers about architectures: records, curves, costs, simulated trainings, the best."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput, NotFound
from benchtools.tables._column import NO_VALIDATION, Column, Seed

if TYPE_CHECKING:
    from benchtools.tables._table import Table

__all__ = [
    "Choice",
    "Cost",
    "Curve",
    "Record",
    "Simulated",
    "best",
    "class_means",
    "cost",
    "curve",
    "group_means",
    "lookup",
    "simulate",
]

VALIDATION = ("x-valid", "valid")
HIGHER_IS_BETTER = ("accuracy", "accuracy_top5")


@dataclass(frozen=True)
class Record:
    """Everything a table knows of one architecture.

    Attributes
    ----------
    index : int
        Its official index.
    arch : str
        Its official string.
    values : mapping of Column to float
        The value in every column that has one, in the column's unit.
    """

    index: int
    arch: str
    values: Mapping[Column, float]

    def __str__(self) -> str:
        lines = [f"{self.index}  {self.arch}"]
        lines += [f"  {column!s:<40} {value:>12.6g} {column.unit}" for column, value in self.values.items()]
        return "\n".join(lines)


@dataclass(frozen=True, eq=False)
class Curve:
    """One architecture's values by epoch.

    Attributes
    ----------
    column : Column
        What was measured.
    after : ndarray of int64, shape (n_epochs,)
        After how many epochs of training.
    values : ndarray of float64, shape (n_epochs,)
        In the column's unit.
    """

    column: Column
    after: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Cost:
    """What training and using one architecture costs; None is what the table does not have.

    Attributes
    ----------
    train_s : float or None
        Seconds of training.
    eval_s : mapping of str to float
        Seconds of one pass over a split.
    latency_s : float or None
        Seconds for a batch, as the benchmark measured it.
    params_m, macs_m : float or None
        Parameters and multiply-accumulates, in millions.
    params_disagree : bool or None
        Whether the runs of the archive disagree about the parameters, so that `params_m` is that of seed 888.
    """

    train_s: float | None
    eval_s: Mapping[str, float]
    latency_s: float | None
    params_m: float | None
    macs_m: float | None
    params_disagree: bool | None


class Simulated(NamedTuple):
    """What a search would have seen [%], and what it would have waited for [s]."""

    accuracy: float
    seconds: float


@dataclass(frozen=True)
class Choice:
    """An architecture that was chosen: official index, official string, and the value that it was chosen by."""

    index: int
    arch: str
    value: float


def lookup(
    table: Table, arch: str | int, dataset: str | None, epochs: int | None, seed: Seed | None, after: int | None
) -> Record:
    """Do the work of `Table.lookup`."""
    row = table.row(arch)
    plans = table.__dict__.setdefault("_plans", {})
    plan = plans.get((dataset, epochs, seed, after))
    if plan is None:
        plan = plans[dataset, epochs, seed, after] = _plan(table, dataset, epochs, seed, after)
    columns, vectors = plan
    values = [vector.item(row) for vector in vectors]
    index = table.indices.item(row)
    return Record(
        index,
        table.space.to_string(index),
        {column: value for column, value in zip(columns, values, strict=True) if value == value},
    )


def _plan(
    table: Table, dataset: str | None, epochs: int | None, seed: Seed | None, after: int | None
) -> tuple[list[Column], list[NDArray[np.float64]]]:
    """Return the columns that a look-up gives, and their vectors."""
    matching = [
        column
        for column in table.columns
        if (dataset is None or column.dataset == dataset)
        and (epochs is None or column.epochs in (epochs, None))
        and (seed is None or seed == "mean" or column.seed in (seed, None))
    ]
    if not matching:
        raise NotFound(f"the table {table.name} has nothing of data set {dataset}, {epochs} epochs, seed {seed}")
    if seed == "mean":
        runs = [column for column in matching if isinstance(column.seed, int)]
        means = [Column(c.metric, c.dataset, c.split, c.epochs, "mean") for c in runs]
        matching = list(dict.fromkeys([*(column for column in matching if column not in runs), *means]))
    columns, vectors = [], []
    for column in matching:
        try:
            vectors.append(table.column_named(column, after=after))
        except NotFound:  # not measured at this moment of the schedule
            continue
        columns.append(column)
    return columns, vectors


def curve(table: Table, arch: str | int, column: Column) -> Curve:
    """Do the work of `Table.curve`."""
    row = table.row(arch)
    runs = table.runs(column)
    epochs = sorted({epoch for run in runs for epoch in table.index.columns[run].epochs})
    if not epochs:
        raise NotFound(f"{column} has no values by epoch")
    found = [(epoch, float(table.column_named(column, after=epoch)[row])) for epoch in epochs]
    found = [(epoch, value) for epoch, value in found if not np.isnan(value)]
    if not found:
        raise NotFound(f"{column} of {table.name} has no value for {arch}: that run is missing")
    return Curve(column, np.array([epoch for epoch, _ in found]), np.array([value for _, value in found]))


def cost(table: Table, arch: str | int, dataset: str, epochs: int, seed: Seed | None, after: int | None) -> Cost:
    """Do the work of `Table.cost`."""
    row = table.row(arch)
    mine = [c for c in table.columns if c.dataset == dataset and c.epochs in (epochs, None)]
    splits = dict.fromkeys(c.split for c in mine if c.metric == "eval_time_s" and c.split)
    if not mine:
        raise NotFound(f"the table {table.name} has nothing of data set {dataset!r} with {epochs} epochs")
    trained: Any = epochs if after is None else after
    if not isinstance(trained, int) or not 0 <= trained <= epochs:
        raise InvalidInput(f"after={after!r} must be a number of epochs from 0 to {epochs}")

    def value(metric: str, split: str | None = None, at: int | None = None, of: Seed | None = seed) -> float | None:
        return _value(table, row, Column(metric, dataset, split, epochs, of), at)

    def of_all_runs(metric: str) -> float | None:  # corrected where they disagree; a table may have that of a run only
        common = any(c.seed is None for c in table.siblings(metric, dataset, None))
        return value(metric, of=None if common else seed)

    disagree = value("params_disagree", of=None)
    return Cost(
        _train_s(table, row, dataset, epochs, seed, trained),
        {
            split: seconds
            for split in splits
            if (seconds := _eval_s(table, row, Column("eval_time_s", dataset, split, epochs, seed), trained))
            is not None
        },
        value("latency_s"),
        of_all_runs("params_m"),
        of_all_runs("macs_m"),
        None if disagree is None else bool(disagree),
    )


def _value(table: Table, row: int, column: Column, after: int | None = None) -> float | None:
    """Return a value of the run asked for, else of all runs together, None where there is neither.

    Raises
    ------
    InvalidInput
        If there are several runs and none was asked for.
    """
    there = table.siblings(column.metric, column.dataset, column.split)
    for epochs in (column.epochs, None):
        seeds = [c.seed for c in there if c.epochs == epochs]
        if not seeds:
            continue
        seed = column.seed if column.seed in seeds or (column.seed == "mean" and seeds != [None]) else None
        chosen = Column(column.metric, column.dataset, column.split, epochs, seed)
        value = table.column_named(chosen, after=after).item(row)
        return None if value != value else value
    return None


def _train_s(table: Table, row: int, dataset: str, epochs: int, seed: Seed | None, after: int) -> float | None:
    """Return the seconds of training for `after` epochs: the sum that the official code takes, epoch by epoch."""
    if any(c.epochs == epochs for c in table.siblings("epoch_time_s", dataset, None)):
        column = Column("epoch_time_s", dataset, None, epochs, seed)
        return _mean_over_runs(table, row, column, lambda run: _summed(table, row, run, after))
    total = Column("train_time_s", dataset, None, epochs, seed)
    return _value(table, row, total, None if after == epochs else after)


def _eval_s(table: Table, row: int, column: Column, after: int) -> float | None:
    """Return the seconds of one evaluation, as the official code computes them: a sum over epochs, divided again."""
    epochs = max(after, 1)
    total = _mean_over_runs(table, row, column, lambda run: _summed(table, row, run, epochs))
    return None if total is None else total / epochs


def _mean_over_runs(table: Table, row: int, column: Column, of: Callable[[Column], float]) -> float | None:
    values = [value for run in table.runs(column) if (value := of(run)) == value]
    return sum(values) / len(values) if values else None


def _summed(table: Table, row: int, run: Column, epochs: int) -> float:
    """Return the sum of the first epochs' seconds, added one by one; NaN where there is no such run."""
    if table.index.columns[run].after is None:
        return float(sum([table.column_named(run).item(row)] * epochs))  # NaN where there is no such run
    return float(sum(table.column_named(run, after=epoch).item(row) for epoch in range(1, epochs + 1)))


def simulate(table: Table, arch: str | int, budget: int, dataset: str, epochs: int, seed: Seed) -> Simulated:
    """Do the work of `Table.simulate`."""
    splits = [
        c.split for c in table.columns if c.dataset == dataset and c.metric == "accuracy" and c.split in VALIDATION
    ]
    if not splits:
        there = sorted({c.dataset for c in table.columns if c.split in VALIDATION and c.dataset})
        hint = f"{NO_VALIDATION}. " if dataset == "cifar10" and "cifar10-valid" in there else ""
        raise NotFound(
            f"{table.name} has no validation accuracy of {dataset!r}, so nothing can be simulated on it: {hint}"
            f"It has that of {', '.join(there) or 'no data set'}"
        )
    column = Column("accuracy", dataset, splits[0], epochs, seed)
    row = table.row(arch)
    accuracy = float(table.column_named(column, after=budget)[row])
    seconds = _train_s(table, row, dataset, epochs, seed, budget)
    if np.isnan(accuracy) or seconds is None:
        raise NotFound(f"{column} of {table.name} has no value for {arch}: that run is missing")
    if table.siblings("eval_time_s", dataset, splits[0]):
        evaluation = _eval_s(table, row, Column("eval_time_s", dataset, splits[0], epochs, seed), budget)
        seconds += evaluation or 0.0
    return Simulated(accuracy, seconds)


def best(table: Table, n: Any, column: Column, after: int | None, limits: Mapping[str, float | None]) -> list[Choice]:
    """Do the work of `Table.best`."""
    if isinstance(n, (bool, np.bool_)) or not isinstance(n, (int, np.integer)) or n < 1:
        raise InvalidInput(f"n={n!r} must be a whole number from 1")
    values = table.column_named(column, after=after)
    inside = ~np.isnan(values)
    for metric, limit in limits.items():
        if limit is None:
            continue
        costs = _limited(table, metric, column)
        within = inside & (costs <= limit)
        if not within.any():
            smallest = np.nanmin(np.where(inside, costs, np.nan)) if inside.any() else np.nan
            raise NotFound(
                f"no architecture of {table.name} has {metric} up to {limit:g}: the smallest has {smallest:g}"
            )
        inside = within
    if not inside.any():
        raise NotFound(f"{column} of {table.name} has no value")
    sign = -1.0 if column.metric in HIGHER_IS_BETTER else 1.0
    order = np.argsort(np.where(inside, sign * values, np.inf), kind="stable")[: min(n, int(inside.sum()))]
    return [
        Choice(index, table.space.to_string(index), float(values[row]))
        for row, index in zip(order.tolist(), table.indices[order].tolist(), strict=True)
    ]


def _limited(table: Table, metric: str, column: Column) -> NDArray[np.float64]:
    """Return the costs that a limit is on: of the same data set and schedule, for all runs together or their mean."""
    there = [
        c for c in table.columns
        if c.metric == metric and c.dataset in (column.dataset, None) and c.epochs in (column.epochs, None)
    ]  # fmt: skip
    if not there:
        raise NotFound(f"the table {table.name} has no {metric} of {column.dataset}: no limit can be set on it")
    common = [c for c in there if c.seed is None] or there
    seed: Seed | None = None if common[0].seed is None else "mean"
    return table.column_named(Column(metric, common[0].dataset, None, common[0].epochs, seed))


def group_means(table: Table, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Do the work of `Table.group_means`."""
    classes = getattr(table.space, "classes", None)
    if classes is None:
        raise InvalidInput(f"{table.space.name} has no isomorphic architectures, so no classes to take means over")
    values = np.asarray(values, dtype=np.float64)
    if values.shape != (len(table),):
        raise InvalidInput(
            f"values have shape {values.shape}: one per architecture of {table.name} are needed, ({len(table)},)"
        )
    return class_means(values, classes()[table.indices])


def class_means(values: NDArray[np.float64], classes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give every value the mean over its class, NaN left out; NaN where a class has no value."""
    there, size = ~np.isnan(values), classes.max() + 1
    with np.errstate(invalid="ignore"):
        means = np.bincount(classes[there], values[there], size) / np.bincount(classes[there], minlength=size)
    return means[classes]
