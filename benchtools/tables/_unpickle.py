"""Pickles without their teeth: only plain data comes out."""

from __future__ import annotations

import pickle
from os import PathLike
from pathlib import Path
from typing import Any

from benchtools.errors import UnsafePickle

__all__ = ["load_plain"]


class _Plain(pickle.Unpickler):
    """Admits no global: numbers, text, bytes, lists, tuples, dictionaries and sets are all that can be made."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        raise UnsafePickle(f"it asks for {module_name}.{global_name}, and nothing is allowed")

    def persistent_load(self, pid: Any) -> Any:
        raise UnsafePickle("it refers to objects outside the file")


def load_plain(path: str | PathLike[str], max_bytes: int) -> Any:
    """Return the plain data in a pickle.

    Parameters
    ----------
    path : path-like
        The file.
    max_bytes : int
        A larger file is refused unread.

    Raises
    ------
    UnsafePickle
        If the file is too large, damaged, or asks for any class or function; the message names it.
    """
    file_path = Path(path)
    size = file_path.stat().st_size
    if size > max_bytes:
        raise UnsafePickle(f"{file_path.name} has {size:,} bytes, at most {max_bytes:,} are expected: it was not read")
    try:
        with open(file_path, "rb") as file:
            return _Plain(file).load()
    except UnsafePickle as error:
        raise UnsafePickle(f"refused the pickle {file_path.name}: {error}") from None
    except Exception as error:  # a damaged pickle may raise nearly anything
        raise UnsafePickle(f"{file_path.name} is no sound pickle ({type(error).__name__}: {error})") from error
