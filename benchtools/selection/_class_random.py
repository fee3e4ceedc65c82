"""A uniform draw within each class."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike

from benchtools.scoring._scores import Scores
from benchtools.selection._balance import apportion
from benchtools.selection._input import prepare
from benchtools.selection._random import uniform
from benchtools.selection._run import finish, per_class, pick
from benchtools.selection._selection import Selection
from benchtools.selection._selector import SELECTORS, Selector

__all__ = ["class_random"]


def class_random(
    scores: Scores,
    *,
    k: int | None = None,
    fraction: float | None = None,
    rng: np.random.Generator | int = 0,
    balance: bool = False,
    labels: ArrayLike | None = None,
) -> Selection:
    r"""Select k examples at random, from each class in proportion to its size.

    .. math:: |k_c - k N_c / N| < 1, \qquad \sum_c k_c = k

    Parameters
    ----------
    scores : Scores
        Scores of any kind: only their number and labels count.
    k, fraction, rng, labels
        As in `random`; the labels are needed.
    balance : bool
        Equal numbers in place of proportional ones, as in `random`.

    Returns
    -------
    Selection
        The classes take turns, each in the order in which its examples were drawn.

    Raises
    ------
    InvalidInput
        As `random` does; and if there are no labels.

    Warns
    -----
    UserWarning
        If k is smaller than the number of classes, so that some are left out.

    Notes
    -----
    What does not divide goes to the largest remainders of k * N_c / N, of equal ones to the lower label.

    Examples
    --------
    >>> scores = Scores([0.3, 0.0, 1.2, 0.7], kind="entropy", dataset="toy", labels=[0, 1, 0, 1])
    >>> class_random(scores, k=2).labels
    array([0, 1])
    """
    request = prepare("class_random", scores, k, fraction, rng, balance, labels, needs_labels=True)
    if request.balance:
        return finish(request, pick(request, uniform), {})
    assert request.labels is not None  # noqa: S101 (prepare has seen to it)
    sizes = np.unique(request.labels, return_counts=True)[1]
    shares = apportion(request.k, sizes)
    notes: tuple[str, ...] = ()
    if request.k < len(sizes):
        notes = (f"k={request.k} is smaller than the {len(sizes)} classes: {(shares == 0).sum()} of them are left out",)
        warnings.warn(notes[0], UserWarning, stacklevel=2)
    return finish(request, per_class(request, shares, uniform, scores.values), {}, notes=notes)


SELECTORS.register("class_random", Selector("class_random", class_random, draws=True))
