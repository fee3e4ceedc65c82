"""Tabular ground truth: columns of numbers per architecture, each named by dataset, split, epochs and seed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from benchtools.tables._column import METRICS, Column, parse_seed
from benchtools.tables._table import Table

if TYPE_CHECKING:
    from benchtools.tables._answers import Choice, Cost, Curve, Record, Simulated
    from benchtools.tables._catalogue import list_tables
    from benchtools.tables._importing import KINDS, import_archive
    from benchtools.tables._tabular import Mapped, import_table, parse_mapping
    from benchtools.tables._verify import Verification, verify_table
    from benchtools.tables.fetching._fetch import fetch_archive
    from benchtools.tables.fetching._official import list_archives

__all__ = [
    "KINDS",
    "METRICS",
    "Choice",
    "Column",
    "Cost",
    "Curve",
    "Mapped",
    "Record",
    "Simulated",
    "Table",
    "Verification",
    "fetch_archive",
    "import_archive",
    "import_table",
    "list_archives",
    "list_tables",
    "parse_mapping",
    "parse_seed",
    "verify_table",
]

_LATER = {
    **dict.fromkeys(("Choice", "Cost", "Curve", "Record", "Simulated"), "_answers"),
    **dict.fromkeys(("KINDS", "import_archive"), "_importing"),
    **dict.fromkeys(("Mapped", "import_table", "parse_mapping"), "_tabular"),
    **dict.fromkeys(("Verification", "verify_table"), "_verify"),
    "fetch_archive": "fetching._fetch",
    "list_archives": "fetching._official",
    "list_tables": "_catalogue",
}
"""What a look-up in a table does not need is loaded at first use: opening a table takes milliseconds."""


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(f"benchtools.tables.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
