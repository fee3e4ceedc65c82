"""P1: the fuller a bin of entropies, the less it weighs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.scoring._scores import Scores
from benchtools.selection._bins import FLOOR, by_bins
from benchtools.selection._selection import Selection
from benchtools.selection._selector import SELECTORS, Selector

__all__ = ["p1"]


def p1(
    scores: Scores,
    *,
    k: int | None = None,
    fraction: float | None = None,
    rng: np.random.Generator | int = 0,
    balance: bool = False,
    labels: ArrayLike | None = None,
    bin_width: float | None = None,
    floor: float = FLOOR,
) -> Selection:
    r"""Select k examples at random so that rare entropies are preferred, bins weighing less the fuller they are.

    .. math:: P(x) \propto \frac{m - |h_x| + 1}{|h_x|}, \qquad m = \max_x |h_x|

    where :math:`|h_x|` is the number of examples in the bin of x (S3, equations 2 to 5).

    Parameters
    ----------
    scores : Scores
        Softmax entropies in nats, S3 equation 1.
    k, fraction, rng, balance, labels
        As in `random`; with balance the bins are those of each class, an extension of ours.
    bin_width : float, optional
        Width of the bins in log10. Default: what S3 uses for data sets called cifar10 (0.5), cifar100 (0.25), svhn
        (0.2) and imagenet (0.25), and 0.5 for others. The width that was used is among the parameters of the result.
    floor : float
        Entropies below it, zeros above all, are counted as it; how many there are is told.

    Returns
    -------
    Selection
        In the order in which the examples were drawn; with one seed, a smaller k gives a prefix. `probabilities` are
        those of the first draw.

    Raises
    ------
    InvalidInput
        As `random` does; and if the scores are of another kind or the width or floor does not fit.

    Warns
    -----
    ConstantInputWarning
        If all scores are equal: the seed alone decides then.

    Notes
    -----
    A bin that is not empty is drawn first with a chance proportional to m - |h| + 1: the fullest bin has the least.
    It may lose all its members: on CIFAR-10 none or one of its 3,442 is chosen. Within a bin all chances are equal.

    Examples are drawn one after another without replacement, so that small bins run out: k times P(x) may exceed 1,
    and the chance to be among the k is another number. The classes come out unevenly; `Selection.describe` tells.

    Bins are half-open and begin at whole multiples of the width (`bin_width`). Linear time.

    Examples
    --------
    >>> scores = Scores([0.011, 0.012, 0.5, 0.013], kind="entropy", dataset="cifar10")
    >>> p1(scores, k=1).probabilities.round(4).tolist()
    [0.0833, 0.0833, 0.75, 0.0833]
    """
    return by_bins(
        "p1", _weight, scores, k=k, fraction=fraction, rng=rng, balance=balance, labels=labels, bin_width=bin_width,
        floor=floor,
    )  # fmt: skip


def _weight(heights: NDArray[np.int64]) -> NDArray[np.float64]:
    weights: NDArray[np.float64] = (heights.max() - heights + 1) / heights
    return weights


SELECTORS.register("p1", Selector("p1", p1, ("entropy",), draws=True))
