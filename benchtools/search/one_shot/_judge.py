"""What a table says of an architecture that a search found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput, NotFound
from benchtools.tables import Column, Table

__all__ = ["Judge", "Verdict"]


@dataclass(frozen=True)
class Verdict:
    """What a table says of an architecture.

    Attributes
    ----------
    accuracies : dict of str to float
        Final accuracy [%] by column, of every data set and split that the table has.
    accuracy : float
        That in the column that judges [%]. NaN where the table does not know it; then regret and rank are NaN too.
    regret : float
        The table's best less this architecture's, in the column that judges [%].
    rank : float
        1 + the number of architectures that are better in that column.
    """

    accuracies: dict[str, float]
    accuracy: float
    regret: float
    rank: float


class Judge:
    """A table and the column of it that judges.

    Parameters
    ----------
    table : Table
        Of the space that is searched.
    truth : Column or str
        An accuracy, such as ``cifar10/ori-test/200/mean``.

    Raises
    ------
    InvalidInput
        If the column is no accuracy.
    NotFound
        If there is no such column.

    Examples
    --------
    >>> judge = Judge(Table.open("nasbench201-slice"), "cifar10-valid/x-valid/200/mean")
    >>> verdict = judge.verdict(judge.table.space.to_string(6111))
    >>> verdict.rank, verdict.regret, sorted(verdict.accuracies)[0]
    (1, 0.0, 'ImageNet16-120/x-valid/200/mean')
    """

    def __init__(self, table: Table, truth: Column | str) -> None:
        self.table = table
        self.truth = Column.parse(truth) if isinstance(truth, str) else truth
        if self.truth.metric != "accuracy":
            raise InvalidInput(f"{self.truth} holds {self.truth.metric}: a search is judged by an accuracy")
        self.values = table.column_named(self.truth)

    def require(self, space: str) -> None:
        """Raise `InvalidInput` if the table is of another space."""
        if self.table.space.name != space:
            raise InvalidInput(
                f"the table {self.table.name} is of {self.table.space.name}, and {space} is searched: take a table of "
                f"{space}" + (f", such as table.view({space!r})" if space.startswith("oneshot1") else "")
            )

    @property
    def best(self) -> float:
        """The largest accuracy in the column [%]."""
        return float(np.nanmax(self.values))

    @cached_property
    def _ascending(self) -> NDArray[np.float64]:
        return np.sort(self.values[~np.isnan(self.values)])

    @cached_property
    def columns(self) -> dict[Column, NDArray[np.float64]]:
        """The final accuracies: of each data set and split the longest schedule, of its runs the mean."""
        found: dict[tuple[str | None, str | None], int] = {}
        for column in self.table.columns:
            if column.metric == "accuracy":
                place = (column.dataset, column.split)
                found[place] = max(found.get(place, 0), column.epochs or 0)
        wanted = [
            Column("accuracy", *place, epochs or None, "mean") for place, epochs in sorted(found.items(), key=str)
        ]
        vectors = {}
        for column in wanted:
            try:
                vectors[column] = self.table.column_named(column)
            except NotFound:  # of one run, and without a mean
                continue
        return vectors

    def accuracies(self, archs: Sequence[str | int]) -> NDArray[np.float64]:
        """Return what the column says of many architectures [%], shape (n_archs,).

        Raises
        ------
        InvalidInput, NotFound
            If one is not in the table.
        """
        found: NDArray[np.float64] = self.values[self.table.rows(archs)]
        return found

    def ranks(self, accuracies: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return 1 + how many architectures of the table are better, shape (n_archs,)."""
        found: NDArray[np.int64] = len(self._ascending) - np.searchsorted(self._ascending, accuracies, side="right") + 1
        return found

    def verdict(self, arch: str) -> Verdict:
        """Return what the table says of one architecture.

        Raises
        ------
        InvalidInput
            If it is no architecture of the space.
        """
        try:
            row = self.table.row(arch)
        except NotFound:  # a table of some architectures alone: a search may end with any
            return Verdict(dict.fromkeys(map(str, self.columns), math.nan), math.nan, math.nan, math.nan)
        own = float(self.values[row])
        accuracies = {str(column): float(values[row]) for column, values in self.columns.items()}
        rank = math.nan if math.isnan(own) else int(self.ranks(self.values[[row]])[0])
        return Verdict(accuracies, own, self.best - own, rank)

    def to_dict(self) -> dict[str, Any]:
        """Return its names."""
        return {"table": self.table.name, "truth": str(self.truth), "best": self.best}
