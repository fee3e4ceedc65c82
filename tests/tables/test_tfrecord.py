"""Frames and checksums of TFRecord files against plain Python; damage of every kind."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchtools.errors import BenchtoolsError, InvalidInput, StoreError
from benchtools.tables.archives import _crc32c
from benchtools.tables.archives._crc32c import crc32c, crc32c_many, masked
from benchtools.tables.archives._tfrecord import MAX_LENGTH, frame, read_records

RFC_3720 = {  # appendix B.4
    bytes(32): 0x8A9136AA,
    b"\xff" * 32: 0x62A8AB43,
    bytes(range(32)): 0x46DD794E,
    bytes(range(31, -1, -1)): 0x113FDB5C,
    bytes.fromhex("01c00000000000000000000000000000140000000000040000000014000000182800000000000000")
    + bytes.fromhex("0200000000000000"): 0xD9963A56,
}


def slow_crc32c(payload):
    register = 0xFFFFFFFF
    for byte in payload:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


def slow_masked(payload):
    value = slow_crc32c(payload)
    return ((value >> 15 | value << 17) + 0xA282EAD8) % 2**32


def slow_frame(payload):
    size = struct.pack("<Q", len(payload))
    return size + struct.pack("<I", slow_masked(size)) + payload + struct.pack("<I", slow_masked(payload))


@pytest.fixture
def write(tmp_path):
    def write_bytes(content):
        path = tmp_path / "some.tfrecord"
        path.write_bytes(content)
        return path

    return write_bytes


def payloads_of(path, **options):
    return [records.payload(row) for records in read_records(path, **options) for row in range(len(records))]


@pytest.mark.parametrize(("payload", "checksum"), [(b"123456789", 0xE3069283), (b"", 0), *RFC_3720.items()])
def test_published_checksums(payload, checksum):
    assert crc32c(payload) == checksum == slow_crc32c(payload)


@given(st.lists(st.binary(max_size=70), max_size=12), st.integers(0, 9))
def test_many_checksums_are_those_of_plain_python(payloads, gap):
    buffer = np.frombuffer(b"".join(b"\xaa" * gap + payload for payload in payloads) + b"\xaa", np.uint8)
    lengths = np.array([len(payload) for payload in payloads], np.int64)
    starts = np.cumsum(lengths + gap) - lengths
    assert crc32c_many(buffer, starts, lengths).tolist() == [slow_crc32c(payload) for payload in payloads]
    assert masked(crc32c_many(buffer, starts, lengths)).tolist() == [slow_masked(payload) for payload in payloads]


@pytest.mark.parametrize("rows", [1, 2, 5000])
def test_blocks_of_any_size_give_the_same(monkeypatch, rows):
    rng = np.random.default_rng(3)
    buffer = rng.integers(0, 256, 9000, dtype=np.uint8)
    starts, lengths = rng.integers(0, 4000, 40), rng.integers(0, 500, 40)
    monkeypatch.setattr(_crc32c, "BLOCK_ROWS", rows)
    expected = [slow_crc32c(buffer[a : a + n].tobytes()) for a, n in zip(starts, lengths, strict=True)]
    assert crc32c_many(buffer, starts, lengths).tolist() == expected


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=8))
def test_frames_are_those_of_plain_python(payloads):
    lengths = np.array([len(payload) for payload in payloads])
    assert frame(np.frombuffer(b"".join(payloads), np.uint8), lengths) == b"".join(map(slow_frame, payloads))


@pytest.mark.parametrize("chunk", [1, 2, 7, 16, 100, 1 << 20])
def test_records_that_straddle_chunks(write, chunk):
    payloads = [b"", b"a", b"some text" * 9, b"\0" * 33, b"", b"end"]
    assert payloads_of(write(b"".join(map(slow_frame, payloads))), chunk=chunk) == payloads


def test_longest_record(write):
    payload = np.random.default_rng(0).bytes(MAX_LENGTH)
    content = (
        slow_frame(b"x") + bytes(frame(np.frombuffer(payload, np.uint8), np.array([MAX_LENGTH]))) + slow_frame(b"y")
    )
    assert payloads_of(write(content), chunk=1000) == [b"x", payload, b"y"]


def test_places(write):
    path = write(b"".join(map(slow_frame, [b"one", b"two", b"three"])))
    found = [
        (records.where(row), records.stop) for records in read_records(path, chunk=20) for row in range(len(records))
    ]
    assert found == [("record 0 at byte 0", 19), ("record 1 at byte 19", 38), ("record 2 at byte 38", 59)]


def test_every_truncation_is_refused(write):
    content = b"".join(map(slow_frame, [b"one", b"", b"two and more"]))
    ends = {0: 0, 19: 1, 35: 2}
    for size in range(len(content)):
        path = write(content[:size])
        for chunk in (5, 1000):
            if size in ends:
                assert len(payloads_of(path, chunk=chunk)) == ends[size]
            else:
                with pytest.raises(
                    StoreError, match=r"record \d at byte \d+ is cut off: the file ends \d+ bytes later"
                ):
                    payloads_of(path, chunk=chunk)


def test_every_flipped_bit_is_refused(write):
    content = b"".join(map(slow_frame, [b"one", b"", b"two and more"]))
    for bit in range(8 * len(content)):
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        path = write(damaged)
        for chunk in (5, 1000):
            with pytest.raises(BenchtoolsError, match=r"damaged|cut off"):
                payloads_of(path, chunk=chunk)


def test_damage_is_named(write):
    content = bytearray(b"".join(map(slow_frame, [b"one", b"two", b"three"])))
    content[19 + 13] ^= 1
    with pytest.raises(StoreError, match="record 1 at byte 19 is damaged: its 3 bytes differ from their checksum"):
        payloads_of(write(content))
    content[19 + 13] ^= 1
    content[19 + 6] ^= 1  # a length of 2**48 + 3
    with pytest.raises(StoreError, match=r"record 1 at byte 19 is damaged: its length \(281,474,976,710,659\) differs"):
        payloads_of(write(content))


@pytest.mark.parametrize("length", [MAX_LENGTH + 1, 2**31, 2**63, 2**64 - 1])
def test_absurd_length_is_refused(write, length):
    size = struct.pack("<Q", length)
    content = slow_frame(b"one") + size + struct.pack("<I", slow_masked(size)) + bytes(99)
    with pytest.raises(StoreError, match=f"record 1 at byte 19 says that it has {length:,} bytes: at most 65,536"):
        payloads_of(write(content))


@pytest.mark.parametrize("start", [b"\x80\x04\x95pickle and more", b"PAR1 of parquet...", b"PK\x03\x04 and so on...."])
def test_other_files_are_refused(write, start):
    with pytest.raises(InvalidInput, match=r"some.tfrecord is no TFRecord file, or its start is damaged"):
        payloads_of(write(start * 40))
