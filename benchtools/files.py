"""Files that appear whole or not at all."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from benchtools.errors import StoreError

__all__ = ["make_folder", "write_text"]


def write_text(path: str | PathLike[str], text: str) -> Path:
    """Write a text file, whole or not at all, and return its path."""
    target = Path(path)
    draft = target.with_name(f".{target.name}.draft")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(target)
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        if draft.exists():
            draft.unlink()
    return target


def make_folder(path: str | PathLike[str]) -> Path:
    """Make a folder, with those above it, and return its path."""
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the folder {folder}: {error.strerror}; choose another place") from error
    return folder
