"""The official files of a data set: within a folder, its usual subfolder, or a .tar.gz as it was downloaded."""

from __future__ import annotations

import gzip
import mmap
import tarfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from benchtools.errors import NotFound, StoreError

__all__ = ["BadGzip", "find_files", "is_tar", "read_bytes", "take_files"]

MAX_MEMBER = 2**28  # bytes of one file in a .tar.gz; official ones have 31 MB, and up to 154 MB in CIFAR-100
BadGzip = (EOFError, zlib.error, gzip.BadGzipFile)


def is_tar(path: Path) -> bool:
    """Return whether a path is that of a .tar.gz file."""
    return path.is_file() and path.name.endswith((".tar.gz", ".tgz"))


def read_bytes(path: Path) -> memoryview:
    """Return the bytes of a file, mapped into memory.

    Raises
    ------
    StoreError
        If it cannot be read or is empty.
    """
    try:
        with open(path, "rb") as file:
            if not path.stat().st_size:
                raise StoreError(f"{path} is empty: get it again")
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(f"cannot read {path} ({error.strerror or error})") from error


def find_files(folder: Path, names: Sequence[str], within: Sequence[str] = ()) -> list[Path]:
    """Return the paths of `names` in a folder, or in the first of its subfolders `within` that has any of them.

    Raises
    ------
    NotFound
        If the folder or some of the files are not there; the message lists what is missing.
    """
    if not folder.is_dir():
        raise NotFound(f"there is no folder {folder}: give the folder that holds {_some(names)}")
    places = [folder, *(folder / name for name in within)]
    best = max(places, key=lambda place: sum((place / name).is_file() for name in names))
    missing = [name for name in names if not (best / name).is_file()]
    if missing:
        raise NotFound(f"{best} lacks {_some(missing)}: it must hold {_some(names)}")
    return [best / name for name in names]


def take_files(path: Path, names: Sequence[str], within: Sequence[str] = ()) -> dict[str, memoryview]:
    """Return the bytes of the files `names` of a folder or .tar.gz file; nothing is unpacked to disk.

    Raises
    ------
    NotFound
        If some of them are not there.
    StoreError
        If they cannot be read, or the .tar.gz file is cut off or damaged.
    """
    if not is_tar(path):
        return dict(zip(names, map(read_bytes, find_files(path, names, within)), strict=True))
    try:
        found = _members(path, set(names))
    except (tarfile.TarError, *BadGzip) as error:
        raise StoreError(f"{path} is cut off or damaged ({error}): get it again") from error
    except OSError as error:
        raise StoreError(f"cannot read {path} ({error.strerror or error})") from error
    missing = [name for name in names if name not in found]
    if missing:
        raise NotFound(f"{path} lacks {_some(missing)}: it must hold {_some(names)}")
    return {name: found[name] for name in names}


def _members(path: Path, names: set[str]) -> dict[str, memoryview]:
    found = {}
    with gzip.open(path, "rb") as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
        for member in archive:
            name = Path(member.name).name
            if name in names and member.isreg() and member.size <= MAX_MEMBER:
                content = archive.extractfile(member)
                data = content.read() if content is not None else b""
                if len(data) != member.size:
                    raise EOFError(f"{name} has {len(data):,} of {member.size:,} bytes")
                found[name] = memoryview(data)
        while stream.read(2**20):  # to its end, where the checksum is
            pass
    return found


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
