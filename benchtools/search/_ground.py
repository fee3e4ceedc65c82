"""What a search may ask of a table: scores, neighbours, and how good the choice is in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput, NotFound
from benchtools.search._seconds import seconds_of
from benchtools.spaces import Space
from benchtools.tables import Column, Table

__all__ = ["Ground", "prepare", "whole_number"]

NAN_POLICIES = ("raise", "omit")
SEARCHED = ("accuracy", "accuracy_top5")  # larger is better


@dataclass(frozen=True, eq=False)
class Ground:
    """The architectures that a search may evaluate, numbered from 0 to n - 1, with their values.

    Attributes
    ----------
    space : Space
        What neighbours are.
    archs : ndarray of int64, shape (n,)
        Official indices, ascending.
    columns : tuple of Column
        What is looked at during the search; several where cheaper schedules come first.
    scores : tuple of ndarray of float64, each of shape (n,)
        Their values [%].
    seconds : tuple of ndarray of float64 of shape (n,), or None
        What an evaluation of each would have cost [s]; None where the table does not know.
    judge : Column
        What the result is judged by.
    judged : ndarray of float64, shape (n,)
        Its values [%].
    best : float
        The largest value that the table has in that column, of any architecture [%].
    """

    space: Space
    archs: NDArray[np.int64]
    columns: tuple[Column, ...]
    scores: tuple[NDArray[np.float64], ...]
    seconds: tuple[NDArray[np.float64], ...] | None
    judge: Column
    judged: NDArray[np.float64]
    best: float
    _known: dict[int, list[int]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.archs)

    def neighbours(self, place: int) -> list[int]:
        """Return the numbers of the architectures that differ in one decision, ascending; found once, then kept."""
        known = self._known.get(place)
        if known is None:
            around = self.space.neighbours(int(self.archs[place]))
            places = np.minimum(np.searchsorted(self.archs, around), len(self) - 1)
            known = self._known[place] = places[self.archs[places] == around].tolist()
        return known


def prepare(table: Table, columns: Sequence[Column], judge: Column | None, nan_policy: str) -> Ground:
    """Read the columns of a search.

    Raises
    ------
    InvalidInput
        If a column is no accuracy, a coordinate is missing, or architectures lack a value and `nan_policy` is "raise".
    NotFound
        If there is no such column, or no architecture has all values.
    """
    if nan_policy not in NAN_POLICIES:
        raise InvalidInput(f"nan_policy={nan_policy!r} is not known: choose one of {', '.join(NAN_POLICIES)}")
    judge = columns[-1] if judge is None else judge
    for column in (*columns, judge):
        if column.metric not in SEARCHED:
            raise InvalidInput(f"{column} holds {column.metric}: a search needs one of {', '.join(SEARCHED)}")
    scores = [table.column_named(column) for column in columns]
    judged = table.column_named(judge)
    seconds = [vector for column in columns if (vector := seconds_of(table, column)) is not None]
    timed = len(seconds) == len(columns)
    there = _complete(table, [*columns, judge], [*scores, judged], seconds if timed else [], nan_policy)
    return Ground(
        table.space,
        table.indices[there],
        tuple(columns),
        tuple(vector[there] for vector in scores),
        tuple(vector[there] for vector in seconds) if timed else None,
        judge,
        judged[there],
        float(np.nanmax(judged)),
    )


def _complete(
    table: Table,
    columns: Sequence[Column],
    vectors: Sequence[NDArray[np.float64]],
    seconds: Sequence[NDArray[np.float64]],
    nan_policy: str,
) -> NDArray[np.int64]:
    """Return the rows that have all values."""
    names = [*map(str, columns), *("seconds of training" for _ in seconds)]
    absent = {name: int(np.isnan(vector).sum()) for name, vector in zip(names, [*vectors, *seconds], strict=True)}
    there = ~np.isnan([*vectors, *seconds]).any(axis=0)
    if not there.any():
        raise NotFound(f"no architecture of {table.name} has a value in all of {', '.join(absent)}")
    if nan_policy == "raise" and not there.all():
        counts = ", ".join(f"{n:,} in {name}" for name, n in absent.items() if n)
        raise InvalidInput(
            f"{(~there).sum():,} of {len(table):,} architectures of {table.name} have no value ({counts}): choose "
            'another column, or pass nan_policy="omit" to search among the others'
        )
    return np.flatnonzero(there)


def whole_number(name: str, value: object, least: int) -> int:
    """Return a whole number of at least `least`, checked."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < least:
        raise InvalidInput(f"{name}={value!r} must be a whole number of at least {least}")
    return int(value)
