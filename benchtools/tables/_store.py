"""A table on disk: a folder with one file of columns, memory-mapped, and one small index.

``columns.bin`` holds the keys (int64 indices of architectures, ascending) and then every column (float64, NaN where
there is no value), little-endian and aligned to 64 bytes. ``table.json`` names them. A folder appears whole or not at
all.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import StoreError
from benchtools.tables._column import Column

__all__ = ["FORMAT", "Index", "is_table", "map_vector", "read_index", "write_table"]

FORMAT = 1
INDEX_FILE, COLUMNS_FILE = "table.json", "columns.bin"
ALIGNMENT = 64


@dataclass(frozen=True)
class Index:
    """What ``table.json`` says: where everything is, without reading any of it."""

    name: str
    space: str
    n_archs: int
    keys_offset: int
    offsets: Mapping[Column, int]
    counts: Mapping[Column, int]
    size: int
    sha256: str
    notes: tuple[str, ...]
    provenance: Mapping[str, Any]


def write_table(
    path: Path,
    *,
    name: str,
    space: str,
    keys: NDArray[np.int64],
    columns: Mapping[Column, NDArray[np.float64]],
    notes: tuple[str, ...],
    provenance: Mapping[str, Any],
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
        digest = hashlib.sha256()
        offsets: list[int] = []
        with open(draft / COLUMNS_FILE, "wb") as file:
            for vector in (keys.astype("<i8"), *(column.astype("<f8") for column in columns.values())):
                file.write(b"\0" * (-file.tell() % ALIGNMENT))
                offsets.append(file.tell())
                block = vector[order].tobytes()
                digest.update(block)
                file.write(block)
            size = file.tell()
            file.flush()
            os.fsync(file.fileno())
        index = {
            "format": FORMAT,
            "name": name,
            "space": space,
            "n_archs": len(keys),
            "keys_offset": offsets[0],
            "columns": [
                asdict(column) | {"unit": column.unit, "n": int(np.isfinite(values).sum()), "offset": offset}
                for (column, values), offset in zip(columns.items(), offsets[1:], strict=True)
            ],
            "size": size,
            "sha256": digest.hexdigest(),
            "notes": list(notes),
            "provenance": dict(provenance),
        }
        (draft / INDEX_FILE).write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
        draft.chmod(0o755)
        _put_in_place(draft, path)
    except OSError as error:
        raise StoreError(f"cannot write the table {path}: {error.strerror or error}; nothing was changed") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


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
        columns = {Column(c["metric"], c["dataset"], c["split"], c["epochs"], c["seed"]): c for c in fields["columns"]}
        index = Index(
            fields["name"], fields["space"], int(fields["n_archs"]), int(fields["keys_offset"]),
            {column: int(c["offset"]) for column, c in columns.items()},
            {column: int(c["n"]) for column, c in columns.items()},
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


def map_vector(path: Path, offset: int, length: int, dtype: str) -> NDArray[Any]:
    """Return a read-only view of a vector in the columns of the table at `path`, without copying it."""
    if length == 0:
        return np.empty(0, dtype=dtype)
    return np.memmap(path / COLUMNS_FILE, mode="r", dtype=dtype, offset=offset, shape=(length,)).view(np.ndarray)
