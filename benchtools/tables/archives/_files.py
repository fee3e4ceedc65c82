"""The files that official archives come as: bz2 pickles, and the two containers of torch.save."""

from __future__ import annotations

import bz2
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from benchtools.errors import InvalidInput, StoreError, UnsafePickle
from benchtools.tables.archives._pickle_machine import Machine, Window
from benchtools.tables.archives._pickle_objects import brief

__all__ = ["load_bz2_pickle", "load_plain_pickle", "opened_pickle", "reading"]

MAGIC_BZ2, MAGIC_ZIP = b"BZh", b"PK\x03\x04"
TORCH_MAGIC, TORCH_PROTOCOL = 0x1950A86A20F9469CFC6C, 1001  # the first two pickles of a legacy torch.save
LEGACY_START = b"\x80\x02\x8a\x0a" + TORCH_MAGIC.to_bytes(10, "little") + b"."
MAX_RECORD_BYTES = 2**26  # of one record, decompressed; real ones have 0.35 MB
MAX_FILE_BYTES = 2**36  # of a whole archive, decompressed; real ones have 6 GB


def load_bz2_pickle(path: Path) -> Any:
    """Return the plain data in a small bz2 pickle: the record of one architecture, or the list of all of them."""
    with reading(path), opened_pickle(path, limit=MAX_RECORD_BYTES) as window:
        result = Machine(window).load()
        _expect_end(window)
        return result


def load_plain_pickle(path: Path, max_bytes: int) -> Any:
    """Return the plain data in a pickle of at most `max_bytes`; a larger file is not read."""
    with reading(path):
        size = path.stat().st_size
        if size > max_bytes:
            raise UnsafePickle(f"it has {size:,} bytes, at most {max_bytes:,} are expected: it was not read")
        with open(path, "rb") as file:
            window = Window(file.read)
            result = Machine(window).load()
            _expect_end(window)
            return result


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Name the file in whatever is wrong with it."""
    try:
        yield
    except (UnsafePickle, StoreError) as error:
        if isinstance(error, UnsafePickle):
            raise UnsafePickle(f"refused {path.name}: {error}") from None
        raise StoreError(f"{path.name} cannot be read: {error}; nothing was imported") from error
    except EOFError as error:
        raise StoreError(f"{path.name} is cut off: get it again; nothing was imported") from error
    except FileNotFoundError:
        raise StoreError(f"the file {path} does not exist") from None
    except MemoryError:
        raise UnsafePickle(f"refused {path.name}: it needs more memory than there is") from None
    except (zipfile.BadZipFile, OSError) as error:
        raise StoreError(f"{path.name} is damaged or cannot be read ({error}): get it again") from error


@contextmanager
def opened_pickle(path: Path, *, limit: int = MAX_FILE_BYTES) -> Iterator[Window]:
    """Give a window that stands at the pickle within the file; what is behind the pickle is checked at the end.

    Parameters
    ----------
    path : pathlib.Path
        A bz2 pickle, or a file of ``torch.save`` (legacy or zip container).
    limit : int
        Most bytes that decompression may give.
    """
    with open(path, "rb") as file:
        start = file.read(len(LEGACY_START))
        file.seek(0)
        if start.startswith(MAGIC_BZ2):
            with bz2.BZ2File(file) as content:
                window = Window(_limited(content.read, limit))
                yield window
                _expect_end(window)
        elif start.startswith(MAGIC_ZIP):
            with _opened_member(file, path) as content:
                window = Window(_limited(_guarded(content.read), limit))
                yield window
                _expect_end(window)
        elif start == LEGACY_START:
            window = Window(file.read)
            _read_legacy_header(window)
            yield window
            if Machine(window).load() != []:
                raise UnsafePickle("it holds tensors (weights of networks): give the archive without weights")
            _expect_end(window)
        elif not start:
            raise StoreError("it is empty")
        else:
            raise InvalidInput(
                f"{path.name} is neither a bz2 pickle nor a file of torch.save: it starts with {start[:8]!r}. Give the "
                "archive as it was downloaded"
            )


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Raise `StoreError` for whatever zipfile says of a damaged file: it has errors of many types."""

    def call(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except (StoreError, InvalidInput, MemoryError):
            raise
        except Exception as error:
            raise StoreError(f"the zip file is damaged ({type(error).__name__}: {error})") from error

    return call


@contextmanager
def _opened_member(file: IO[bytes], path: Path) -> Iterator[IO[bytes]]:
    archive = _guarded(zipfile.ZipFile)(file)
    with archive, _guarded(archive.open)(_pickle_member(archive, path)) as content:
        yield content


def _limited(read: Callable[[int], bytes], limit: int) -> Callable[[int], bytes]:
    left = limit

    def read_some(n: int) -> bytes:
        nonlocal left
        part = read(n)
        left -= len(part)
        if left < 0:
            raise UnsafePickle(f"it decompresses to more than {limit:,} bytes")
        return part

    return read_some


def _pickle_member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    found = [member for member in archive.infolist() if member.filename.rpartition("/")[2] == "data.pkl"]
    if len(found) != 1:
        raise InvalidInput(f"{path.name} is a zip file with {len(found)} members data.pkl: torch.save writes one")
    return found[0]


def _read_legacy_header(window: Window) -> None:
    magic, protocol, system = (Machine(window).load() for _ in range(3))
    if (magic, protocol) != (TORCH_MAGIC, TORCH_PROTOCOL):
        raise UnsafePickle(f"its torch container says {brief(protocol, 40)}: {TORCH_PROTOCOL} is known")
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise UnsafePickle("its torch container is of a big-endian machine")


def _expect_end(window: Window) -> None:
    if window.take(1):
        raise StoreError("something follows after its end")
