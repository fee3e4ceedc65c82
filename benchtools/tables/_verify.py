"""A table beside the official code: every number that the official API gives, compared bit for bit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from benchtools.errors import InvalidInput, NotFound, StoreError
from benchtools.progress import Progress, silent
from benchtools.tables._column import Column, Seed
from benchtools.tables._table import Table

__all__ = ["Verification", "verify_table"]

AT_MOST = 20  # mismatches that are kept with their values
SETS = {
    "cifar10-valid": {"valid": "x-valid", "test": "ori-test"},
    "cifar10": {"test": "ori-test"},
    "cifar100": {"valid": "x-valid", "test": "x-test", "valtest": "ori-test"},
    "ImageNet16-120": {"valid": "x-valid", "test": "x-test", "valtest": "ori-test"},
}
"""The split behind each name in the official answers, by data set."""


@dataclass
class Verification:
    """How many of the official numbers were compared, and which were different.

    Attributes
    ----------
    table, archive : str
        What was compared.
    n_archs : int
        Architectures compared.
    n_values : int
        Numbers that were equal to the last bit.
    n_absent : int
        Combinations that the official API does not have, which the table refuses too.
    mismatches : list of str
        Each with both values; the first twenty.
    n_mismatches : int
        How many there are.
    by_kind : Counter
        Equal numbers by what they are.
    """

    table: str
    archive: str
    n_archs: int = 0
    n_values: int = 0
    n_absent: int = 0
    n_mismatches: int = 0
    mismatches: list[str] = field(default_factory=list)
    by_kind: Counter[str] = field(default_factory=Counter)

    @property
    def passed(self) -> bool:
        """Whether something was compared, and nothing was different."""
        return self.n_values > 0 and self.n_mismatches == 0

    def __str__(self) -> str:
        lines = [
            f"{self.n_values:,} numbers of {self.n_archs:,} architectures are equal to the last bit, "
            f"{self.n_absent:,} are absent on both sides, {self.n_mismatches:,} differ",
            *self.mismatches,
        ]
        return "\n".join(lines)

    def compare(self, what: str, where: str, ours: float | None, official: float | None) -> None:
        """Count one number of each side; None is a number that does not exist."""
        if ours is None and official is None:
            self.n_absent += 1
        elif ours is not None and official is not None and float(ours) == float(official):
            self.n_values += 1
            self.by_kind[what] += 1
        else:
            self.n_mismatches += 1
            if len(self.mismatches) < AT_MOST:
                self.mismatches.append(f"{where} {what}: table {ours!r}, official {official!r}")


def verify_table(
    name_or_path: str | PathLike[str],
    against: str | PathLike[str],
    *,
    sample: int | None = None,
    rng: np.random.Generator | int = 0,
    progress: Progress = silent,
) -> Verification:
    """Compare a table with what the official API answers on the archive that it came from.

    For every architecture, data set, schedule and seed, their mean, and every epoch: loss, accuracy and times of
    training and of each set, and the costs. What the official API does not have must be refused by the table too.

    Parameters
    ----------
    name_or_path : str or path-like
        The table.
    against : path-like
        The archive. The official API loads it, which may take tens of GB; a ``-simple`` directory is read file by file.
    sample : int, optional
        Compare so many architectures, drawn at random; by default all of the table.
    rng : numpy.random.Generator or int, default 0
        For the sample.

    Returns
    -------
    Verification

    Raises
    ------
    NotFound
        If the official package is not installed: ``pip install "benchtools[apis]"``.
    """
    table = Table.open(name_or_path)
    kind = table.index.provenance["inputs"].get("kind")
    if kind not in ("nasbench201", "nats-tss", "nats-sss"):
        raise InvalidInput(
            f"{table.name} is of kind {kind or 'its own'}: only tables of NAS-Bench-201 and NATS-Bench archives can be "
            "verified, as the official code of NAS-Bench-101 needs TensorFlow 1 and is in no package registry"
        )
    archive = Path(against)
    api = _official(kind, archive)
    chosen = table.indices
    if sample is not None:
        if not 0 < sample <= len(chosen):
            raise InvalidInput(f"sample={sample} must be from 1 to {len(chosen)}, the architectures of {table.name}")
        chosen = np.sort(np.random.default_rng(rng).choice(chosen, sample, replace=False))
    result = Verification(str(name_or_path), archive.name)
    for count, index in enumerate(chosen.tolist(), start=1):
        _verify_architecture(table, api, index, result, numpy_sums=kind == "nasbench201" and archive.suffix == ".pth")
        result.n_archs += 1
        progress("architectures", count, len(chosen))
    return result


def _official(kind: str, archive: Path) -> Any:
    if not archive.exists():
        raise NotFound(f"the archive {archive} does not exist")
    try:
        if archive.suffix == ".pth":
            from nas_201_api import NASBench201API

            return NASBench201API(_torch_dict(archive), verbose=False)
        import nats_bench
    except ImportError as error:
        raise NotFound(
            f"the official API cannot be imported ({error}): pip install 'benchtools[apis]' (and torch for .pth files)"
        ) from error
    space = "sss" if kind == "nats-sss" else "tss"
    return nats_bench.create(str(archive), space, fast_mode=archive.is_dir(), verbose=False)


def _torch_dict(archive: Path) -> dict[str, Any]:
    """Load a ``.pth`` as torch does, with its safe loader and the numbers that the archive needs allowed."""
    import torch

    numpy_dtypes = [type(np.dtype(name)) for name in ("f8", "f4", "i8", "i4")]
    scalar = np._core.multiarray.scalar  # type: ignore[attr-defined]
    with torch.serialization.safe_globals([(scalar, "numpy.core.multiarray.scalar"), scalar, np.dtype, *numpy_dtypes]):
        found: dict[str, Any] = torch.load(archive, map_location="cpu", weights_only=True)
    return found


def _verify_architecture(table: Table, api: Any, index: int, result: Verification, *, numpy_sums: bool) -> None:
    try:
        results_by_schedule = {
            schedule: api.query_meta_info_by_index(index, schedule) for schedule in _schedules(api, index)
        }
    except (AssertionError, ValueError, OSError) as error:
        raise StoreError(f"the official API has no architecture {index}: {error}") from error
    arch = api.arch(index)
    for schedule, results in results_by_schedule.items():
        epochs = int(schedule)
        for dataset in SETS:
            if dataset not in results.get_dataset_names():
                result.compare("trial", f"{index} {dataset} {epochs}", _has(table, index, dataset, epochs), None)
                continue
            seeds = results.get_dataset_seeds(dataset)
            runs: list[Seed] = [*seeds, "mean"]
            for seed in runs:
                where = f"{index} {dataset} {epochs} epochs, seed {seed}"
                for epoch in range(epochs):
                    official = _more_info(api, arch, dataset, epoch, schedule, seed)
                    _verify_moment(table, arch, dataset, epochs, seed, epoch + 1, official, result, where)
            for seed in set(_all_seeds(table, dataset, epochs)) - set(seeds):  # runs that this architecture lacks
                values = table.lookup(arch, dataset=dataset, epochs=epochs, seed=seed).values
                there = [value for column, value in values.items() if column.seed == seed]
                result.compare("run", f"{index} {dataset} {epochs} seed {seed}", there[0] if there else None, None)
            _verify_costs(table, index, dataset, epochs, results, result, numpy_sums=numpy_sums)


def _schedules(api: Any, index: int) -> list[str]:
    if index not in api.arch2infos_dict:
        api.reload(api.archive_dir, index)
    return list(api.arch2infos_dict[index])


def _has(table: Table, index: int, dataset: str, epochs: int) -> float | None:
    try:
        return next(iter(table.lookup(index, dataset=dataset, epochs=epochs).values.values()), None)
    except NotFound:
        return None


def _all_seeds(table: Table, dataset: str, epochs: int) -> Iterator[int]:
    for column in table.columns:
        if column.dataset == dataset and column.epochs == epochs and isinstance(column.seed, int):
            yield column.seed


def _more_info(api: Any, arch: str, dataset: str, epoch: int, schedule: str, seed: Seed) -> Mapping[str, Any]:
    found: Mapping[str, Any] = api.get_more_info(
        arch, dataset, iepoch=epoch, hp=schedule, is_random=False if seed == "mean" else seed
    )
    return found


def _verify_moment(
    table: Table, arch: str, dataset: str, epochs: int, seed: Seed, after: int, official: Mapping[str, Any],
    result: Verification, where: str,
) -> None:  # fmt: skip
    """Compare what is known of one moment of a training: after so many epochs."""
    values = table.lookup(arch, dataset=dataset, epochs=epochs, seed=seed, after=after).values
    cost = table.cost(arch, dataset=dataset, epochs=epochs, seed=seed, after=after)
    where = f"{where}, after {after}"
    for name, split in {"train": "train", **SETS[dataset]}.items():
        for metric in ("accuracy", "loss"):
            ours = values.get(Column(metric, dataset, split, epochs, seed))
            result.compare(f"{split} {metric}", where, ours, official.get(f"{name}-{metric}"))
        if split == "train":
            result.compare("training time", where, cost.train_s, official.get("train-all-time"))
            each = None if cost.train_s is None else cost.train_s / after
            result.compare("training time per epoch", where, each, official.get("train-per-time"))
        elif f"{name}-per-time" in official:  # not there where the set was not evaluated at this moment
            result.compare("evaluation time", where, cost.eval_s.get(split), official[f"{name}-per-time"])


def _verify_costs(
    table: Table, index: int, dataset: str, epochs: int, results: Any, result: Verification, *, numpy_sums: bool
) -> None:
    where = f"{index} {dataset} {epochs} epochs"
    official = results.get_compute_costs(dataset)
    cost = table.cost(index, dataset=dataset, epochs=epochs, seed="mean")
    if numpy_sums:  # nas_201_api neither corrects the numbers of disagreeing runs, nor adds epochs one by one
        for metric, name in (("params_m", "params"), ("macs_m", "flops")):
            ours = table.lookup(index, dataset=dataset, epochs=epochs, seed="mean").values
            result.compare(metric, where, ours.get(Column(metric, dataset, None, epochs, "mean")), official[name])
    else:
        result.compare("params_m", where, cost.params_m, official["params"])
        result.compare("macs_m", where, cost.macs_m, official["flops"])
        result.compare("training time", where, cost.train_s, official["T-train@total"])
        for split in cost.eval_s:
            runs = [
                table.lookup(index, dataset=dataset, epochs=epochs, seed=seed) for seed in results.dataset_seed[dataset]
            ]
            columns = [Column("eval_time_s", dataset, split, epochs, seed) for seed in results.dataset_seed[dataset]]
            each = [sum([run.values[c]] * epochs) / epochs for run, c in zip(runs, columns, strict=True)]
            result.compare("evaluation time", where, sum(each) / len(each), official.get(f"T-{split}@epoch"))
    result.compare("latency", where, cost.latency_s, official["latency"])
