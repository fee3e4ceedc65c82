"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

from benchtools.errors import StoreError

__all__ = ["make_folder", "whole", "write_text"]


@contextmanager
def whole(path: str | PathLike[str]) -> Iterator[Path]:
    """Give the path of a draft beside `path`, which takes its place once the block has ended without an error.

    Raises
    ------
    StoreError
        If the file cannot be written; nothing of it is left.
    """
    target = Path(path)
    draft = target.with_name(f".{target.name}.{os.getpid()}.draft")
    try:
        yield draft
        draft.replace(target)
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        if draft.exists():
            draft.unlink()


def write_text(path: str | PathLike[str], text: str) -> Path:
    """Write a text file, whole or not at all, and return its path."""
    with whole(path) as draft:
        draft.write_text(text, encoding="utf-8")
    return Path(path)


def make_folder(path: str | PathLike[str]) -> Path:
    """Make a folder, with those above it, and return its path."""
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the folder {folder}: {error.strerror}; choose another place") from error
    return folder
