"""The list of NAS-Bench-101's cells in the order of their hashes: computed once per machine, then read from a file."""

from __future__ import annotations

import hashlib
import warnings
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import StoreError
from benchtools.files import make_folder, whole
from benchtools.home import home_folder
from benchtools.progress import Progress, silent
from benchtools.spaces._nasbench101_enumerate import enumerate_codes
from benchtools.spaces._nasbench101_hash import hash_codes

__all__ = ["CellList", "cell_list", "compute_cell_list"]

SIZE = 423_624
LOCK_TIMEOUT_S = 600
DIGEST = "c8a2e1ce944a8f006ef255441fe133c2c4d3ced470334361916f0ddc8470b37c"
"""SHA-256 of the file: the list is the same everywhere, so any other file is a damaged one."""


@dataclass(frozen=True)
class CellList:
    """Cells in ascending order of their hashes.

    Attributes
    ----------
    codes : numpy.ndarray of uint32, shape (n_cells,)
        Canonical codes.
    hashes : numpy.ndarray of uint64, shape (n_cells, 2)
        High and low halves.
    """

    codes: NDArray[np.uint32]
    hashes: NDArray[np.uint64]

    def to_bytes(self) -> bytes:
        """Return codes and hashes as little-endian bytes, one after the other."""
        return self.codes.astype("<u4").tobytes() + self.hashes.astype("<u8").tobytes()

    @classmethod
    def from_bytes(cls, content: bytes) -> CellList:
        """Return the list that `to_bytes` wrote; its arrays are read-only."""
        n_cells = len(content) // 20
        codes = np.frombuffer(content, "<u4", count=n_cells)
        hashes = np.frombuffer(content, "<u8", count=2 * n_cells, offset=4 * n_cells)
        return cls(codes.astype(np.uint32, copy=False), hashes.astype(np.uint64, copy=False).reshape(n_cells, 2))


def compute_cell_list(max_vertices: int = 7, *, progress: Progress = silent) -> CellList:
    """Return the list of all cells of at most `max_vertices` vertices, without reading or writing a file.

    Examples
    --------
    >>> compute_cell_list(3).codes.shape
    (7,)
    """
    codes = enumerate_codes(max_vertices)
    hashes = hash_codes(codes, progress=progress)
    order = np.lexsort((hashes[:, 1], hashes[:, 0]))
    return CellList(codes[order], hashes[order])


@cache
def cell_list() -> CellList:
    """Return the list of all 423,624 cells, from the user's cache or computed there.

    It lies in ``$BENCHTOOLS_HOME/spaces``, else in the user's cache folder, and takes 8 MB. Where it cannot be
    written a warning says so, and the next process computes it again.
    """
    path = home_folder("spaces") / "nasbench101-cells.bin"
    content = _read(path)
    if content is None:
        with _lock(path):
            content = _read(path)  # another process may have written it while this one waited
            if content is None:
                content = compute_cell_list().to_bytes()
                _keep(path, content)
    return CellList.from_bytes(content)


def _read(path: Path) -> bytes | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == DIGEST else None


def _lock(path: Path) -> AbstractContextManager[object]:
    """Return the lock of the file, held; nothing where there can be none, and each process computes for itself."""
    from filelock import FileLock, Timeout

    try:
        make_folder(path.parent)
        return FileLock(path.with_suffix(".lock"), timeout=LOCK_TIMEOUT_S).acquire()
    except (OSError, StoreError, Timeout):
        return nullcontext()


def _keep(path: Path, content: bytes) -> None:
    try:
        make_folder(path.parent)
        with whole(path) as draft:
            draft.write_bytes(content)
    except StoreError as error:
        warnings.warn(
            f"the list of NAS-Bench-101's cells could not be kept ({error}) and will be computed again: set the "
            "environment variable BENCHTOOLS_HOME to a folder that you may write to",
            stacklevel=3,
        )
