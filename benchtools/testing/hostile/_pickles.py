"""Hostile pickles: what a stranger may put in place of a record."""

from __future__ import annotations

import io
import pickle
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchtools.testing.hostile._archives import DIRECTORIES, MARKER, Archive, make_archive
from benchtools.testing.hostile._containers import rewrap, unwrap

__all__ = ["Hostile", "hostile_pickles", "with_hostile"]

HIGH = 2**16  # memo entries that a small archive does not reach


class Hostile(NamedTuple):
    """Opcodes that put one object on the stack, or that are no pickle.

    Attributes
    ----------
    name : str
        What it tries.
    opcodes : bytes
        Without PROTO and STOP.
    field : str
        The field of a trial whose value it takes.
    """

    name: str
    opcodes: bytes
    field: str = "arch_config"


def with_hostile(what: str, hostile: Hostile, indices: Sequence[int] = (0, 1, 2)) -> Archive:
    """Return a small archive with the hostile object in a trial of its first architecture.

    Examples
    --------
    >>> archive = with_hostile("nats-tss-directory", Hostile("a list", b"]"))
    >>> sorted(archive.files)[0]
    '000000.pickle.pbz2'
    """
    archive = make_archive(what, indices, 0, field=hostile.field)
    name = f"{indices[0]:06d}.pickle.pbz2" if what in DIRECTORIES else ""
    content = unwrap(what, archive.files[name])
    for marker in (_dumped(MARKER), b"\x8c" + bytes([len(MARKER)]) + MARKER.encode()):
        content = content.replace(marker, hostile.opcodes)
    return archive.with_file(name, rewrap(what, content))


def _dumped(value: Any) -> bytes:
    """Return the opcodes of plain data, without a memo."""
    file = io.BytesIO()
    pickler = pickle._Pickler(file, 2)
    pickler.fast = True
    pickler.dump(value)
    return file.getvalue()[2:-1]


def _short(text: str) -> bytes:
    return b"\x8c" + bytes([len(text)]) + text.encode()


def _named(module: str, name: str) -> bytes:
    return _short(module) + _short(name) + b"\x93"


def hostile_pickles(canary: Path) -> list[Hostile]:
    """Return pickles that try to run something, to exhaust the machine, or to pass wrong numbers as right ones.

    Parameters
    ----------
    canary : pathlib.Path
        A file that does not exist; it does once one of them was executed.
    """
    return [
        *_calls(f"touch {canary}", str(canary)),
        *_unexpected_globals(),
        *_odd_numpy(),
        *_bombs(),
        *_broken_stacks(),
        *_odd_memos(),
        *_odd_values(),
        *_odd_trials(),
    ]


def _calls(command: str, canary: str) -> Iterator[Hostile]:
    text = _dumped(command)
    code = _dumped(f"open({canary!r}, 'w').close()")
    line = command.encode()
    yield Hostile("GLOBAL os.system", b"cos\nsystem\n" + text + b"\x85R")
    yield Hostile("GLOBAL posix.system", b"cposix\nsystem\n" + text + b"\x85R")
    yield Hostile("STACK_GLOBAL os.system", _named("os", "system") + text + b"\x85R")
    yield Hostile(
        "STACK_GLOBAL of memoised names", _short("posix") + b"0" + _named("posix", "system") + text + b"\x85R"
    )
    yield Hostile("INST os.system", b"(" + text + b"ios\nsystem\n")
    yield Hostile("INST with a line", b"(S'" + line + b"'\nios\nsystem\n")
    yield Hostile("OBJ os.system", b"(cos\nsystem\n" + text + b"o")
    yield Hostile("NEWOBJ Popen", b"csubprocess\nPopen\n" + text + b"\x85\x81")
    yield Hostile("NEWOBJ_EX Popen", _named("subprocess", "Popen") + text + b"\x85}\x92")
    yield Hostile("NEWOBJ OrderedDict", b"ccollections\nOrderedDict\n)\x81")
    yield Hostile("eval", b"c__builtin__\neval\n" + code + b"\x85R")
    yield Hostile("exec", _named("builtins", "exec") + code + b"\x85R")
    yield Hostile("__import__", _named("builtins", "__import__") + _dumped("os") + b"\x85R")
    yield Hostile("getattr chain", _named("builtins", "getattr") + _named("builtins", "__import__") + _dumped("os")
                  + b"\x85R" + _dumped("system") + b"\x86R" + text + b"\x85R")  # fmt: skip
    yield Hostile("attrgetter", _named("operator", "attrgetter") + _dumped("system") + b"\x85R" + b"cos\n__dict__\n"
                  + b"\x85R" + text + b"\x85R")  # fmt: skip
    yield Hostile("functools.partial", _named("functools", "partial") + _named("os", "system") + text + b"\x86R)R")
    yield Hostile("open", _named("io", "open") + _dumped(canary) + _dumped("w") + b"\x86R")
    yield Hostile("pathlib", _named("pathlib", "PosixPath") + _dumped(canary) + b"\x85R")
    yield Hostile("a dotted name", _named("collections", "OrderedDict.fromkeys.__self__") + b")R")
    yield Hostile("a dotted path to a module", _named("numpy.core", "multiarray.scalar") + b")R")
    yield Hostile("result of an admitted call is called", b"ccollections\nOrderedDict\n)R)R")
    yield Hostile("OrderedDict is called with what runs", b"ccollections\nOrderedDict\ncos\nsystem\n\x85R")
    yield Hostile("BUILD with __setstate__", b"ccollections\nOrderedDict\n)R}" + _dumped("__setstate__")
                  + b"cos\nsystem\nsb" + text + b"b")  # fmt: skip
    yield Hostile("BUILD with __dict__", b"ccollections\nOrderedDict\n)R(}" + _dumped({"__class__": 1}) + b"tb")
    yield Hostile("BUILD of a global", b"ccollections\nOrderedDict\n}" + _dumped("__call__") + b"cos\nsystem\nsb)R")


def _unexpected_globals() -> Iterator[Hostile]:
    text = _dumped("no-such-file.npy")
    for name in (
        "load",
        "core.multiarray._reconstruct",
        "core.multiarray.fromfile",
        "core._internal._ctypes",
        "memmap",
    ):
        module, _, attribute = f"numpy.{name}".rpartition(".")
        yield Hostile(f"numpy.{name}", f"c{module}\n{attribute}\n".encode() + text + b"\x85R")
    yield Hostile("pickle.loads", b"cpickle\nloads\n" + text + b"\x85R")
    yield Hostile("torch._utils._rebuild_tensor_v2", b"ctorch._utils\n_rebuild_tensor_v2\n)R")
    yield Hostile("_codecs.decode", b"c_codecs\ndecode\n" + text + b"\x85R")
    yield Hostile("_codecs.encode to rot13", b"c_codecs\nencode\n" + text + _dumped("rot13") + b"\x86R")
    yield Hostile("_codecs.encode of a number", b"c_codecs\nencode\n" + _dumped(5) + _dumped("latin1") + b"\x86R")
    yield Hostile("persistent id as text", b"Pstorage\n")
    yield Hostile("persistent id", _dumped(("storage", 1)) + b"Q")
    for size, code in ((1, b"\x82"), (2, b"\x83"), (4, b"\x84")):
        yield Hostile(f"extension code of {size} bytes", code + (1).to_bytes(size, "little"))
    yield Hostile("a name with a newline", _named("os\nsystem", "x\n"))
    yield Hostile("a name of letters beyond ASCII", "cоs\nsystem\n".encode() + text + b"\x85R")
    yield Hostile("a name that is no UTF-8", b"c\xff\xfe\nsystem\n" + text + b"\x85R")
    yield Hostile("a name without an end", b"c" + b"o" * 2000)
    yield Hostile("an empty name", b"c\n\n)R")
    yield Hostile("a name that is no text", b"]]\x93")
    yield Hostile("the name of an admitted global alone", b"ccollections\nOrderedDict\n")


def _odd_numpy() -> Iterator[Hostile]:
    dtype = b"cnumpy\ndtype\n"
    plain = dtype + _dumped(("f8", False, True)) + b"R"
    state = _dumped((3, "<", None, None, None, -1, -1, 0)) + b"b"
    scalar = b"cnumpy.core.multiarray\nscalar\n"
    raw = b"C\x08" + struct.pack("<d", 1.5)
    yield Hostile("dtype of objects", scalar + dtype + _dumped(("O8", False, True)) + b"R" + raw + b"\x86R", "params")
    yield Hostile("dtype of text", scalar + dtype + _dumped(("U2", False, True)) + b"R" + raw + b"\x86R", "params")
    yield Hostile("dtype of a structure", scalar + dtype + _dumped(("f4,f4",)) + b"R" + raw + b"\x86R", "params")
    yield Hostile("dtype of a list", scalar + dtype + b"](K\x01e\x85R" + raw + b"\x86R", "params")
    fields = _dumped((3, "<", None, ("f0",), {"f0": 1}, 8, 1, 0))
    yield Hostile("dtype with fields", scalar + plain + fields + b"b" + raw + b"\x86R", "params")
    yield Hostile("dtype with a number as state", scalar + plain + b"K\x05b" + raw + b"\x86R", "params")
    yield Hostile("dtype with a short state", scalar + plain + _dumped((3,)) + b"b" + raw + b"\x86R", "params")
    yield Hostile("dtype with an unknown order", scalar + plain + _dumped((3, "!", None, None, None, -1, -1, 0)) + b"b"
                  + raw + b"\x86R", "params")  # fmt: skip
    yield Hostile("scalar of too few bytes", scalar + plain + state + b"C\x04abcd\x86R", "params")
    yield Hostile("scalar of too many bytes", scalar + plain + state + b"C\x10" + bytes(16) + b"\x86R", "params")
    yield Hostile("scalar of text", scalar + plain + state + _dumped("12345678") + b"\x86R", "params")
    yield Hostile("scalar without a dtype", scalar + _dumped("f8") + raw + b"\x86R", "params")
    yield Hostile("scalar without arguments", scalar + b")R", "params")
    yield Hostile("scalar with three arguments", scalar + plain + raw + b"N\x87R", "params")
    yield Hostile("scalar that is infinite", scalar + plain + state + b"C\x08" + struct.pack("<d", np.inf) + b"\x86R",
                  "params")  # fmt: skip
    yield Hostile("scalar that is a bool", scalar + dtype + _dumped(("b1", False, True)) + b"RC\x01\x01\x86R", "params")


def _bombs() -> Iterator[Hostile]:
    laughs, tuples = _laughs(b"](", b"e"), _laughs(b"(", b"t")
    for field in ("arch_config", "latency", "seed", "name", "train_acc1es"):
        yield Hostile(f"a billion laughs in {field}", b"](" + laughs + b"e", field)
    yield Hostile("a billion laughs as a key", b"}((" + tuples + b"tK\x01u")
    yield Hostile("a billion laughs in a set", b"\x8f((" + tuples + b"t\x90")
    yield Hostile("a billion laughs as a name", b"](" + laughs + b"e" + _dumped("x") + b"\x93")
    yield Hostile("a billion laughs by DUP", b"]" + b"2" * 100_000)
    yield Hostile("a recursive list", b"]r\x00\x00\x01\x00j\x00\x00\x01\x00a", "latency")
    yield Hostile("a recursive dictionary", b"}r\x00\x00\x01\x00(K\x01j\x00\x00\x01\x00u", "train_acc1es")
    yield Hostile("a recursive tuple", b"]r\x00\x00\x01\x00(j\x00\x00\x01\x00tr\x01\x00\x01\x00a")
    yield Hostile("100,000 marks", b"(" * 100_000)
    yield Hostile("100,000 lists within lists", b"]" * 100_000 + b"a" * 99_999, "latency")
    yield Hostile("100,000 tuples within tuples", b")" + b"\x85" * 100_000, "seed")
    yield Hostile("a key of 100,000 tuples", b"}(" + b")" + b"\x85" * 100_000 + b"K\x01u")
    yield Hostile("an element of 100,000 tuples", b"\x8f(" + b")" + b"\x85" * 100_000 + b"\x90")
    yield Hostile("a flood of dictionaries", b"(" + b"}" * 3_000_000 + b"t")
    yield Hostile("a flood of numbers", b"](" + b"K\x01" * 3_000_000 + b"e")
    yield Hostile("LONG4 of 2 GB", b"\x8b\xff\xff\xff\x7f")
    yield Hostile("LONG4 of negative length", b"\x8b\xff\xff\xff\xff")
    yield Hostile("LONG1 of 255 bytes", b"\x8a\xff" + b"\x7f" * 255, "flop")
    yield Hostile("LONG as text", b"L" + b"9" * 100_000 + b"L\n", "flop")
    yield Hostile("BINUNICODE of 4 GB", b"X\xff\xff\xff\xffabc")
    yield Hostile("BINUNICODE8 of 16 EB", b"\x8d" + b"\xff" * 8 + b"abc")
    yield Hostile("BINBYTES8 of 16 EB", b"\x8e" + b"\xff" * 8 + b"abc")
    yield Hostile("BINBYTES of 4 GB", b"B\xff\xff\xff\xffabc")
    yield Hostile("BYTEARRAY8 of 8 EB", b"\x96" + b"\xff" * 7 + b"\x7fabc")
    yield Hostile("NEXT_BUFFER", b"\x97")
    yield Hostile("READONLY_BUFFER", b"C\x01a\x98")
    yield Hostile("FRAME of 16 EB", b"\x95" + b"\xff" * 8 + b"N")
    yield Hostile("LONG_BINPUT 4 billion", b"Nr\xff\xff\xff\xff")
    yield Hostile("a text of 60 MB", b"X" + struct.pack("<I", 60_000_000) + b"a" * 60_000_000)


def _laughs(begin: bytes, end: bytes) -> bytes:
    """Return opcodes of 100 objects, each of which holds the one before it twice."""
    opcodes = begin + end + _put(0)
    for level in range(100):
        opcodes += begin + 2 * (b"j" + struct.pack("<I", HIGH + level)) + end + _put(level + 1)
    return opcodes


def _put(place: int) -> bytes:
    return b"r" + struct.pack("<I", HIGH + place)


def _broken_stacks() -> Iterator[Hostile]:
    yield Hostile("nothing at all", b"")
    yield Hostile("tuple of an empty stack", b"(\x87")
    yield Hostile("tuple reaches below its mark", b"(K\x01\x87")
    yield Hostile("POP", b"N0")
    yield Hostile("POP_MARK", b"(N1N")
    yield Hostile("items without a mark", b"u" * 40)
    yield Hostile("append to a number", b"K\x01K\x02a")
    yield Hostile("append to a tuple", b")K\x02a")
    yield Hostile("items on a list", b"](K\x01K\x02u")
    yield Hostile("item on a number", b"K\x01K\x02K\x03s")
    yield Hostile("item on a text", _dumped("abc") + b"K\x02K\x03s")
    yield Hostile("elements of a list", b"](K\x01\x90")
    yield Hostile("a key without a value", b"}(K\x01u")
    yield Hostile("an end within", b"N.")
    yield Hostile("a pickle within the pickle", b"\x80\x04N.")
    yield Hostile("protocol 77", b"\x80MN")
    yield Hostile("a mark that stays open", b"(N")
    yield Hostile("REDUCE of a list of arguments", b"ccollections\nOrderedDict\n]R")
    yield Hostile("opcodes that do not exist", b"\xff\xfe\xfd")


def _odd_memos() -> Iterator[Hostile]:
    run = b"".join(b"K" + bytes([epoch]) + b"G" + struct.pack(">d", epoch) for epoch in range(12))
    text = b"X\x03\x00\x00\x00a@0"
    yield Hostile("an object that was never put", b"h\xfa")
    yield Hostile("an object far away", b"j\xff\xff\xff\x7f")
    yield Hostile("the record itself", b"h\x00")
    yield Hostile("the memo is written again", b"Nq\x01")
    for name, places in (("again within a run", (5, 6, 7)), ("by runs that overlap", (70000, 70001, 70001, 70002))):
        rows = (text + b"r" + struct.pack("<I", place) + b"G" + bytes(8) for place in places)
        yield Hostile(f"the memo is written {name}", b"}(" + b"".join(rows) + b"u", "eval_acc1es")
    yield Hostile("a number of a run is put", b"}(" + run + b"r\x00\x00\x01\x00u", "train_acc1es")
    yield Hostile("a run within a tuple", b"}(" + run + b"t", "train_acc1es")
    yield Hostile("a run ends in a tuple", b"}(" + run + b"\x86u", "train_acc1es")
    yield Hostile("a run ends in SETITEM", b"}(K\x63}" + run + b"su", "train_acc1es")
    yield Hostile("a run is appended", b"}(" + run + b"au", "train_acc1es")
    yield Hostile("a run is the state of an object", b"}(" + run + b"bu", "train_acc1es")
    yield Hostile("MEMOIZE after other numbers", b"Nr\x00\x00\x02\x00N\x94\x94a")


def _odd_values() -> Iterator[Hostile]:
    good = {epoch: float(epoch) for epoch in range(12)}
    sets = {f"x-valid@{epoch}": 50.0 for epoch in range(12)}
    for name, changed in (
        ("epochs that are bools", {False: 1.0, True: 2.0}),
        ("epochs that are floats", {float(epoch): 1.0 for epoch in range(12)}),
        ("an epoch of -1", {-1: 1.0, **good}),
        ("an epoch too many", {**good, 12: 1.0}),
        ("an epoch of 2**40", {2**40: 1.0}),
        ("epochs that are texts", {str(epoch): 1.0 for epoch in range(12)}),
        ("an epoch that is None", {None: 1.0}),
        ("an epoch that is a tuple", {(1, 2): 1.0}),
        ("no epochs", {}),
        ("a value that is NaN", good | {3: float("nan")}),
        ("a value that is infinite", good | {3: float("inf")}),
        ("a value below 0", good | {3: -1e-9}),
        ("a value above 100", good | {3: 100.00001}),
        ("a value that is a bool", good | {3: True}),
        ("a value that is None", good | {3: None}),
        ("a value that is a text", good | {3: "50"}),
        ("a value that is a list", good | {3: [50.0]}),
        ("a value of 2**500", good | {3: 2**500}),
        ("a list of values", list(good.values())),
        ("a text", "0.5"),
    ):
        yield Hostile(name, _dumped(changed), "train_acc1es")
    for key in ("x-valid@-1", "x-valid@1e1", "x-valid@", "@1", "x-valid", "x-valid@12", "x-valid@ 1", "x-valid@1\n",
                "x-valid@٣", "a/b@1", "train@1", "-@1", "a:b@1", "loss:a@1", "x-valid@001", "x-valid@" + "9" * 5000,
                5, None, (1,), ("x-valid", 1)):  # fmt: skip
        yield Hostile(f"the key {key!r:.30} of a set", _dumped({**sets, key: 50.0}), "eval_acc1es")
    yield Hostile("many sets", _dumped({f"set{number}@0": 1.0 for number in range(50_000)}), "eval_acc1es")
    yield Hostile("a set with NaN", b"\x8f(" + 3 * _dumped(float("nan")) + b"\x90")
    yield Hostile("a dictionary with NaN as keys", b"}(" + 3 * _dumped((float("nan"), 1))[:-1] + b"u", "train_acc1es")
    yield Hostile("a list as a key", b"}(]K\x01u")
    yield Hostile("a dictionary as a key", b"}(}K\x01u")
    yield Hostile("a list in a set", b"\x8f(]\x90")
    run = b"".join(b"K" + bytes([epoch]) + b"G" + struct.pack(">d", 9) for epoch in range(12))
    yield Hostile("an epoch by a run and alone", b"}(" + run + b"K\x03N" + b"u", "train_acc1es")
    yield Hostile("an epoch by a run and as an item", b"}(" + run + b"uK\x03G" + bytes(8) + b"s", "train_acc1es")
    yield Hostile("an epoch by two runs", b"}(" + run + b"u(" + run + b"u", "train_acc1es")


def _odd_trials() -> Iterator[Hostile]:
    for field, values in {
        "name": ("cifar10", None, 5, ["cifar10-valid"]),
        "seed": (5, None, "111 ", ["0111"], -111),
        "epochs": (13, "12", None, 0, -1, [12]),
        "params": (None, "1.5", True, [1.5], -1.0, float("nan"), 2**500),
        "flop": (None, {}, (), float("inf")),
        "latency": ([None], ["1"], 5, "5", {"a": 1}, [float("nan")], [float("inf")], [-5.0], [2**500] * 3),
        "train_losses": (5, [1.0], {0: [1.0]}, "text"),
        "eval_losses": (None, 5, [1.0], {0: 1.0}),
        "train_times": (5, {0: -1.0}, {0: 1.0, 5: 2.0}, {50: 1.0}),
        "eval_times": (5, {"x-valid@0": -5.0}, {"x-valid@50": 1.0}),
    }.items():
        for value in values:
            yield Hostile(f"{field} = {value!r:.30}", _dumped(value), field)
