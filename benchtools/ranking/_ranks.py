"""Sorted order with tie groups: what midranks, and their resampled versions, are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from benchtools.ranking._input import Vector

__all__ = ["Order", "centred_ranks"]

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True)
class Order:
    """A vector in ascending order.

    Attributes
    ----------
    index : ndarray of int64, shape (n,)
        ``values[index]`` is sorted; ties keep their order.
    starts, ends : ndarray of int64, shape (n_groups,)
        Group g of equal values stands at sorted positions ``starts[g]`` to ``ends[g] - 1``.
    group : ndarray of int64, shape (n,)
        The group at each sorted position.
    """

    index: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    group: NDArray[np.int64]

    @classmethod
    def of(cls, values: Vector) -> Order:
        """Return the order of `values`, shape ``(n,)``."""
        index = np.argsort(values, kind="stable")
        ordered = values[index]
        first = np.empty(len(values), dtype=bool)
        first[0] = True
        np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
        starts = np.flatnonzero(first)
        return cls(index, starts, np.append(starts[1:], len(values)), np.cumsum(first) - 1)

    @property
    def has_ties(self) -> bool:
        """Whether any two values are equal."""
        return len(self.starts) < len(self.index)

    def spread(self, by_group: NDArray[Scalar]) -> NDArray[Scalar]:
        """Return a value per group as a value per element, in the original order."""
        out = np.empty(len(self.index), dtype=by_group.dtype)
        out[self.index] = by_group[self.group]
        return out


def centred_ranks(order: Order) -> Vector:
    """Return twice the midranks less their mean: the sum over j of sign(x_i - x_j), whole numbers, shape ``(n,)``."""
    return order.spread(order.starts + order.ends - len(order.index)).astype(np.float64)
