"""Runs of ``key: float`` in a pickle, found and read at once.

A per-epoch dictionary of an archive holds hundreds of such pairs, each of the same number of bytes. A run is read by
laying a structured dtype over the bytes and counting how many rows have the opcodes where the first has them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Found", "find_get_run", "find_int_run", "find_text_run"]

BINFLOAT, BININT1, BININT2, BINUNICODE, SHORT_BINUNICODE = b"G"[0], b"K"[0], b"M"[0], b"X"[0], 0x8C
LONG_BINPUT, MEMOIZE, BINGET, LONG_BINGET = b"r"[0], 0x94, b"h"[0], b"j"[0]
AT_ONCE = 256  # rows looked at together
AT_MOST = 100_000

_VALUE = [("float", "u1"), ("value", ">f8")]
_INT1 = np.dtype([("op", "u1"), ("key", "u1"), *_VALUE])
_INT2 = np.dtype([("op", "u1"), ("key", "<u2"), *_VALUE])
_GET1 = np.dtype([("op", "u1"), ("id", "u1"), *_VALUE])
_GET4 = np.dtype([("op", "u1"), ("id", "<u4"), *_VALUE])

Found = tuple[Any, NDArray[np.float64], int]
"""Keys of the run, its values, and the position after it."""


@lru_cache(maxsize=256)
def _text(op: int, length: int, put: int) -> np.dtype[Any]:
    size = ("length", "u1" if op == SHORT_BINUNICODE else "<u4")
    memo = [("put", "u1")] + ([("id", "<u4")] if put == LONG_BINPUT else [])
    return np.dtype([("op", "u1"), size, ("text", "u1", (length,)), *memo, *_VALUE])


def _rows(data: bytes, pos: int, dtype: np.dtype[Any], fits: Any) -> NDArray[Any]:
    """Return the rows from `pos` on for which `fits` holds, up to the first for which it does not."""
    parts = []
    total = 0
    while total < AT_MOST:
        count = min(AT_ONCE, (len(data) - pos) // dtype.itemsize)
        if count <= 0:
            break
        rows = np.frombuffer(data, dtype, count, pos)
        good = fits(rows, total) & (rows["float"] == BINFLOAT)
        number = count if good.all() else int(good.argmin())
        parts.append(rows[:number])
        total += number
        pos += number * dtype.itemsize
        if number < AT_ONCE:
            break
    return parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else np.empty(0, dtype)


def _values(rows: NDArray[Any]) -> NDArray[np.float64]:
    values: NDArray[np.float64] = rows["value"].astype(np.float64)
    return values


def find_int_run(data: bytes, pos: int) -> Found | None:
    """Return a run of two or more ``int: float`` that starts at `pos`, at the opcode of its first key."""
    op = data[pos]
    dtype = _INT1 if op == BININT1 else _INT2
    rows = _rows(data, pos, dtype, lambda rows, _: rows["op"] == op)
    if len(rows) < 2:
        return None
    return rows["key"].astype(np.int64), _values(rows), pos + len(rows) * dtype.itemsize


def find_text_run(data: bytes, pos: int, length: int) -> Found | None:
    """Return a run of two or more new texts of `length` bytes, each with a float, each put into the memo.

    The keys are the texts' bytes, shape ``(n, length)``; memo ids rise by one from row to row.
    """
    op = data[pos]
    after = pos + (2 if op == SHORT_BINUNICODE else 5) + length
    put = data[after] if after < len(data) else 0
    if put not in (LONG_BINPUT, MEMOIZE):
        return None
    dtype = _text(op, length, put)
    first = int.from_bytes(data[after + 1 : after + 5], "little")

    def fits(rows: NDArray[Any], done: int) -> NDArray[np.bool_]:
        good = (rows["op"] == op) & (rows["length"] == length) & (rows["put"] == put)
        if put == LONG_BINPUT:
            good &= rows["id"] == np.arange(first + done, first + done + len(rows))
        return good  # type: ignore[no-any-return]

    rows = _rows(data, pos, dtype, fits)
    if len(rows) < 2:
        return None
    return rows["text"], _values(rows), pos + len(rows) * dtype.itemsize


def find_get_run(data: bytes, pos: int, at_most: int) -> Found | None:
    """Return a run of two or more texts taken from the memo, ids rising by one, each with a float.

    The keys are the first id; the number of keys is that of the values, no more than `at_most`.
    """
    op = data[pos]
    dtype = _GET1 if op == BINGET else _GET4
    first = data[pos + 1] if op == BINGET else int.from_bytes(data[pos + 1 : pos + 5], "little")

    def fits(rows: NDArray[Any], done: int) -> NDArray[np.bool_]:
        return (rows["op"] == op) & (rows["id"] == np.arange(first + done, first + done + len(rows)))  # type: ignore[no-any-return]

    rows = _rows(data, pos, dtype, fits)[:at_most]
    if len(rows) < 2:
        return None
    return first, _values(rows), pos + len(rows) * dtype.itemsize
