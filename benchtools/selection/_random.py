"""A uniform draw: the yardstick of every method."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.scoring._scores import Scores
from benchtools.selection._input import prepare
from benchtools.selection._run import Picked, finish, pick
from benchtools.selection._selection import Selection
from benchtools.selection._selector import SELECTORS, Selector

__all__ = ["random"]


def random(
    scores: Scores,
    *,
    k: int | None = None,
    fraction: float | None = None,
    rng: np.random.Generator | int = 0,
    balance: bool = False,
    labels: ArrayLike | None = None,
) -> Selection:
    """Select k examples uniformly, without replacement (S0, S3).

    Parameters
    ----------
    scores : Scores
        Scores of any kind: only their number and labels count.
    k : int, optional
        Number of examples, in 1..n.
    fraction : float, optional
        In place of `k`: a share of the data set in (0, 1]; floor(fraction * n) examples.
    rng : numpy.random.Generator or int
        Source of the random numbers, or its seed.
    balance : bool
        Whether every class gets the same number. A class smaller than its share is taken whole and the others share
        what it leaves; what does not divide goes, one each, to the largest classes, of equal ones to the lower label.
        The method runs within each class, and the results take turns in the order of the selection.
    labels : array_like of int, shape (n,), optional
        Classes, where the scores carry none.

    Returns
    -------
    Selection
        In the order in which the examples were drawn; with one seed, a smaller k gives a prefix.

    Raises
    ------
    InvalidInput
        If k or fraction is out of range, a balanced k is smaller than the number of classes, labels are missing or
        not those of the scores.

    Notes
    -----
    Every example is taken with probability k / n. The result is not balanced by class unless asked for.

    Examples
    --------
    >>> scores = Scores([0.3, 0.0, 1.2, 0.7], kind="entropy", dataset="toy")
    >>> sorted(random(scores, fraction=0.5, rng=1).indices.tolist())
    [0, 1]
    """
    request = prepare("random", scores, k, fraction, rng, balance, labels)
    return finish(request, pick(request, uniform), {})


def uniform(values: NDArray[Any], k: int, generator: np.random.Generator) -> Picked:
    """Draw k of as many as there are values."""
    n = len(values)
    return Picked(generator.permutation(n)[:k], np.full(n, 1 / n))


SELECTORS.register("random", Selector("random", random, draws=True))
