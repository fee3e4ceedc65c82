"""P2: every bin of entropies weighs the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.scoring._scores import Scores
from benchtools.selection._bins import FLOOR, by_bins
from benchtools.selection._selection import Selection
from benchtools.selection._selector import SELECTORS, Selector

__all__ = ["p2"]


def p2(
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
    r"""Select k examples at random so that all bins of entropies weigh the same.

    .. math:: P(x) \propto \frac{1}{|h_x|}

    where :math:`|h_x|` is the number of examples in the bin of x (S3, equations 2 to 5).

    Parameters
    ----------
    scores : Scores
        Softmax entropies in nats, S3 equation 1.
    k, fraction, rng, balance, labels
        As in `random`; with balance the bins are those of each class, an extension of ours.
    bin_width, floor
        As in `p1`.

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
    Each bin that is not empty is drawn first with the same chance. The reference counts empty bins too, which changes
    nothing once the chances are divided by their sum. Within a bin all chances are equal.

    Examples are drawn one after another without replacement, so that small bins run out: k times P(x) may exceed 1,
    and the chance to be among the k is another number. The classes come out unevenly; `Selection.describe` tells.

    Bins are half-open and begin at whole multiples of the width (`bin_width`). Linear time.

    Examples
    --------
    >>> scores = Scores([0.011, 0.012, 0.5, 0.013], kind="entropy", dataset="cifar10")
    >>> p2(scores, k=1).probabilities.round(4).tolist()
    [0.1667, 0.1667, 0.5, 0.1667]
    """
    return by_bins(
        "p2", _weight, scores, k=k, fraction=fraction, rng=rng, balance=balance, labels=labels, bin_width=bin_width,
        floor=floor,
    )  # fmt: skip


def _weight(heights: NDArray[np.int64]) -> NDArray[np.float64]:
    return 1 / heights


SELECTORS.register("p2", Selector("p2", p2, ("entropy",), draws=True))
