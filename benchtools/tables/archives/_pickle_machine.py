"""A pickle machine that makes plain data only, reads record by record, and never looks up a global.

Python's own unpickler keeps every object of a file alive until its end, and trusts it. This one
executes the opcodes that plain data need; anything else is refused by name. Dictionaries of numbers become arrays
(`Items.runs`), and the items of one large dictionary are handed out one by one and then forgotten.
"""

from __future__ import annotations

import pickletools
from bisect import bisect_right
from collections.abc import Callable, Iterator
from struct import Struct
from typing import Any

import numpy as np

from benchtools.errors import StoreError, UnsafePickle
from benchtools.tables.archives._pickle_objects import ADMITTED, Admitted, Dtype, Items, Run, check_key
from benchtools.tables.archives._pickle_runs import find_get_run, find_int_run, find_text_run

__all__ = ["Machine", "Window"]

CHUNK = 2**23
MARGIN = 2**17  # at least this much lies ahead of every opcode, or the end of the file
MAX_TEXT = 2**16
MAX_STEPS = 2_000_000  # opcodes for one record; real ones have ten thousand
DICT_STEPS = 9  # that an empty dictionary counts for besides its own: it takes as long
MAX_DEPTH = 64
MAX_INT_BYTES = 64
MAX_RECORD_BYTES = 2**26  # of one record, or of what lies before the first; real ones have 0.35 MB
MAX_TEXT_BYTES = 2**27  # of all different texts
MAX_MEMO = 2**24  # texts that can be referred to, beside those of runs; real archives have 3 million
ATOMS = frozenset((str, int, float, bytes, bool, type(None)))
LASTING = ATOMS | {Admitted, Dtype}  # what later records may refer to: it is small, and archives saved again share it
OPCODES = {ord(op.code): op.name for op in pickletools.opcodes}

_U2, _U4, _I4, _U8, _F8 = (Struct(code).unpack_from for code in ("<H", "<I", "<i", "<Q", ">d"))


class Window:
    """A stretch of a file in memory, moved forward as it is read.

    Parameters
    ----------
    read : callable
        Returns up to so many next bytes, none at the end.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self.data = b""
        self.pos = 0
        self.ended = False

    def more(self, pos: int) -> bytes:
        """Drop what lies before `pos`, read on, and return the new stretch; its position is 0."""
        kept = [self.data[pos:]]
        size = len(kept[0])
        while size < MARGIN or len(kept) == 1:
            part = self._read(CHUNK)
            if not part:
                self.ended = True
                break
            kept.append(part)
            size += len(part)
        self.data = b"".join(kept)
        self.pos = 0
        return self.data

    def take(self, n: int) -> bytes:
        """Return the next `n` bytes, or as many as there are."""
        while len(self.data) - self.pos < n and not self.ended:
            self.more(self.pos)
        part = self.data[self.pos : self.pos + n]
        self.pos += len(part)
        return part


class Machine:
    """Reads one pickle from a window.

    Parameters
    ----------
    window : Window
        Where the pickle starts; afterwards it stands behind it.
    stream : str, optional
        The key of a dictionary within the outermost dictionary: its items come out one by one, and it stays empty.

    Attributes
    ----------
    result : object
        The whole object, once every item was taken.
    """

    def __init__(self, window: Window, stream: str | None = None) -> None:
        self.window = window
        self.stream = stream
        self.result: Any = None
        self._memo: dict[int, Any] = {}
        self._n_memo = 0  # for MEMOIZE, which numbers by itself
        self._next = 0  # the memo is written in rising order: what an index stands for never changes
        self._run_starts: list[int] = []
        self._run_texts: list[tuple[str, ...]] = []
        self._texts: dict[Any, Any] = {}
        self._text_bytes = 0
        self._fresh: list[int] = []
        self._streamed: Items | None = None

    def load(self) -> Any:
        """Return the object of a pickle that needs no streaming.

        Raises
        ------
        UnsafePickle
            If it asks for anything that plain data do not need; the message names it.
        StoreError
            If it is cut off or damaged.
        """
        for _ in self.items():
            pass
        return self.result

    def items(self) -> Iterator[tuple[Any, Any]]:
        """Yield the items of the streamed dictionary; `result` is there when they are at an end. Raises as `load`."""
        try:
            yield from self._execute()
        except (UnsafePickle, StoreError):
            raise
        except MemoryError:
            raise UnsafePickle("it needs more memory than there is") from None
        except Exception as error:  # whatever a damaged pickle may lead to: short reads, empty stacks, wrong types
            raise StoreError(f"the pickle is cut off or damaged ({type(error).__name__}: {error})") from error

    def _execute(self) -> Iterator[tuple[Any, Any]]:
        window, memo = self.window, self._memo
        data, pos = window.data, window.pos
        limit = -1 if not window.ended else len(data)
        stack: list[Any] = []
        frames: list[list[Any]] = []
        streaming: list[Any] | None = None
        steps = passed = 0
        while True:
            if pos > limit:
                if not window.ended:
                    passed += pos
                    if passed > MAX_RECORD_BYTES:
                        raise UnsafePickle(f"one record of more than {MAX_RECORD_BYTES:,} bytes")
                    data = window.more(pos)
                    pos = 0
                limit = len(data) - MARGIN if not window.ended else len(data)
            op = data[pos]
            steps += 1
            if steps > MAX_STEPS:
                raise UnsafePickle(f"more than {MAX_STEPS:,} steps for one record: it is no record of a benchmark")
            if op == 0x47:  # BINFLOAT
                stack.append(_F8(data, pos + 1)[0])
                pos += 9
            elif op == 0x68 or op == 0x6A:  # BINGET, LONG_BINGET
                if op == 0x68:
                    index, after = data[pos + 1], pos + 2
                else:
                    index, after = _U4(data, pos + 1)[0], pos + 5
                if index in memo:
                    stack.append(memo[index])
                    pos = after
                else:
                    texts, place = self._in_run(index)
                    found = (
                        find_get_run(data, pos, len(texts) - place)
                        if data[after] == 0x47 and _in_items(frames) and not len(stack) % 2
                        else None
                    )
                    if found is None:
                        stack.append(texts[place])
                        pos = after
                    else:
                        _, values, pos = found
                        part_of = texts[place : place + len(values)]
                        stack += (Run(self._interned(part_of, 8 * len(part_of))), values)
            elif op == 0x58 or op == 0x8C:  # BINUNICODE, SHORT_BINUNICODE
                if op == 0x58:
                    length, start = _U4(data, pos + 1)[0], pos + 5
                else:
                    length, start = data[pos + 1], pos + 2
                if length > MAX_TEXT:
                    raise UnsafePickle(f"a text of {length:,} bytes")
                after = start + length
                put = data[after]
                if (
                    ((put == 0x94 and data[after + 1] == 0x47) or (put == 0x72 and data[after + 5] == 0x47))
                    and _in_items(frames) and not len(stack) % 2
                    and (found := find_text_run(data, pos, length)) is not None
                ):  # fmt: skip
                    first = self._n_memo if put == 0x94 else _U4(data, after + 1)[0]
                    raw, values, pos = found
                    texts = self._named(raw)
                    self._put_run(first, texts)
                    stack += (Run(texts), values)
                else:
                    raw = data[start:after]
                    if len(raw) != length:
                        raise StoreError("the pickle is cut off in a text")
                    text = raw.decode()
                    stack.append(self._texts.get(text) or self._interned(text, length))
                    pos = after
            elif op == 0x94:  # MEMOIZE
                self._put(self._n_memo, stack[-1])
                pos += 1
            elif op == 0x71:  # BINPUT
                self._put(data[pos + 1], stack[-1])
                pos += 2
            elif op == 0x72:  # LONG_BINPUT
                self._put(_U4(data, pos + 1)[0], stack[-1])
                pos += 5
            elif op == 0x4B or op == 0x4D:  # BININT1, BININT2
                if op == 0x4B:
                    number, after = data[pos + 1], pos + 2
                else:
                    number, after = _U2(data, pos + 1)[0], pos + 3
                if (
                    data[after] == 0x47 and _in_items(frames) and not len(stack) % 2
                    and (found := find_int_run(data, pos)) is not None
                ):  # fmt: skip
                    keys, values, pos = found
                    stack += (Run(keys), values)
                else:
                    if stack is streaming and len(stack) >= 2 and type(stack[1]) is Items and stack[1]:
                        yield stack[0], stack[1]
                        del stack[:2]
                        self._forget()
                        steps = passed = 0
                    stack.append(number)
                    pos = after
            elif op == 0x28:  # MARK
                if len(frames) >= MAX_DEPTH:
                    raise UnsafePickle(f"objects within objects, more than {MAX_DEPTH} deep")
                frames.append(stack)
                stack = []
                outer = frames[-1]
                if self.stream and len(frames) == 2 and len(outer) >= 2 and outer[-2] == self.stream:
                    streaming = stack
                    self._begin(outer[-1])
                pos += 1
            elif op == 0x75 or op == 0x73:  # SETITEMS, SETITEM
                if op == 0x75:
                    frame, stack = stack, frames.pop()
                else:
                    if Run in map(type, stack[-3:]):
                        _expand(stack)
                    frame = stack[-2:]
                    del stack[-2:]
                target = stack[-1]
                if type(target) is not Items:
                    raise UnsafePickle("items are set on something that is no dictionary")
                if len(frames) == 1 and self.stream and len(stack) >= 2 and stack[-2] == self.stream:
                    if len(frame) % 2:
                        raise UnsafePickle("a key has no value")
                    self._begin(target)
                    streaming = None
                    _expand(frame)
                    for place in range(0, len(frame), 2):
                        yield frame[place], frame[place + 1]
                    del frame
                    self._forget()
                    steps = passed = 0
                else:
                    target.add(frame)
                pos += 1
            elif op == 0x7D:  # EMPTY_DICT
                stack.append(Items())
                steps += DICT_STEPS
                pos += 1
            elif op == 0x5D:  # EMPTY_LIST
                stack.append([])
                pos += 1
            elif op == 0x29:  # EMPTY_TUPLE
                stack.append(())
                pos += 1
            elif op == 0x52:  # REDUCE
                arguments = stack.pop()
                part = stack[-1]
                if type(part) is not Admitted or type(arguments) is not tuple:
                    raise UnsafePickle("it calls something that is not on the allow-list")
                stack[-1] = part.make(*arguments)
                pos += 1
            elif op in (0x85, 0x86, 0x87):  # TUPLE1, TUPLE2, TUPLE3
                n = op - 0x84
                if Run in map(type, stack[-n - 1 :]):
                    _expand(stack)
                if len(stack) < n:
                    raise StoreError("a tuple lacks its parts")
                stack[-n:] = (tuple(stack[-n:]),)
                pos += 1
            elif op == 0x74:  # TUPLE
                if stack is streaming:
                    raise UnsafePickle("its architectures are in a tuple")
                _expand(stack)
                frame, stack = stack, frames.pop()
                stack.append(tuple(frame))
                pos += 1
            elif op == 0x61:  # APPEND
                value = stack.pop()
                _list(stack[-1]).append(value)
                pos += 1
            elif op == 0x65:  # APPENDS
                frame, stack = stack, frames.pop()
                _list(stack[-1]).extend(frame)
                pos += 1
            elif op == 0x4E:  # NONE
                stack.append(None)
                pos += 1
            elif op == 0x88 or op == 0x89:  # NEWTRUE, NEWFALSE
                stack.append(op == 0x88)
                pos += 1
            elif op == 0x43:  # SHORT_BINBYTES
                raw = data[pos + 2 : pos + 2 + data[pos + 1]]
                if len(raw) != data[pos + 1]:
                    raise StoreError("the pickle is cut off in bytes")
                stack.append(raw)
                pos += 2 + len(raw)
            elif op == 0x4A:  # BININT
                stack.append(_I4(data, pos + 1)[0])
                pos += 5
            elif op == 0x95:  # FRAME
                _U8(data, pos + 1)
                pos += 9
            elif op == 0x63:  # GLOBAL
                module, _, rest = data[pos + 1 : pos + 513].partition(b"\n")
                name, end, _ = rest.partition(b"\n")
                if not end:
                    raise StoreError("the name of a global has no end")
                stack.append(_admitted(module.decode(), name.decode()))
                pos += len(module) + len(name) + 3
            elif op == 0x93:  # STACK_GLOBAL
                name = stack.pop()
                stack[-1] = _admitted(stack[-1], name)
                pos += 1
            elif op == 0x62:  # BUILD
                state = stack.pop()
                if type(stack[-1]) is not Dtype:
                    raise UnsafePickle("it sets the state of an object")
                stack[-1].build(state)
                pos += 1
            elif op == 0x8F:  # EMPTY_SET
                stack.append(set())
                pos += 1
            elif op == 0x90:  # ADDITEMS
                frame, stack = stack, frames.pop()
                if type(stack[-1]) is not set:
                    raise UnsafePickle("elements are added to something that is no set")
                for value in frame:
                    check_key(value)
                stack[-1].update(frame)
                pos += 1
            elif op == 0x8A:  # LONG1
                length = data[pos + 1]
                raw = data[pos + 2 : pos + 2 + length]
                if length > MAX_INT_BYTES or len(raw) != length:
                    raise UnsafePickle(f"a whole number of {length} bytes")
                stack.append(int.from_bytes(raw, "little", signed=True))
                pos += 2 + length
            elif op == 0x80:  # PROTO
                if not 2 <= data[pos + 1] <= 5:
                    raise UnsafePickle(f"pickle protocol {data[pos + 1]}: archives are of 2 to 5")
                pos += 2
            elif op == 0x2E:  # STOP
                if len(stack) != 1 or frames:
                    raise StoreError("the pickle ends with something left over")
                self.result = stack[0]
                self._check_streamed()
                window.pos = pos + 1
                return
            elif op == 0x51 or op == 0x50:  # BINPERSID, PERSID
                raise UnsafePickle("it holds tensors (weights of networks): give the archive without weights")
            else:
                raise UnsafePickle(f"its opcode {OPCODES.get(op, hex(op))} is not on the allow-list")

    def _put(self, index: int, value: Any) -> None:
        if index < self._next:
            raise UnsafePickle("the memo is written out of order")
        self._memo[index] = value
        self._n_memo += 1
        self._next = index + 1
        if type(value) not in LASTING and not (type(value) is tuple and all(type(part) in ATOMS for part in value)):
            if type(value) is np.ndarray:
                raise UnsafePickle("a number of a dictionary is put into the memo")
            self._fresh.append(index)
        elif len(self._memo) > MAX_MEMO:
            raise UnsafePickle(f"it holds more than {MAX_MEMO:,} texts and numbers")

    def _put_run(self, first: int, texts: tuple[str, ...]) -> None:
        if first < self._next:
            raise UnsafePickle("the memo is written out of order")
        self._run_starts.append(first)
        self._run_texts.append(texts)
        self._n_memo += len(texts)
        self._next = first + len(texts)

    def _in_run(self, index: int) -> tuple[tuple[str, ...], int]:
        run = bisect_right(self._run_starts, index) - 1
        if run >= 0:
            place = index - self._run_starts[run]
            texts = self._run_texts[run]
            if place < len(texts):
                return texts, place
        raise UnsafePickle(f"it refers to object {index}, which does not exist or belongs to an earlier record")

    def _forget(self) -> None:
        """Drop the containers of the record that was handed out from the memo; texts, numbers and the like stay."""
        for index in self._fresh:
            self._memo.pop(index, None)
        self._fresh.clear()

    def _begin(self, items: Items) -> None:
        """Start to hand out the items of a dictionary: of what came before it, only texts can be referred to."""
        if self._streamed is None:
            self._streamed = items
            self._forget()
        elif self._streamed is not items:
            raise UnsafePickle(f"it has {self.stream} twice")

    def _check_streamed(self) -> None:
        """Refuse a result that lacks, where it should be, the dictionary whose items were handed out."""
        if self._streamed is not None and (
            type(self.result) is not Items or self.result.get(self.stream) is not self._streamed or self._streamed
        ):
            raise UnsafePickle(f"its {self.stream} is not what was read")

    def _named(self, raw: Any) -> tuple[str, ...]:
        key = raw.tobytes(), raw.shape[1]
        texts: tuple[str, ...] | None = self._texts.get(key)
        if texts is None:
            texts = self._interned(tuple(row.tobytes().decode() for row in raw), raw.size)
            self._texts[key] = texts
        return texts

    def _interned(self, value: Any, size: int) -> Any:
        """Return the same object for equal texts, or equal tuples of them; `size` is that of what may be new."""
        found = self._texts.setdefault(value, value)
        if found is value:
            self._text_bytes += size
            if self._text_bytes > MAX_TEXT_BYTES:
                raise UnsafePickle(f"it holds more than {MAX_TEXT_BYTES:,} bytes of different texts")
        return found


def _in_items(frames: list[list[Any]]) -> bool:
    return bool(frames and frames[-1]) and type(frames[-1][-1]) is Items


def _expand(frame: list[Any]) -> None:
    """Put the single keys and values of runs in their place, for whoever takes a frame's parts one by one."""
    if Run not in map(type, frame):
        return
    single: list[Any] = []
    for place, part in enumerate(frame):
        if type(part) is Run:
            keys = part.keys if isinstance(part.keys, tuple) else part.keys.tolist()
            single += (item for pair in zip(keys, frame[place + 1].tolist(), strict=True) for item in pair)
        elif type(part) is not np.ndarray:
            single.append(part)
    frame[:] = single


def _list(value: Any) -> list[Any]:
    if type(value) is not list:
        raise UnsafePickle("something is appended to what is no list")
    return value


def _admitted(module: Any, name: Any) -> Admitted:
    if type(module) is not str or type(name) is not str:
        raise UnsafePickle("the name of a global is no text")
    full = f"{module}.{name}"
    if full not in ADMITTED:
        raise UnsafePickle(f"it asks for {full:.120}, which is not on the allow-list")
    return ADMITTED[full]
