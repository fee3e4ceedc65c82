"""The rows of NAS-Bench-101's files as arrays: the usual text read in NumPy, any other as JSON, row by row."""

from __future__ import annotations

import binascii
import json
import re
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput, StoreError
from benchtools.spaces import NASBench101Cell
from benchtools.tables.archives._nasbench101_cells import read_cells, text_window
from benchtools.tables.archives._nasbench101_metrics import N_NUMBERS, Layout, decode, decode_many
from benchtools.tables.archives._tfrecord import Records

__all__ = ["EPOCHS", "RowReader", "Rows"]

EPOCHS = (4, 12, 36, 108)
HEAD = 37  # ["<hash>", and a space
MAX_USUAL = 1024  # bytes of a row; longer ones are read as JSON
BLOCK = 4096  # rows at a time
NEWLINE = np.frombuffer(b"\\n", np.uint8)  # as JSON writes it
TAIL = 6  # ==\\n"]
TEXT_SHAPES = 8  # ways to pad, of texts of one length
FIELDS = "[hash, epochs, adjacency, operations, metrics]"

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """Rows of a file, in its order.

    Attributes
    ----------
    hashes : numpy.ndarray of uint64, shape (n_rows, 2)
        High and low halves.
    epochs : numpy.ndarray of int64, shape (n_rows,)
    codes : numpy.ndarray of uint32, shape (n_rows,)
        Their cells: of several isomorphic ones, and with loose ends, as the file has them.
    numbers : numpy.ndarray of float64, shape (17, n_rows)
        See `benchtools.tables.archives._nasbench101_metrics`.
    """

    hashes: NDArray[np.uint64]
    epochs: Ints
    codes: NDArray[np.uint32]
    numbers: NDArray[np.float64]

    @classmethod
    def empty(cls, n_rows: int) -> Rows:
        """Return rows to be filled in."""
        return cls(
            np.zeros((n_rows, 2), np.uint64),
            np.zeros(n_rows, np.int64),
            np.zeros(n_rows, np.uint32),
            np.zeros((N_NUMBERS, n_rows)),
        )


@dataclass
class RowReader:
    r"""Reads rows, and remembers the layouts of their messages.

    Examples
    --------
    >>> from benchtools.tables.archives._tfrecord import Records
    >>> message = binascii.b2a_base64(b"\n\0" * 3, newline=False).decode()  # three evaluations, all zero
    >>> cell = "010001000", "input,maxpool3x3,output"
    >>> payload = json.dumps(["b49ac8c578b4561d79ac7087988f1c61", 4, *cell, message]).encode()
    >>> buffer = np.frombuffer(payload + bytes(2000), np.uint8)
    >>> rows = RowReader().read(Records(buffer, np.array([0]), np.array([len(payload)]), 0, 0))
    >>> int(rows.epochs[0]), rows.numbers.shape
    (4, (17, 1))
    """

    layouts: dict[int, list[Layout]] = field(default_factory=dict)

    def read(self, records: Records) -> Rows:
        """Return the rows in records.

        Raises
        ------
        StoreError
            If one is no row of NAS-Bench-101; the message names the record.
        """
        rows = Rows.empty(len(records))
        for start in range(0, len(records), BLOCK):
            block = np.arange(start, min(start + BLOCK, len(records)))
            is_done = np.zeros(len(block), np.bool_)
            is_done[self._read_usual(records, block, rows)] = True
            for row in block[~is_done].tolist():
                try:
                    self._read_one(records.payload(row), row, rows)
                except (StoreError, InvalidInput) as error:
                    raise StoreError(f"{records.where(row)}: {error}") from None
        return rows

    def _read_usual(self, records: Records, block: Ints, rows: Rows) -> Ints:
        """Fill in the rows whose text has the usual form, and return which of the block they are."""
        buffer, starts, ends = records.buffer, records.starts[block], records.starts[block] + records.lengths[block]
        chosen = np.flatnonzero(records.lengths[block] <= MAX_USUAL)
        chosen, hashes, epochs, cells = _read_heads(buffer, starts, chosen)
        fits, codes, texts = read_cells(buffer, cells)
        chosen, hashes, epochs, codes, texts = chosen[fits], hashes[fits], epochs[fits], codes[fits], texts[fits]
        shapes = _text_shapes(buffer, texts, ends[chosen])
        done = [np.zeros(0, np.int64)]
        for shape in np.unique(shapes[shapes > 0]).tolist():
            same = np.flatnonzero(shapes == shape)
            messages = _decode_base64(text_window(buffer, texts[same], shape // TEXT_SHAPES))
            if messages is None:
                continue
            numbers, is_done = decode_many(messages, self.layouts.setdefault(messages.shape[1], []))
            kept = same[is_done]
            target = block[chosen[kept]]
            rows.hashes[target], rows.epochs[target] = hashes[kept], epochs[kept]
            rows.codes[target], rows.numbers[:, target] = codes[kept], numbers[:, is_done]
            done.append(chosen[kept])
        return np.concatenate(done)

    def _read_one(self, payload: bytes, row: int, rows: Rows) -> None:
        """Fill in any row."""
        digest, epochs, adjacency, operations, text = _load(payload)
        if not re.fullmatch("[0-9a-f]{32}", digest):
            raise StoreError(f"its hash is {digest!r:.80}: 32 hexadecimal digits are expected")
        if epochs not in EPOCHS:
            raise StoreError(f"the cell {digest} has {epochs} epochs: {', '.join(map(str, EPOCHS))} are expected")
        try:
            message = binascii.a2b_base64("".join(text.split()), strict_mode=True)
        except ValueError as error:
            raise StoreError(f"the metrics of the cell {digest} are no base64: {error}") from None
        rows.hashes[row] = int(digest[:16], 16), int(digest[16:], 16)
        rows.epochs[row] = epochs
        rows.codes[row] = NASBench101Cell.parse(f"{adjacency}:{operations}").code
        rows.numbers[:, row] = decode(message)


def _load(payload: bytes) -> tuple[str, int, str, str, str]:
    try:
        fields = json.loads(payload.decode())
    except (ValueError, RecursionError) as error:
        raise StoreError(f"it is no JSON text ({error!s:.100}): {FIELDS} is expected") from None
    if not isinstance(fields, list) or [type(value) for value in fields] != [str, int, str, str, str]:
        raise StoreError(f"it is {payload[:60]!r}...: {FIELDS} is expected")
    return tuple(fields)


def _read_heads(buffer: NDArray[np.uint8], starts: Ints, chosen: Ints) -> tuple[Ints, NDArray[np.uint64], Ints, Ints]:
    """Read hashes and epochs of rows, and return those that have the usual form and where their cells start."""
    heads = text_window(buffer, starts[chosen], 40)
    pairs = _hex_pairs()[heads[:, 2:34].copy().view(np.uint16)]
    is_bad = pairs > 0xFF
    fits = ~is_bad.any(axis=1) if is_bad.any() else np.ones(len(chosen), np.bool_)
    fits &= _starts_with(heads[:, :8], b'["') & _starts_with(heads[:, 32:], b'", ', skip=2)
    epochs, cells = np.zeros(len(chosen), np.int64), starts[chosen] + HEAD
    tails = text_window(buffer, cells, 8)
    for n_epochs in EPOCHS:
        text = f'{n_epochs}, "'.encode()
        same = _starts_with(tails, text)
        epochs[same] = n_epochs
        cells[same] += len(text)
    fits &= epochs > 0
    hashes = pairs.astype(np.uint8).view(">u8").astype(np.uint64)
    return chosen[fits], hashes[fits], epochs[fits], cells[fits]


def _starts_with(places: NDArray[np.uint8], text: bytes, *, skip: int = 0) -> NDArray[np.bool_]:
    """Return which of the rows of 8 bytes hold the text, after so many bytes."""
    pattern = np.frombuffer((bytes(skip) + text).ljust(8, b"\0"), np.uint64)
    mask = np.frombuffer((bytes(skip) + b"\xff" * len(text)).ljust(8, b"\0"), np.uint64)
    found: NDArray[np.bool_] = (places.view(np.uint64)[:, 0] & mask) == pattern
    return found


@cache
def _hex_pairs() -> NDArray[np.uint16]:
    """Return the byte that each two characters stand for in lower-case hexadecimal, more than 255 for any others."""
    table = np.full(1 << 16, 0xFFFF, np.uint16)
    pairs = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), np.uint16)
    table[pairs] = np.arange(256)
    return table


def _text_shapes(buffer: NDArray[np.uint8], texts: Ints, ends: Ints) -> Ints:
    """Return a number for the length of base64 texts and their padding together, 0 for rows that end in another way."""
    tails = text_window(buffer, ends - TAIL, TAIL)
    lengths = ends - 2 - texts
    n_pads = (tails[:, :-2] == ord("=")).sum(axis=1)
    is_usual = (tails[:, -2:] == np.frombuffer(b'"]', np.uint8)).all(axis=1) & (lengths > 0)
    return np.where(is_usual, lengths * TEXT_SHAPES + n_pads, 0)


def _decode_base64(texts: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Return the messages in base64 texts of one length, newlines and padding being where the first has them.

    None if this is not so, or if they hold anything else.
    """
    breaks = np.flatnonzero(texts[0] == NEWLINE[0])
    if len(breaks):
        edges = [-2, *breaks.tolist(), texts.shape[1]]
        for place in breaks.tolist():
            if (texts[:, place] != NEWLINE[0]).any() or (texts[:, place + 1 : place + 2] != NEWLINE[1]).any():
                return None
        texts = np.hstack([texts[:, a + 2 : b] for a, b in pairwise(edges)])
    if not texts.shape[1] or texts.shape[1] % 4:
        return None
    n_pads = texts[0, -2:].tolist().count(ord("="))
    if n_pads:
        if (texts[:, -n_pads:] != ord("=")).any():
            return None
        texts[:, -n_pads:] = ord("A")  # so that all texts are one
    try:
        messages = np.frombuffer(binascii.a2b_base64(texts.tobytes(), strict_mode=True), np.uint8)
    except ValueError:
        return None
    return messages.reshape(len(texts), -1)[:, : texts.shape[1] // 4 * 3 - n_pads]
