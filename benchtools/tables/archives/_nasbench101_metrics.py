"""The numbers of NAS-Bench-101's rows: protocol buffers of one message type, one by one or many of the same layout."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import StoreError
from benchtools.tables.archives._protobuf import I64, LEN, VARINT, Field, fields, signed, varint

__all__ = ["EVALUATION", "N_EVALUATIONS", "N_NUMBERS", "PARAMETERS", "TOTAL_TIME", "decode", "decode_many"]

EVALUATION = ("current_epoch", "training_time", "train_accuracy", "validation_accuracy", "test_accuracy")
N_EVALUATIONS = 3  # before training, half-way, at the end
PARAMETERS = N_EVALUATIONS * len(EVALUATION)
TOTAL_TIME = PARAMETERS + 1
N_NUMBERS = TOTAL_TIME + 1
"""A row of numbers: those of `EVALUATION` three times over, the trainable parameters, the total time."""

MAX_LAYOUTS = 16  # that are kept in mind for messages of one length
QUICK_VARINT = 8  # bytes; longer ones are decoded one by one


@dataclass(frozen=True)
class Layout:
    """Where the numbers of a message lie, and the bits that make another message have the same layout.

    Attributes
    ----------
    numbers : dict of int to int
        Place in the row of numbers -> place of the double in the message.
    parameters : range
        Bytes of the varint; empty where there is none.
    mask, pattern : numpy.ndarray of uint8, shape (n_bytes,)
        The bits that every message of this layout has, all others being values.
    """

    numbers: dict[int, int]
    parameters: range
    mask: NDArray[np.uint8]
    pattern: NDArray[np.uint8]


def decode(message: bytes) -> NDArray[np.float64]:
    """Return the numbers in a serialised ``ModelMetrics``, shape ``(17,)``; those that are missing are 0.

    Raises
    ------
    StoreError
        If it is no such message, or does not have three evaluations.
    """
    numbers = np.zeros(N_NUMBERS)
    for target, field in _known(message):
        if field.kind == VARINT:
            numbers[target] = signed(varint(message, field.start, field.stop)[0])
        else:
            (numbers[target],) = struct.unpack_from("<d", message, field.start)
    return numbers


def decode_many(messages: NDArray[np.uint8], layouts: list[Layout]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the numbers in messages of the same length, and which of them could be decoded this way.

    A message that is decoded field by field shows where the numbers of others lie whose tags and lengths are the same.

    Parameters
    ----------
    messages : numpy.ndarray of uint8, shape (n_messages, n_bytes)
    layouts : list of Layout
        Those met so far in messages of this length; new ones are appended.

    Returns
    -------
    numbers : numpy.ndarray of float64, shape (17, n_messages)
    is_done : numpy.ndarray of bool, shape (n_messages,)
        False for messages of rare layouts, and for damaged ones: give them to `decode`.
    """
    numbers = np.zeros((N_NUMBERS, len(messages)))
    left = np.arange(len(messages))
    for layout in layouts:
        left = _fill(numbers, messages, left, layout)
    is_done = np.ones(len(messages), np.bool_)
    while len(left) and len(layouts) < MAX_LAYOUTS:
        try:
            layouts.append(_layout(messages[left[0]].tobytes()))
        except StoreError:
            is_done[left[0]], left = False, left[1:]
        else:
            left = _fill(numbers, messages, left, layouts[-1])
    is_done[left] = False
    return numbers, is_done


def _known(message: bytes, structure: list[Field] | None = None) -> Iterator[tuple[int, Field]]:
    """Yield the fields of numbers with their places in the row of numbers, and list every field in `structure`."""
    n_evaluations = 0
    for field in fields(message):
        if structure is not None:
            structure.append(field)
        if field.number == 1:
            _expect(field, LEN)
            for inner in fields(message, field.start, field.stop):
                if structure is not None:
                    structure.append(inner)
                if inner.number <= len(EVALUATION):
                    _expect(inner, I64)
                    if n_evaluations < N_EVALUATIONS:
                        yield n_evaluations * len(EVALUATION) + inner.number - 1, inner
            n_evaluations += 1
        elif field.number == 2:
            _expect(field, VARINT)
            yield PARAMETERS, field
        elif field.number == 3:
            _expect(field, I64)
            yield TOTAL_TIME, field
    if n_evaluations != N_EVALUATIONS:
        raise StoreError(
            f"its message has {n_evaluations} evaluations: {N_EVALUATIONS} are expected (before training, half-way, at "
            "the end)"
        )


def _expect(field: Field, kind: int) -> None:
    if field.kind != kind:
        raise StoreError(
            f"field {field.number} of its message, at byte {field.tag}, has wire type {field.kind}: {kind} is expected"
        )


def _layout(message: bytes) -> Layout:
    structure: list[Field] = []
    places = dict(_known(message, structure))
    mask = np.zeros(len(message), np.uint8)
    for field in structure:
        mask[field.tag : field.start] = 0xFF
        if field.kind == VARINT:
            mask[field.start : field.stop] = 0x80
    varint_field = places.pop(PARAMETERS, None)
    parameters = range(varint_field.start, varint_field.stop) if varint_field else range(0)
    if len(parameters) > QUICK_VARINT:
        raise StoreError(f"its number of parameters has {len(parameters)} bytes")
    numbers = {target: field.start for target, field in places.items()}
    return Layout(numbers, parameters, mask, np.frombuffer(message, np.uint8) & mask)


def _fill(
    numbers: NDArray[np.float64], messages: NDArray[np.uint8], left: NDArray[np.int64], layout: Layout
) -> NDArray[np.int64]:
    """Fill in the numbers of messages that have the layout, and return which of the others are left."""
    if not len(left):
        return left
    chosen = messages if len(left) == len(messages) else messages[left]
    differs = (chosen & layout.mask) ^ layout.pattern
    if not differs.any():
        numbers[:, left] = _extract(chosen, layout)
        return left[:0]
    fits = ~differs.any(axis=1)
    numbers[:, left[fits]] = _extract(chosen[fits], layout)
    return left[~fits]


def _extract(messages: NDArray[np.uint8], layout: Layout) -> NDArray[np.float64]:
    numbers = np.zeros((N_NUMBERS, len(messages)))
    if layout.numbers:
        names = [str(target) for target in layout.numbers]
        offsets, n_bytes = list(layout.numbers.values()), messages.shape[1]
        kind = {"names": names, "formats": ["<f8"] * len(names), "offsets": offsets, "itemsize": n_bytes}
        doubles = messages.view(np.dtype(kind))[:, 0]  # type: ignore[call-overload]
        for target, name in zip(layout.numbers, names, strict=True):
            numbers[target] = doubles[name]
    for shift, place in enumerate(layout.parameters):
        numbers[PARAMETERS] += (messages[:, place] & 0x7F) * float(1 << 7 * shift)
    return numbers
