"""Number arrays of a .mat file of version 5, and nothing else of it.

Bytes that are damaged lead `scipy.io.loadmat` (1.17) to a bus error now and then, which ends the interpreter, so the
few elements that a file of SVHN is made of are read here. Every length is checked against the bytes that there are.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from math import prod
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput, StoreError

__all__ = ["read_mat"]

HEAD = 128
MAX_BYTES = 2**31
MATRIX, COMPRESSED = 14, 15
STORED = {1: "i1", 2: "u1", 3: "<i2", 4: "<u2", 5: "<i4", 6: "<u4", 7: "<f4", 9: "<f8", 12: "<i8", 13: "<u8"}
CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
COMPLEX = 0x0800
_TAG = Struct("<II")


def read_mat(data: memoryview, name: str) -> dict[str, NDArray[Any]]:
    """Return the real number arrays of a .mat file by name; others are left out.

    Parameters
    ----------
    data : memoryview
        The whole file.
    name : str
        What it is called, for errors.

    Raises
    ------
    InvalidInput
        If it is of another version, or of big-endian byte order.
    StoreError
        If it is cut off or damaged.
    """
    if len(data) < HEAD:
        raise StoreError(f"{name} is cut off: it has {len(data)} bytes, fewer than the head of a .mat file")
    if bytes(data[124:128]) != b"\x00\x01IM":
        raise InvalidInput(f"{name} is no .mat file of version 5 (little-endian), as the official ones are")
    found = {}
    try:
        for kind, content in _elements(data[HEAD:]):
            if kind == COMPRESSED:
                kind, content = next(_elements(_inflate(content)))
            if kind == MATRIX:
                found.update(_matrix(content))
    except (StoreError, zlib.error, ValueError, StopIteration, MemoryError) as error:
        raise StoreError(
            f"{name} is cut off or damaged ({str(error) or 'an element is empty'}): get it again"
        ) from error
    return found


def _elements(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Give type and bytes of each element; small ones share 8 bytes with their tag, others end on a multiple of 8."""
    pos = 0
    while pos < len(data):
        if pos + 8 > len(data):
            raise StoreError("it ends within a tag")
        kind, length = _TAG.unpack_from(data, pos)
        start, after = pos + 8, 0
        if kind >> 16:  # a small element
            kind, length, start = kind & 0xFFFF, kind >> 16, pos + 4
            after = pos + 8
            if length > 4:
                raise StoreError(f"a small element of {length} bytes")
        if start + length > len(data):
            raise StoreError(f"an element of {length:,} bytes, and {len(data) - start:,} are left")
        yield kind, data[start : start + length]
        pos = after or start + length + (0 if kind == COMPRESSED else -length % 8)


def _inflate(data: memoryview) -> memoryview:
    stream = zlib.decompressobj()
    found = stream.decompress(data, MAX_BYTES)
    if not stream.eof:
        raise StoreError("a compressed element does not end")
    return memoryview(found)


def _matrix(data: memoryview) -> dict[str, NDArray[Any]]:
    parts = _elements(data)
    flags = np.frombuffer(next(parts)[1], "<u4", count=1)
    dtype = CLASSES.get(int(flags[0]) & 0xFF)
    if dtype is None or int(flags[0]) & COMPLEX:
        return {}  # a text, a cell, a structure, complex numbers
    shape = tuple(np.frombuffer(next(parts)[1], "<i4").tolist())
    name = bytes(next(parts)[1]).decode("ascii")
    kind, content = next(parts)
    if (
        kind not in STORED
        or min(shape, default=-1) < 0
        or prod(shape) * np.dtype(STORED[kind]).itemsize != len(content)
    ):
        raise StoreError(f"an array {name!r:.40} of the shape {shape!r:.60} has {len(content):,} bytes")
    stored = np.frombuffer(content, STORED[kind]).reshape(shape, order="F")
    return {name: stored.astype(dtype, order="K", copy=False)}
