"""A table on disk, read: a folder with one file of columns, memory-mapped, and one small index.

``columns.bin`` holds the keys (int64 indices of architectures, ascending) and then every column (float64, NaN where
there is no value), little-endian and aligned to 64 bytes. A column that was measured after several numbers of epochs
has one vector for each, one behind the other. ``table.json`` names them. A folder appears whole or not at all.
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Mapping
from os import PathLike
from typing import Any, NamedTuple

from benchtools.errors import StoreError
from benchtools.tables._column import Column

__all__ = [
    "COLUMNS_FILE",
    "FORMAT",
    "INDEX_FILE",
    "Index",
    "Stored",
    "aligned",
    "is_table",
    "map_columns",
    "read_index",
    "written",
]

FORMAT = 2  # 1 had no `after`
INDEX_FILE, COLUMNS_FILE = "table.json", "columns.bin"
ALIGNMENT = 64


class Stored(NamedTuple):
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


class Index(NamedTuple):
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


def written(after: tuple[tuple[int, int], ...] | None) -> str:
    """Write ranges of epochs: "1-12, 200", or a dash."""
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in after) if after else "-"


def aligned(size: int) -> int:
    """Return `size` rounded up to the alignment of vectors."""
    return size + -size % ALIGNMENT


def is_table(path: str | PathLike[str]) -> bool:
    """Return whether `path` is the folder of a table."""
    return os.path.isfile(os.path.join(path, INDEX_FILE))  # false for a path that no file system holds


def read_index(path: str | PathLike[str]) -> Index:
    """Read the index of the table at `path`, and compare the size of its columns; no column is read.

    Raises
    ------
    StoreError
        If there is no table, it is damaged, or a newer benchtools wrote it.
    """
    if not is_table(path):
        raise StoreError(f"{path} is no table of benchtools: it has no {INDEX_FILE}")
    try:
        with open(os.path.join(path, INDEX_FILE), encoding="utf-8") as file:
            fields = json.load(file)
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
        size = os.path.getsize(os.path.join(path, COLUMNS_FILE))
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


def map_columns(path: str | PathLike[str]) -> mmap.mmap | bytes:
    """Return the columns of the table at `path`, read-only, without reading them."""
    with open(os.path.join(path, COLUMNS_FILE), "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if os.fstat(file.fileno()).st_size else b""
