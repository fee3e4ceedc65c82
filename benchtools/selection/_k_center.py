"""Greedy k-center: the next example is the one farthest from all that were chosen."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.errors import ConstantInputWarning, InvalidInput
from benchtools.scoring._scores import Scores
from benchtools.selection._farthest import farthest_first
from benchtools.selection._input import Request, prepare
from benchtools.selection._run import Picked, finish, pick
from benchtools.selection._selection import Selection
from benchtools.selection._selector import SELECTORS, Selector

__all__ = ["k_center"]


def k_center(
    scores: Scores,
    *,
    k: int | None = None,
    fraction: float | None = None,
    rng: np.random.Generator | int = 0,
    balance: bool = False,
    labels: ArrayLike | None = None,
    start: int | Sequence[int] | None = None,
) -> Selection:
    r"""Select k examples that cover the features: each next one is the farthest from those chosen (S3).

    .. math:: x_{j + 1} = \arg\max_i \min_{c \le j} \lVert f_i - f_c \rVert_2

    Parameters
    ----------
    scores : Scores
        Features, a row per example.
    k, fraction, rng, balance, labels
        As in `random`; rng chooses the first example, in each class with balance.
    start : int or sequence of int, optional
        Indices in the data set of the first examples, in their order; they count among the k. Default: one by `rng`.

    Returns
    -------
    Selection
        In the order of the method: a smaller k with the same start gives a prefix. `scores` holds the distance of each
        example from those before it (infinite for the first), ``parameters["radius"]`` the largest distance of any
        example of the data set from the selection.

    Raises
    ------
    InvalidInput
        As `random` does; and if the scores are no features, or a start is not among them, stands twice, is more than
        k or comes with balance.

    Warns
    -----
    ConstantInputWarning
        If there are fewer distinct rows than k: the rest are duplicates of chosen rows, by the lower index.

    Notes
    -----
    The radius is at most twice the smallest that any k examples reach. Of equal distances the lower index is taken.
    Distances are float64 sums of squared differences, so neither the number of threads nor a large mean changes the
    result; products in the precision of the features only rule rows out. Time is at worst about that of k
    matrix-vector products over the features; memory beyond them is a few numbers per example and the buffer of a
    product.

    Examples
    --------
    >>> scores = Scores([[0.0], [1.0], [5.0], [9.0]], kind="features", dataset="toy")
    >>> chosen = k_center(scores, k=3, start=0)
    >>> chosen.indices, chosen.scores, chosen.parameters["radius"]
    (array([0, 3, 2]), array([inf,  9.,  4.]), 1.0)
    """
    request = prepare("k_center", scores, k, fraction, rng, balance, labels, kinds=("features",))
    rows = _start_rows(request, start)
    radius, repeats = 0.0, 0

    def function(values: NDArray[Any], k: int, generator: np.random.Generator) -> Picked:
        nonlocal radius, repeats
        first = rows or [int(generator.integers(len(values)))]
        found = farthest_first(values, k, first)
        radius = max(radius, found.radius)
        repeats += int((found.distances == 0).sum())
        return Picked(found.rows, scores=found.distances)

    picked = pick(request, function)
    notes: tuple[str, ...] = ()
    if repeats:
        notes = (
            f"only {request.k - repeats:,} of the {request.k:,} chosen rows of features are distinct: "
            f"{repeats:,} are duplicates, taken by the lower index; pass a smaller k, or remove duplicates",
        )
        warnings.warn(notes[0], ConstantInputWarning, stacklevel=2)
    given = None if start is None else scores.index_of(np.array(rows)).tolist()
    return finish(request, picked, {"start": given, "radius": radius}, notes=notes)


def _start_rows(request: Request, start: int | Sequence[int] | None) -> list[int]:
    """Return the rows of the first examples; none where rng is to choose."""
    if start is None:
        return []
    if request.balance:
        raise InvalidInput("start= and balance=True do not go together: with balance rng chooses a first in each class")
    wanted = np.atleast_1d(np.asarray(start))
    if wanted.dtype.kind not in "iu" or wanted.ndim != 1 or len(wanted) == 0:
        raise InvalidInput(f"start={start!r} must be an index in the data set, or a sequence of them")
    known = request.scores.index_of(np.arange(len(request.scores)))
    order = np.argsort(known, kind="stable")
    place = np.minimum(np.searchsorted(known[order], wanted), len(known) - 1)
    rows: list[int] = order[place].tolist()
    for index, row in zip(wanted.tolist(), rows, strict=True):
        if known[row] != index:
            raise InvalidInput(f"start={index} is not among the {len(known)} scored examples")
    if len(set(rows)) < len(rows) or len(rows) > request.k:
        raise InvalidInput(f"start={start!r}: at most k={request.k} distinct indices are needed")
    return rows


SELECTORS.register("k_center", Selector("k_center", k_center, ("features",), draws=True))
