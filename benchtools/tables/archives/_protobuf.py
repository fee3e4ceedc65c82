"""The wire format of protocol buffers, as far as reading plain messages needs it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from benchtools.errors import StoreError

__all__ = ["I32", "I64", "LEN", "VARINT", "Field", "fields", "signed", "varint"]

VARINT, I64, LEN, I32 = 0, 1, 2, 5
KINDS = {VARINT: "varint", I64: "64-bit", LEN: "length-delimited", I32: "32-bit"}
MAX_VARINT = 10
MAX_NUMBER = (1 << 29) - 1


class Field(NamedTuple):
    """One field of a message: its number, its wire type, and where its tag starts and its value lies."""

    number: int
    kind: int
    tag: int
    start: int
    stop: int


def fields(message: bytes, start: int = 0, stop: int | None = None) -> Iterator[Field]:
    r"""Yield the fields of the message in ``message[start:stop]``, in the order of the bytes.

    The value of a length-delimited field is what follows the length.

    Raises
    ------
    StoreError
        If the bytes are no message: cut off, a varint of more than 10 bytes or 64 bits, a field number or wire type
        that is not valid (groups, which are obsolete, among them).

    Examples
    --------
    >>> for field in fields(b"\x10\x96\x01\x0a\x02hi"):
    ...     print(field)
    Field(number=2, kind=0, tag=0, start=1, stop=3)
    Field(number=1, kind=2, tag=3, start=5, stop=7)
    """
    end = len(message) if stop is None else stop
    place = start
    while place < end:
        tag = place
        value, place = varint(message, place, end)
        number, kind = value >> 3, value & 7
        if kind not in KINDS or not 1 <= number <= MAX_NUMBER:
            raise StoreError(f"its message has no valid field at byte {tag} (number {number}, wire type {kind})")
        begin = place
        if kind == VARINT:
            place = varint(message, place, end)[1]
        elif kind == LEN:
            length, begin = varint(message, place, end)
            place = begin + length
        else:
            place += 8 if kind == I64 else 4
        if place > end:
            raise StoreError(f"its message is cut off within the field at byte {tag}")
        yield Field(number, kind, tag, begin, place)


def varint(message: bytes, place: int, stop: int) -> tuple[int, int]:
    r"""Return the number of at most 64 bits that starts at a place, and the place behind it.

    Examples
    --------
    >>> varint(b"\x96\x01", 0, 2)
    (150, 2)
    """
    value = 0
    for number in range(MAX_VARINT):
        if place + number >= stop:
            raise StoreError(f"its message is cut off within the number at byte {place}")
        byte = message[place + number]
        value |= (byte & 0x7F) << 7 * number
        if byte < 0x80:
            if value >= 1 << 64:
                break
            return value, place + number + 1
    raise StoreError(f"its message has a number of more than 64 bits at byte {place}")


def signed(value: int) -> int:
    """Return the int64 whose two's complement a varint holds.

    Examples
    --------
    >>> signed(5), signed(2**64 - 1)
    (5, -1)
    """
    return value - (1 << 64) if value >> 63 else value
