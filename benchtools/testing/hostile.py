"""Hostile pickles, damaged archives, and an independent reading of archives: for tests of readers.

Whoever writes a reader of files that strangers give out can run it on `hostile_pickles` and on what `mutate` makes of a
good file. A reader must refuse them with an error of its own, or return what `read_numbers` finds. All numbers made
here are SYNTHETIC.
"""

from __future__ import annotations

import base64
import bz2
import io
import json
import os
import pickle
import signal
import struct
import sys
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from warnings import catch_warnings, simplefilter

import numpy as np

from benchtools.errors import BenchtoolsError
from benchtools.spaces import get_space
from benchtools.tables import Table, import_archive
from benchtools.tables._column import Column
from benchtools.tables._writer import write_table
from benchtools.testing._synthetic_nasbench101 import write_nasbench101

__all__ = [
    "ARCHIVES",
    "ODD_FILES",
    "Verdict",
    "judge",
    "odd_containers",
    "watched",
    "DIRECTORIES",
    "MUTATIONS",
    "Archive",
    "Hostile",
    "Numbers",
    "compressed_bombs",
    "hostile_pickles",
    "make_archive",
    "mutate",
    "mutate_files",
    "numbers_of",
    "read_numbers",
    "rewrap",
    "splice",
    "unwrap",
    "with_hostile",
]

Rng = np.random.Generator
Number = tuple[str, str | None, str | None, int | None, int | None, int | None]
"""What was measured: metric, data set, split, epochs of the schedule, seed, and after how many epochs."""

Numbers = dict[tuple[Number, int], float]
"""Value of each measured thing for each architecture."""

MARKER = "a hostile object stands here"
HIGH = 2**16  # memo entries that a small archive does not reach
SCHEDULES = {"less": 12, "full": 200, "01": 1, "12": 12, "90": 90, "200": 200}
EVALUATION = ("train_time_s", "train", "valid", "test")


class Archive(NamedTuple):
    """A small archive of SYNTHETIC numbers in memory: its kind for `import_archive`, and its files by name.

    The name of the only file, or of the directory, is `name`.
    """

    kind: str
    name: str
    files: Mapping[str, bytes]

    def write(self, folder: Path) -> Path:
        """Write it into an empty folder, and return the path to import."""
        target = folder / self.name
        if list(self.files) == [""]:
            target.write_bytes(self.files[""])
            return target
        target.mkdir()
        for name, content in self.files.items():
            (target / name).write_bytes(content)
        return target

    def with_file(self, name: str, content: bytes) -> Archive:
        """Return a copy with another content of one file."""
        return self._replace(files={**self.files, name: content})


# --- small archives ---------------------------------------------------------------------------------------------------


def make_archive(what: str, indices: Sequence[int], rng: Rng | int, *, field: str = "") -> Archive:
    """Return a small archive in the layout of an official one.

    Parameters
    ----------
    what : str
        One of `ARCHIVES`.
    indices : sequence of int
        Its architectures.
    rng : numpy.random.Generator or int
        Where its SYNTHETIC numbers come from.
    field : str, optional
        A field of a trial of the first architecture that gets `MARKER` as its value, for `with_hostile`.

    Examples
    --------
    >>> make_archive("nats-tss-file", [0, 5], 1).name
    'NATS-tss-v1_0-3ffb9.pickle.pbz2'
    """
    rng = np.random.default_rng(rng)
    if what == "nasbench101":
        return Archive("nasbench101", "nasbench_only108.tfrecord", {"": _nasbench101_bytes(indices, rng)})
    size = what.startswith("nats-sss")
    space = "nats_size" if size else "nasbench201"
    names = ("01", "12") if size else ("less",) if what.startswith("pth") else ("12",)
    records = {index: _record(index, space, names, rng) for index in indices}
    if field:
        trial = next(iter(records[indices[0]][names[0]]["all_results"].values()))
        trial[field] = MARKER
    return _packed(what, space, records)


def _packed(what: str, space: str, records: dict[int, Any]) -> Archive:
    n_archs = max(records) + 1
    archs = [get_space(space).to_string(index) for index in range(n_archs)]
    whole = {"meta_archs": archs, "total_archs": n_archs, "arch2infos": records, "evaluated_indexes": sorted(records)}
    if what.startswith("pth"):
        return Archive("nasbench201", "NAS-Bench-201.pth", {"": rewrap(what, pickle.dumps(whole, 2))})
    stem = "NATS-sss-v1_0-50262" if space == "nats_size" else "NATS-tss-v1_0-3ffb9"
    kind = what.rpartition("-")[0]
    if what.endswith("-file"):
        whole["evaluated_indexes"] = set(records)
        return Archive(kind, f"{stem}.pickle.pbz2", {"": bz2.compress(pickle.dumps(whole, 4))})
    meta: dict[str, Any] = {**whole, "arch2infos": None, "evaluated_indexes": set()}
    files = {"meta.pickle.pbz2": bz2.compress(pickle.dumps(meta, 4))}
    for index, record in records.items():
        files[f"{index:06d}.pickle.pbz2"] = bz2.compress(pickle.dumps(record, 4))
    return Archive(kind, f"{stem}-simple", files)


ARCHIVES = (
    "pth-legacy", "pth-zip", "nats-tss-file", "nats-sss-file", "nats-tss-directory", "nats-sss-directory",
    "nasbench101",
)  # fmt: skip
"""What `make_archive` makes: each container of each official archive."""

DIRECTORIES = tuple(what for what in ARCHIVES if what.endswith("-directory"))


def _record(index: int, space: str, names: Sequence[str], rng: Rng) -> OrderedDict[str, Any]:
    arch = get_space(space).to_string(index)
    trials = [
        *zip(("cifar10-valid", "cifar10-valid", "cifar100"), (111, 888, 777), strict=True)
    ]  # no two records share
    record: OrderedDict[str, Any] = OrderedDict()
    for name in names:
        used = trials[: 1 + index % 3] if SCHEDULES[name] > 1 else trials[:1]
        seeds: dict[str, list[int]] = {}
        for dataset, seed in used:
            seeds.setdefault(dataset, []).append(seed)
        results = {trial: _trial(*trial, SCHEDULES[name], rng) for trial in used}
        record[name] = {
            "arch_index": index, "arch_str": arch, "all_results": results, "dataset_seed": seeds,
            "clear_net_done": True,
        }  # fmt: skip
    return record


def _trial(dataset: str, seed: int, epochs: int, rng: Rng) -> dict[str, Any]:
    """Return one training: some dictionaries share their keys, some have their own, some values are NumPy's."""

    def draw(high: float, n: int = epochs) -> list[float]:
        values: list[float] = rng.uniform(0, high, n).tolist()
        return values

    sets = ("ori-test", "x-valid") if dataset == "cifar10-valid" else ("ori-test", "x-valid", "x-test")
    keys = [f"{name}@{epoch}" for name in sets for epoch in range(epochs)]
    other = [f"{name}@{epoch}" for name in sets for epoch in range(epochs)]
    return {
        "name": dataset,
        "net_state_dict": None,
        "train_acc1es": dict(enumerate(draw(100))),
        "train_acc5es": dict(enumerate(draw(100))) if seed == 111 else None,
        "train_losses": dict(enumerate(draw(5))),
        "train_times": OrderedDict.fromkeys(range(epochs), draw(30)[0]),
        "arch_config": {"channel": 16, "num_cells": 5, "class_num": 10},
        "params": np.float64(draw(2, 1)[0]),
        "flop": draw(200, 1)[0],
        "seed": f"{seed:04d}",
        "epochs": epochs,
        "latency": [np.float64(draw(1, 1)[0])],
        "eval_names": list(sets),
        "eval_acc1es": dict(zip(keys, draw(100, len(keys)), strict=True)),
        "eval_times": dict(zip(keys, draw(9, len(keys)), strict=True)),
        "eval_losses": dict(zip(other, draw(5, len(keys)), strict=True)),
    }


def _nasbench101_bytes(indices: Sequence[int], rng: Rng) -> bytes:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        return write_nasbench101(Path(folder, "some.tfrecord"), cells=list(indices), rng=rng).read_bytes()


# --- containers -------------------------------------------------------------------------------------------------------

LEGACY = b"".join(
    pickle.dumps(part, 2)
    for part in (
        0x1950A86A20F9469CFC6C,
        1001,
        {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}},
    )
)
LEGACY_END = pickle.dumps([], 2)


def rewrap(what: str, content: bytes) -> bytes:
    """Return a file of an archive that holds `content`, with all checksums right: undoes `unwrap`.

    Parameters
    ----------
    what : str
        One of `ARCHIVES`.
    content : bytes
        A pickle; for nasbench101 payloads, each after its length in four bytes.
    """
    if what == "pth-legacy":
        return LEGACY + content + LEGACY_END
    if what == "pth-zip":
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("archive/data.pkl", content)
            archive.writestr("archive/version", b"3\n")
        return file.getvalue()
    if what == "nasbench101":
        return _framed(content)
    return bz2.compress(content, 1)


def unwrap(what: str, file: bytes) -> bytes:
    """Return the pickle in a good file of an archive; of nasbench101 the payloads, each after its length."""
    if what == "pth-legacy":
        return file[len(LEGACY) : len(file) - len(LEGACY_END)]
    if what == "pth-zip":
        with zipfile.ZipFile(io.BytesIO(file)) as archive:
            return archive.read("archive/data.pkl")
    if what == "nasbench101":
        return b"".join(struct.pack("<I", len(payload)) + payload for payload in payloads(file))
    return bz2.decompress(file)


def payloads(file: bytes) -> list[bytes]:
    """Return the payloads of a TFRecord file, their checksums not compared."""
    found = []
    place = 0
    while place < len(file):
        (length,) = struct.unpack_from("<Q", file, place)
        if place + 16 + length > len(file):
            raise ValueError("a record is cut off")
        found.append(file[place + 12 : place + 12 + length])
        place += 16 + length
    return found


def _framed(content: bytes) -> bytes:
    parts = []
    place = 0
    while place + 4 <= len(content):
        (length,) = struct.unpack_from("<I", content, place)
        payload = content[place + 4 : place + 4 + length]
        head = struct.pack("<Q", len(payload))
        parts += [head, _checksum(head), payload, _checksum(payload)]
        place += 4 + length
    return b"".join(parts)


def _checksum(content: bytes) -> bytes:
    register = 0xFFFFFFFF
    for byte in content:
        register = _CRC_TABLE[(register ^ byte) & 0xFF] ^ (register >> 8)
    value = register ^ 0xFFFFFFFF
    return struct.pack("<I", ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        register = byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
        table.append(register)
    return table


_CRC_TABLE = _crc_table()

# --- damage -----------------------------------------------------------------------------------------------------------


def _cut(data: bytes, rng: Rng) -> bytes:
    return data[: rng.integers(len(data))]


def _flip(data: bytes, rng: Rng) -> bytes:
    damaged = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        damaged[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
    return bytes(damaged)


def _set_bytes(data: bytes, rng: Rng) -> bytes:
    damaged = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        damaged[rng.integers(len(data))] = int(
            rng.choice([0, 0xFF, 0x2E, 0x28, 0x75, 0x4B, 0x47, int(rng.integers(256))])
        )
    return bytes(damaged)


def _stretch(data: bytes, rng: Rng) -> tuple[int, int]:
    length = int(rng.choice([1, 2, 9, 12, 40, 300, 5000]))
    start = int(rng.integers(len(data)))
    return start, min(start + length, len(data))


def _delete(data: bytes, rng: Rng) -> bytes:
    start, stop = _stretch(data, rng)
    return data[:start] + data[stop:]


def _duplicate(data: bytes, rng: Rng) -> bytes:
    start, stop = _stretch(data, rng)
    return data[:stop] + data[start:]


def _swap(data: bytes, rng: Rng) -> bytes:
    start, stop = _stretch(data, rng)
    end = min(2 * stop - start, len(data))
    return data[:start] + data[stop:end] + data[start:stop] + data[end:]


def _move(data: bytes, rng: Rng) -> bytes:
    start, stop = _stretch(data, rng)
    rest = data[:start] + data[stop:]
    place = int(rng.integers(len(rest) + 1))
    return rest[:place] + data[start:stop] + rest[place:]


def _insert(data: bytes, rng: Rng) -> bytes:
    place = int(rng.integers(len(data) + 1))
    return data[:place] + rng.bytes(int(rng.choice([1, 2, 9, 100]))) + data[place:]


def _zero(data: bytes, rng: Rng) -> bytes:
    start, stop = _stretch(data, rng)
    return data[:start] + bytes(stop - start) + data[stop:]


def _overwrite(data: bytes, rng: Rng) -> bytes:
    start, stop = _stretch(data, rng)
    place = int(rng.integers(len(data) - (stop - start) + 1))
    return data[:place] + data[start:stop] + data[place + stop - start :]


def _change_number(data: bytes, rng: Rng) -> bytes:
    """Give another value to a float: the opcode G, then eight bytes."""
    places = [place for place in rng.integers(len(data), size=400).tolist() if data[place : place + 1] == b"G"]
    if not places or places[0] + 9 > len(data):
        return _flip(data, rng)
    value = rng.choice([1.5, 0.0, -0.0, -1.0, 100.5, np.nan, np.inf, 5e-324, 1e308])
    return data[: places[0] + 1] + struct.pack(">d", value) + data[places[0] + 9 :]


def _change_opcode(data: bytes, rng: Rng) -> bytes:
    """Put an opcode of a pickle in place of another that is frequent."""
    frequent = np.flatnonzero(
        np.isin(np.frombuffer(data, np.uint8), np.frombuffer(b"GKMhjqr\x94}]()u\x86s.\x8c", "u1"))
    )
    if not len(frequent):
        return _flip(data, rng)
    place = int(rng.choice(frequent))
    opcode = bytes([rng.choice(np.frombuffer(b"GKMJhjqr\x94}]()uetas\x85\x86\x87.\x8cN\x880RcbX2\x93", "u1"))])
    return data[:place] + opcode + data[place + 1 :]


MUTATIONS: Mapping[str, Callable[[bytes, Rng], bytes]] = {
    "cut off": _cut, "bits flipped": _flip, "bytes set": _set_bytes, "deleted": _delete, "duplicated": _duplicate,
    "swapped": _swap, "moved": _move, "inserted": _insert, "zeroed": _zero, "overwritten": _overwrite,
    "number changed": _change_number, "opcode changed": _change_opcode,
}  # fmt: skip
"""Ways to damage bytes, by name."""


def mutate(data: bytes, rng: Rng) -> tuple[str, bytes]:
    """Damage bytes in one of the ways in `MUTATIONS`.

    Examples
    --------
    >>> mutate(b"some bytes", np.random.default_rng(11))
    ('bits flipped', b'some by|es')
    """
    name = str(rng.choice(list(MUTATIONS)))
    return name, MUTATIONS[name](data, rng)


def splice(first: bytes, second: bytes, rng: Rng) -> bytes:
    """Return a start of the first and an end of the second, cut at about the same place."""
    place = int(rng.integers(1, min(len(first), len(second))))
    return first[:place] + second[place + int(rng.choice([0, 0, -1, 1, 7])) :]


def mutate_files(archive: Archive, other: Archive, rng: Rng) -> tuple[str, Archive]:
    """Return a directory with files missing, swapped, renamed, doubled, added or of another archive."""
    files = dict(archive.files)
    names = sorted(files)
    one, two = (str(name) for name in rng.choice(names, 2, replace=False))
    record = str(rng.choice([name for name in names if name[0].isdigit()]))
    what = str(rng.choice(["missing", "swapped", "renamed", "doubled", "added", "of another", "short name", "emptied"]))
    if what == "missing":
        del files[one]
    elif what == "swapped":
        files[one], files[two] = files[two], files[one]
    elif what == "renamed":
        files[f"{rng.integers(20_000):06d}.pickle.pbz2"] = files.pop(one)
    elif what == "doubled":
        files[f"{int(record[:6])}.pickle.pbz2"] = files[record]
    elif what == "added":
        files[str(rng.choice(["x.pbz2", "-1.pickle.pbz2", "000001.pickle.pbz2", "notes.txt"]))] = b"more"
    elif what == "of another":
        files[one] = other.files[str(rng.choice(sorted(other.files)))]
    elif what == "short name":
        files[f"{int(record[:6])}.pickle.pbz2"] = files.pop(record)
    else:
        files[one] = b""
    return what, archive._replace(files=files)


# --- hostile pickles --------------------------------------------------------------------------------------------------


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


def compressed_bombs(what: str, size: int = 2**30) -> Iterator[tuple[str, Archive]]:
    """Yield archives of one of `ARCHIVES` (not legacy) that decompress to about `size` bytes, and what they are."""
    good = make_archive(what, [0], 0)
    for name, unit in (
        ("dictionaries", b"}"), ("zeros", b"\0"), ("empty texts", b"\x8c\x00\x94"), ("lists", b"]q\x00"),
        ("a run", b"K\x01G" + bytes(8)),
    ):  # fmt: skip
        block = unit * (2**20 // len(unit))
        start, n_blocks = b"\x80\x04}(", size // len(block)
        if what == "pth-zip":
            file = io.BytesIO()
            with (
                zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as container,
                container.open("archive/data.pkl", "w", force_zip64=True) as member,
            ):
                member.write(start)
                for _ in range(n_blocks):
                    member.write(block)
            yield name, good.with_file("", file.getvalue())
        else:
            yield name, good.with_file(min(good.files), bz2.compress(start) + n_blocks * bz2.compress(block))


def odd_containers() -> Iterator[tuple[str, str, Archive]]:
    """Yield archives in containers that no official archive comes in: what they are, and as `make_archive` has them."""
    good = make_archive("pth-zip", [0, 1], 0)
    content = unwrap("pth-zip", good.files[""])
    for name, members in {
        "two members data.pkl": ["a/data.pkl", "b/data.pkl"],
        "no member data.pkl": ["a/data.txt"],
        "a member above the folder": ["../../../data.pkl"],
        "a member at the root": ["/data.pkl"],
        "a member whose name ends in a slash": ["data.pkl/"],
        "a member of the same name twice": ["a/data.pkl", "c", "a/data.pkl"],
    }.items():
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as container, catch_warnings():
            simplefilter("ignore")  # of names that come twice
            for member in members:
                container.writestr(member, content)
        yield name, "pth-zip", good.with_file("", file.getvalue())
    zipped = good.files[""]
    central, local = b"PK\x01\x02\x14\x03\x14\x00", b"PK\x03\x04\x14\x00"
    yield "an encrypted member", "pth-zip", good.with_file("", zipped.replace(central + b"\0", central + b"\1"))
    for method in (1, 8, 12, 14, 99):
        changed = zipped
        for header in (central, local):
            changed = changed.replace(header + b"\0\0\0\0", header + b"\0\0" + bytes([method, 0]))
        yield f"compression method {method}", "pth-zip", good.with_file("", changed)
    legacy = make_archive("pth-legacy", [0, 1], 0)
    yield "two objects", "pth-legacy", legacy.with_file("", legacy.files[""] + legacy.files[""])
    yield "no list of storages", "pth-legacy", legacy.with_file("", legacy.files[""][: -len(LEGACY_END)])
    yield (
        "storages",
        "pth-legacy",
        legacy.with_file("", legacy.files[""][: -len(LEGACY_END)] + pickle.dumps(["0"], 2) + bytes(64)),
    )
    nats = make_archive("nats-tss-file", [0, 1], 0)
    yield "two archives", "nats-tss-file", nats.with_file("", 2 * nats.files[""])
    yield "compressed twice", "nats-tss-file", nats.with_file("", bz2.compress(nats.files[""]))
    yield "not compressed", "nats-tss-file", nats.with_file("", unwrap("nats-tss-file", nats.files[""]))


def _replaced_by(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        record = min(folder.iterdir())
        record.unlink()
        make(record)

    return apply


ODD_FILES: Mapping[str, Callable[[Path], None]] = {
    "a link to nowhere": _replaced_by(lambda record: record.symlink_to("no-such-file")),
    "a link to itself": _replaced_by(lambda record: record.symlink_to(record.name)),
    "a link to another record": _replaced_by(lambda record: record.symlink_to("000001.pickle.pbz2")),
    "a link to a device": _replaced_by(lambda record: record.symlink_to("/dev/zero")),
    "a pipe": _replaced_by(os.mkfifo),
    "a folder": _replaced_by(Path.mkdir),
}
"""What may stand in place of the first record of a directory."""


# --- an independent reading -------------------------------------------------------------------------------------------


class _Dtype:
    """Stands in for a NumPy dtype: its kind and its byte order."""

    def __init__(self, kind: str, *_: Any) -> None:
        if kind not in ("f8", "f4", "i8", "i4", "u8", "u4", "b1"):
            raise ValueError(f"a dtype {kind!r:.20}")
        self.kind, self.order = kind, "="

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        if state[2:8] != (None, None, None, -1, -1, 0):
            raise ValueError("no plain dtype")
        self.order = state[1]


def _scalar(dtype: _Dtype, raw: bytes) -> Any:
    kind = {"f": "fd"[dtype.kind[1] == "8"], "i": "iq"[dtype.kind[1] == "8"], "u": "IQ"[dtype.kind[1] == "8"], "b": "?"}
    return struct.unpack({"|": "=", "<": "<", ">": ">", "=": "="}[dtype.order] + kind[dtype.kind[0]], raw)[0]


def _encode(text: str, encoding: str) -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise ValueError("an encoding")
    return text.encode("latin-1")


class _Plain(pickle._Unpickler):
    """Python's own unpickler, which finds harmless stand-ins only; frames, which hold no data, are not compared."""

    known: Mapping[str, Any] = {
        "collections.OrderedDict": OrderedDict,
        "numpy.core.multiarray.scalar": _scalar,
        "numpy._core.multiarray.scalar": _scalar,
        "numpy.dtype": _Dtype,
        "_codecs.encode": _encode,
    }

    def find_class(self, module: str, name: str) -> Any:
        return self.known[f"{module}.{name}"]

    def load_frame(self) -> None:
        self.read(8)  # type: ignore[attr-defined]

    dispatch = {**pickle._Unpickler.dispatch, pickle.FRAME[0]: load_frame}  # type: ignore[dict-item]  # noqa: RUF012


def read_numbers(what: str, path: Path) -> Numbers:
    """Return every number of a small archive, read with Python's own unpickler and plain loops.

    Parameters
    ----------
    what : str
        One of `ARCHIVES`.
    path : pathlib.Path
        The file or directory, good or damaged: no checksum of a TFRecord file is compared.

    Raises
    ------
    Exception
        Of any kind, if it cannot be read.
    """
    if what == "nasbench101":
        return _numbers_of_rows(payloads(path.read_bytes()))
    records: dict[int, Any] = {}
    if path.is_dir():
        for file in path.glob("*.pickle.pbz2"):
            if file.name != "meta.pickle.pbz2":
                records[int(file.name.partition(".")[0])] = _loaded(io.BytesIO(bz2.decompress(file.read_bytes())))
    else:
        records = _loaded(_opened(path))["arch2infos"]
    numbers: Numbers = {}
    for index, record in records.items():
        for name, state in record.items():
            for (dataset, seed), trial in state["all_results"].items():
                _add_trial(numbers, index, trial, (dataset, SCHEDULES[name], seed))
    _add_derived(numbers)
    return numbers


def _opened(path: Path) -> io.BytesIO:
    data = path.read_bytes()
    if data.startswith(b"BZh"):
        return io.BytesIO(bz2.decompress(data))
    if data.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            (member,) = [name for name in archive.namelist() if name.rpartition("/")[2] == "data.pkl"]
            return io.BytesIO(archive.read(member))
    file = io.BytesIO(data)
    for _ in range(3):
        _loaded(file)
    return file


def _loaded(file: io.BytesIO) -> Any:
    return _Plain(file).load()


def _add_trial(numbers: Numbers, index: int, trial: Any, where: tuple[str, int, int]) -> None:
    dataset, epochs, seed = where
    for field, metric, split in (
        ("train_acc1es", "accuracy", "train"),
        ("train_acc5es", "accuracy_top5", "train"),
        ("train_losses", "loss", "train"),
        ("train_times", "epoch_time_s", None),
    ):
        for epoch, value in (trial[field] if trial.get(field) is not None else {}).items():
            numbers[(metric, dataset, split, epochs, seed, epoch + 1), index] = float(value)
    for field, metric in (("eval_acc1es", "accuracy"), ("eval_losses", "loss"), ("eval_times", "eval_time_s")):
        for key, value in (trial.get(field) or {}).items():
            name, _, epoch = key.rpartition("@")
            numbers[(metric, dataset, name, epochs, seed, int(epoch) + 1), index] = float(value)
    for field, metric in (("params", "params_m"), ("flop", "macs_m")):
        numbers[(metric, dataset, None, epochs, seed, None), index] = float(trial[field])
    latency = trial.get("latency")
    if latency and sum(latency) / len(latency) > 0:
        numbers[("latency_s", dataset, None, epochs, seed, None), index] = sum(latency) / len(latency)


def _add_derived(numbers: Numbers) -> None:
    """Add whole training times, and costs over all runs: the mean, or what seed 888 says where they disagree."""
    seconds: dict[tuple[Any, ...], dict[int, float]] = {}
    costs: dict[tuple[Any, ...], dict[int, float]] = {}
    for ((metric, dataset, _, epochs, seed, after), index), value in numbers.items():
        if metric == "epoch_time_s":
            seconds.setdefault((dataset, epochs, seed, index), {})[after or 0] = value
        elif metric in ("params_m", "macs_m"):
            costs.setdefault((metric, dataset, epochs, index), {})[seed or 0] = value
    for (dataset, epochs, seed, index), by_epoch in seconds.items():
        if len(by_epoch) == epochs:
            total = 0.0
            for epoch in range(1, epochs + 1):
                total += by_epoch[epoch]
            numbers[("train_time_s", dataset, None, epochs, seed, None), index] = total
    for (metric, dataset, epochs, index), by_seed in costs.items():
        total = 0.0
        for seed in sorted(by_seed):
            total += by_seed[seed]
        disagree = len({f"{value:.5f}" for value in by_seed.values()}) > 1
        value = by_seed.get(888, np.nan) if disagree else total / len(by_seed)
        if not np.isnan(value):
            numbers[(metric, dataset, None, epochs, None, None), index] = value
        if metric == "params_m":
            numbers[("params_disagree", dataset, None, epochs, None, None), index] = float(disagree)


def _numbers_of_rows(rows: Sequence[bytes]) -> Numbers:
    space = get_space("nasbench101")
    numbers: Numbers = {}
    repeats: dict[tuple[int, int], int] = {}
    for row in rows:
        digest, epochs, _, _, text = json.loads(row)
        index = space.parse(digest)
        seed = repeats.setdefault((index, epochs), 0)
        repeats[index, epochs] += 1
        message = _fields(base64.b64decode(text))
        for moment, raw in enumerate(message[1]):
            values = {number: found[-1] for number, found in _fields(raw).items()}
            for place, name in enumerate(EVALUATION):
                split, metric, factor = (name, "accuracy", 100.0) if place else (None, name, 1.0)
                after = (0, epochs // 2, epochs)[moment]
                number = (metric, "cifar10", split, epochs, seed, after)
                numbers[number, index] = struct.unpack("<d", values.get(place + 2, bytes(8)))[0] * factor
        (seconds,) = struct.unpack("<d", message.get(3, [bytes(8)])[-1])
        numbers[("total_time_s", "cifar10", None, epochs, seed, None), index] = seconds
        numbers[("params_m", "cifar10", None, None, None, None), index] = message.get(2, [0])[-1] / 1e6
    return numbers


def _fields(message: bytes) -> dict[int, list[Any]]:
    """Return the fields of a protocol buffer message: whole numbers, or the bytes of anything else."""
    found: dict[int, list[Any]] = {}
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        value: Any
        if tag & 7 == 0:
            value, place = _varint(message, place)
        else:
            length, place = (_varint(message, place)) if tag & 7 == 2 else ({1: 8, 5: 4}[tag & 7], place)
            value, place = message[place : place + length], place + length
        found.setdefault(tag >> 3, []).append(value)
    return found


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (message[place] & 0x7F) << shift
        shift += 7
        place += 1
        if message[place - 1] < 0x80:
            return value, place


def numbers_of(table: Table) -> Numbers:
    """Return every number of a table; times that hold for each epoch are listed for each."""
    numbers: Numbers = {}
    for column, stored in table.index.columns.items():
        if stored.after is not None:
            moments: Sequence[int | None] = stored.epochs
        elif column.metric in ("epoch_time_s", "eval_time_s"):
            moments = range(1, (column.epochs or 0) + 1)
        else:
            moments = (None,)
        for after in moments:
            values = table.column_named(column, after=after if stored.after is not None else None)
            seed = column.seed if isinstance(column.seed, int) else None
            number = (column.metric, column.dataset, column.split, column.epochs, seed, after)
            for index, value in zip(table.indices.tolist(), values.tolist(), strict=True):
                if not np.isnan(value):
                    numbers[number, index] = value
    return numbers


# --- judgement --------------------------------------------------------------------------------------------------------

MAX_SECONDS = 60


class Verdict(NamedTuple):
    """How an import ended.

    Attributes
    ----------
    outcome : str
        "refused" or "equal", which are right; anything else says what is wrong.
    detail : str
        The message of the error, or where numbers differ.
    """

    outcome: str
    detail: str

    @property
    def right(self) -> bool:
        """Whether the reader did what it must."""
        return self.outcome in ("refused", "equal")


class _TooLong(BaseException):
    """No `Exception`: a reader that turns those into errors of its own lets it pass."""


def judge(
    what: str,
    kind: str,
    path: Path,
    folder: Path,
    *,
    originals: Sequence[Numbers] = (),
    sha256: str | None = None,
    replace: bool = True,
) -> Verdict:
    """Import an archive that may be damaged, and say whether that ended as it must.

    It must be refused with a message, and nothing be left on disk; or the table must equal an independent reading.

    Parameters
    ----------
    what, kind : str
        One of `ARCHIVES`, and the kind for `import_archive`.
    path : pathlib.Path
        The archive.
    folder : pathlib.Path
        An empty folder for the table.
    originals : sequence of mapping, optional
        Numbers of the good archives that it was made of, if a checksum guards them: no others may come out.
    sha256 : str, optional
        Digest of the good archive: nothing may come out.
    replace : bool
        Whether there is a table already at the target.
    """
    target = folder / "table"
    if replace:
        write_table(target, name="old", space="nasbench201", keys=np.arange(3), notes=(), provenance={},
                    columns={Column("loss", "x", "y", 1, 1): np.arange(3.0)})  # fmt: skip
    before = _contents(target)
    try:
        with _limited_time(MAX_SECONDS):
            table = import_archive(kind, path, out=target, partial=True, sha256=sha256)
    except BenchtoolsError as error:
        return _judge_refusal(str(error), before, folder)
    except _TooLong:
        return Verdict("too long", f"{MAX_SECONDS} s")
    except Exception as error:
        return Verdict("traceback", f"{type(error).__name__}: {error!s:.300}")
    if left := sorted({file.name for file in folder.iterdir()} - {"table", ".table.lock"}):
        return Verdict("leftovers", ", ".join(left))
    if sha256 is not None:
        return Verdict("not refused", "its digest is not the one that was given")
    return _compare(what, path, numbers_of(table), originals)


def _judge_refusal(message: str, before: dict[str, bytes], folder: Path) -> Verdict:
    left = {file.name for file in folder.iterdir()} - {".table.lock"} - ({"table"} if before else set())
    if left:
        return Verdict("leftovers", f"{', '.join(sorted(left))} after: {message:.200}")
    if _contents(folder / "table") != before:
        return Verdict("old table harmed", message)
    if len(message) < 20 or "more memory than there is" in message:
        return Verdict("poor message", message)
    return Verdict("refused", message)


def _contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()} if folder.exists() else {}


def _compare(what: str, path: Path, found: Numbers, originals: Sequence[Numbers]) -> Verdict:
    try:
        expected = read_numbers(what, path)
    except Exception as error:
        return Verdict("wrong answer", f"read, but Python's own unpickler says {type(error).__name__}: {error!s:.200}")
    if originals and found not in originals and what != "nasbench101":  # whole rows of that may go unnoticed
        return Verdict("wrong answer", f"a checksum did not help: {_difference(found, originals[0])}")
    if found != expected:
        return Verdict("wrong answer", _difference(found, expected))
    return Verdict("equal", "")


def _difference(found: Numbers, expected: Numbers) -> str:
    places = [key for key in {**expected, **found} if found.get(key) != expected.get(key)]
    return f"{len(places)} numbers, such as {places[0]}: {found.get(places[0])} instead of {expected.get(places[0])}"


@contextmanager
def _limited_time(seconds: int) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


_seen: list[str] | None = None
_is_hooked = False
RUNS = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "subprocess.Popen", "pickle.find_class")


@contextmanager
def watched(canary: Path) -> Iterator[list[str]]:
    """Give a list of what was run while the block lasted: processes, look-ups of globals, odd imports, the canary."""
    global _seen, _is_hooked  # an audit hook cannot be taken away again
    if not _is_hooked:
        sys.addaudithook(_notice)
        _is_hooked = True
    seen: list[str] = []
    _seen = seen
    try:
        yield seen
    finally:
        _seen = None
        if canary.exists():
            seen.append(f"{canary.name} exists")


def _notice(event: str, arguments: tuple[Any, ...]) -> None:
    if _seen is None:
        return
    odd_import = event == "import" and str(arguments[0]).partition(".")[0] in ("torch", "antigravity", "this")
    if event in RUNS or odd_import:
        _seen.append(f"{event} {arguments!r:.100}")
