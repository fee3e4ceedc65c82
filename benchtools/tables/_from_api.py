"""Tables of official API objects that are in memory already, told apart by their methods."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator
from os import PathLike
from secrets import token_hex
from typing import Any

from benchtools.errors import InvalidInput, StoreError
from benchtools.progress import Progress, silent
from benchtools.spaces import get_space
from benchtools.tables._column import Column
from benchtools.tables._importing import KINDS, store_blocks
from benchtools.tables._table import Table
from benchtools.tables.archives._block import Block, BlockBuilder
from benchtools.tables.archives._nats import BLOCK, STAGE, check_architectures, check_order
from benchtools.tables.archives._nats_record import Measured, read_record

__all__ = ["import_api"]


def import_api(
    api: Any,
    *,
    name: str | None = None,
    out: str | PathLike[str] | None = None,
    partial: bool = False,
    progress: Progress = silent,
) -> Table:
    """Do the work of `Table.from_api`."""
    if hasattr(api, "hash_iterator") and hasattr(api, "get_metrics_from_hash"):
        kind, records = "nasbench101", _nasbench101(api)
    elif hasattr(api, "meta_archs") and hasattr(api, "arch2infos_dict"):
        kind, records = _nats_kind(api), _nats(api)
    else:
        raise InvalidInput(
            f"{type(api).__name__} is no official API object: give a NASBench201API, an object of nats_bench.create, "
            "or a nasbench.api.NASBench"
        )
    space = get_space(KINDS[kind].space)

    def read(done: Collection[int]) -> Iterator[tuple[int, Block | None]]:
        found: list[int] = []
        builder = BlockBuilder(BLOCK)
        for index, measured in records:
            builder.add(index, measured)
            found.append(index)
            if len(builder) == BLOCK:
                yield len(found) // BLOCK, builder.build()
                builder = BlockBuilder(BLOCK)
                progress(STAGE, len(found), space.size)
        check_architectures("the API object", found, space.size, partial=partial)
        if len(builder):
            yield 0, builder.build()

    source = f"{type(api).__module__}.{type(api).__name__}"
    inputs = {"kind": kind, "api": source, "import": token_hex(8)}  # an interrupted import is not gone on with
    return store_blocks(
        lambda _: read(()), space=space.name, name=name or kind, out=out, inputs=inputs, notes=KINDS[kind].notes,
        progress=progress,
    )  # fmt: skip


def _nats_kind(api: Any) -> str:
    if not api.meta_archs:
        raise InvalidInput("the API object holds no architecture")
    return "nats-sss" if ":" in api.meta_archs[0] else "nasbench201"


def _nats(api: Any) -> Iterator[tuple[int, Iterable[Measured]]]:
    """Yield the records of an API of NAS-Bench-201 or NATS-Bench; in fast mode it reads them as they are asked for."""
    space = get_space(KINDS[_nats_kind(api)].space)
    archs = [space.to_string(index) for index in range(space.size)]
    check_order(list(api.meta_archs), archs)
    fast = bool(getattr(api, "fast_mode", False))
    for index in range(len(api.meta_archs)) if fast else sorted(api.arch2infos_dict):
        held = index in api.arch2infos_dict
        if fast and not held:
            try:
                api.reload(api.archive_dir, index)
            except (AssertionError, ValueError, OSError):  # its file is not there
                continue
        states = {schedule: results.state_dict() for schedule, results in api.arch2infos_dict[index].items()}
        yield index, read_record(states, arch=archs[index], index=index)
        if not held:  # or a sweep would end with the whole archive in memory
            api.arch2infos_dict.pop(index, None)
            api.evaluated_indexes.discard(index)


def _nasbench101(api: Any) -> Iterator[tuple[int, Iterable[Measured]]]:
    space = get_space("nasbench101")
    for text in api.hash_iterator():
        fixed, computed = api.get_metrics_from_hash(text)
        yield space.parse(str(text)), _cell(fixed, computed, str(text))


def _cell(fixed: Any, computed: Any, text: str) -> Iterator[Measured]:
    yield Column("params_m", "cifar10", None, None, None), None, fixed["trainable_parameters"] / 1e6
    for epochs, repeats in computed.items():
        after = (epochs // 2, epochs)
        for repeat, found in enumerate(repeats):
            for split, field in (("train", "train"), ("valid", "validation"), ("test", "test")):
                values = [100.0 * found[f"{moment}_{field}_accuracy"] for moment in ("halfway", "final")]
                yield Column("accuracy", "cifar10", split, int(epochs), repeat), after, values
            seconds = [found[f"{moment}_training_time"] for moment in ("halfway", "final")]
            if not all(math.isfinite(value) for value in seconds):
                raise StoreError(f"cell {text} has a training time that is not finite")
            yield Column("train_time_s", "cifar10", None, int(epochs), repeat), after, seconds
