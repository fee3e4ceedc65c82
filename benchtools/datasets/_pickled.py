"""The pickled batches of image data sets: dictionaries of texts, whole numbers and arrays, and nothing that runs.

The official files were written by Python 2 (CIFAR) and Python 3 (downsampled ImageNet). The machine that reads
archives of benchmarks (`benchtools.tables`) knows neither the 8-bit texts of Python 2 nor arrays, and limits a record
to 64 MB; it stays as narrow as it is. This reader is as narrow in its own way: it executes the opcodes below, refuses
any other by name, never looks up a global, and takes the bytes of arrays from the file without a copy.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from math import prod
from struct import Struct
from typing import Any

import numpy as np

from benchtools.errors import StoreError, UnsafePickle
from benchtools.tables.archives._pickle_objects import PLAIN_STATES, brief

__all__ = ["read_batch"]

MAX_STEPS = 4_000_000  # opcodes; an official batch of 128,116 labels needs 130,000
MAX_MARKS = 64
MAX_AXES = 4
OPCODES = {ord(op.code): op.name for op in pickletools.opcodes}
KINDS = ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f4", "f8")
_U2, _U4, _I4, _U8, _F8 = (Struct(code) for code in ("<H", "<I", "<i", "<Q", ">d"))


def read_batch(data: memoryview, name: str) -> dict[str, Any]:
    """Return the dictionary of a pickled batch, with arrays for its number arrays.

    Parameters
    ----------
    data : memoryview
        The whole file; arrays that are returned are views of it.
    name : str
        What the file is called, for errors.

    Returns
    -------
    dict of str
        Lists, texts, numbers and arrays; 8-bit texts are memoryviews.

    Raises
    ------
    UnsafePickle
        If it asks for anything that such a batch does not need; the message names it.
    StoreError
        If it is cut off or damaged, or holds no dictionary.
    """
    machine = _Machine(data)
    try:
        result = machine.run()
        if type(result) is not dict:
            raise StoreError(f"it holds no dictionary, but {brief(result)}")
        return {key: value.array() if type(value) is _Array else value for key, value in result.items()}
    except UnsafePickle as error:
        raise UnsafePickle(f"{name} is no batch of images: {error}") from None
    except StoreError as error:
        raise StoreError(f"{name} is cut off or damaged: {error}") from None
    except MemoryError:
        raise UnsafePickle(f"{name} is no batch of images: it needs more memory than there is") from None
    except Exception as error:  # whatever damaged bytes may lead to: empty stacks, wrong types
        raise StoreError(f"{name} is cut off or damaged ({type(error).__name__}: {error})") from error


class _Array:
    """Stands for an array: it comes empty, and BUILD says what it holds."""

    def __init__(self) -> None:
        self._found: Any = None

    def build(self, state: Any) -> None:
        version, shape, dtype, fortran, raw = state
        if version != 1 or type(dtype) is not _Dtype or type(raw) is not memoryview:
            raise UnsafePickle("an array of something else than numbers")
        if type(shape) is not tuple or len(shape) > MAX_AXES or any(type(n) is not int or n < 0 for n in shape):
            raise UnsafePickle(f"an array of the shape {brief(shape)}")
        kind = dtype.numpy()
        if prod(shape) * kind.itemsize != len(raw):
            raise StoreError(f"an array of the shape {brief(shape)} has {len(raw):,} bytes")
        self._found = np.frombuffer(raw, kind).reshape(shape, order="F" if fortran else "C")

    def array(self) -> Any:
        if self._found is None:
            raise StoreError("an array holds nothing")
        return self._found


class _Dtype:
    """Stands for a dtype of plain numbers; BUILD gives it its byte order."""

    def __init__(self, kind: str) -> None:
        self._kind, self._order = kind, "="

    def build(self, state: Any) -> None:
        state = tuple(map(_text, state)) if type(state) is tuple and len(state) < 10 else state
        if state not in PLAIN_STATES:
            raise UnsafePickle(f"{brief(state, 80)} is no state of a plain dtype")
        self._order = state[1]

    def numpy(self) -> np.dtype[Any]:
        return np.dtype(self._kind).newbyteorder(self._order)  # type: ignore[arg-type]


class _Ndarray:
    """Stands for the class of arrays, which is only named."""


def _reconstruct(kind: Any, shape: Any, code: Any) -> _Array:
    if kind is not _Ndarray or shape != (0,) or _text(code) != "b":
        raise UnsafePickle("an array of an unusual class")
    return _Array()


def _dtype(kind: Any, *_: Any) -> _Dtype:
    if _text(kind) not in KINDS:
        raise UnsafePickle(f"an array of the dtype {brief(_text(kind), 40)}")
    return _Dtype(_text(kind))


def _encode(text: Any, encoding: Any = None) -> memoryview:
    if type(text) is not str or encoding not in ("latin1", "latin-1"):
        raise UnsafePickle("_codecs.encode is asked for something else than latin-1 bytes")
    return memoryview(text.encode("latin-1"))


ADMITTED: dict[str, Any] = {
    "numpy.core.multiarray._reconstruct": _reconstruct,  # NumPy 1
    "numpy._core.multiarray._reconstruct": _reconstruct,  # NumPy 2
    "numpy.ndarray": _Ndarray,
    "numpy.dtype": _dtype,
    "_codecs.encode": _encode,  # how Python 3 writes bytes in protocol 2
}
"""The allow-list: no global of it is ever looked up, each has a stand-in above."""


def _text(value: Any) -> Any:
    """Return an 8-bit text of Python 2 as text; anything else as it is."""
    return bytes(value).decode("latin-1") if type(value) is memoryview and len(value) < 256 else value


def _key(value: Any) -> str | int:
    found = _text(value)
    if type(found) not in (str, int):
        raise UnsafePickle(f"a key {brief(found)} that is no text")
    return found  # type: ignore[no-any-return]


class _Machine:
    """Executes one pickle."""

    def __init__(self, data: memoryview) -> None:
        self.data, self.pos = data, 0
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        for _ in range(MAX_STEPS):
            op = self.take(1)[0]
            if op == 0x2E:  # STOP
                if len(self.stack) != 1 or self.marks or self.pos != len(self.data):
                    raise StoreError("something is left over at its end")
                return self.stack[0]
            step = STEPS.get(op)
            if step is None:
                raise UnsafePickle(f"its opcode {OPCODES.get(op, hex(op))} is not on the allow-list")
            step(self)
        raise UnsafePickle(f"more than {MAX_STEPS:,} steps")

    def take(self, n: int) -> memoryview:
        part = self.data[self.pos : self.pos + n]
        if n < 0 or len(part) != n:
            raise StoreError(f"it ends after {len(self.data):,} bytes, and goes on")
        self.pos += n
        return part

    def number(self, code: Struct) -> Any:
        return code.unpack(self.take(code.size))[0]

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def since_mark(self) -> list[Any]:
        start = self.marks.pop()
        part = self.stack[start:]
        del self.stack[start:]
        return part

    def mark(self) -> None:
        if len(self.marks) >= MAX_MARKS:
            raise UnsafePickle(f"objects within objects, more than {MAX_MARKS} deep")
        self.marks.append(len(self.stack))

    def last(self, kind: type) -> Any:
        if type(self.stack[-1]) is not kind:
            raise UnsafePickle(f"something is added to what is no {kind.__name__}")
        return self.stack[-1]

    def protocol(self) -> None:
        if self.take(1)[0] > 5:
            raise UnsafePickle("an unknown protocol of pickle")

    def long(self) -> None:
        length = self.take(1)[0]
        if length > 8:
            raise UnsafePickle(f"a whole number of {length} bytes")
        self.push(int.from_bytes(self.take(length), "little", signed=True))

    def line(self) -> str:
        end = bytes(self.data[self.pos : self.pos + 256]).find(b"\n")
        if end < 0:
            raise StoreError("the name of a global has no end")
        return bytes(self.take(end + 1)[:-1]).decode()

    def find(self, module: Any, name: Any) -> None:
        full = f"{module}.{name}" if type(module) is str and type(name) is str else brief((module, name))
        if full not in ADMITTED:
            raise UnsafePickle(f"it asks for {full:.120}, which is not on the allow-list")
        self.push(ADMITTED[full])

    def stack_global(self) -> None:
        name = self.stack.pop()
        self.find(self.stack.pop(), name)

    def reduce(self) -> None:
        arguments, called = self.stack.pop(), self.stack.pop()
        if not any(called is part for part in (_reconstruct, _dtype, _encode)) or type(arguments) is not tuple:
            raise UnsafePickle("it calls something that is not on the allow-list")
        self.push(called(*arguments))

    def build(self) -> None:
        state = self.stack.pop()
        if type(self.stack[-1]) not in (_Array, _Dtype):
            raise UnsafePickle("it sets the state of an object")
        self.stack[-1].build(state)

    def tuple(self, n: int) -> None:
        part = tuple(self.stack[-n:])
        if len(part) < n:
            raise StoreError("a tuple lacks its parts")
        self.stack[-n:] = [part]

    def append(self) -> None:
        value = self.stack.pop()
        self.last(list).append(value)

    def extend(self) -> None:
        part = self.since_mark()
        self.last(list).extend(part)

    def set_item(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self.last(dict)[_key(key)] = value

    def set_items(self) -> None:
        part = self.since_mark()
        target = self.last(dict)
        for key, value in zip(part[::2], part[1::2], strict=True):
            target[_key(key)] = value

    def put(self, index: int) -> None:
        self.memo[index] = self.stack[-1]

    def get(self, index: int) -> None:
        if index not in self.memo:
            raise UnsafePickle(f"it refers to object {index}, which does not exist")
        self.push(self.memo[index])


STEPS: dict[int, Callable[[_Machine], Any]] = {
    0x80: _Machine.protocol,
    0x95: lambda m: m.take(8),  # FRAME
    0x28: _Machine.mark,
    0x7D: lambda m: m.push({}),  # EMPTY_DICT
    0x5D: lambda m: m.push([]),  # EMPTY_LIST
    0x29: lambda m: m.push(()),  # EMPTY_TUPLE
    0x4E: lambda m: m.push(None),  # NONE
    0x88: lambda m: m.push(True),  # NEWTRUE
    0x89: lambda m: m.push(False),  # NEWFALSE
    0x4B: lambda m: m.push(m.take(1)[0]),  # BININT1
    0x4D: lambda m: m.push(m.number(_U2)),  # BININT2
    0x4A: lambda m: m.push(m.number(_I4)),  # BININT
    0x8A: _Machine.long,  # LONG1
    0x47: lambda m: m.push(m.number(_F8)),  # BINFLOAT
    0x55: lambda m: m.push(m.take(m.take(1)[0])),  # SHORT_BINSTRING
    0x54: lambda m: m.push(m.take(m.number(_I4))),  # BINSTRING
    0x43: lambda m: m.push(m.take(m.take(1)[0])),  # SHORT_BINBYTES
    0x42: lambda m: m.push(m.take(m.number(_U4))),  # BINBYTES
    0x8E: lambda m: m.push(m.take(m.number(_U8))),  # BINBYTES8
    0x8C: lambda m: m.push(bytes(m.take(m.take(1)[0])).decode()),  # SHORT_BINUNICODE
    0x58: lambda m: m.push(bytes(m.take(m.number(_U4))).decode()),  # BINUNICODE
    0x71: lambda m: m.put(m.take(1)[0]),  # BINPUT
    0x72: lambda m: m.put(m.number(_U4)),  # LONG_BINPUT
    0x94: lambda m: m.put(len(m.memo)),  # MEMOIZE
    0x68: lambda m: m.get(m.take(1)[0]),  # BINGET
    0x6A: lambda m: m.get(m.number(_U4)),  # LONG_BINGET
    0x85: lambda m: m.tuple(1),
    0x86: lambda m: m.tuple(2),
    0x87: lambda m: m.tuple(3),
    0x74: lambda m: m.push(tuple(m.since_mark())),  # TUPLE
    0x61: _Machine.append,
    0x65: _Machine.extend,  # APPENDS
    0x73: _Machine.set_item,
    0x75: _Machine.set_items,
    0x63: lambda m: m.find(m.line(), m.line()),  # GLOBAL
    0x93: _Machine.stack_global,
    0x52: _Machine.reduce,
    0x62: _Machine.build,
}
"""What each opcode does."""
