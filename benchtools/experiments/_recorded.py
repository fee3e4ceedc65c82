"""Results that come with benchtools, by name."""

from __future__ import annotations

from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any

from benchtools.errors import NotFound
from benchtools.registry import did_you_mean

__all__ = ["find_recorded", "list_with"]


def list_with(file: str) -> list[str]:
    """Return the names of the recorded folders that hold a file, sorted."""
    folder = files("benchmarks_data") / "recorded"
    if not folder.is_dir():
        return []
    return sorted(one.name for one in folder.iterdir() if (one / file).is_file())


def find_recorded(source: str | PathLike[str], file: str, what: str) -> Any:
    """Return a folder: the one that `source` is, or the recorded one of this name that holds `file`.

    Raises
    ------
    NotFound
        If there is none; `what` says what was looked for.
    """
    if Path(source).is_dir():
        return Path(source)
    names = list_with(file)
    if str(source) in names:
        return files("benchmarks_data") / "recorded" / str(source)
    raise NotFound(
        f"there is no recorded {what} {str(source)!r}, and no such folder: there is {', '.join(names) or 'none'}."
        f"{did_you_mean(str(source), names)}"
    )
