"""An import in progress: the blocks of an archive as files, until they are joined to a table.

Readers see architectures one after the other, tables hold columns one after the other. The blocks in between let both
be large: each is written whole, so that an import that was interrupted goes on behind its last block.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import StoreError
from benchtools.files import make_folder, whole
from benchtools.tables._column import Column
from benchtools.tables.archives._block import Block

__all__ = ["Joined", "Spool"]

SOURCE_FILE = "source.json"


class Spool:
    """The folder of an import in progress.

    Parameters
    ----------
    folder : pathlib.Path
        Where the blocks lie; blocks of another source are dropped.
    source : mapping
        What identifies the archive: kind, name, size, time of change.
    """

    def __init__(self, folder: Path, source: Mapping[str, Any]) -> None:
        self.folder = folder
        known = folder / SOURCE_FILE
        if not known.is_file() or known.read_text(encoding="utf-8") != json.dumps(source):
            self.discard()
            make_folder(folder)
            with whole(known) as draft:
                draft.write_text(json.dumps(source), encoding="utf-8")

    def discard(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, number: int) -> Path:
        """Return the file of block `number`."""
        return self.folder / f"block-{number:06d}.bin"

    def done(self) -> set[int]:
        """Return the numbers of the blocks that are there."""
        return {int(path.stem[6:]) for path in self.folder.glob("block-*.bin")}

    def write(self, number: int, block: Block) -> None:
        """Write a block, whole or not at all."""
        offset = 0
        parts = []
        for column, part in block.parts.items():
            parts.append([str(column), part.after, offset])
            offset += part.values.size
        header = json.dumps({"n": len(block.keys), "parts": parts}).encode()
        header += b" " * (-(len(header) + 8) % 8)
        with whole(self.path(number)) as draft, open(draft, "wb") as file:
            file.write(len(header).to_bytes(8, "little") + header)
            file.write(block.keys.astype("<i8").tobytes())
            for part in block.parts.values():
                file.write(part.values.astype("<f8").tobytes())


class _BlockFile:
    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._read_header()
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{path} is damaged ({error}): start the import again") from error

    def _read_header(self) -> None:
        with open(self.path, "rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(size))
            self.n = int(header["n"])
            self.keys = np.frombuffer(file.read(8 * self.n), "<i8", self.n)
            end = start = file.tell()
            self.offsets: dict[Column, dict[int | None, int]] = {}
            for text, after, offset in header["parts"]:
                rows = [None] if after is None else after
                self.offsets[Column.parse(text)] = {
                    epoch: start + 8 * (offset + row * self.n) for row, epoch in enumerate(rows)
                }
                end = max(end, start + 8 * (offset + len(rows) * self.n))
            if os.fstat(file.fileno()).st_size != end:
                raise ValueError(f"it should have {end} bytes")


class Joined:
    """The blocks of a spool as columns over all architectures.

    Attributes
    ----------
    keys : numpy.ndarray of int64, shape (n_archs,)
        All architectures, ascending.
    after : mapping of Column to (tuple of int, or None)
        Every column, and after how many epochs it was measured in any architecture.
    """

    def __init__(self, spool: Spool) -> None:
        self._blocks = [_BlockFile(spool.path(number)) for number in sorted(spool.done())]
        if not self._blocks:
            raise StoreError("the archive holds no architecture")
        self.keys: NDArray[np.int64] = np.unique(np.concatenate([block.keys for block in self._blocks]))
        self._places = [np.searchsorted(self.keys, block.keys) for block in self._blocks]
        found: dict[Column, set[int | None]] = {}
        for block in self._blocks:
            for column, rows in block.offsets.items():
                found.setdefault(column, set()).update(rows)
        self.after: dict[Column, tuple[int, ...] | None] = {
            column: _moments(column, rows) for column, rows in found.items()
        }

    def row(self, column: Column, epoch: int | None) -> NDArray[np.float64]:
        """Return one number per architecture, NaN where there is none.

        Raises
        ------
        StoreError
            If two blocks give a value to one architecture.
        """
        values = np.full(len(self.keys), np.nan)
        for file, block, places in zip(self._files, self._blocks, self._places, strict=True):
            rows = block.offsets.get(column, {})
            offset = rows.get(epoch, rows.get(None))
            if offset is None:
                continue
            part = np.frombuffer(os.pread(file, 8 * block.n, offset), "<f8")
            there = ~np.isnan(part)
            if not np.isnan(values[places[there]]).all():
                raise StoreError(f"an architecture has two values of {column}: is a record in the archive twice?")
            values[places[there]] = part[there]
        return values

    def rows(self, column: Column) -> Iterator[NDArray[np.float64]]:
        """Yield the rows of a column, in the order of `after`."""
        for epoch in self.after[column] or (None,):
            yield self.row(column, epoch)

    @cached_property
    def _files(self) -> list[int]:
        return [os.open(block.path, os.O_RDONLY) for block in self._blocks]

    def close(self) -> None:
        """Close the files."""
        for file in self.__dict__.pop("_files", []):
            os.close(file)


def _moments(column: Column, rows: set[int | None]) -> tuple[int, ...] | None:
    """Return after how many epochs a column has values; what holds for every epoch of a block has them after each."""
    if None not in rows or len(rows) == 1:
        return tuple(sorted(epoch for epoch in rows if epoch is not None)) or None
    return tuple(range(1, (column.epochs or 0) + 1))
