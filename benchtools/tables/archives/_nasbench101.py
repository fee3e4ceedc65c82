"""Reader of NAS-Bench-101's official files: one record per cell, number of epochs and repeat."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import StoreError
from benchtools.progress import Progress, silent
from benchtools.tables._column import Column
from benchtools.tables.archives._block import Block, Part
from benchtools.tables.archives._files import reading
from benchtools.tables.archives._nasbench101_checks import N_REPEATS, History, check_numbers, find_cells
from benchtools.tables.archives._nasbench101_metrics import EVALUATION, PARAMETERS, TOTAL_TIME
from benchtools.tables.archives._nasbench101_rows import RowReader, Rows
from benchtools.tables.archives._tfrecord import read_records

__all__ = ["read_nasbench101"]

DATASET = "cifar10"
STAGE = "bytes"
SERIES = (
    ("train_time_s", None, "training_time", 1.0),
    ("accuracy", "train", "train_accuracy", 100.0),
    ("accuracy", "valid", "validation_accuracy", 100.0),
    ("accuracy", "test", "test_accuracy", 100.0),
)
"""Metric and split of the columns with three moments, what the file calls them, and the factor to the unit."""

Ints = NDArray[np.int64]


def read_nasbench101(path: str | PathLike[str], *, progress: Progress = silent) -> Iterator[Block]:
    """Yield what an official file of NAS-Bench-101 holds [1]_, some thousand cells at a time.

    Everything is kept. Of every training, with e epochs and r counting the repeats from 0 in the order of the file:

    ======================================================= ========================= ===================
    column                                                  after                     unit
    ======================================================= ========================= ===================
    ``cifar10/train/e/r``, ``.../valid/...``, ``.../test/...``  0, e // 2 and e epochs    %, a fraction there
    ``train_time_s:cifar10/-/e/r`` (without evaluations)    0, e // 2 and e epochs    s
    ``total_time_s:cifar10/-/e/r`` (all of the run)         no such moment            s
    ``params_m:cifar10/-/-/-``                              no such moment            millions
    ======================================================= ========================= ===================

    A cell that has fewer than three repeats in the file has fewer values. No row is taken on trust:

    * the checksums of each record are compared before it is read;
    * each hash must be one of the space's, and adjacency and operations of each row, pruned, must be isomorphic to the
      cell of that hash (for all rows, not for a sample);
    * the three evaluations must be of before, half-way through and after the training;
    * times must be finite and not negative, accuracies fractions of 0 to 1, the number of parameters that of the
      cell's other rows;
    * a cell has at most three rows of the same number of epochs.

    Parameters
    ----------
    path : path-like
        ``nasbench_only108.tfrecord`` or ``nasbench_full.tfrecord``.
    progress : callable
        Called as ``progress("bytes", done, total)``.

    Yields
    ------
    Block
        The keys are indices of the space nasbench101, ascending. The number of parameters comes in the first block
        that has the cell.

    Raises
    ------
    InvalidInput
        If it is another kind of file.
    StoreError
        If there is no such file, or something in it is wrong: the message names the file, the record (from 0) and the
        byte at which that starts.

    Notes
    -----
    About 5 us per row in one process, and about 100 MB of memory. The space's list of cells is needed; the first use
    on a machine computes it, in about half a minute.

    References
    ----------
    .. [1] C. Ying, A. Klein, E. Christiansen, E. Real, K. Murphy and F. Hutter, "NAS-Bench-101: Towards Reproducible
       Neural Architecture Search", ICML 2019.

    Examples
    --------
    A small file of synthetic numbers; the official one is read in the same way:

    >>> import tempfile
    >>> from benchtools.testing._synthetic_nasbench101 import write_nasbench101
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (block,) = read_nasbench101(write_nasbench101(Path(folder, "small.tfrecord"), cells=[7, 3]))
    >>> block.keys
    array([3, 7])
    >>> column = Column.parse("cifar10/valid/108/2")
    >>> block.parts[column].after, block.parts[column].values.shape
    ((0, 54, 108), (3, 2))
    """
    path = Path(path)
    reader, history = RowReader(), History()
    with reading(path):
        total = path.stat().st_size
        if not total:
            raise StoreError("it is empty")
        for records in read_records(path):
            rows = reader.read(records)
            cells = find_cells(records, rows)
            check_numbers(records, rows)
            repeats = history.repeats(records, rows, cells)
            yield _block(rows, cells, repeats, history.new_parameters(records, rows, cells))
            progress(STAGE, records.stop, total)


def _block(rows: Rows, cells: Ints, repeats: Ints, parameters: NDArray[np.float64]) -> Block:
    keys, places = np.unique(cells, return_inverse=True)
    parts: dict[Column, Part] = {}
    for epochs in np.unique(rows.epochs).tolist():
        after = (0, epochs // 2, epochs)
        for repeat in range(N_REPEATS):
            chosen = np.flatnonzero((rows.epochs == epochs) & (repeats == repeat))
            if not len(chosen):
                continue
            place, numbers = places[chosen], rows.numbers[:, chosen]
            for metric, split, name, factor in SERIES:
                series = numbers[EVALUATION.index(name) : PARAMETERS : len(EVALUATION)] * factor
                parts[Column(metric, DATASET, split, epochs, repeat)] = _part(after, place, series, len(keys))
            seconds = numbers[TOTAL_TIME, None]
            parts[Column("total_time_s", DATASET, None, epochs, repeat)] = _part(None, place, seconds, len(keys))
    new = ~np.isnan(parameters)
    if new.any():
        column = Column("params_m", DATASET, None, None, None)
        parts[column] = _part(None, places[new], parameters[None, new], len(keys))
    return Block(keys, parts)


def _part(after: tuple[int, ...] | None, places: Ints, values: NDArray[np.float64], n_keys: int) -> Part:
    """Return the part that has the columns of `values` at `places`, and nothing elsewhere."""
    spread = np.full((len(values), n_keys), np.nan)
    spread[:, places] = values
    return Part(after, spread)
