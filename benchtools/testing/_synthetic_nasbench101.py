"""Files in the exact layout of NAS-Bench-101's, of its real cells, filled with SYNTHETIC numbers: for tests only."""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchtools.files import whole
from benchtools.progress import Progress, silent
from benchtools.spaces import NASBench101
from benchtools.tables.archives._tfrecord import frame
from benchtools.testing._synthetic_label import labelled

__all__ = ["write_nasbench101"]

CHUNK = 20_000  # rows at a time
N_REPEATS = 3
STEP = 1 / 9984  # what an accuracy on 39 batches of 256 images is a multiple of
DOUBLES = ("current_epoch", "training_time", "train_accuracy", "validation_accuracy", "test_accuracy")
LINE = 76  # characters of a line of base64

Floats = NDArray[np.float64]


def write_nasbench101(
    path: str | PathLike[str],
    *,
    cells: Sequence[int] | NDArray[np.int64] | None = None,
    epochs: Sequence[int] = (108,),
    rng: np.random.Generator | int = 0,
    shuffle: bool = False,
    progress: Progress = silent,
) -> Path:
    """Write a file of SYNTHETIC numbers in the layout of ``nasbench_only108.tfrecord`` or ``nasbench_full.tfrecord``.

    The cells and their hashes are real; every accuracy, time and number of parameters is drawn at random. Never quote
    one as a result.

    Parameters
    ----------
    path : path-like
        Where to write; 520 MB for all cells at 108 epochs.
    cells : sequence of int, optional
        Indices of the space nasbench101; all 423,624 by default.
    epochs : sequence of int
        (108,), or (4, 12, 36, 108) for the layout of the full file. Each cell has three rows of each.
    rng : numpy.random.Generator or int
        Where the numbers come from.
    shuffle : bool
        Whether the rows come in random order, not cell by cell.
    progress : callable
        Called as ``progress("write rows", done, total)``.

    Returns
    -------
    pathlib.Path

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_nasbench101(Path(folder, "small.tfrecord"), cells=[0, 7])
    ...     path.read_bytes()[12:50]
    b'["00005c142e6f48ac74fdcf73e3439874", 1'
    """
    rng = np.random.default_rng(rng)
    space = NASBench101()
    indices = np.arange(len(space)) if cells is None else np.asarray(cells, dtype=np.int64)
    cell, schedule = np.repeat(indices, len(epochs) * N_REPEATS), np.tile(np.repeat(epochs, N_REPEATS), len(indices))
    parameters = rng.integers(200_000, 50_000_000, len(space))
    order = rng.permutation(len(cell)) if shuffle else np.arange(len(cell))
    with whole(labelled(path)) as draft, open(draft, "wb") as file:
        for start in range(0, len(order), CHUNK):
            rows = order[start : start + CHUNK]
            texts = _row_texts(space, cell[rows], schedule[rows], parameters[cell[rows]], rng)
            lengths = np.array([len(text) for text in texts])
            file.write(frame(np.frombuffer(b"".join(texts), np.uint8), lengths))
            progress("write rows", start + len(rows), len(order))
    return Path(path)


def _row_texts(
    space: NASBench101,
    cells: NDArray[np.int64],
    epochs: NDArray[np.int64],
    parameters: NDArray[np.int64],
    rng: np.random.Generator,
) -> list[bytes]:
    heads = {index: _head(space, index) for index in set(cells.tolist())}
    texts = []
    evaluations, seconds = _numbers(epochs, parameters, rng)
    blocks = [_evaluation(evaluations[:, moment]) for moment in range(evaluations.shape[1])]
    first = np.hstack(blocks)
    last = seconds.astype("<f8").view(np.uint8).reshape(-1, 8)
    rows = zip(cells.tolist(), epochs.tolist(), first, parameters.tolist(), last, strict=True)
    for index, n_epochs, body, n_parameters, total in rows:
        message = b"%b\x10%b\x19%b" % (body.tobytes(), _varint(n_parameters), total.tobytes())
        digest, cell = heads[index]
        texts.append(b'["%b", %d, %b, "%b"]' % (digest, n_epochs, cell, _base64(message)))
    return texts


def _head(space: NASBench101, index: int) -> tuple[bytes, bytes]:
    adjacency, _, operations = str(space.cell(index)).partition(":")
    return space.to_string(index).encode(), f'"{adjacency}", "{operations}"'.encode()


def _numbers(
    epochs: NDArray[np.int64], parameters: NDArray[np.int64], rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return the evaluations, shape ``(n_rows, 3, 5)``, and the total times [s]: SYNTHETIC."""
    n_rows = len(epochs)
    share = np.array([0.0, 0.5, 1.0])
    after = np.floor(epochs[:, None] * share)
    seconds = (20 + parameters[:, None] / 1e5) * rng.uniform(0.9, 1.1, (n_rows, 1)) * after / 12
    quality = rng.beta(8, 2, (n_rows, 1, 1)) * np.array([1.05, 1.0, 0.99])
    accuracy = 0.1 + 0.85 * quality * (1 - np.exp(-after / 8))[:, :, None] + rng.normal(0, 0.005, (n_rows, 3, 3))
    rounded = np.clip(np.round(accuracy / STEP) * STEP, 0, 1)
    return np.concatenate([after[:, :, None], seconds[:, :, None], rounded], axis=2), 1.2 * seconds[:, -1] + 30


def _evaluation(numbers: Floats) -> NDArray[np.uint8]:
    """Return serialised evaluations, shape ``(n_rows, 47)``: tag and length, then tag and double five times."""
    message = np.zeros((len(numbers), 2 + 9 * len(DOUBLES)), np.uint8)
    message[:, :2] = 0x0A, 9 * len(DOUBLES)
    for place in range(len(DOUBLES)):
        start = 2 + 9 * place
        message[:, start] = 8 * (place + 1) + 1
        message[:, start + 1 : start + 9] = numbers[:, place].astype("<f8").view(np.uint8).reshape(-1, 8)
    return message


def _varint(value: int) -> bytes:
    content = bytearray()
    while value >= 0x80:
        content.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*content, value])


def _base64(message: bytes) -> bytes:
    """Return base64 in lines, each ended by a newline, as JSON writes them."""
    text = binascii.b2a_base64(message, newline=False)
    return b"".join(text[start : start + LINE] + b"\\n" for start in range(0, len(text), LINE))
