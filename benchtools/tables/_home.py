"""Where tables live on this machine, and the lock of those who build them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchtools.errors import InvalidInput, StoreError
from benchtools.home import home_folder

__all__ = ["check_name", "locked", "table_path", "tables_home"]

LOCK_TIMEOUT_S = 600


def tables_home() -> Path:
    """Return the folder of named tables: ``$BENCHTOOLS_HOME/tables``, else in the user's cache folder."""
    return home_folder("tables")


def check_name(name: str) -> str:
    """Return `name` if it may name a table: lower-case letters, digits, dot, dash and underscore."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", name):
        raise InvalidInput(
            f"{name!r} cannot name a table: use up to 64 lower-case letters, digits, dots, dashes and underscores"
        )
    return name


def table_path(name: str) -> Path:
    """Return the folder of the table called `name`."""
    return tables_home() / check_name(name)


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock of the table at `path`, so that one process at a time builds it.

    Parameters
    ----------
    path : pathlib.Path
        The folder of the table.
    wait : bool, default True
        Whether to wait for a process that holds it, up to ten minutes.

    Raises
    ------
    StoreError
        If the folder cannot be written to, or another process holds the lock (for more than ten minutes).
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path.parent / f".{path.name}.lock", timeout=LOCK_TIMEOUT_S if wait else 0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        what = f"has been building {path.name} for over {LOCK_TIMEOUT_S} s" if wait else f"is at work on {path.name}"
        raise StoreError(f"another process {what}: wait for it, or end it, and try again") from None
    except OSError as error:
        raise StoreError(
            f"cannot write to {path.parent} ({error.strerror}): set the environment variable BENCHTOOLS_HOME to a "
            "folder that you may write to"
        ) from error
    try:
        yield
    finally:
        lock.release()
