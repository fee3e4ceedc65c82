"""Import of third-party tables: any CSV or Parquet file whose columns are mapped explicitly."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput, NotFound, WrongType
from benchtools.provenance import Provenance, digest_file
from benchtools.registry import did_you_mean
from benchtools.spaces import Space, get_space
from benchtools.tables._catalogue import BUILDERS
from benchtools.tables._column import METRICS, Column
from benchtools.tables._home import check_name, locked, table_path
from benchtools.tables._table import Table
from benchtools.tables._writer import write_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Mapped", "import_table", "parse_mapping", "read_frame", "read_mapping_file", "read_vector"]

UNITS: dict[tuple[str, str], float] = {
    ("accuracy", "%"): 1.0,
    ("accuracy", "fraction"): 100.0,
    ("loss", "nat"): 1.0,
    ("train_time_s", "s"): 1.0,
    ("train_time_s", "h"): 3600.0,
    ("latency_s", "s"): 1.0,
    ("latency_s", "ms"): 1e-3,
    ("params_m", "M"): 1.0,
    ("params_m", "1"): 1e-6,
    ("macs_m", "M"): 1.0,
    ("macs_m", "G"): 1e3,
    ("macs_m", "1"): 1e-6,
}
"""Factor from the unit of a file to the unit of the metric."""


@dataclass(frozen=True)
class Mapped:
    """Where a column of a file goes: its name in the table, and the unit that it has in the file."""

    column: Column
    unit: str

    @classmethod
    def parse(cls, text: str) -> Mapped:
        """Return the target that ``[metric:]dataset/split/epochs/seed/unit`` names.

        Examples
        --------
        >>> Mapped.parse("cifar10/ori-test/200/mean/%").column.split
        'ori-test'
        """
        path, _, unit = text.rpartition("/")
        column = Column.parse(path) if path.count("/") == 3 else None
        valid = sorted({unit for _, unit in UNITS})
        if column is None or unit not in valid:
            raise InvalidInput(
                f"{text!r} is no target: write [metric:]dataset/split/epochs/seed/unit with - for what does not apply, "
                f"metric one of {', '.join(METRICS)} (default accuracy) and unit one of {', '.join(valid)}"
            )
        if (column.metric, unit) not in UNITS:
            fitting = [u for metric, u in UNITS if metric == column.metric]
            raise InvalidInput(f"{text!r}: {column.metric} is given in {' or '.join(fitting)}, not in {unit!r}")
        return cls(column, unit)


def parse_mapping(entries: list[str]) -> dict[str, Mapped]:
    """Return the mapping that ``SOURCE=TARGET`` texts, or paths of TOML files that hold them, describe."""
    mapping: dict[str, Mapped] = {}
    for entry in entries:
        if entry.endswith(".toml") and "=" not in entry:
            pairs = read_mapping_file(entry)
        else:
            source, equals, target = entry.rpartition("=")
            if not equals or not source:
                raise InvalidInput(f"--map {entry!r}: write COLUMN=dataset/split/epochs/seed/unit, or a .toml file")
            pairs = {source: Mapped.parse(target)}
        for source, mapped in pairs.items():
            if source in mapping:
                raise InvalidInput(f"the column {source!r} is mapped twice")
            mapping[source] = mapped
    return mapping


def read_mapping_file(path: str | PathLike[str]) -> dict[str, Mapped]:
    """Read a TOML file with a table ``[columns]`` of ``"SOURCE" = "TARGET"`` lines."""
    try:
        with open(path, "rb") as file:
            columns = tomllib.load(file).get("columns")
    except FileNotFoundError:
        raise NotFound(f"the mapping file {path} does not exist") from None
    except OSError as error:
        raise InvalidInput(f"the mapping file {path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # no TOML, or no UTF-8
        raise InvalidInput(f"{path} is no TOML: {error}") from error
    if not isinstance(columns, dict) or not all(isinstance(target, str) for target in columns.values()):
        raise InvalidInput(f'{path} needs a table [columns] with lines such as "acc" = "cifar10/ori-test/200/mean/%"')
    return {source: Mapped.parse(target) for source, target in columns.items()}


def read_frame(path: str | PathLike[str], key: str) -> pd.DataFrame:
    """Read a CSV or Parquet file; the column `key` is read as text, so that op codes keep their zeros.

    Raises
    ------
    NotFound
        If the file or the column does not exist.
    InvalidInput
        If the file is neither, or cannot be read.
    """
    import pandas as pd

    file = Path(path)
    if not file.is_file():
        raise NotFound(f"the file {file} does not exist")
    try:
        if file.suffix == ".parquet":
            frame = pd.read_parquet(file)
        elif file.suffix == ".csv":
            frame = _read_csv(file, key)
        else:
            raise InvalidInput(f"{file.name!r} must end in .csv or .parquet")
    except InvalidInput:
        raise
    except Exception as error:  # the parsers raise many kinds
        raise InvalidInput(f"{file.name} cannot be read as {file.suffix[1:]}: {error}") from error
    if key not in frame.columns:
        raise NotFound(
            f"{file.name} has no column {key!r}: it has {_shown(frame)}.{_meant(key, frame)} Name the column with the "
            "architectures by --key (key=)"
        )
    if len(frame) == 0:
        raise InvalidInput(f"{file.name} has no rows")
    return frame


def _read_csv(file: Path, key: str) -> pd.DataFrame:
    import pandas as pd

    # with the first line as data, so that a row with more fields than names is an error, and no row of an index
    header = pd.read_csv(file, header=None, nrows=2, dtype=str, keep_default_na=False).iloc[0]
    if len(twice := header[header.duplicated() & (header != "")]):
        raise InvalidInput(f"{file.name} has two columns called {twice.iloc[0]!r}: give each its own name")
    old = tuple(int(part) for part in pd.__version__.split(".")[:2]) < (3, 1)  # since then the default is exact
    exact: dict[str, Any] = {"float_precision": "round_trip"} if old else {}
    return pd.read_csv(file, dtype={key: str}, **exact)


def read_vector(frame: pd.DataFrame, source: str, file: str) -> NDArray[np.float64]:
    """Return the column `source` as float64, NaN where it is empty; text is an error that names row and value."""
    import pandas as pd

    if source not in frame.columns:
        raise NotFound(f"{file} has no column {source!r}: it has {_shown(frame)}.{_meant(source, frame)}")
    values = frame[source]
    types = pd.api.types
    if types.is_bool_dtype(values) or (types.is_object_dtype(values) and values.map(type).eq(bool).any()):
        raise WrongType(f"the column {source!r} of {file} holds true and false: numbers are needed")
    if types.is_datetime64_any_dtype(values) or types.is_timedelta64_dtype(values) or types.is_complex_dtype(values):
        raise WrongType(f"the column {source!r} of {file} holds {values.dtype}: real numbers are needed")
    numbers: NDArray[np.float64] = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    text = np.flatnonzero(np.isnan(numbers) & values.notna().to_numpy())
    if len(text):
        raise WrongType(
            f"the column {source!r} of {file} has {len(text)} values that are no numbers, the first in row "
            f"{text[0] + 1}: {values.iloc[text[0]]!r}"
        )
    return numbers


def read_keys(frame: pd.DataFrame, key: str, space: Space, file: str) -> NDArray[np.int64]:
    """Return the indices that the column `key` names; errors name row and value, and duplicates are one."""
    keys = frame[key]
    empty = np.flatnonzero(keys.isna())
    if len(empty):
        raise InvalidInput(
            f"the column {key!r} of {file} is empty in row {empty[0] + 1}: every row needs an architecture"
        )
    try:
        indices = space.parse_many(keys.tolist())
    except InvalidInput as error:
        message = str(error)
        if message.startswith("position "):
            position, _, rest = message.removeprefix("position ").partition(": ")
            message = f"row {int(position) + 1}: {rest}"
        raise type(error)(f"the column {key!r} of {file}: {message}") from None
    unique, first = np.unique(indices, return_index=True)
    if len(unique) < len(indices):
        repeated = int(np.setdiff1d(np.arange(len(indices)), first)[0])
        earlier = int(np.flatnonzero(indices == indices[repeated])[0])
        raise InvalidInput(
            f"the column {key!r} of {file} names an architecture twice, in rows {earlier + 1} and {repeated + 1}: "
            f"{keys.iloc[repeated]}; keep one row for each"
        )
    return indices


def import_table(
    path: str | PathLike[str],
    *,
    space: str,
    mapping: Mapping[str, Mapped],
    key: str = "arch",
    name: str | None = None,
    out: str | PathLike[str] | None = None,
) -> Table:
    """Import a CSV or Parquet file as a table; nothing is guessed from the names of its columns.

    Parameters
    ----------
    path : path-like
        The file: one row per architecture.
    space : str
        The space of its architectures.
    mapping : mapping of str to Mapped
        For every column to import, where it goes. Columns not named are left out.
    key : str, default "arch"
        The column with official strings, indices or op codes.
    name : str, optional
        Name of the table; by default that of the file.
    out : path-like, optional
        Folder to write to; by default the cache, where `Table.open` finds it by name.

    Raises
    ------
    InvalidInput
        For bad keys, values outside their range, and units that do not fit; row and value are named.
    NotFound
        If a column does not exist.
    """
    if not mapping:
        raise InvalidInput("no column is mapped: give at least one COLUMN=dataset/split/epochs/seed/unit")
    name = check_name(name or Path(path).stem.lower().replace(" ", "-"))
    if name in BUILDERS:
        raise InvalidInput(f"the name {name!r} belongs to a table that benchtools builds: choose another by --name")
    part = get_space(space)
    file = Path(path).name
    frame = read_frame(path, key)
    indices = read_keys(frame, key, part, file)
    columns: dict[Column, NDArray[np.float64]] = {}
    for source, mapped in mapping.items():
        if mapped.column in columns:
            raise InvalidInput(f"two columns are mapped to {mapped.column}: give each its own coordinates")
        columns[mapped.column] = _converted(read_vector(frame, source, file), source, mapped)
    sources = {f"column {source}": f"{mapped.column} in {mapped.unit}" for source, mapped in mapping.items()}
    target = Path(out) if out is not None else table_path(name)
    left = [column for column in frame.columns if column != key and column not in mapping]
    notes = (f"Imported from {file}; {len(left)} of its columns were not mapped.",)
    with locked(target) if out is None else nullcontext():
        write_table(
            target, name=name, space=space, keys=indices, columns=columns, notes=notes,
            provenance=Provenance.now({"file": file, "sha256": digest_file(path), "key": key} | sources).to_dict(),
        )  # fmt: skip
    return Table.open(target)


def _converted(values: NDArray[np.float64], source: str, mapped: Mapped) -> NDArray[np.float64]:
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        raise InvalidInput(
            f"the column {source!r} is infinite in row {infinite[0] + 1}: leave it empty or remove the row"
        )
    if np.isnan(values).all():
        raise InvalidInput(f"the column {source!r} has no values")
    low, high = np.nanmin(values), np.nanmax(values)
    if mapped.unit == "fraction" and high > 1:
        raise InvalidInput(f"the column {source!r} is mapped as a fraction but reaches {high:g}: is its unit %?")
    if mapped.unit == "%" and high <= 1 and high > 0:
        raise InvalidInput(f"the column {source!r} is mapped as % but reaches only {high:g}: is its unit fraction?")
    if mapped.unit == "%" and high > 100:
        row = int(np.nanargmax(values)) + 1
        raise InvalidInput(f"the column {source!r} is mapped as % but has {high:g} in row {row}")
    if low < 0:
        row = int(np.nanargmin(values)) + 1
        raise InvalidInput(f"the column {source!r} is negative in row {row}: {low:g}; {mapped.column.metric} never is")
    return values * UNITS[mapped.column.metric, mapped.unit]


def _shown(frame: pd.DataFrame) -> str:
    names = [str(column) for column in frame.columns]
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def _meant(name: str, frame: pd.DataFrame) -> str:
    return did_you_mean(name, [str(column) for column in frame.columns])
