"""Results as a data frame, and as files that other programs read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchtools.errors import InvalidInput
from benchtools.files import whole
from benchtools.runs._plain import LIMIT
from benchtools.runs._trial import FIELDS

if TYPE_CHECKING:
    import pandas as pd

    from benchtools.runs._store import Store

__all__ = ["SUFFIXES", "export", "make_frame"]

SUFFIXES = (".csv", ".json", ".parquet")


def make_frame(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    """Return a frame of rows (id, trial, status, seconds, metrics), two of them as JSON."""
    import pandas as pd

    trials = [json.loads(row[1]) for row in rows]
    details = [trial.pop("details") for trial in trials]
    metrics = [json.loads(row[4]) for row in rows]
    columns: dict[str, Any] = {"id": [row[0] for row in rows]}
    columns |= {name: [trial[name] for trial in trials] for name in FIELDS if name != "details"}
    for name in dict.fromkeys(name for one in details for name in one):
        columns[f"details.{name}"] = _alike([one.get(name) for one in details])
    columns |= {"status": [row[2] for row in rows], "seconds": [row[3] for row in rows]}
    for name in dict.fromkeys(name for one in metrics for name in one):
        columns[f"metrics.{name}"] = [one.get(name, float("nan")) for one in metrics]
    types = {"seed": "int64", "seconds": "float64"}
    return pd.DataFrame(columns).astype(types)  # of an empty store too


def _alike(values: list[Any]) -> list[Any]:
    """Return scalars of one type as they are, and a column of anything else as JSON texts."""
    types = {type(value) for value in values if value is not None}
    scalars = [{bool}, {str}, {int}, {float}, {int, float}]
    if types in scalars and not any(isinstance(value, int) and not -LIMIT <= value < LIMIT for value in values):
        return values
    return [None if value is None else json.dumps(value, sort_keys=True) for value in values]


def export(store: Store, path: Path) -> Path:
    """Write the results of a store to a file, whole or not at all, and return its path."""
    if path.suffix not in SUFFIXES:
        raise InvalidInput(f"cannot write {path}: its name must end in {', '.join(SUFFIXES)}")
    with whole(path) as draft:
        if path.suffix == ".json":
            records = [record.to_json() for record in store.results()]
            draft.write_text(json.dumps(records, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        elif path.suffix == ".csv":
            store.to_frame().to_csv(draft, index=False)
        else:
            store.to_frame().to_parquet(draft, index=False)
    return path
