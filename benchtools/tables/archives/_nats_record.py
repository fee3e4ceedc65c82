"""One architecture of NAS-Bench-201 or NATS-Bench, from the official record to named columns.

Both benchmarks keep, for each training schedule, the trials of an architecture: a trial is one data set and one seed,
with dictionaries of accuracy, loss and time by epoch (counted from 0) and, for evaluation, by ``set@epoch``. What is
not there stays away: no set and no epoch is ever filled in from another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import StoreError
from benchtools.tables._column import Column
from benchtools.tables.archives._pickle_objects import Items, brief

__all__ = ["SCHEDULES", "Measured", "read_record"]

SCHEDULES = {"less": 12, "full": 200, "01": 1, "12": 12, "90": 90, "200": 200}
"""Epochs of the training schedules, by the names that the archives give them."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # of a data set or a set of images, within a column's name
MAX_TRIALS = 64  # of a schedule; real ones have 12
MAX_SETS = 8  # of a trial; real ones have 3

Measured = tuple[Column, tuple[int, ...] | None, Any]
"""A column, the numbers of epochs after which it was measured (None: no such moment), and its values."""

Vector = NDArray[np.float64]
column = lru_cache(maxsize=4096)(Column)


def read_record(record: Any, *, arch: str, index: int) -> Iterator[Measured]:
    """Yield everything that the record of one architecture holds.

    Parameters
    ----------
    record : mapping
        Schedule -> the official state of an ``ArchResults``.
    arch, index : str, int
        What the record must be of.

    Raises
    ------
    StoreError
        If it is of another architecture, or not as the official code writes it; the message says where.
    """
    if not isinstance(record, Mapping) or not record:
        raise StoreError(f"the record of architecture {index} holds no training schedule")
    for name, state in record.items():
        if name not in SCHEDULES:
            raise StoreError(f"architecture {index} has a schedule {brief(name, 40)}: known are {', '.join(SCHEDULES)}")
        where = f"architecture {index}, schedule {name}"
        state = _mapping(state, where)
        if state.get("arch_index") != index or state.get("arch_str") != arch:
            raise StoreError(
                f"{where}: it is the record of {brief(state.get('arch_index'), 20)} "
                f"{brief(state.get('arch_str'), 120)}, not of "
                f"{index} {arch!r}: are the architectures in another order?"
            )
        trials = _mapping(state.get("all_results"), f"{where}, all_results")
        seeds = _mapping(state.get("dataset_seed"), f"{where}, dataset_seed")
        listed = _listed(seeds, where)
        if not listed or set(listed) != set(trials) or len(listed) != len(trials):
            raise StoreError(f"{where}: the trials are not those that dataset_seed lists")
        for (dataset, seed), trial in trials.items():
            if type(seed) is not int or type(dataset) is not str:
                raise StoreError(f"{where}: a trial is called {brief((dataset, seed))}, not (data set, seed)")
            trial_at = f"{where}, {dataset}, seed {seed}"
            yield from _read_trial(_mapping(trial, trial_at), dataset, seed, SCHEDULES[name], trial_at)


def _listed(seeds: Mapping[Any, Any], where: str) -> list[tuple[str, int]]:
    """Return the trials that ``dataset_seed`` lists."""
    listed = []
    for dataset, found in seeds.items():
        if type(dataset) is not str or not NAME.fullmatch(dataset):
            raise StoreError(f"{where}: a data set is called {brief(dataset)}")
        if type(found) is not list or not all(type(seed) is int and seed >= 0 for seed in found):
            raise StoreError(f"{where}: the seeds of {dataset} are {brief(found)}, not whole numbers from 0")
        listed += [(dataset, seed) for seed in found]
    if len(listed) > MAX_TRIALS:
        raise StoreError(f"{where}: {len(listed)} trials, at most {MAX_TRIALS} are expected")
    return listed


def _read_trial(trial: Mapping[str, Any], dataset: str, seed: int, epochs: int, where: str) -> Iterator[Measured]:
    said = trial.get("name"), trial.get("seed"), trial.get("epochs")
    if said[0] != dataset or said[1] not in (seed, *_seeds(seed)) or said[2] != epochs:
        raise StoreError(
            f"{where}: the trial says {brief(said[0], 40)}, seed {brief(said[1], 20)}, {brief(said[2], 20)} epochs"
        )
    for field, metric in (("train_acc1es", "accuracy"), ("train_acc5es", "accuracy_top5"), ("train_losses", "loss")):
        if trial.get(field) is not None:
            after, values = _by_epoch(trial[field], epochs, f"{where}, {field}")
            yield column(metric, dataset, "train", epochs, seed), after, values
    if trial.get("train_times") is not None:
        after, values = _by_epoch(trial["train_times"], epochs, f"{where}, train_times")
        yield _time(column("epoch_time_s", dataset, None, epochs, seed), after, values, epochs)
    for field, metric in (("eval_acc1es", "accuracy"), ("eval_losses", "loss")):
        for split, (after, values) in _by_set(trial.get(field), epochs, f"{where}, {field}").items():
            yield column(metric, dataset, split, epochs, seed), after, values
    if trial.get("eval_times"):
        for split, (after, values) in _by_set(trial["eval_times"], epochs, f"{where}, eval_times").items():
            yield _time(column("eval_time_s", dataset, split, epochs, seed), after, values, epochs)
    for field, metric in (("params", "params_m"), ("flop", "macs_m")):
        value = trial.get(field)
        if not _is_number(value):
            raise StoreError(f"{where}, {field}: {brief(value, 40)} is no number")
        yield column(metric, dataset, None, epochs, seed), None, value
    if latency := trial.get("latency"):
        if not isinstance(latency, list) or not all(map(_is_number, latency)):
            raise StoreError(f"{where}, latency: {brief(latency)} is no list of seconds")
        mean = sum(latency) / len(latency)
        if mean > 0:  # the official code takes others as not measured
            yield column("latency_s", dataset, None, epochs, seed), None, mean


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@lru_cache(maxsize=64)
def _seeds(seed: int) -> tuple[str, str]:
    return str(seed), f"{seed:04d}"


def _time(name: Column, after: tuple[int, ...], values: Vector, epochs: int) -> Measured:
    """Return one number where all epochs took the same time, as the benchmarks' estimates say."""
    if len(after) == epochs and (values == values[0]).all():
        return name, None, float(values[0])
    return name, after, values


def _mapping(value: Any, where: str) -> Mapping[Any, Any]:
    if not isinstance(value, dict) or (isinstance(value, Items) and value.runs):
        raise StoreError(f"{where}: {type(value).__name__} instead of a dictionary of fields")
    return value


def _flat(items: Any, where: str) -> tuple[tuple[Any, ...], Vector]:
    """Return the keys of a dictionary of numbers, in groups as they were read, and all values in that order."""
    if not isinstance(items, dict):
        raise StoreError(f"{where}: {type(items).__name__} instead of numbers by epoch")
    runs = items.runs if isinstance(items, Items) else []
    if len(runs) == 1 and len(items) == 0:
        keys, values = runs[0]
        return (_hashable(keys),), values
    singles = tuple(items)
    if not set(map(type, singles)) <= {int, str}:  # True and 1.0 are equal to 1, the cached plans would not tell
        raise StoreError(f"{where}: a key is neither an epoch nor set@epoch")
    if not all(map(_is_number, items.values())):
        raise StoreError(f"{where}: a value is no number")
    groups = [_hashable(keys) for keys, _ in runs] + ([singles] if singles else [])
    parts = [values for _, values in runs] + ([np.array(list(items.values()), dtype=np.float64)] if singles else [])
    return tuple(groups), np.concatenate(parts) if parts else np.empty(0)


def _hashable(keys: Any) -> Any:
    return keys if type(keys) is tuple else keys.tobytes()


def _by_epoch(items: Any, epochs: int, where: str) -> tuple[tuple[int, ...], Vector]:
    groups, values = _flat(items, where)
    try:
        after, order = _epoch_plan(groups, epochs)
    except ValueError as error:
        raise StoreError(f"{where}: {error}") from None
    return after, values if order is None else values[order]


def _by_set(items: Any, epochs: int, where: str) -> dict[str, tuple[tuple[int, ...], Vector]]:
    groups, values = _flat(items, where)
    try:
        plan = _set_plan(groups, epochs)
    except ValueError as error:
        raise StoreError(f"{where}: {error}") from None
    return {split: (after, values[order]) for split, after, order in plan}


@lru_cache(maxsize=1024)
def _epoch_plan(groups: tuple[Any, ...], epochs: int) -> tuple[tuple[int, ...], NDArray[np.int64] | None]:
    """Return after how many epochs the values were measured, ascending, and their order (None: as they stand)."""
    keys = [key for group in groups for key in _unpacked(group)]
    if not keys or not all(type(key) is int and 0 <= key < epochs for key in keys) or len(set(keys)) < len(keys):
        raise ValueError(f"its keys are not epochs 0..{epochs - 1}, each once")
    order = np.argsort(keys)
    after = tuple(sorted(key + 1 for key in keys))
    return after, None if keys == sorted(keys) else order


@lru_cache(maxsize=1024)
def _set_plan(groups: tuple[Any, ...], epochs: int) -> tuple[tuple[str, tuple[int, ...], Any], ...]:
    """Return, for each set of images, after how many epochs it was evaluated and where its values stand."""
    found: dict[str, dict[int, int]] = {}
    for place, key in enumerate(key for group in groups for key in _unpacked(group)):
        split, at, epoch = key.rpartition("@") if type(key) is str else ("", "", "")
        if not at or not split or not epoch.isdecimal() or not epoch.isascii() or int(epoch) >= epochs:
            raise ValueError(f"its key {brief(key, 40)} is not set@epoch with an epoch in 0..{epochs - 1}")
        if split == "train" or not NAME.fullmatch(split):
            raise ValueError(f"its set is called {brief(split, 40)}")
        places = found.setdefault(split, {})
        if len(found) > MAX_SETS:
            raise ValueError(f"it has more than {MAX_SETS} sets of images")
        if int(epoch) + 1 in places:
            raise ValueError(f"it has {brief(key, 40)} twice")
        places[int(epoch) + 1] = place
    plan = []
    for split, places in found.items():
        after = tuple(sorted(places))
        order = [places[epoch] for epoch in after]
        straight = order == list(range(order[0], order[0] + len(order)))
        plan.append((split, after, slice(order[0], order[0] + len(order)) if straight else np.array(order)))
    return tuple(plan)


def _unpacked(group: Any) -> Any:
    return np.frombuffer(group, np.int64).tolist() if isinstance(group, bytes) else group
