"""The text format in which the authors of S3 published their entropies: ``index entropy label``, a line each."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput, StoreError
from benchtools.files import write_text

__all__ = ["read_lines", "write_lines"]

MAX_SHOWN = 60  # characters of a bad line that a message repeats


def read_lines(path: str | PathLike[str]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the values and labels of a file, ordered by index, each of shape (n,).

    Raises
    ------
    StoreError
        If the file cannot be read.
    InvalidInput
        If a line is not ``index value label``, or the indices are not 0..n-1, each once.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is no text: lines of 'index value label' are needed") from error
    rows = list(_rows(path, text))
    if not rows:
        raise InvalidInput(f"{path} has no line: lines of 'index value label' are needed")
    indices, values, labels = zip(*rows, strict=True)
    order = np.argsort(np.array(indices, dtype=np.int64), kind="stable")
    wrong = np.flatnonzero(np.array(indices, dtype=np.int64)[order] != np.arange(len(rows)))
    if len(wrong):
        place = int(wrong[0])
        found = int(np.array(indices)[order][place])
        what = f"index {found} stands twice" if 0 <= found < place else f"index {place} is missing"
        raise InvalidInput(f"{path}: {what}; the indices of {len(rows)} lines must be 0..{len(rows) - 1}, each once")
    return np.array(values)[order], np.array(labels, dtype=np.int64)[order]


def _rows(path: str | PathLike[str], text: str) -> Iterator[tuple[int, float, int]]:
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split()
        if not parts:
            continue
        try:
            index, value, label = parts
            yield int(index), float(value), int(label)
        except ValueError:
            raise InvalidInput(
                f"{path}, line {number}: {line[:MAX_SHOWN]!r} is not 'index value label', such as '0 0.0213 6'"
            ) from None


def write_lines(path: str | PathLike[str], values: NDArray[np.float64], labels: NDArray[np.int64]) -> Path:
    """Write a line per example, with all digits that a float64 needs; whole or not at all."""
    rows = zip(values.tolist(), labels.tolist(), strict=True)
    return write_text(path, "".join(f"{index} {value!r} {label}\n" for index, (value, label) in enumerate(rows)))
