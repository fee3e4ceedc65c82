"""What is checked of NAS-Bench-101's rows before they are handed on: their cells, their repeats, their numbers."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import StoreError
from benchtools.spaces import NASBench101Cell
from benchtools.spaces._nasbench101_codes import canonical_codes
from benchtools.spaces._nasbench101_list import SIZE, cell_list
from benchtools.tables.archives._nasbench101_metrics import EVALUATION, N_EVALUATIONS, N_NUMBERS, PARAMETERS, TOTAL_TIME
from benchtools.tables.archives._nasbench101_rows import EPOCHS, Rows
from benchtools.tables.archives._tfrecord import Records

__all__ = ["N_REPEATS", "History", "check_numbers", "find_cells"]

N_REPEATS = 3
MOMENTS = ("before training", "half-way", "at the end")
MAX_PARAMETERS = 2**31 - 1
HALF_EPOCH = 0.5  # how far a moment may be from the epoch that its place in the row stands for

Ints = NDArray[np.int64]


def find_cells(records: Records, rows: Rows) -> Ints:
    """Return the index of each row's cell in the space, shape ``(n_rows,)``.

    Raises
    ------
    StoreError
        If a hash is of no cell, or if the adjacency and operations of a row, pruned, are not isomorphic to the cell of
        its hash.
    """
    cells = cell_list()
    found = np.minimum(np.searchsorted(_high_halves(), rows.hashes[:, 0]), SIZE - 1)
    unknown = np.flatnonzero((cells.hashes[found] != rows.hashes).any(axis=1))
    if len(unknown):
        row = int(unknown[0])
        raise StoreError(f"{records.where(row)} has the hash {digest(rows, row)}, which no cell of nasbench101 has")
    differs = np.flatnonzero(rows.codes != cells.codes[found])
    if len(differs):
        codes, place = np.unique(rows.codes[differs], return_inverse=True)
        differs = differs[canonical_codes(codes)[place] != cells.codes[found[differs]]]
    for row in differs.tolist():
        cell = NASBench101Cell.from_code(int(rows.codes[row]))
        if not cell.is_valid or cell.code != cells.codes[found[row]]:
            raise StoreError(
                f"{records.where(row)} has the cell {cell} under the hash {digest(rows, row)}, which is that of "
                "another cell"
            )
    return found


@cache
def _high_halves() -> NDArray[np.uint64]:
    """Return the high halves of all hashes, one after the other in memory."""
    return np.ascontiguousarray(cell_list().hashes[:, 0])


def check_numbers(records: Records, rows: Rows) -> None:
    """Refuse the first row that has a number out of its range.

    Raises
    ------
    StoreError
        The message names the record, its cell and the number.
    """
    n = len(EVALUATION)
    low, high = np.zeros(N_NUMBERS), np.full(N_NUMBERS, np.finfo(np.float64).max)
    for start in range(0, N_EVALUATIONS * n, n):
        high[start + 2 : start + n] = 1.0
    high[PARAMETERS] = MAX_PARAMETERS
    bad = ~((rows.numbers >= low[:, None]) & (rows.numbers <= high[:, None]))
    moments = rows.numbers[: N_EVALUATIONS * n : n]
    expected = np.stack([np.zeros_like(rows.epochs), rows.epochs // 2, rows.epochs])
    bad[: N_EVALUATIONS * n : n] |= ~(np.abs(moments - expected) < HALF_EPOCH)
    if not bad.any():
        return
    row, place = (int(found[0]) for found in np.nonzero(bad.T))
    if place == PARAMETERS:
        what, valid = "trainable_parameters", f"0 to {MAX_PARAMETERS} are valid"
    elif place == TOTAL_TIME:
        what, valid = "total_time", "finite seconds from 0 are valid"
    else:
        name, moment = EVALUATION[place % n], place // n
        what = f"{name} {MOMENTS[moment]}"
        valid = "a fraction of 0 to 1 is valid" if high[place] == 1 else "finite seconds from 0 are valid"
        if name == "current_epoch":
            valid = f"{expected[moment, row]} is expected"
    raise StoreError(
        f"{records.where(row)}, the cell {digest(rows, row)} with {rows.epochs[row]} epochs, has {what} = "
        f"{rows.numbers[place, row]:.12g}: {valid}"
    )


def digest(rows: Rows, row: int) -> str:
    """Return the hash of a row as text."""
    high, low = rows.hashes[row].tolist()
    return f"{high:016x}{low:016x}"


class History:
    """What earlier rows of a file said about the same cells."""

    def __init__(self) -> None:
        self._n_rows = np.zeros(SIZE * len(EPOCHS), np.int8)  # of each cell and number of epochs
        self._parameters = np.zeros(SIZE, np.int64)  # of each cell, and 1; 0 where no row has been met

    def repeats(self, records: Records, rows: Rows, cells: Ints) -> Ints:
        """Return how many rows of the same cell and number of epochs come before each row, shape ``(n_rows,)``.

        Raises
        ------
        StoreError
            If there are more than three of them.
        """
        groups = cells * len(EPOCHS) + np.searchsorted(EPOCHS, rows.epochs)
        order = np.argsort(groups, kind="stable")
        unique, starts, counts = np.unique(groups[order], return_index=True, return_counts=True)
        repeats = np.empty(len(groups), np.int64)
        repeats[order] = np.arange(len(groups)) - np.repeat(starts - self._n_rows[unique], counts)
        extra = np.flatnonzero(repeats >= N_REPEATS)
        if len(extra):
            row = int(extra[0])
            raise StoreError(
                f"{records.where(row)} is row {repeats[row] + 1} of the cell {digest(rows, row)} with "
                f"{rows.epochs[row]} epochs: at most {N_REPEATS} are expected"
            )
        self._n_rows[unique] += counts.astype(np.int8)
        return repeats

    def new_parameters(self, records: Records, rows: Rows, cells: Ints) -> NDArray[np.float64]:
        """Return the number of parameters [millions] of each row's cell where this is its first row, else NaN.

        Raises
        ------
        StoreError
            If two rows of a cell give different numbers.
        """
        given = rows.numbers[PARAMETERS].astype(np.int64) + 1
        unique, first = np.unique(cells, return_index=True)
        new = first[self._parameters[unique] == 0]
        self._parameters[cells[new]] = given[new]
        differs = np.flatnonzero(given != self._parameters[cells])
        if len(differs):
            row = int(differs[0])
            raise StoreError(
                f"{records.where(row)} gives the cell {digest(rows, row)} {given[row] - 1} trainable parameters: an "
                f"earlier row gives it {self._parameters[cells[row]] - 1}"
            )
        values = np.full(len(cells), np.nan)
        values[new] = (given[new] - 1) / 1e6
        return values
