"""The easiest examples by entropy."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from benchtools.scoring._scores import Scores
from benchtools.selection._ranked import by_rank
from benchtools.selection._selection import Selection
from benchtools.selection._selector import SELECTORS, Selector

__all__ = ["entropy_bottom"]

KINDS = ("entropy",)


def entropy_bottom(
    scores: Scores,
    *,
    k: int | None = None,
    fraction: float | None = None,
    rng: np.random.Generator | int = 0,
    balance: bool = False,
    labels: ArrayLike | None = None,
    ties: str = "index",
) -> Selection:
    """Select the k examples of the lowest entropy: the easiest.

    Parameters
    ----------
    scores : Scores
        Softmax entropies in nats, S3 equation 1.
    k, fraction, rng, balance, labels
        As in `random`; rng breaks ties only, where it is to.
    ties : {"index", "random"}
        Whether equal scores go by the lower index or in a random order by `rng`.

    Returns
    -------
    Selection
        By score, the lowest first; a smaller k gives a prefix.

    Raises
    ------
    InvalidInput
        As `random` does; and if the scores are of another kind.

    Warns
    -----
    ConstantInputWarning
        If all scores are equal, so that the rule for ties decides alone.

    Notes
    -----
    The k lowest and the n - k highest are the whole data set where no entropies are equal. Linear time, but for sorting
    the k.

    Examples
    --------
    >>> scores = Scores([0.3, 0.0, 1.2, 0.7], kind="entropy", dataset="toy")
    >>> entropy_bottom(scores, k=2).indices
    array([1, 0])
    """
    return by_rank(
        "entropy_bottom", scores, kinds=KINDS, highest=False, k=k, fraction=fraction, rng=rng, balance=balance,
        labels=labels, ties=ties,
    )  # fmt: skip


SELECTORS.register("entropy_bottom", Selector("entropy_bottom", entropy_bottom, KINDS))
