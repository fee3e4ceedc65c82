"""The hardest examples by entropy."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from benchtools.scoring._scores import Scores
from benchtools.selection._ranked import by_rank
from benchtools.selection._selection import Selection
from benchtools.selection._selector import SELECTORS, Selector

__all__ = ["entropy_top"]

KINDS = ("entropy",)


def entropy_top(
    scores: Scores,
    *,
    k: int | None = None,
    fraction: float | None = None,
    rng: np.random.Generator | int = 0,
    balance: bool = False,
    labels: ArrayLike | None = None,
    ties: str = "index",
) -> Selection:
    """Select the k examples of the highest entropy: the hardest.

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
        By score, the highest first; a smaller k gives a prefix.

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
    Top-k of the entropies is bottom-k of their negatives. Linear time, but for sorting the k.

    Examples
    --------
    >>> scores = Scores([0.3, 0.0, 1.2, 0.7], kind="entropy", dataset="toy")
    >>> entropy_top(scores, k=2).indices
    array([2, 3])
    """
    return by_rank(
        "entropy_top", scores, kinds=KINDS, highest=True, k=k, fraction=fraction, rng=rng, balance=balance,
        labels=labels, ties=ties,
    )  # fmt: skip


SELECTORS.register("entropy_top", Selector("entropy_top", entropy_top, KINDS))
