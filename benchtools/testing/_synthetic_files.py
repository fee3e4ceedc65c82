"""The containers of the official archives: the two of torch, and the bz2 pickles of NATS-Bench."""

from __future__ import annotations

import bz2
import pickle
import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BytesIO
from itertools import islice
from pathlib import Path

import numpy as np

from benchtools.progress import Progress
from benchtools.testing._synthetic_pickle import ShapePickler
from benchtools.testing._synthetic_template import Ints, Opcodes, RecordPickler

__all__ = ["archive_opcodes", "framed", "write_bz2", "write_legacy", "write_zip"]

Write = Callable[[bytes], object]

FRAME = 64 * 1024  # a frame of protocol 4 ends where the first object begins at or after so many bytes
BATCH = 1000

TORCH_HEADER = (
    0x1950A86A20F9469CFC6C,
    1001,
    {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}},
)
"""Magic number, version and system, each a pickle of its own, as ``torch.save`` wrote them until 2020."""

ZIP_PARTS = {".format_version": b"1", ".storage_alignment": b"64", "byteorder": b"little", "version": b"3\n"}
ZIP_END = {".data/serialization_id": b"0" * 40}
ALIGNMENT = 64


def archive_opcodes(
    pickler: RecordPickler,
    meta_archs: list[str],
    indices: Sequence[int],
    evaluated: list[int] | set[int],
    progress: Progress,
) -> Iterator[Opcodes]:
    """Yield the dictionary of a whole archive in parts, without PROTO and STOP, record by record."""

    def opening(writer: ShapePickler) -> None:
        writer.starts.append(0)
        writer.out += b"}"
        writer.memoize()
        writer.out += b"("
        for part in ("meta_archs", meta_archs, "total_archs", len(meta_archs), "arch2infos"):
            writer.save(part)
        writer.starts.append(len(writer.out))
        writer.out += b"}"
        writer.memoize()

    def closing(writer: ShapePickler) -> None:
        writer.save("evaluated_indexes")
        writer.save(evaluated)
        writer.out += b"u"

    yield pickler.emit(opening)
    rest, done, size = iter(indices), 0, BATCH
    while size == BATCH and len(indices):
        batch = list(islice(rest, BATCH))
        size = len(batch)
        yield _raw(b"(" if len(indices) > 1 else b"")
        for index in batch:
            yield pickler.emit(lambda writer, index=index: writer.save(index))  # type: ignore[misc]
            yield pickler.within(index)
            done += 1
            progress("records", done, len(indices))
        yield _raw(b"u" if len(indices) > 1 else b"s")
    yield pickler.emit(closing)


def _raw(opcodes: bytes) -> Opcodes:
    return opcodes, np.empty(0, dtype=np.int64)


def framed(parts: Iterable[Opcodes], write: Write) -> None:
    """Write parts of a pickle as one of protocol 4, in frames cut where CPython cuts them."""
    write(b"\x80\x04")
    pending = bytearray()
    starts: Ints = np.empty(0, dtype=np.int64)
    for opcodes, new in parts:
        starts = np.concatenate([starts, new + len(pending)])
        pending += opcodes
        cut = 0
        while len(pending) - cut >= FRAME:
            place = int(np.searchsorted(starts, cut + FRAME))
            if place == len(starts):
                break
            end = int(starts[place])
            write(b"\x95" + struct.pack("<Q", end - cut) + pending[cut:end])
            cut = end
        if cut:
            del pending[:cut]
            starts = starts[np.searchsorted(starts, cut) :] - cut
    pending += b"."
    write(b"\x95" + struct.pack("<Q", len(pending)) + pending)


def write_bz2(path: Path, parts: Iterable[Opcodes]) -> None:
    """Write a file of NATS-Bench: one bz2 stream of one pickle."""
    with bz2.BZ2File(path, "wb") as file:
        framed(parts, file.write)


def compressed(opcodes: Opcodes) -> bytes:
    """Return one record as the bytes of a file of NATS-Bench."""
    buffer = BytesIO()
    framed([opcodes], buffer.write)
    return bz2.compress(buffer.getbuffer())


def write_legacy(path: Path, parts: Iterable[Opcodes]) -> None:
    """Write a file as ``torch.save(..., _use_new_zipfile_serialization=False)`` does: five pickles in a row."""
    with path.open("wb") as file:
        for part in TORCH_HEADER:
            file.write(pickle.dumps(part, 2))
        _write_protocol2(parts, file.write)
        file.write(pickle.dumps([], 2))  # the keys of storages: no tensor is there


def write_zip(path: Path, parts: Iterable[Opcodes]) -> None:
    """Write a file as ``torch.save`` does today: a zip of stored members, each starting at a multiple of 64 bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        with archive.open(_member(archive, "data.pkl"), "w", force_zip64=True) as file:
            _write_protocol2(parts, file.write)
        for name, content in (ZIP_PARTS | ZIP_END).items():
            archive.writestr(_member(archive, name), content)


def _write_protocol2(parts: Iterable[Opcodes], write: Write) -> None:
    write(b"\x80\x02")
    for opcodes, _ in parts:
        write(opcodes)
    write(b".")


def _member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(f"archive/{name}")  # dated 1980, so that equal archives are equal files
    zip64 = 20 if name == "data.pkl" else 0
    header = 30 + len(info.filename) + zip64 + 4
    padding = -(archive.start_dir + header) % ALIGNMENT
    info.extra = b"FB" + struct.pack("<H", padding) + b"Z" * padding
    return info
