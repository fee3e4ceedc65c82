"""Arrays and a JSON header in one ``.npz`` file, written whole or not at all and checked when read."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput, StoreError, WrongType
from benchtools.files import whole

__all__ = ["plain", "read_npz", "write_npz"]

HEADER = "header"
VERSION = 1


def plain(parameters: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Return `parameters` as JSON holds them: NumPy's numbers and arrays become Python's, tuples become lists.

    Raises
    ------
    WrongType
        If a value is neither a number, text, a truth value, None, nor a list or mapping of such.
    """

    def convert(value: object) -> object:
        if isinstance(value, (np.generic, np.ndarray)):
            return value.tolist()
        raise WrongType(
            f"the parameters of {what} hold a {type(value).__name__}: give numbers, text, lists or mappings, which a "
            "file can keep"
        )

    converted: dict[str, Any] = json.loads(json.dumps(dict(parameters), default=convert))
    return converted


def write_npz(
    path: str | PathLike[str],
    form: str,
    header: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any] | None],
    *,
    compress: bool = False,
) -> Path:
    """Write `arrays` (those that are not None) and `header` to `path`, and return it.

    Raises
    ------
    StoreError
        If the file cannot be written; nothing of it is left.
    """
    text = json.dumps({"format": form, "version": VERSION, **header})
    held = {name: array for name, array in arrays.items() if array is not None}
    encoded = np.frombuffer(text.encode(), dtype=np.uint8)
    save: Any = np.savez_compressed if compress else np.savez
    with whole(path) as draft, draft.open("wb") as file:
        save(file, **{HEADER: encoded}, **held)
    return Path(path)


def read_npz(path: str | PathLike[str], form: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the header and the arrays of a file that `write_npz` wrote.

    Raises
    ------
    StoreError
        If the file cannot be opened.
    InvalidInput
        If it is damaged, of another form, or of a newer version.
    """
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        header = json.loads(arrays.pop(HEADER).tobytes().decode())
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror or error}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, AttributeError, TypeError) as error:
        raise InvalidInput(
            f"{path} holds no {form}, or is cut short or damaged ({type(error).__name__}): give a file that "
            f"{form}.save wrote"
        ) from error
    if not isinstance(header, dict) or header.get("format") != form:
        found = header.get("format") if isinstance(header, dict) else None
        raise InvalidInput(f"{path} holds {found or 'something else'}: a file that {form}.save wrote is needed")
    if int(header.get("version", 0)) > VERSION:
        raise InvalidInput(f"{path} was written by a newer benchtools (version {header['version']}): upgrade")
    return header, arrays
