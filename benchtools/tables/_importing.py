"""From an official archive to a table: one importer for all kinds, resumable, and never half-written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchtools import __version__
from benchtools.errors import InvalidInput, NotFound, StoreError
from benchtools.progress import Progress, silent
from benchtools.provenance import Provenance, digest_file
from benchtools.registry import did_you_mean
from benchtools.tables._catalogue import BUILDERS
from benchtools.tables._column import Column
from benchtools.tables._home import check_name, locked, table_path
from benchtools.tables._spool import Joined, Spool
from benchtools.tables._store import is_table
from benchtools.tables._table import Table
from benchtools.tables._writer import Rows, write_table
from benchtools.tables.archives._block import Block

__all__ = ["KINDS", "Kind", "import_archive", "store_blocks"]

Blocks = Iterator[tuple[int, Block | None]]


@dataclass(frozen=True)
class Kind:
    """A kind of official archive.

    Attributes
    ----------
    space : str
        The space of its architectures.
    what : str
        What it is, for messages.
    read : callable
        Returns its numbered blocks, None for those that are done: ``read(path, partial, done, progress)``.
    notes : tuple of str
        What a user of the table must know.
    """

    space: str
    what: str
    read: Callable[[Path, bool, Collection[int], Progress], Blocks]
    notes: tuple[str, ...]


def _read_nats(space: str) -> Callable[[Path, bool, Collection[int], Progress], Blocks]:
    def read(path: Path, partial: bool, done: Collection[int], progress: Progress) -> Blocks:
        from benchtools.tables.archives import _nats

        reader = _nats.read_directory if path.is_dir() else _nats.read_file
        return reader(path, space, partial=partial, done=done, progress=progress)

    return read


def _read_nasbench101(path: Path, partial: bool, done: Collection[int], progress: Progress) -> Blocks:
    from benchtools.spaces import get_space
    from benchtools.tables.archives._nasbench101 import read_nasbench101
    from benchtools.tables.archives._nats import check_architectures

    if path.is_dir():
        raise InvalidInput(f"{path} is a directory: give the path of {KINDS['nasbench101'].what}")
    seen: list[NDArray[np.int64]] = []
    for number, block in enumerate(read_nasbench101(path, progress=progress)):
        seen.append(block.keys)
        yield number, None if number in done else block
    found = np.unique(np.concatenate(seen)) if seen else np.empty(0, np.int64)
    check_architectures(path.name, found.tolist(), get_space("nasbench101").size, partial=partial)


_TOPOLOGY_NOTES = (
    "Data sets are training protocols: cifar10-valid trains on half of CIFAR-10's training images and has x-valid (the "
    "other half) and ori-test; cifar10 trains on all of them and has ori-test only.",
    "Of cifar100 and ImageNet16-120, ori-test is the union of x-valid and x-test.",
    "Times are the benchmark's estimates: one number for every epoch of a run, measured once and scaled by images.",
    "params_m and macs_m without a seed are the runs' mean or, where the runs disagree (params_disagree is 1), those "
    "of seed 888, as NATS-Bench 1.6 and later correct them.",
)
_NASBENCH101_NOTES = (
    "Seeds 0, 1, 2 are the three repeats of a training, in the order of the file.",
    "Accuracies are percent: 100 times the file's fractions. After 0 epochs is before training.",
)

KINDS: dict[str, Kind] = {
    "nasbench201": Kind(
        "nasbench201", "NAS-Bench-201-v1_1-096897.pth or NAS-Bench-201-v1_0-e61699.pth", _read_nats("nasbench201"),
        _TOPOLOGY_NOTES,
    ),
    "nats-tss": Kind(
        "nasbench201", "NATS-tss-v1_0-3ffb9.pickle.pbz2 or the directory NATS-tss-v1_0-3ffb9-simple",
        _read_nats("nasbench201"), _TOPOLOGY_NOTES,
    ),
    "nats-sss": Kind(
        "nats_size", "NATS-sss-v1_0-50262.pickle.pbz2 or the directory NATS-sss-v1_0-50262-simple",
        _read_nats("nats_size"), _TOPOLOGY_NOTES,
    ),
    "nasbench101": Kind(
        "nasbench101", "nasbench_only108.tfrecord or nasbench_full.tfrecord", _read_nasbench101, _NASBENCH101_NOTES
    ),
}  # fmt: skip
"""Official archives that can be imported."""


def import_archive(
    kind: str,
    path: str | PathLike[str],
    *,
    name: str | None = None,
    out: str | PathLike[str] | None = None,
    partial: bool = False,
    sha256: str | None = None,
    progress: Progress = silent,
) -> Table:
    """Import an official archive as a table: every schedule, run and epoch that it holds.

    The archive is read record by record by a machine that makes plain data only (no pickle is run), so memory stays
    far below its size. An import that is interrupted goes on behind its last block when it is started again; on any
    error nothing of it is left, and a table that was there stays.

    Parameters
    ----------
    kind : {"nasbench201", "nats-tss", "nats-sss", "nasbench101"}
        What the archive is.
    path : path-like
        The file, or the unpacked ``-simple`` directory of NATS-Bench.
    name : str, optional
        Name of the table; by default that of the kind.
    out : path-like, optional
        Folder to write to; by default the cache, where `Table.open` finds it by name.
    partial : bool, default False
        Whether architectures may be missing.
    sha256 : str, optional
        The digest that the file must have: legacy ``.pth`` files carry no checksum of their own.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.

    Returns
    -------
    Table

    Raises
    ------
    NotFound
        If there is no such kind or file.
    StoreError
        If the archive is damaged or incomplete, another process is importing the same table, or it cannot be written.
    UnsafePickle
        If it asks for anything that plain data do not need; the message names it.
    """
    if kind not in KINDS:
        raise NotFound(f"no archive is of kind {kind!r}: there is {', '.join(KINDS)}.{did_you_mean(kind, list(KINDS))}")
    archive = Path(path)
    if not archive.exists():
        raise NotFound(f"{archive} does not exist: give the path of {KINDS[kind].what}")
    if not archive.is_file() and not archive.is_dir():
        raise InvalidInput(f"{archive} is neither a file nor a directory: give the path of {KINDS[kind].what}")
    if sha256 is not None:
        _check_digest(archive, sha256)
    elif archive.suffix == ".pth":
        _check_published(archive)
    inputs = {"kind": kind, "file": archive.name} | _identity(archive)
    notes = KINDS[kind].notes
    if _is_synthetic(archive):
        notes = ("SYNTHETIC: every number of this table is made up.", *notes)
    return store_blocks(
        lambda done: KINDS[kind].read(archive, partial, done, progress),
        space=KINDS[kind].space, name=name or kind, out=out, inputs=inputs, notes=notes, progress=progress,
        digest=lambda: {} if archive.is_dir() else {"sha256": sha256 or digest_file(archive)},
    )  # fmt: skip


def store_blocks(
    read: Callable[[Collection[int]], Blocks],
    *,
    space: str,
    name: str,
    out: str | PathLike[str] | None,
    inputs: Mapping[str, str],
    notes: tuple[str, ...],
    progress: Progress,
    digest: Callable[[], Mapping[str, str]] = dict,
) -> Table:
    """Write the blocks of a reader as a table: through a spool beside it, then column by column.

    Parameters
    ----------
    read : callable
        Given the numbers of the blocks that are done, returns the numbered blocks.
    space, name, out, notes, progress
        As in `write_table` and `import_archive`.
    inputs : mapping
        What identifies the source: an interrupted import goes on only with the same.
    digest : callable, optional
        Returns what is added to the inputs in the end.
    """
    name = check_name(name)
    if name in BUILDERS:
        raise InvalidInput(f"the name {name!r} belongs to a table that benchtools builds: choose another by --name")
    target = Path(out) if out is not None else table_path(name)
    if target.exists() and not is_table(target):
        raise StoreError(f"{target} exists and is no table of benchtools: choose another place, nothing was written")
    with locked(target, wait=False):
        spool = Spool(target.parent / f".{target.name}.import", {**inputs, "benchtools": __version__})
        joined = None
        try:
            for number, block in read(spool.done()):
                if block is not None:
                    spool.write(number, block)
            joined = Joined(spool)
            provenance = Provenance.now({**inputs, **digest()})
            write_table(
                target, name=name, space=space, keys=joined.keys, columns=_columns(joined), notes=notes,
                provenance=provenance.to_dict(), progress=progress,
            )  # fmt: skip
        except Exception:
            spool.discard()
            raise
        finally:
            if joined is not None:
                joined.close()
        spool.discard()
    return Table.open(target)


def _is_synthetic(archive: Path) -> bool:
    """Whether a label says that the numbers are made up, as `benchtools.testing.synthetic` writes it."""
    labels = (archive / "SYNTHETIC.txt", archive.with_name(f"{archive.name}.SYNTHETIC.txt"))
    return any(label.is_file() for label in labels)


def _check_published(archive: Path) -> None:
    """Refuse a file with the name of a published one that is another: a ``.pth`` carries no checksum of its own."""
    from benchtools.tables.fetching._official import ARCHIVES

    for known in ARCHIVES.values():
        if known.file == archive.name and (fault := known.fault(archive)):
            raise StoreError(
                f"{archive.name} has the name of a published file, but {fault}: get it again (benchtools table fetch "
                f"{known.name}), or give another name to a file of your own; nothing was imported"
            )


def _check_digest(archive: Path, sha256: str) -> None:
    if archive.is_dir():
        raise InvalidInput(f"{archive} is a directory: a digest is of one file (its files have checksums of their own)")
    found = digest_file(archive)
    if found != sha256.lower():
        raise StoreError(f"{archive.name} has the SHA-256 {found}, not {sha256}: get it again; nothing was imported")


def _identity(archive: Path) -> dict[str, str]:
    """Return what changes when an archive does, without reading it."""
    files = sorted(archive.glob("*.pbz2")) if archive.is_dir() else [archive]
    digest = hashlib.sha256()
    for file in files:
        try:
            state = file.stat()
        except OSError as error:
            raise StoreError(f"{file} cannot be read ({error.strerror}): get it again; nothing was imported") from error
        digest.update(f"{file.name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return {"files": str(len(files)), "names, sizes and times": digest.hexdigest()[:16]}


def _columns(joined: Joined) -> dict[Column, NDArray[np.float64] | Rows]:
    """Return every column of the blocks, and those that follow from them: whole training times, corrected costs."""
    columns: dict[Column, NDArray[np.float64] | Rows] = {
        column: Rows(after, joined.rows(column)) for column, after in joined.after.items()
    }
    for column in joined.after:
        if column.metric == "epoch_time_s":
            total = Column("train_time_s", column.dataset, column.split, column.epochs, column.seed)
            columns[total] = _summed(joined, column)
    runs: dict[tuple[Any, ...], list[Column]] = {}
    for column in joined.after:
        if column.metric in ("params_m", "macs_m") and isinstance(column.seed, int):
            runs.setdefault((column.metric, column.dataset, column.epochs), []).append(column)
    for (metric, dataset, epochs), found in runs.items():
        values, disagree = _corrected(joined, sorted(found, key=lambda column: int(column.seed or 0)))
        columns[Column(metric, dataset, None, epochs, None)] = values
        if metric == "params_m":
            columns[Column("params_disagree", dataset, None, epochs, None)] = disagree
    return columns


def _summed(joined: Joined, column: Column) -> NDArray[np.float64]:
    """Return the seconds of a whole schedule: its epochs added one by one, as the official code does."""
    after = joined.after[column]
    total = np.zeros(len(joined.keys))
    if after is None:
        each = joined.row(column, None)
        for _ in range(column.epochs or 0):
            total += each
        return total
    for epoch in range(1, (column.epochs or 0) + 1):  # an epoch without a time leaves the sum unknown
        total += joined.row(column, epoch) if epoch in after else np.nan
    return total


def _corrected(joined: Joined, runs: list[Column]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean of the runs, or seed 888's value where they disagree in five decimals; and where they do."""
    values = np.array([joined.row(column, None) for column in runs])
    there = ~np.isnan(values)
    total, number = np.zeros(values.shape[1]), there.sum(axis=0)
    for run, exists in zip(values, there, strict=True):
        total[exists] += run[exists]
    with np.errstate(invalid="ignore"):
        mean = total / number
    texts = np.array([[f"{value:.5f}" for value in run] for run in values])
    known = np.where(there, texts, texts[there.argmax(axis=0), np.arange(values.shape[1])])
    disagree = (known != known[0]).any(axis=0) & (number > 1)
    right = next(
        (run for run, column in zip(values, runs, strict=True) if column.seed == 888), np.full_like(mean, np.nan)
    )
    return np.where(disagree, right, mean), np.where(number > 0, disagree.astype(np.float64), np.nan)
