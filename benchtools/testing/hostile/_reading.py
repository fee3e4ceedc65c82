"""An independent reading of archives, by Python's own unpickler with harmless stand-ins."""

from __future__ import annotations

import base64
import bz2
import io
import json
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchtools.spaces import get_space
from benchtools.tables import Table
from benchtools.testing.hostile._archives import SCHEDULES
from benchtools.testing.hostile._containers import payloads

__all__ = ["Number", "Numbers", "numbers_of", "read_numbers"]

Number = tuple[str, str | None, str | None, int | None, int | None, int | None]
"""What was measured: metric, data set, split, epochs of the schedule, seed, and after how many epochs."""

Numbers = dict[tuple[Number, int], float]
"""Value of each measured thing for each architecture."""

EVALUATION = ("train_time_s", "train", "valid", "test")


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
