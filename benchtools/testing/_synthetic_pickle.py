"""A pickler for the few types of the official archives, which writes what Python and NumPy wrote when they were made.

Today's own pickler would not do: NumPy 2 writes other names and another state of a dtype, and a memo of all strings of
an archive does not fit in memory. This one can also leave gaps for the numbers: see `_synthetic_template`.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Iterable
from itertools import chain, islice
from typing import Any

import numpy as np

__all__ = ["ArchIndex", "ArchName", "ShapePickler", "integer", "latin", "text"]

BATCH = 1000  # items between MARK and SETITEMS, APPENDS or ADDITEMS


class ArchIndex(int):
    """Where a template has the index of an architecture."""


class ArchName(str):
    """Where a template has the string of an architecture."""

    __slots__ = ()


def integer(value: int) -> bytes:
    """Return the shortest opcode of an integer of at most 32 bits."""
    if 0 <= value < 1 << 8:
        return b"K" + struct.pack("<B", value)
    return b"M" + struct.pack("<H", value) if 0 <= value < 1 << 16 else b"J" + struct.pack("<i", value)


def text(value: str, protocol: int) -> bytes:
    """Return the opcode of a string of fewer than 256 bytes."""
    raw = value.encode()
    return b"\x8c" + struct.pack("<B", len(raw)) + raw if protocol >= 4 else b"X" + struct.pack("<I", len(raw)) + raw


def latin(value: float, protocol: int) -> bytes:
    """Return the opcode of the eight bytes of a NumPy scalar, which protocol 2 holds as Latin-1 text."""
    raw = struct.pack("<d", value)
    return b"C\x08" + raw if protocol >= 4 else text(raw.decode("latin-1"), protocol)


class ShapePickler:
    """Append the opcodes of objects to `out`.

    Parameters
    ----------
    protocol : {2, 4}
        The archives of torch have 2, those of NATS-Bench 4.
    slotted : bool
        Take floats as the numbers of slots, write gaps for them and note where they are.
    memo, base : dict, int
        Entries of strings (by identity) and globals (by name) that were written before; number of all entries.
    movable : bool
        Note where entries of the memo that come after `base` are used, to be written for another base >= 256.

    Attributes
    ----------
    out, starts : bytearray, list of int
        What was written, and where objects begin: protocol 4 ends a frame only there.
    floats, moved, gaps : list of tuple
        Of (position, slot); of (position, entry past the base); of (position of the byte to replace, what goes there).
    """

    def __init__(
        self,
        protocol: int,
        *,
        slotted: bool = False,
        memo: dict[int | str, int] | None = None,
        base: int = 0,
        movable: bool = False,
    ) -> None:
        self.protocol, self.slotted, self.base, self.movable = protocol, slotted, base, movable
        self.memo: dict[int | str, int] = dict(memo or {})
        self.count = base
        self.out = bytearray()
        self.starts: list[int] = []
        self.floats: list[tuple[int, int]] = []
        self.moved: list[tuple[int, int]] = []
        self.gaps: list[tuple[int, str, int]] = []

    def save(self, value: Any) -> None:
        """Append an object."""
        self.starts.append(len(self.out))
        kind = type(value)
        if value is None:
            self.out += b"N"
        elif kind is float:
            self._float(value)
        elif kind in (str, ArchName):
            self._text(value)
        elif kind is bool:
            self.out += b"\x88" if value else b"\x89"
        elif kind is int:
            self.out += integer(value)
        elif kind is ArchIndex:
            self._gap("index")
        elif kind is dict:
            self.out += b"}"
            self.memoize()
            if value:
                self._contents(value.items(), len(value), b"s", b"u")
        elif kind is OrderedDict:
            self._global("collections", "OrderedDict")
            self.starts.append(len(self.out))
            self.out += b")R"
            self.memoize()
            self._contents(value.items(), len(value), b"s", b"u")
        elif kind is np.float64:
            self._scalar(value)
        elif kind is list:
            self.out += b"]"
            self.memoize()
            self._contents(zip(value, strict=True), len(value), b"a", b"e", trailing=False)
        elif kind is tuple:
            self._tuple(value)
        elif kind is set and self.protocol >= 4:
            self.out += b"\x8f"
            self.memoize()
            if value:
                self._contents(zip(value, strict=True), 0, b"", b"\x90")
        else:
            raise TypeError(f"no object of the archives: {value!r}")

    def memoize(self, key: int | str | None = None) -> None:
        """Give the object just written the next entry of the memo; `key` makes it findable."""
        if key is not None:
            self.memo[key] = self.count
        if self.protocol >= 4:
            self.out += b"\x94"
        else:
            self._entry(self.count, b"q", b"r")
        self.count += 1

    def _contents(
        self, groups: Iterable[tuple[Any, ...]], size: int, one: bytes, many: bytes, *, trailing: bool = True
    ) -> None:  # fmt: skip
        """Append the objects of a container: a single one with opcode `one`, else batches between MARK and `many`.

        As in CPython, `trailing`: after a full batch always comes another, if only an empty one.
        """
        if size == 1:
            for part in chain.from_iterable(groups):
                self.save(part)
            self.out += one
            return
        rest = iter(groups)
        while (batch := list(islice(rest, BATCH))) or trailing:
            self.out += b"("
            for part in chain.from_iterable(batch):
                self.save(part)
            self.out += many
            if len(batch) < BATCH:
                return

    def _entry(self, entry: int, short: bytes, long: bytes) -> None:
        local = entry >= self.base and self.movable
        if entry < 256 and not local:
            self.out += short + struct.pack("<B", entry)
            return
        self.out += long
        if local:
            self.moved.append((len(self.out), entry - self.base))
        self.out += struct.pack("<I", entry)

    def _known(self, key: int | str) -> bool:
        if key not in self.memo:
            return False
        self._entry(self.memo[key], b"h", b"j")
        return True

    def _gap(self, what: str, slot: int = 0) -> None:
        self.gaps.append((len(self.out), what, slot))
        self.out += b"?"

    def _float(self, value: float) -> None:
        self.out += b"G"
        if self.slotted:
            self.floats.append((len(self.out), int(value)))
        self.out += struct.pack(">d", value)

    def _text(self, value: str) -> None:
        if self._known(id(value)):
            return
        if type(value) is ArchName:
            self._gap("arch")
        else:
            self.out += text(value, self.protocol)
        self.memoize(id(value))

    def _tuple(self, value: tuple[Any, ...]) -> None:
        if len(value) > 3:
            self.out += b"("
        for part in value:
            self.save(part)
        self.out += {2: b"\x86", 3: b"\x87"}.get(len(value), b"t")
        self.memoize()

    def _global(self, module: str, name: str) -> None:
        self.starts.append(len(self.out))
        key = f"{module}.{name}"
        if self._known(key):
            return
        if self.protocol >= 4:
            for part in (module, name):
                self.starts.append(len(self.out))
                self.out += text(part, self.protocol)
                self.memoize()
            self.out += b"\x93"
        else:
            self.out += f"c{module}\n{name}\n".encode()
        self.memoize(key)

    def _scalar(self, value: np.float64) -> None:
        """Append a float64 scalar as NumPy 1 did: a call with its dtype and its eight bytes."""
        self._global("numpy.core.multiarray", "scalar")
        self.starts += [len(self.out)] * 2
        if not self._known("float64"):
            self._global("numpy", "dtype")
            self.save(("f8", 0, 1))
            self.out += b"R"
            self.memoize("float64")
            self.save((3, "<", None, None, None, -1, -1, 0))
            self.out += b"b"
        self.starts.append(len(self.out))
        if self.protocol < 4:
            self._global("_codecs", "encode")
        if self.slotted:
            self._gap("scalar", int(value))
        else:
            self.out += latin(value, self.protocol)
        self.memoize()
        if self.protocol < 4:
            self.save("latin1")
            self._call()
        self._call()

    def _call(self) -> None:
        """Make a pair of the last two objects, and a call of the one before with it."""
        for opcode in (b"\x86", b"R"):
            self.out += opcode
            self.memoize()
