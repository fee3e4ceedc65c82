"""Results of trials in one file, which many processes read and write at once."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchtools.errors import InvalidInput, NotFound
from benchtools.runs._database import Database
from benchtools.runs._result import FINAL, Record, TrialResult, check_status
from benchtools.runs._trial import Trial

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Store"]

PUT = (
    "INSERT INTO results (id, status, kind, setting, seconds, trial, metrics, error, provenance, curve) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status, "
    "seconds = excluded.seconds, metrics = excluded.metrics, error = excluded.error, "
    "provenance = excluded.provenance, curve = excluded.curve WHERE results.status = 'failed'"
)
RECORD = "SELECT trial, status, metrics, curve, seconds, provenance, error FROM results"


class Store:
    """Results of trials: one SQLite file in which a result appears whole or not at all.

    Processes of one machine write side by side, and read meanwhile (write-ahead log). On a network file system the
    log is left out, since it needs shared memory: machines then wait for each other at each write.

    Parameters
    ----------
    path : path
        The file; made where there is none, with the folders above it.
    create : bool, default True
        False: it must exist.

    Raises
    ------
    StoreError
        If it cannot be opened, is something else than a store, or is of a newer format.

    Examples
    --------
    >>> import tempfile
    >>> trial = Trial("zoo", "nasbench201", "|none~0|", "cifar10", "12ab", None, "c0r0s0e1", 0)
    >>> with tempfile.TemporaryDirectory() as folder, Store(f"{folder}/sweep.sqlite") as store:
    ...     store.put(trial, TrialResult("done", {"accuracy": 91.5}))
    ...     store.get(trial.id[:8]).result.metrics, store.missing([trial])
    True
    ({'accuracy': 91.5}, [])
    """

    def __init__(self, path: str | PathLike[str], *, create: bool = True) -> None:
        self.path = Path(path)
        self._database = Database(self.path, create=create)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[type[Store], tuple[Path]]:
        return Store, (self.path,)

    def __repr__(self) -> str:
        return f"Store({str(self.path)!r})"

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._database.close()

    def put(self, trial: Trial, result: TrialResult) -> bool:
        """Keep a result and end the trial's claim; return False where a final result is there already, and stays.

        Raises
        ------
        StoreError
            If it cannot be written; nothing of it is in the store then. So too below.
        """
        return self.put_many([(trial, result)]) == 1

    def put_many(self, results: Iterable[tuple[Trial, TrialResult]]) -> int:
        """Keep results, all or none of them; return how many were new, or took the place of a failure."""
        rows = [_row(trial, result) for trial, result in results]
        with self._database.write() as connection:
            kept = connection.executemany(PUT, rows).rowcount
            connection.executemany("DELETE FROM claims WHERE id = ?", [row[:1] for row in rows])
        return max(kept, 0)

    def get(self, prefix: str) -> Record:
        """Return the record whose id starts with `prefix`.

        Raises
        ------
        NotFound
            If there is none.
        InvalidInput
            If there are several, or `prefix` is no part of an id.
        """
        if not re.fullmatch("[0-9a-f]{1,64}", prefix):
            raise InvalidInput(f"{prefix!r} must be the start of an id: 1 to 64 digits of 0-9 and a-f")
        limits = (prefix, prefix + "g")
        found = [
            row[0] for row in self._database.rows("SELECT id FROM results WHERE id >= ? AND id < ? LIMIT 4", limits)
        ]
        if not found:
            raise NotFound(f"{self.path} has no result of a trial {prefix}: see `benchtools runs list {self.path}`")
        if len(found) > 1:
            shown = ", ".join(one[: len(prefix) + 8] for one in found[:3]) + (", ..." if len(found) > 3 else "")
            raise InvalidInput(f"several trials start with {prefix} ({shown}): give more digits")
        return _record(self._database.rows(f"{RECORD} WHERE id = ?", found)[0])

    def results(self, kind: str | None = None, status: str | None = None) -> list[Record]:
        """Return the records, those kept first first, perhaps of one kind or status alone."""
        where, values = "WHERE 1", []
        if kind is not None:
            where, values = where + " AND kind = ?", [kind]
        if status is not None:
            where, values = where + " AND status = ?", [*values, check_status(status)]
        return [_record(row) for row in self._database.rows(f"{RECORD} {where} ORDER BY number", values)]

    def failed(self) -> list[Record]:
        """Return the records of failures, with their tracebacks."""
        return self.results(status="failed")

    def ids(self, status: str = "done") -> set[str]:
        """Return the ids of all trials of a status."""
        return {
            row[0] for row in self._database.rows("SELECT id FROM results WHERE status = ?", [check_status(status)])
        }

    def statuses(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the status of those among `ids` that have a result."""
        sql = "SELECT id, status FROM results WHERE id IN (SELECT value FROM json_each(?))"
        return dict(self._database.rows(sql, [json.dumps(list(ids))]))

    def missing(self, trials: Iterable[Trial]) -> list[Trial]:
        """Return the trials that are neither done nor diverged, in their order, each once."""
        unique = {trial.id: trial for trial in trials}
        found = self.statuses(unique)
        return [trial for key, trial in unique.items() if found.get(key) not in FINAL]

    def forget(self, ids: Iterable[str], *, statuses: Collection[str] = ("failed",)) -> int:
        """Remove results, so that their trials are done again; of failures alone, unless `statuses` says more.

        Returns
        -------
        int
            How many were removed.
        """
        wanted = json.dumps([check_status(status) for status in statuses])
        sql = (
            "DELETE FROM results WHERE id IN (SELECT value FROM json_each(?)) "
            "AND status IN (SELECT value FROM json_each(?))"
        )
        with self._database.write() as connection:
            return connection.execute(sql, [json.dumps(list(ids)), wanted]).rowcount

    def counts(self) -> dict[tuple[str, str, str], int]:
        """Return how many results there are by (kind, setting, status)."""
        sql = "SELECT kind, setting, status, COUNT(*) FROM results GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        return {(kind, setting, status): n for kind, setting, status, n in self._database.rows(sql)}

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each result: fields of the trial, ``details.NAME``, status, seconds, ``metrics.NAME``."""
        from benchtools.runs._frame import make_frame

        return make_frame(
            self._database.rows("SELECT id, trial, status, seconds, metrics FROM results ORDER BY number")
        )

    def export(self, path: str | PathLike[str]) -> Path:
        """Write `to_frame` to a .csv or .parquet file, or all records with their curves to a .json file.

        Raises
        ------
        InvalidInput
            If the suffix is another.
        StoreError
            If the file cannot be written.
        """
        from benchtools.runs._frame import export

        return export(self, Path(path))

    def checkpoint(self, key: str) -> Path:
        """Return where the trial of an id keeps what it needs to go on after an interruption."""
        return self.path.with_name(self.path.name + ".checkpoints") / f"{key}.pt"


def _row(trial: Trial, result: TrialResult) -> tuple[object, ...]:
    parts = (json.dumps(part) for part in (result.metrics, result.provenance, result.curve))
    metrics, provenance, curve = parts
    return (
        trial.id, result.status, trial.kind, trial.setting, result.seconds, trial.canonical, metrics, result.error,
        provenance, curve,
    )  # fmt: skip


def _record(row: tuple[Any, ...]) -> Record:
    trial, status, metrics, curve, seconds, provenance, error = row
    result = TrialResult(status, json.loads(metrics), json.loads(curve), seconds, json.loads(provenance), error)
    return Record(Trial.from_dict(json.loads(trial)), result)
