"""What writes whole archives with SYNTHETIC numbers: see `benchtools.testing.synthetic`."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from multiprocessing import get_context
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from benchtools.errors import InvalidInput
from benchtools.files import make_folder, whole, write_text
from benchtools.progress import Progress, silent
from benchtools.spaces import Space
from benchtools.testing._synthetic_files import archive_opcodes, compressed, write_bz2, write_legacy, write_zip
from benchtools.testing._synthetic_label import LABEL, labelled
from benchtools.testing._synthetic_numbers import entropy_of
from benchtools.testing._synthetic_record import Recipe, State
from benchtools.testing._synthetic_template import RecordPickler

__all__ = ["nats_record", "write_nasbench201", "write_nats_directory", "write_nats_file"]

CHUNK = 64  # records that a worker process writes at a time


def nats_record(
    index: int,
    *,
    space: str = "tss",
    n_seeds: int = 3,
    mixed_seeds: bool = False,
    rng: np.random.Generator | int = 0,
) -> OrderedDict[str, State]:
    """Return the SYNTHETIC record of one architecture as the plain objects of the official code.

    Parameters
    ----------
    index : int
        Of the architecture in the official order.
    space : {"tss", "sss"}
        Topology or size space of NATS-Bench.
    n_seeds : int
        Trials (1-3) of each data set: after 200 epochs for ``tss``, after 12 for ``sss``.
    mixed_seeds : bool
        Vary the number of seeds by architecture instead, as NAS-Bench-201 does, and give some trials of 200 epochs
        other parameters and operations than the other seeds have.
    rng : Generator or int
        An integer determines all numbers, together with the space and the index; a generator draws that integer.

    Returns
    -------
    OrderedDict
        From schedule (``"12"``, ``"200"``; ``"01"``, ``"12"``, ``"90"``) to the state of an ``ArchResults``.
        Accuracies in percent, times in seconds, parameters and operations in millions.

    Examples
    --------
    >>> record = nats_record(6111, n_seeds=1)
    >>> list(record), record["200"]["dataset_seed"]["cifar10"]
    (['12', '200'], [777])
    """
    recipe = Recipe(space, entropy_of(rng), n_seeds, mixed_seeds)
    return recipe.record(_chosen(recipe.archs, [index])[0])


def write_nasbench201(
    path: str | PathLike[str],
    *,
    n_archs: int | Sequence[int] = 15_625,
    n_seeds: int = 1,
    mixed_seeds: bool = False,
    container: str = "legacy",
    version: str = "v1_1",
    rng: np.random.Generator | int = 0,
    progress: Progress = silent,
) -> Path:
    """Write a SYNTHETIC ``.pth`` file of NAS-Bench-201; 2.2 GB with one seed.

    Parameters
    ----------
    path : path
        Of the file; ``<name>.SYNTHETIC.txt`` beside it says what it is.
    n_archs : int or sequence of int
        The first so many architectures, or the indices of some. The list of all architectures is always whole.
    n_seeds, mixed_seeds, rng : int, bool, Generator or int
        As in `nats_record`, whose numbers for ``tss`` these are.
    container : {"legacy", "zip"}
        As torch wrote files until 2020 (the published ones are such), or as it does now.
    version : {"v1_1", "v1_0"}
        ``v1_0`` has 12-epoch trials of cifar10-valid only and, to fit the size of the published file, no times.
    progress : callable
        Told of each record.

    Returns
    -------
    Path
        Of the file.

    Raises
    ------
    InvalidInput
        For an option that is not one of the above.
    StoreError
        If the file cannot be written.
    """
    recipe = Recipe("tss", entropy_of(rng), n_seeds, mixed_seeds, version, net_last=False)
    writers = {"legacy": write_legacy, "zip": write_zip}
    if container not in writers:
        raise InvalidInput(f"container={container!r} is not one of {', '.join(writers)}")
    indices = _chosen(recipe.archs, n_archs)
    pickler = RecordPickler(recipe, 2, _full_and_less)
    parts = archive_opcodes(pickler, _names(recipe.archs), indices, sorted(indices), progress)
    target = labelled(path)
    with whole(target) as draft:
        writers[container](draft, parts)
    return target


def write_nats_file(
    path: str | PathLike[str],
    *,
    space: str = "tss",
    n_archs: int | Sequence[int] | None = None,
    n_seeds: int = 1,
    mixed_seeds: bool = False,
    rng: np.random.Generator | int = 0,
    progress: Progress = silent,
) -> Path:
    """Write a SYNTHETIC single file (``.pickle.pbz2``) of NATS-Bench, as its ``fast_mode=False`` reads it.

    The parameters are those of `nats_record` and `write_nasbench201`; without `n_archs` it holds all architectures.

    Returns
    -------
    Path
        Of the file; ``<name>.SYNTHETIC.txt`` beside it says what it is.
    """
    recipe = Recipe(space, entropy_of(rng), n_seeds, mixed_seeds)
    indices = _chosen(recipe.archs, n_archs)
    parts = archive_opcodes(RecordPickler(recipe, 4), _names(recipe.archs), indices, set(indices), progress)
    target = labelled(path)
    with whole(target) as draft:
        write_bz2(draft, parts)
    return target


def write_nats_directory(
    folder: str | PathLike[str],
    *,
    space: str = "tss",
    n_archs: int | Sequence[int] | None = None,
    n_seeds: int = 3,
    mixed_seeds: bool = False,
    rng: np.random.Generator | int = 0,
    n_workers: int | None = None,
    progress: Progress = silent,
) -> Path:
    """Write a SYNTHETIC ``-simple`` directory of NATS-Bench, one file per architecture, for its ``fast_mode=True``.

    Parameters
    ----------
    folder : path
        Of the directory; ``SYNTHETIC.txt`` in it says what it is.
    n_workers : int, optional
        Processes that write records; one per core if None. A script that starts them needs the usual
        ``if __name__ == "__main__":``.
    space, n_archs, n_seeds, mixed_seeds, rng, progress
        As in `write_nats_file`.

    Returns
    -------
    Path
        Of the directory.
    """
    recipe = Recipe(space, entropy_of(rng), n_seeds, mixed_seeds)
    indices = _chosen(recipe.archs, n_archs)
    target = make_folder(folder)
    write_text(target / "SYNTHETIC.txt", LABEL.format(name="this directory"))
    names = _names(recipe.archs)
    meta = {"meta_archs": names, "total_archs": len(names), "arch2infos": None, "evaluated_indexes": set()}
    with whole(target / "meta.pickle.pbz2") as draft:
        write_bz2(draft, [RecordPickler(recipe, 4).emit(lambda pickler: pickler.save(meta))])
    chunks = [indices[start : start + CHUNK] for start in range(0, len(indices), CHUNK)]
    write = partial(_write_records, target, recipe)
    workers = min(n_workers or os.cpu_count() or 1, len(chunks))
    if workers <= 1:
        pickler = RecordPickler(recipe, 4)
        for done, index in enumerate(indices, 1):
            _write_record(target, pickler, index)
            progress("records", done, len(indices))
        return target
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        done = 0
        for future in as_completed([pool.submit(write, chunk) for chunk in chunks]):
            done += future.result()
            progress("records", done, len(indices))
    return target


def _write_records(folder: Path, recipe: Recipe, indices: Sequence[int]) -> int:
    pickler = RecordPickler(recipe, 4)
    for index in indices:
        _write_record(folder, pickler, index)
    return len(indices)


def _write_record(folder: Path, pickler: RecordPickler, index: int) -> None:
    with whole(folder / f"{index:06d}.pickle.pbz2") as draft:
        draft.write_bytes(compressed(pickler.alone(index)))


def _full_and_less(record: OrderedDict[str, State]) -> dict[str, Any]:
    return {"full": record["200"], "less": record["12"]}


def _names(space: Space) -> list[str]:
    return [space.to_string(index) for index in range(space.size)]


def _chosen(space: Space, n_archs: int | Sequence[int] | None) -> list[int]:
    if n_archs is None:
        return list(range(space.size))
    if isinstance(n_archs, int | np.integer):
        if not 1 <= n_archs <= space.size:
            raise InvalidInput(f"n_archs={n_archs} is outside 1..{space.size}, the architectures of {space.name}")
        return list(range(int(n_archs)))
    indices = sorted({int(index) for index in n_archs})
    if not indices or indices[0] < 0 or indices[-1] >= space.size:
        raise InvalidInput(f"the indices {list(n_archs)!r:.80} are not of {space.name}: 0..{space.size - 1}")
    return indices
