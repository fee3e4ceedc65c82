"""What a reader of an archive hands on: numbers of some architectures, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import StoreError
from benchtools.tables._column import Column

__all__ = ["Block", "BlockBuilder", "Part"]


@dataclass(frozen=True)
class Part:
    """The values of one column for the architectures of a block.

    Attributes
    ----------
    after : tuple of int, or None
        After how many epochs of the schedule each row was measured, ascending; None for what has no such moment (a
        parameter count), which has one row.
    values : numpy.ndarray of float64, shape (n_rows, n_archs)
        In the unit of the column's metric, NaN where there is no value.
    """

    after: tuple[int, ...] | None
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Block:
    """Columns of some architectures of an archive, in any order.

    Several blocks may hold the same architecture, but no two of them the same value of it.

    Attributes
    ----------
    keys : numpy.ndarray of int64, shape (n_archs,)
        Indices in the space, each once.
    parts : mapping of Column to Part
        What is known of them.
    """

    keys: NDArray[np.int64]
    parts: Mapping[Column, Part]


class BlockBuilder:
    """Collects architectures one by one into a block.

    Parameters
    ----------
    capacity : int
        Number of architectures that the block has room for.

    Examples
    --------
    >>> builder = BlockBuilder(2)
    >>> builder.add(7, [(Column.parse("cifar10/ori-test/3/777"), (1, 2, 3), [50.0, 60.0, 70.0])])
    >>> [part.values.shape for part in builder.build().parts.values()]
    [(3, 1)]
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._keys: list[int] = []
        self._buffers: dict[tuple[Column, tuple[int, ...] | None], tuple[NDArray[np.float64], list[int]]] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, key: int, measured: Iterable[tuple[Column, tuple[int, ...] | None, Any]]) -> None:
        """Add an architecture: for each column after how many epochs it was measured, and its values."""
        place = len(self._keys)
        self._keys.append(key)
        for column, after, values in measured:
            buffer, written = self._buffers.get((column, after)) or self._buffers.setdefault(
                (column, after), (np.full((self._capacity, len(after) if after else 1), np.nan), [])
            )
            if written and written[-1] == place:
                raise StoreError(f"architecture {key} has {column} twice")
            buffer[place] = values
            written.append(place)

    def build(self) -> Block:
        """Return the block.

        Raises
        ------
        StoreError
            If a value is not finite, negative, or an accuracy above 100 %; the message names it.
        """
        parts: dict[Column, Part] = {}
        for (column, after), (buffer, written) in self._buffers.items():
            self._check(column, after, buffer[written], written)
            values = buffer[: len(self)].T
            parts[column] = (
                _joined(column, parts[column], Part(after, values)) if column in parts else Part(after, values)
            )
        return Block(np.array(self._keys, dtype=np.int64), parts)

    def _check(
        self, column: Column, after: tuple[int, ...] | None, values: NDArray[np.float64], written: list[int]
    ) -> None:
        top = 100.0 if column.unit == "%" else np.inf
        bad = ~((values >= 0) & (values <= top) & (values < np.inf))
        if bad.any():
            place, row = (int(found[0]) for found in np.nonzero(bad))
            epoch = f" after {after[row]} epochs" if after else ""
            raise StoreError(
                f"architecture {self._keys[written[place]]} has {column}{epoch} = {values[place, row]}: "
                f"{'accuracies are 0 to 100 %' if top == 100 else 'finite numbers from 0 are valid'}"
            )


def _joined(column: Column, first: Part, second: Part) -> Part:
    """Join two parts of one column whose moments differ; what has none holds for each epoch of the schedule."""
    whole = range(1, (column.epochs or 0) + 1)
    after = tuple(sorted({*(first.after or whole), *(second.after or whole)}))
    values = np.full((len(after), first.values.shape[1]), np.nan)
    for part in (first, second):
        rows = [after.index(epoch) for epoch in part.after] if part.after else list(range(len(after)))
        there = ~np.isnan(part.values)
        values[rows] = np.where(there, part.values, values[rows])
    return Part(after, values)
