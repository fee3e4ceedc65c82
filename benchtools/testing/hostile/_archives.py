"""Small archives of SYNTHETIC numbers in memory, of every kind that can be imported."""

from __future__ import annotations

import bz2
import pickle
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchtools.spaces import get_space
from benchtools.testing._synthetic_nasbench101 import write_nasbench101
from benchtools.testing.hostile._containers import rewrap

__all__ = ["ARCHIVES", "Archive", "DIRECTORIES", "MARKER", "SCHEDULES", "Rng", "make_archive"]

Rng = np.random.Generator
MARKER = "a hostile object stands here"
SCHEDULES = {"less": 12, "full": 200, "01": 1, "12": 12, "90": 90, "200": 200}


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
