"""The cells in NAS-Bench-101's files: adjacency and operations as text, read in NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from benchtools.spaces._nasbench101_cell import OPERATIONS
from benchtools.spaces._nasbench101_codes import MAX_VERTICES, N_OPERATIONS, digits, edge_bit, pack

__all__ = ["read_cells", "text_window"]

SEPARATOR = '", "'
INPUT = len("input,")
LETTER = 4  # of an operation's name, where the two convolutions differ

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]


def text_window(buffer: Bytes, places: Ints, width: int) -> Bytes:
    """Return the `width` bytes from each place on, shape ``(n_places, width)``."""
    found: Bytes = sliding_window_view(buffer, width)[places]
    return found


def read_cells(buffer: Bytes, places: Ints) -> tuple[Ints, NDArray[np.uint32], Ints]:
    """Read cells as ``json.dumps`` writes them: ``<adjacency>", "<operations>", "``.

    Every character of both is compared: an edge that does not run forwards or an unknown operation does not fit.

    Parameters
    ----------
    buffer : numpy.ndarray of uint8
        With at least 256 bytes behind each place.
    places : numpy.ndarray of int64, shape (n_cells,)
        Where the adjacencies start.

    Returns
    -------
    fits : numpy.ndarray of int64, shape (n_fitting,)
        Which of the cells have this form.
    codes : numpy.ndarray of uint32, shape (n_cells,)
        Their codes, see `benchtools.spaces._nasbench101_codes`; not canonical, loose ends included.
    ends : numpy.ndarray of int64, shape (n_cells,)
        The places behind them.

    Examples
    --------
    >>> text = b'010001000", "input,maxpool3x3,output", "and so on'
    >>> fits, codes, ends = read_cells(np.frombuffer(text + bytes(256), np.uint8), np.array([0]))
    >>> fits.tolist(), ends.tolist(), text[ends[0] :]
    ([0], [40], b'and so on')
    """
    codes, ends = np.zeros(len(places), np.uint32), np.zeros(len(places), np.int64)
    fits = [np.zeros(0, np.int64)]
    for n_vertices in range(2, MAX_VERTICES + 1):
        same = np.flatnonzero(buffer[places + n_vertices**2] == ord(SEPARATOR[0]))
        adjacency, is_adjacency = _read_adjacency(text_window(buffer, places[same], n_vertices**2), n_vertices)
        same, adjacency = same[is_adjacency], adjacency[is_adjacency]
        labelling, is_labelling, stops = _read_operations(buffer, places[same] + n_vertices**2, n_vertices)
        codes[same], ends[same] = pack(n_vertices, adjacency, labelling), stops
        fits.append(same[is_labelling])
    return np.sort(np.concatenate(fits)), codes, ends


def _read_adjacency(text: Bytes, n_vertices: int) -> tuple[Ints, NDArray[np.bool_]]:
    """Return adjacencies as bits, and which of the texts are of zeros and ones above the diagonal."""
    entries = text - ord("0")
    edges = np.zeros((n_vertices, n_vertices))
    for target in range(n_vertices):
        for source in range(target):
            edges[source, target] = 1 << edge_bit(source, target)
    lower = np.tril(np.ones((n_vertices, n_vertices))).ravel()
    found = entries.astype(np.float32) @ np.stack([edges.ravel(), lower], axis=1).astype(np.float32)
    is_bad = entries > 1
    fits = np.asarray(found[:, 1] == 0)
    if is_bad.any():
        fits &= ~is_bad.any(axis=1)
    return found[:, 0].astype(np.int64), fits


def _read_operations(buffer: Bytes, places: Ints, n_vertices: int) -> tuple[Ints, NDArray[np.bool_], Ints]:
    """Return labellings, which of the texts are operations between separators, and the places behind these."""
    place = places + len(SEPARATOR) + INPUT
    labelling = np.zeros(len(places), np.int64)
    pool = OPERATIONS.index("maxpool3x3")
    for _ in range(n_vertices - 2):
        is_pool = buffer[place] == ord("m")
        digit = np.where(is_pool, pool, buffer[place + LETTER] == ord(OPERATIONS[1][LETTER]))
        labelling = N_OPERATIONS * labelling + digit
        place += np.where(is_pool, len(OPERATIONS[pool]) + 1, len(OPERATIONS[0]) + 1)
    texts = _texts(n_vertices)
    found = text_window(buffer, places, texts.width).view(np.uint64)
    differs = (found ^ texts.words[labelling]) & texts.masks[labelling]
    fits = np.ones(len(places), np.bool_)
    if differs.any():
        fits &= ~differs.any(axis=1)
    return labelling, fits, places + texts.lengths[labelling]


@dataclass(frozen=True)
class Texts:
    """The operations of all labellings as text, padded to whole 8-byte words; masks tell text from padding."""

    width: int
    lengths: Ints
    words: NDArray[np.uint64]
    masks: NDArray[np.uint64]


@cache
def _texts(n_vertices: int) -> Texts:
    """Return the texts of all labellings of cells with so many vertices."""
    n_interior = n_vertices - 2
    lists = [digits(labelling, n_interior) for labelling in range(N_OPERATIONS**n_interior)]
    names = [",".join(["input", *(OPERATIONS[digit] for digit in interior), "output"]) for interior in lists]
    texts = [f"{SEPARATOR}{name}{SEPARATOR}".encode() for name in names]
    width = -(-max(map(len, texts)) // 8) * 8
    content = b"".join(text.ljust(width, b"\0") for text in texts)
    mask = b"".join((b"\xff" * len(text)).ljust(width, b"\0") for text in texts)
    words, masks = (np.frombuffer(part, np.uint64).reshape(len(texts), -1) for part in (content, mask))
    return Texts(width, np.array([len(text) for text in texts]), words, masks)
