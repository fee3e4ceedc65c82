"""The few things that an archive's pickle may make besides plain data, and nothing that runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from reprlib import Repr
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import UnsafePickle

__all__ = ["ADMITTED", "Admitted", "Dtype", "Items", "Keys", "Run", "brief", "check_key"]

MAX_KEY_PARTS = 1000
_BRIEF = Repr()
_BRIEF.maxlevel = 2
_BRIEF.maxstring = _BRIEF.maxother = 120

PLAIN_STATES = [(3, order, None, None, None, -1, -1, 0) for order in "<>=|"]
Keys = tuple[str, ...] | NDArray[np.int64]


def brief(value: Any, width: int = 60) -> str:
    """Return the start of the ``repr`` of anything from a pickle, however long, deep or recursive that is."""
    return f"{_BRIEF.repr(value):.{width}}"


def check_key(key: Any) -> None:
    """Refuse a key whose hash would take very long, or more stack than there is: tuples within tuples."""
    if type(key) is not tuple:
        return
    parts = list(key)
    for part in parts:
        if type(part) is tuple:
            parts += part
        if len(parts) > MAX_KEY_PARTS:
            raise UnsafePickle(f"a key of more than {MAX_KEY_PARTS:,} parts")


@dataclass(frozen=True)
class Run:
    """Consecutive keys of a dictionary whose values are floats, read at once."""

    keys: Keys


class Items(dict[Any, Any]):
    """A dictionary; its long runs of ``key: float`` are kept as arrays in `runs`, beside the single items."""

    __slots__ = ("runs",)

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[tuple[Keys, NDArray[np.float64]]] = []

    def __bool__(self) -> bool:
        return len(self) > 0 or len(self.runs) > 0

    def add(self, frame: list[Any]) -> None:
        """Take over what stands between a mark and SETITEMS: keys and values in turn."""
        if len(frame) % 2:
            raise UnsafePickle("a key has no value")
        for key, value in zip(frame[::2], frame[1::2], strict=True):
            if type(key) is Run:
                self.runs.append((key.keys, value))
            else:
                check_key(key)
                self[key] = value


@dataclass
class Dtype:
    """The dtype of a NumPy scalar; BUILD gives it its byte order."""

    kind: str
    order: str = field(default="=")

    def build(self, state: Any) -> None:
        """Take the state that NumPy pickles for a plain dtype: ``(3, '<', None, None, None, -1, -1, 0)``."""
        if type(state) is not tuple or state not in PLAIN_STATES:
            raise UnsafePickle(f"{brief(state, 80)} is no state of a plain dtype")
        self.order = state[1]

    def read(self, raw: bytes) -> Any:
        """Return the number in `raw`, as Python's int, float or bool."""
        dtype = np.dtype(self.kind).newbyteorder(self.order)  # type: ignore[arg-type]
        if len(raw) != dtype.itemsize:
            raise UnsafePickle(f"a {self.kind} of {len(raw)} bytes")
        return np.frombuffer(raw, dtype)[0].item()


@dataclass(frozen=True)
class Admitted:
    """A global that archives may name, and what is done in its place."""

    name: str
    make: Callable[..., Any]


def _ordered(*given: Any) -> Items:
    if given:
        raise UnsafePickle("OrderedDict is called with arguments")
    return Items()


def _dtype(kind: Any, *_: Any) -> Dtype:
    if kind not in ("f8", "f4", "i8", "i4", "u8", "u4", "b1"):
        raise UnsafePickle(f"a NumPy dtype {brief(kind, 40)} is asked for")
    return Dtype(kind)


def _scalar(dtype: Any, raw: Any) -> Any:
    if not isinstance(dtype, Dtype) or not isinstance(raw, bytes):
        raise UnsafePickle("a NumPy scalar is asked for that is no plain number")
    return dtype.read(raw)


def _encode(text: Any, encoding: Any = None) -> bytes:
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise UnsafePickle("_codecs.encode is asked for something else than latin-1 bytes")
    return text.encode("latin-1")


ADMITTED = {
    part.name: part
    for part in (
        Admitted("collections.OrderedDict", _ordered),
        Admitted("numpy.core.multiarray.scalar", _scalar),  # NumPy 1
        Admitted("numpy._core.multiarray.scalar", _scalar),  # NumPy 2
        Admitted("numpy.dtype", _dtype),
        Admitted("_codecs.encode", _encode),  # how protocol 2 writes bytes
    )
}
"""The allow-list: no global of it is ever looked up or called, each has a stand-in above."""
