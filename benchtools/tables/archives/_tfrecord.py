"""TFRecord files without TensorFlow: frames and their checksums, a few megabytes at a time."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from benchtools.errors import InvalidInput, StoreError
from benchtools.tables.archives._crc32c import MAX_LENGTH, crc32c_many, masked

__all__ = ["HEADER", "MAX_LENGTH", "TRAILER", "Records", "frame", "read_records"]

CHUNK = 8 << 20  # bytes read at a time
HEADER = 12  # length of the payload (uint64) and its masked checksum (uint32)
TRAILER = 4  # masked checksum of the payload
MARGIN = MAX_LENGTH + HEADER + TRAILER  # room for a record's beginning, and for windows that reach over an end

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Records:
    """Some records of a file, one after the other, their checksums being right.

    Attributes
    ----------
    buffer : numpy.ndarray of uint8
        Holds the payloads, and at least `MAX_LENGTH` other bytes before and behind them. It is used again for the
        next records: copy what is needed longer.
    starts, lengths : numpy.ndarray of int64, shape (n_records,)
        Where the payloads lie in the buffer.
    first : int
        Number of the first record within the file, from 0.
    shift : int
        What to add to a place in the buffer for the place in the file.
    """

    buffer: NDArray[np.uint8]
    starts: Ints
    lengths: Ints
    first: int
    shift: int

    def __len__(self) -> int:
        return len(self.starts)

    def payload(self, row: int) -> bytes:
        """Return a copy of one payload."""
        start = int(self.starts[row])
        return self.buffer[start : start + int(self.lengths[row])].tobytes()

    @property
    def stop(self) -> int:
        """The place in the file behind the last record."""
        return int(self.starts[-1] + self.lengths[-1]) + TRAILER + self.shift

    def where(self, row: int) -> str:
        """Say where a record lies, for messages: its number, from 0, and the byte at which it starts."""
        return f"record {self.first + row} at byte {int(self.starts[row]) - HEADER + self.shift}"


def frame(buffer: NDArray[np.uint8], lengths: Ints) -> bytes:
    """Return the file of payloads that lie one after the other in a buffer.

    Examples
    --------
    >>> len(frame(np.frombuffer(b"onetwo", np.uint8), np.array([3, 3])))
    38
    """
    ends = np.cumsum(lengths)
    checksums = masked(crc32c_many(buffer, ends - lengths, lengths)).astype("<u4").tobytes()
    headers = b"".join(_header(length) for length in lengths.tolist())
    content = buffer.tobytes()
    parts: list[bytes] = []
    for row, (end, length) in enumerate(zip(ends.tolist(), lengths.tolist(), strict=True)):
        header = headers[row * HEADER : (row + 1) * HEADER]
        parts += (header, content[end - length : end], checksums[4 * row : 4 * row + 4])
    return b"".join(parts)


def read_records(path: Path, *, chunk: int = CHUNK) -> Iterator[Records]:
    """Yield the records of a file in order, many at a time.

    Nothing is handed on before its checksums are compared. Memory stays at some multiples of `chunk` bytes whatever
    the file holds.

    Parameters
    ----------
    path : pathlib.Path
        A TFRecord file, not compressed.
    chunk : int
        Bytes read at a time.

    Raises
    ------
    InvalidInput
        If the file does not start like a TFRecord file.
    StoreError
        If a record is cut off, too long or differs from its checksum; the message names it and where it starts.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "two.tfrecord")
    ...     _ = path.write_bytes(frame(np.frombuffer(b"onetwo", np.uint8), np.array([3, 3])))
    ...     [records.payload(row) for records in read_records(path) for row in range(len(records))]
    [b'one', b'two']
    """
    buffer = np.zeros(MARGIN + MARGIN + chunk + MARGIN, np.uint8)
    used = first = offset = 0  # bytes in the buffer of a record that has begun; number and place of that record
    room = buffer.data
    with open(path, "rb") as file:
        while n_read := file.readinto(room[MARGIN + used : MARGIN + used + chunk]):
            used += n_read
            starts, lengths, done = _walk(buffer, MARGIN, MARGIN + used)
            records = Records(buffer, starts, lengths, first, offset - MARGIN)
            _check(records, path)
            if len(records):
                yield records
            first, offset, used = first + len(records), offset + done, used - done
            buffer[MARGIN : MARGIN + used] = buffer[MARGIN + done : MARGIN + done + used].copy()
    if used:
        raise StoreError(f"record {first} at byte {offset} is cut off: the file ends {used} bytes later")


def _walk(buffer: NDArray[np.uint8], start: int, stop: int) -> tuple[Ints, Ints, int]:
    """Return where the payloads of records lie, and how many bytes these records take.

    A record that goes on behind `stop` is left for later, unless its length is wrong: that one comes last, with a
    length above `MAX_LENGTH`. Lengths are not compared with their checksums otherwise.
    """
    length_at, view = struct.Struct("<Q").unpack_from, buffer.data
    places: list[int] = []
    place, last = start, stop - HEADER
    while place <= last:
        places.append(place)
        place += length_at(view, place)[0] + (HEADER + TRAILER)
    if place > stop:
        place = places.pop()
        header = buffer[place : place + HEADER].tobytes()
        length = int.from_bytes(header[:8], "little")
        if length > MAX_LENGTH or header != _header(length):
            places.append(place)
    starts = np.array(places, np.int64) + HEADER
    lengths = sliding_window_view(buffer, 8)[starts - HEADER].view("<u8")[:, 0]
    lengths = np.minimum(lengths, MAX_LENGTH + 1).astype(np.int64)
    if len(starts) and starts[-1] - HEADER == place:
        lengths[-1] = MAX_LENGTH + 1
    return starts, lengths, place - start


def _check(records: Records, path: Path) -> None:
    """Refuse the first record that is wrong."""
    if not len(records):
        return
    headers = sliding_window_view(records.buffer, HEADER)[records.starts - HEADER].view("<u4")
    expected = _length_checksums()[np.minimum(records.lengths, MAX_LENGTH)]
    wrong = np.flatnonzero((records.lengths > MAX_LENGTH) | (headers[:, 2] != expected))
    n_right = int(wrong[0]) if len(wrong) else len(records)  # what follows a wrong length is no record
    starts, lengths = records.starts[:n_right], records.lengths[:n_right]
    stored = sliding_window_view(records.buffer, TRAILER)[starts + lengths].view("<u4")[:, 0]
    differs = np.flatnonzero(masked(crc32c_many(records.buffer, starts, lengths)) != stored)
    if len(differs):
        row = int(differs[0])
        raise StoreError(f"{records.where(row)} is damaged: its {lengths[row]} bytes differ from their checksum")
    if len(wrong):
        _refuse_length(records, n_right, path)


def _refuse_length(records: Records, row: int, path: Path) -> None:
    start = int(records.starts[row]) - HEADER
    header = records.buffer[start : start + HEADER].tobytes()
    length = int.from_bytes(header[:8], "little")
    checksum = int(masked(crc32c_many(np.frombuffer(header, np.uint8), np.array([0]), np.array([8])))[0])
    if checksum == int.from_bytes(header[8:], "little"):
        raise StoreError(f"{records.where(row)} says that it has {length:,} bytes: at most {MAX_LENGTH:,} are valid")
    if records.first + row == 0:
        raise InvalidInput(
            f"{path.name} is no TFRecord file, or its start is damaged: it starts with {header[:8]!r}. Give the file "
            "as it was downloaded"
        )
    raise StoreError(f"{records.where(row)} is damaged: its length ({length:,}) differs from its checksum")


def _header(length: int) -> bytes:
    return struct.pack("<QI", length, _length_checksums()[length])


@cache
def _length_checksums() -> NDArray[np.uint32]:
    """Return the masked checksums of all lengths that are valid."""
    lengths = np.arange(MAX_LENGTH + 1, dtype="<u8").view(np.uint8)
    places = np.arange(0, len(lengths), 8)
    return masked(crc32c_many(lengths, places, np.full(len(places), 8)))
