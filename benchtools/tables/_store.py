"""A table on disk: a folder with one file of columns, memory-mapped, and one small index.

``columns.bin`` holds the keys (int64 indices of architectures, ascending) and then every column (float64, NaN where
there is no value), little-endian and aligned to 64 bytes. A column that was measured after several numbers of epochs
has one vector for each, one behind the other. ``table.json`` names them. A folder appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import mmap
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

__all__ = ["FORMAT", "Index", "Rows", "Stored", "is_table", "map_columns", "read_index", "write_table"]

FORMAT = 2  # 1 had no `after`
INDEX_FILE, COLUMNS_FILE = "table.json", "columns.bin"
ALIGNMENT = 64


@dataclass(frozen=True)
class Stored:
    """Where the vectors of a column lie.

    Attributes
    ----------
    offset : int
        Position of the first vector in the file of columns.
    n : int
        Number of architectures with a value in the last one.
    after : tuple of (int, int), or None
        After how many epochs of the schedule the vectors were measured, as ranges with both ends; None for what has
        no such moment.
    """

    offset: int
    n: int
    after: tuple[tuple[int, int], ...] | None = None

    @property
    def epochs(self) -> tuple[int, ...]:
        """After how many epochs it was measured, ascending; empty for what has no such moment."""
        return tuple(epoch for low, high in self.after or () for epoch in range(low, high + 1))

    def position(self, epoch: int) -> int | None:
        """Return the number of the vector that was measured after so many epochs, None where there is none."""
        before = 0
        for low, high in self.after or ():
            if low <= epoch <= high:
                return before + epoch - low
            before += high - low + 1
        return None


@dataclass(frozen=True)
class Index:
    """What ``table.json`` says: where everything is, without reading any of it."""

    name: str
    space: str
    n_archs: int
    keys_offset: int
    columns: Mapping[Column, Stored]
    size: int
    sha256: str
    notes: tuple[str, ...]
    provenance: Mapping[str, Any]

    @property
    def step(self) -> int:
        """Bytes from one vector of a column to its next."""
        return aligned(8 * self.n_archs)


@dataclass(frozen=True)
class Rows:
    """The vectors of a column on their way to the file: after how many epochs each was measured, and the vectors."""

    after: tuple[int, ...] | None
    vectors: Iterable[NDArray[np.float64]]


def aligned(size: int) -> int:
    """Return `size` rounded up to the alignment of vectors."""
    return size + -size % ALIGNMENT


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
        self._file.write(b"\0" * (-self._file.tell() % ALIGNMENT))
        offset = self._file.tell()
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


def is_table(path: Path) -> bool:
    """Return whether `path` is the folder of a table."""
    return os.path.isfile(path / INDEX_FILE)  # false, not an error, for a path that no file system can hold


def read_index(path: Path) -> Index:
    """Read the index of the table at `path`, and compare the size of its columns; no column is read.

    Raises
    ------
    StoreError
        If there is no table, it is damaged, or a newer benchtools wrote it.
    """
    if not is_table(path):
        raise StoreError(f"{path} is no table of benchtools: it has no {INDEX_FILE}")
    try:
        fields = json.loads((path / INDEX_FILE).read_text(encoding="utf-8"))
        version = int(fields["format"])
        if version > FORMAT:
            raise StoreError(
                f"the table {path} has format {version}, this benchtools reads up to {FORMAT}: upgrade benchtools, or "
                "import the table again"
            )
        columns = {
            Column(c["metric"], c["dataset"], c["split"], c["epochs"], c["seed"]): Stored(
                int(c["offset"]), int(c["n"]), _after(c.get("after"))
            )
            for c in fields["columns"]
        }
        index = Index(
            fields["name"], fields["space"], int(fields["n_archs"]), int(fields["keys_offset"]), columns,
            int(fields["size"]), fields["sha256"], tuple(fields["notes"]), fields["provenance"],
        )  # fmt: skip
        size = (path / COLUMNS_FILE).stat().st_size
    except (ValueError, KeyError, TypeError, AttributeError, FileNotFoundError) as error:
        raise StoreError(f"the table {path} is damaged ({error}): delete it and import it again") from error
    if size != index.size:
        raise StoreError(
            f"the table {path} is damaged: {COLUMNS_FILE} has {size} bytes instead of {index.size}; delete it and "
            "import it again"
        )
    return index


def _after(ranges: list[list[int]] | None) -> tuple[tuple[int, int], ...] | None:
    return None if ranges is None else tuple((int(low), int(high)) for low, high in ranges)


def map_columns(path: Path) -> mmap.mmap | bytes:
    """Return the columns of the table at `path`, read-only, without reading them."""
    with open(path / COLUMNS_FILE, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if os.fstat(file.fileno()).st_size else b""
