"""Readers of NAS-Bench-201 and NATS-Bench: one large file, streamed, or a folder with a file per architecture."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchtools.errors import InvalidInput, StoreError
from benchtools.progress import Progress
from benchtools.spaces import get_space
from benchtools.tables.archives._block import Block, BlockBuilder
from benchtools.tables.archives._files import load_bz2_pickle, opened_pickle, reading
from benchtools.tables.archives._nats_record import read_record
from benchtools.tables.archives._pickle_machine import Machine
from benchtools.tables.archives._pickle_objects import brief

__all__ = ["BLOCK", "check_architectures", "read_directory", "read_file"]

BLOCK = 256
META = "meta.pickle.pbz2"
RECORD = re.compile(r"\d{1,6}\.pickle\.pbz2")
STAGE = "architectures"


def read_file(
    path: Path, space: str, *, partial: bool, done: Collection[int], progress: Progress
) -> Iterator[tuple[int, Block | None]]:
    """Yield the blocks of an archive in one file, as `read_directory` does.

    The file is walked record by record; those of blocks that are done are passed over.
    """
    archs = _all_archs(space)
    builder = BlockBuilder(BLOCK)
    found: set[int] = set()
    number = 0
    with reading(path), opened_pickle(path) as window:
        machine = Machine(window, stream="arch2infos")
        for index, record in machine.items():
            if type(index) is not int or not 0 <= index < len(archs):
                raise StoreError(f"it has an architecture {brief(index, 40)}: {space} has 0..{len(archs) - 1}")
            if index in found:
                raise StoreError(f"it has the architecture {index} twice")
            found.add(index)
            if number not in done:
                builder.add(index, read_record(record, arch=archs[index], index=index))
            if len(found) % BLOCK == 0:
                yield number, builder.build() if number not in done else None
                builder, number = BlockBuilder(BLOCK), number + 1
                progress(STAGE, len(found), len(archs))
        _check_whole(machine.result, found, archs, path, partial)
        check_architectures(path.name, found, len(archs), partial=partial)
        if len(builder):
            yield number, builder.build()
        progress(STAGE, len(archs), len(archs))


@lru_cache(maxsize=4)
def _all_archs(space: str) -> tuple[str, ...]:
    part = get_space(space)
    return tuple(part.to_string(index) for index in range(part.size))


def _check_whole(archive: Any, found: set[int], archs: Sequence[str], path: Path, partial: bool) -> None:
    if not isinstance(archive, dict) or not {"meta_archs", "arch2infos", "evaluated_indexes"} <= set(archive):
        raise InvalidInput(
            f"{path.name} is no archive of NAS-Bench-201 or NATS-Bench: it lacks meta_archs, arch2infos or "
            "evaluated_indexes"
        )
    check_order(archive["meta_archs"], archs)
    listed = archive["evaluated_indexes"]
    if not isinstance(listed, (list, set)) or not set(map(type, listed)) <= {int} or set(listed) != found:
        raise StoreError("evaluated_indexes does not list the architectures that it has")


def check_order(listed: Any, archs: Sequence[str]) -> None:
    """Refuse a list of architectures that is not a start of the official one."""
    if not isinstance(listed, list) or not listed:
        raise StoreError("meta_archs is no list of the space's architectures")
    for index, (arch, official) in enumerate(zip(listed, archs, strict=False)):
        if arch != official:
            raise StoreError(
                f"its architecture {index} is {brief(arch, 120)}, in the official order it is {official!r}: it is of "
                "another space, or in another order"
            )
    if len(listed) > len(archs):
        raise StoreError(f"it lists {len(listed):,} architectures, the space has {len(archs):,}")


def check_architectures(name: str, found: Collection[int], size: int, *, partial: bool) -> None:
    """Refuse an archive without architectures, or with some only unless `partial`."""
    if not found:
        raise StoreError("it holds no architecture")
    if len(found) < size and not partial:
        first = min(set(range(size)) - set(found))
        raise StoreError(
            f"{size - len(found):,} of {size:,} architectures are missing, the first {first}: get {name} again, or "
            "import what is there with --partial (partial=True)"
        )


def read_directory(
    folder: Path, space: str, *, partial: bool, done: Collection[int], progress: Progress, n_workers: int | None = None
) -> Iterator[tuple[int, Block | None]]:
    """Yield the numbered blocks of an archive with a file per architecture, read by several processes.

    Parameters
    ----------
    folder : pathlib.Path
        Holds ``meta.pickle.pbz2`` and ``000000.pickle.pbz2`` ...
    space : str
        "nasbench201" or "nats_size".
    partial : bool
        Whether architectures may be missing.
    done : collection of int
        Numbers of blocks that are not needed any more: None comes in their place.
    progress : callable
        Called as ``progress("architectures", done, total)``.
    n_workers : int, optional
        Number of processes; by default one per processor.

    Raises
    ------
    StoreError
        If files are missing or damaged; the message names them.
    UnsafePickle
        If a file asks for more than plain data.
    """
    from joblib import Parallel, delayed

    archs = _all_archs(space)
    files = _record_files(folder, len(archs))
    meta = load_bz2_pickle(folder / META)
    with reading(folder / META):
        if not isinstance(meta, dict):
            raise StoreError("it is no list of architectures")
        check_order(meta.get("meta_archs"), archs)
    with reading(folder):
        check_architectures(folder.name, files, len(archs), partial=partial)
    indices = sorted(files)
    groups = [indices[start : start + BLOCK] for start in range(0, len(indices), BLOCK)]
    wanted = [number for number in range(len(groups)) if number not in done]
    for number in set(range(len(groups))) - set(wanted):
        yield number, None
    n_workers = min(n_workers or len(os.sched_getaffinity(0)), max(len(wanted), 1))
    tasks = (delayed(_read_files)([(i, archs[i], files[i]) for i in groups[number]]) for number in wanted)
    blocks = Parallel(n_jobs=n_workers, return_as="generator", pre_dispatch="2*n_jobs")(tasks)
    for count, (number, block) in enumerate(zip(wanted, blocks, strict=True), start=len(groups) - len(wanted) + 1):
        yield number, block
        progress(STAGE, min(count * BLOCK, len(indices)), len(indices))


def _record_files(folder: Path, size: int) -> dict[int, Path]:
    if not (folder / META).is_file():
        raise InvalidInput(
            f"{folder} is no directory of NATS-Bench: it has no {META}. Give the unpacked '-simple' directory"
        )
    files: dict[int, Path] = {}
    for path in sorted(folder.iterdir()):
        if not path.name.endswith(".pbz2") or path.name == META:
            continue
        index = int(path.name.partition(".")[0]) if RECORD.fullmatch(path.name) and path.is_file() else -1
        if not 0 <= index < size:
            raise StoreError(f"{folder.name} has a file {path.name} that is no record: move it away")
        if index in files:
            raise StoreError(f"{folder.name} has architecture {index} twice: {files[index].name} and {path.name}")
        files[index] = path
    return files


def _read_files(records: list[tuple[int, str, Path]]) -> Block:
    builder = BlockBuilder(len(records))
    for index, arch, path in records:
        record = load_bz2_pickle(path)
        with reading(path):
            builder.add(index, read_record(record, arch=arch, index=index))
    with reading(records[0][2].parent):
        return builder.build()
