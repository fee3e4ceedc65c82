"""How the pickles of archives are packed, and packed again after a change."""

from __future__ import annotations

import bz2
import io
import pickle
import struct
import zipfile

__all__ = ["LEGACY_END", "payloads", "rewrap", "unwrap"]

LEGACY = b"".join(
    pickle.dumps(part, 2)
    for part in (
        0x1950A86A20F9469CFC6C,
        1001,
        {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}},
    )
)
LEGACY_END = pickle.dumps([], 2)


def rewrap(what: str, content: bytes) -> bytes:
    """Return a file of an archive that holds `content`, with all checksums right: undoes `unwrap`.

    Parameters
    ----------
    what : str
        One of `ARCHIVES`.
    content : bytes
        A pickle; for nasbench101 payloads, each after its length in four bytes.
    """
    if what == "pth-legacy":
        return LEGACY + content + LEGACY_END
    if what == "pth-zip":
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("archive/data.pkl", content)
            archive.writestr("archive/version", b"3\n")
        return file.getvalue()
    if what == "nasbench101":
        return _framed(content)
    return bz2.compress(content, 1)


def unwrap(what: str, file: bytes) -> bytes:
    """Return the pickle in a good file of an archive; of nasbench101 the payloads, each after its length."""
    if what == "pth-legacy":
        return file[len(LEGACY) : len(file) - len(LEGACY_END)]
    if what == "pth-zip":
        with zipfile.ZipFile(io.BytesIO(file)) as archive:
            return archive.read("archive/data.pkl")
    if what == "nasbench101":
        return b"".join(struct.pack("<I", len(payload)) + payload for payload in payloads(file))
    return bz2.decompress(file)


def payloads(file: bytes) -> list[bytes]:
    """Return the payloads of a TFRecord file, their checksums not compared."""
    found = []
    place = 0
    while place < len(file):
        (length,) = struct.unpack_from("<Q", file, place)
        if place + 16 + length > len(file):
            raise ValueError("a record is cut off")
        found.append(file[place + 12 : place + 12 + length])
        place += 16 + length
    return found


def _framed(content: bytes) -> bytes:
    parts = []
    place = 0
    while place + 4 <= len(content):
        (length,) = struct.unpack_from("<I", content, place)
        payload = content[place + 4 : place + 4 + length]
        head = struct.pack("<Q", len(payload))
        parts += [head, _checksum(head), payload, _checksum(payload)]
        place += 4 + length
    return b"".join(parts)


def _checksum(content: bytes) -> bytes:
    register = 0xFFFFFFFF
    for byte in content:
        register = _CRC_TABLE[(register ^ byte) & 0xFF] ^ (register >> 8)
    value = register ^ 0xFFFFFFFF
    return struct.pack("<I", ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        register = byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
        table.append(register)
    return table


_CRC_TABLE = _crc_table()
