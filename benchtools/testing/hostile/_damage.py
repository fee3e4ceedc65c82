"""Damage: what happens to files on disks and in transfers."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

import numpy as np

from benchtools.testing.hostile._archives import Archive, Rng

__all__ = ["MUTATIONS", "mutate", "mutate_files", "splice"]


def _cut(data: bytes, rng: Rng) -> bytes:
    return data[: rng.integers(len(data))]


def _flip(data: bytes, rng: Rng) -> bytes:
    damaged = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        damaged[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
    return bytes(damaged)


def _set_bytes(data: bytes, rng: Rng) -> bytes:
    damaged = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        damaged[rng.integers(len(data))] = int(
            rng.choice([0, 0xFF, 0x2E, 0x28, 0x75, 0x4B, 0x47, int(rng.integers(256))])
        )
    return bytes(damaged)


def _stretch(data: bytes, rng: Rng) -> tuple[int, int]:
    length = int(rng.choice([1, 2, 9, 12, 40, 300, 5000]))
    start = int(rng.integers(len(data)))
    return start, min(start + length, len(data))


def _delete(data: bytes, rng: Rng) -> bytes:
    start, stop = _stretch(data, rng)
    return data[:start] + data[stop:]


def _duplicate(data: bytes, rng: Rng) -> bytes:
    start, stop = _stretch(data, rng)
    return data[:stop] + data[start:]


def _swap(data: bytes, rng: Rng) -> bytes:
    start, stop = _stretch(data, rng)
    end = min(2 * stop - start, len(data))
    return data[:start] + data[stop:end] + data[start:stop] + data[end:]


def _move(data: bytes, rng: Rng) -> bytes:
    start, stop = _stretch(data, rng)
    rest = data[:start] + data[stop:]
    place = int(rng.integers(len(rest) + 1))
    return rest[:place] + data[start:stop] + rest[place:]


def _insert(data: bytes, rng: Rng) -> bytes:
    place = int(rng.integers(len(data) + 1))
    return data[:place] + rng.bytes(int(rng.choice([1, 2, 9, 100]))) + data[place:]


def _zero(data: bytes, rng: Rng) -> bytes:
    start, stop = _stretch(data, rng)
    return data[:start] + bytes(stop - start) + data[stop:]


def _overwrite(data: bytes, rng: Rng) -> bytes:
    start, stop = _stretch(data, rng)
    place = int(rng.integers(len(data) - (stop - start) + 1))
    return data[:place] + data[start:stop] + data[place + stop - start :]


def _change_number(data: bytes, rng: Rng) -> bytes:
    """Give another value to a float: the opcode G, then eight bytes."""
    places = [place for place in rng.integers(len(data), size=400).tolist() if data[place : place + 1] == b"G"]
    if not places or places[0] + 9 > len(data):
        return _flip(data, rng)
    value = rng.choice([1.5, 0.0, -0.0, -1.0, 100.5, np.nan, np.inf, 5e-324, 1e308])
    return data[: places[0] + 1] + struct.pack(">d", value) + data[places[0] + 9 :]


def _change_opcode(data: bytes, rng: Rng) -> bytes:
    """Put an opcode of a pickle in place of another that is frequent."""
    frequent = np.flatnonzero(
        np.isin(np.frombuffer(data, np.uint8), np.frombuffer(b"GKMhjqr\x94}]()u\x86s.\x8c", "u1"))
    )
    if not len(frequent):
        return _flip(data, rng)
    place = int(rng.choice(frequent))
    opcode = bytes([rng.choice(np.frombuffer(b"GKMJhjqr\x94}]()uetas\x85\x86\x87.\x8cN\x880RcbX2\x93", "u1"))])
    return data[:place] + opcode + data[place + 1 :]


MUTATIONS: Mapping[str, Callable[[bytes, Rng], bytes]] = {
    "cut off": _cut, "bits flipped": _flip, "bytes set": _set_bytes, "deleted": _delete, "duplicated": _duplicate,
    "swapped": _swap, "moved": _move, "inserted": _insert, "zeroed": _zero, "overwritten": _overwrite,
    "number changed": _change_number, "opcode changed": _change_opcode,
}  # fmt: skip
"""Ways to damage bytes, by name."""


def mutate(data: bytes, rng: Rng) -> tuple[str, bytes]:
    """Damage bytes in one of the ways in `MUTATIONS`.

    Examples
    --------
    >>> mutate(b"some bytes", np.random.default_rng(11))
    ('bits flipped', b'some by|es')
    """
    name = str(rng.choice(list(MUTATIONS)))
    return name, MUTATIONS[name](data, rng)


def splice(first: bytes, second: bytes, rng: Rng) -> bytes:
    """Return a start of the first and an end of the second, cut at about the same place."""
    place = int(rng.integers(1, min(len(first), len(second))))
    return first[:place] + second[place + int(rng.choice([0, 0, -1, 1, 7])) :]


def mutate_files(archive: Archive, other: Archive, rng: Rng) -> tuple[str, Archive]:
    """Return a directory with files missing, swapped, renamed, doubled, added or of another archive."""
    files = dict(archive.files)
    names = sorted(files)
    one, two = (str(name) for name in rng.choice(names, 2, replace=False))
    record = str(rng.choice([name for name in names if name[0].isdigit()]))
    what = str(rng.choice(["missing", "swapped", "renamed", "doubled", "added", "of another", "short name", "emptied"]))
    if what == "missing":
        del files[one]
    elif what == "swapped":
        files[one], files[two] = files[two], files[one]
    elif what == "renamed":
        files[f"{rng.integers(20_000):06d}.pickle.pbz2"] = files.pop(one)
    elif what == "doubled":
        files[f"{int(record[:6])}.pickle.pbz2"] = files[record]
    elif what == "added":
        files[str(rng.choice(["x.pbz2", "-1.pickle.pbz2", "000001.pickle.pbz2", "notes.txt"]))] = b"more"
    elif what == "of another":
        files[one] = other.files[str(rng.choice(sorted(other.files)))]
    elif what == "short name":
        files[f"{int(record[:6])}.pickle.pbz2"] = files.pop(record)
    else:
        files[one] = b""
    return what, archive._replace(files=files)
