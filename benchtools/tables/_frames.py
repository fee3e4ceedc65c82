"""A table as data frames and files."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from benchtools.errors import InvalidInput
from benchtools.files import whole
from benchtools.tables._column import Column, by_coordinates
from benchtools.tables._store import written

if TYPE_CHECKING:
    from benchtools.tables._table import Table

__all__ = ["describe", "export", "to_frame"]


def describe(table: Table) -> pd.DataFrame:
    """Do the work of `Table.describe`."""
    groups: dict[tuple[Any, ...], list[Column]] = {}
    for column in sorted(table.columns, key=by_coordinates):
        after = table.index.columns[column].after
        groups.setdefault((column.metric, column.dataset, column.split, column.epochs, after), []).append(column)
    rows = []
    for (metric, dataset, split, epochs, after), columns in groups.items():
        counts = [_count(table, column) for column in columns]
        rows.append({
            "metric": metric, "dataset": _dash(dataset), "split": _dash(split), "epochs": _dash(epochs),
            "after": written(after), "seeds": ", ".join(_dash(column.seed) for column in columns),
            "unit": columns[0].unit, "n": str(counts[0]) if len(set(counts)) == 1 else ", ".join(map(str, counts)),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _count(table: Table, column: Column) -> int:
    stored = table.index.columns[column]
    if not table.is_view:
        return stored.n
    last = stored.epochs[-1] if stored.after else None
    return int(np.isfinite(table.column_named(column, after=last)).sum())


def to_frame(table: Table, curves: bool) -> pd.DataFrame:
    """Do the work of `Table.to_frame`."""
    archs = [table.space.to_string(index) for index in table.indices.tolist()]
    data = {
        f"{column} [{column.unit}]": table.column_named(column).copy()
        for column in table.columns
        if _is_final(table, column)
    }
    if curves:
        for column in table.columns:
            for epoch in table.index.columns[column].epochs:
                if epoch != column.epochs:
                    data[f"{column} after {epoch} [{column.unit}]"] = table.column_named(column, after=epoch).copy()
    return pd.DataFrame({"arch": archs, "index": table.indices.copy(), **data})


def _is_final(table: Table, column: Column) -> bool:
    """Whether the column has a value at the end of its schedule, or has no such moment."""
    stored = table.index.columns[column]
    return stored.after is None or (column.epochs is not None and stored.position(column.epochs) is not None)


def export(table: Table, path: str | PathLike[str], curves: bool) -> Path:
    """Do the work of `Table.export`."""
    target = Path(path)
    if target.suffix not in (".csv", ".parquet", ".arrow"):
        raise InvalidInput(f"cannot export to {target.name!r}: the name must end in .csv, .parquet or .arrow")
    frame = to_frame(table, curves)
    with whole(target) as draft:
        if target.suffix == ".csv":
            frame.to_csv(draft, index=False)
        elif target.suffix == ".parquet":
            frame.to_parquet(draft, index=False)
        else:
            frame.to_feather(draft)
    return target


def _dash(value: object) -> str:
    return "-" if value is None else str(value)
