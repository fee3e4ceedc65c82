"""Tabular ground truth: columns of numbers per architecture, each named by dataset, split, epochs and seed."""

from benchtools.tables._catalogue import list_tables
from benchtools.tables._column import METRICS, Column, parse_seed
from benchtools.tables._table import Record, Table
from benchtools.tables._tabular import Mapped, import_table, parse_mapping

__all__ = [
    "METRICS",
    "Column",
    "Mapped",
    "Record",
    "Table",
    "import_table",
    "list_tables",
    "parse_mapping",
    "parse_seed",
]
