"""The examples that training forgets most."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from benchtools.scoring._scores import Scores
from benchtools.selection._ranked import by_rank
from benchtools.selection._selection import Selection
from benchtools.selection._selector import SELECTORS, Selector

__all__ = ["forgetting"]

KINDS = ("forgetting",)


def forgetting(
    scores: Scores,
    *,
    k: int | None = None,
    fraction: float | None = None,
    rng: np.random.Generator | int = 0,
    balance: bool = False,
    labels: ArrayLike | None = None,
    ties: str = "random",
) -> Selection:
    """Select the k examples that were forgotten most often.

    Parameters
    ----------
    scores : Scores
        Events, as `benchtools.scoring.forgetting_events` counts them: an example that was never learned has the highest
        number there is, and so ranks hardest.
    k, fraction, rng, balance, labels
        As in `random`; rng breaks ties only.
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
    Toneva et al., as S3 uses them. Most examples are never forgotten and tie at 0: where k is larger than the number
    of the others the rest is a random draw by `rng`, unless ``ties="index"``. Linear time, but for sorting the k.

    Examples
    --------
    >>> scores = Scores([1, 0, 200, 3], kind="forgetting", dataset="toy")
    >>> forgetting(scores, k=2).indices
    array([2, 3])
    """
    return by_rank(
        "forgetting", scores, kinds=KINDS, highest=True, k=k, fraction=fraction, rng=rng, balance=balance,
        labels=labels, ties=ties,
    )  # fmt: skip


SELECTORS.register("forgetting", Selector("forgetting", forgetting, KINDS, draws=True))
