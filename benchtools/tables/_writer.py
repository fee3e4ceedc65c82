"""A table on disk, written: column by column, and the folder appears whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import StoreError
from benchtools.progress import Progress, silent
from benchtools.tables._column import Column
from benchtools.tables._store import COLUMNS_FILE, FORMAT, INDEX_FILE, Stored, aligned, is_table

__all__ = ["Rows", "write_table"]


@dataclass(frozen=True)
class Rows:
    """The vectors of a column on their way to the file: after how many epochs each was measured, and the vectors."""

    after: tuple[int, ...] | None
    vectors: Iterable[NDArray[np.float64]]


def write_table(
    path: Path,
    *,
    name: str,
    space: str,
    keys: NDArray[np.int64],
    columns: Mapping[Column, NDArray[np.float64] | Rows],
    notes: tuple[str, ...],
    provenance: Mapping[str, Any],
    progress: Progress = silent,
) -> None:
    """Write a table to the folder `path`, replacing one that is there; on any failure nothing is left or lost.

    Raises
    ------
    StoreError
        If the folder holds something else than a table, or cannot be written.
    """
    if path.exists() and not is_table(path):
        raise StoreError(f"{path} exists and is no table of benchtools: choose another place, nothing was written")
    order = np.argsort(keys, kind="stable")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise StoreError(f"cannot write to {path.parent}: {error.strerror}; choose another place") from error
    try:
        entries = []
        with open(draft / COLUMNS_FILE, "wb") as file:
            writer = _Writer(file, order)
            keys_offset = writer.put(keys.astype("<i8"))
            for number, (column, given) in enumerate(columns.items()):
                progress("columns", number, len(columns))
                rows = given if isinstance(given, Rows) else Rows(None, [given])
                offset = n = -1
                for vector in rows.vectors:
                    start = writer.put(vector.astype("<f8"))
                    offset = start if offset < 0 else offset
                    n = int(np.isfinite(vector).sum())
                entries.append(_entry(column, Stored(offset, n, _ranges(rows.after))))
            progress("columns", len(columns), len(columns))
            size = file.tell()
            file.flush()
            os.fsync(file.fileno())
        index = {
            "format": FORMAT,
            "name": name,
            "space": space,
            "n_archs": len(keys),
            "keys_offset": keys_offset,
            "columns": entries,
            "size": size,
            "sha256": writer.digest.hexdigest(),
            "notes": list(notes),
            "provenance": dict(provenance),
        }
        (draft / INDEX_FILE).write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
        draft.chmod(0o755)
        _put_in_place(draft, path)
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        raise StoreError(f"cannot write the table {path}: {error.strerror or error}; nothing was changed") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


class _Writer:
    """Appends vectors to the file of columns, in the order of the keys, aligned, and digests them."""

    def __init__(self, file: IO[bytes], order: NDArray[np.int64]) -> None:
        self._file = file
        self._order = None if (order == np.arange(len(order))).all() else order
        self.digest = hashlib.sha256()

    def put(self, vector: NDArray[Any]) -> int:
        offset = aligned(self._file.tell())
        self._file.write(b"\0" * (offset - self._file.tell()))
        block = vector.tobytes() if self._order is None else vector[self._order].tobytes()
        self.digest.update(block)
        self._file.write(block)
        return offset


def _ranges(after: tuple[int, ...] | None) -> tuple[tuple[int, int], ...] | None:
    if after is None:
        return None
    ranges: list[tuple[int, int]] = []
    for epoch in after:
        if ranges and epoch == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], epoch)
        else:
            ranges.append((epoch, epoch))
    return tuple(ranges)


def _entry(column: Column, stored: Stored) -> dict[str, Any]:
    return {
        "metric": column.metric, "dataset": column.dataset, "split": column.split, "epochs": column.epochs,
        "seed": column.seed, "after": stored.after, "unit": column.unit, "n": stored.n, "offset": stored.offset,
    }  # fmt: skip


def _put_in_place(draft: Path, path: Path) -> None:
    if not path.exists():
        os.replace(draft, path)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{path.name}.old.", dir=path.parent))
    aside = old / "table"
    try:
        os.replace(path, aside)
        try:
            os.replace(draft, path)
        except OSError:
            os.replace(aside, path)
            raise
    finally:
        if path.exists():  # if not even the way back worked, the old table stays aside
            shutil.rmtree(old, ignore_errors=True)
