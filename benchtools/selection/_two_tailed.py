"""Both tails of the entropies."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.errors import InvalidInput
from benchtools.scoring._scores import Scores
from benchtools.selection._input import check_number, prepare, warn_ties
from benchtools.selection._order import TIE_RULES, lowest
from benchtools.selection._run import Picked, finish, pick
from benchtools.selection._selection import Selection
from benchtools.selection._selector import SELECTORS, Selector

__all__ = ["two_tailed"]

KINDS = ("entropy",)


def two_tailed(
    scores: Scores,
    *,
    k: int | None = None,
    fraction: float | None = None,
    rng: np.random.Generator | int = 0,
    balance: bool = False,
    labels: ArrayLike | None = None,
    beta: float = 0.9,
    ties: str = "index",
) -> Selection:
    """Select round(beta * k) examples of the lowest entropy and the rest of the highest (S3, section 4).

    Parameters
    ----------
    scores : Scores
        Softmax entropies in nats, S3 equation 1.
    k, fraction, rng, balance, labels
        As in `random`; rng breaks ties only, where it is to.
    beta : float
        Share of the easy tail, in [0, 1]. 1 gives `entropy_bottom`, 0 `entropy_top`. S3 tries 0.9, 0.8, 0.7, 0.6 and
        0.5 and finds 0.9 the best.
    ties : {"index", "random"}
        Whether equal entropies go by the lower index or in a random order by `rng`.

    Returns
    -------
    Selection
        The easy tail, the lowest entropy first, then the hard one, the highest first.

    Raises
    ------
    InvalidInput
        As `random` does; and if beta is outside [0, 1] or the scores are of another kind.

    Warns
    -----
    ConstantInputWarning
        If all scores are equal, so that the rule for ties decides alone.

    Notes
    -----
    The tails are disjoint: the hard tail is taken from what the easy one leaves. A half is rounded to the even number.

    Examples
    --------
    >>> scores = Scores([0.3, 0.0, 1.2, 0.7], kind="entropy", dataset="toy")
    >>> two_tailed(scores, k=2, beta=0.5).indices
    array([1, 2])
    """
    request = prepare("two_tailed", scores, k, fraction, rng, balance, labels, kinds=KINDS)
    share = check_number("beta", beta)
    if not 0 <= share <= 1:
        raise InvalidInput(f"beta={beta!r} must be in [0, 1]: the share of low entropies; S3 uses 0.9")

    def function(values: NDArray[Any], k: int, generator: np.random.Generator) -> Picked:
        low = round(share * k)
        easy = lowest(values, low, generator, ties) if low else np.empty(0, dtype=np.int64)
        left = np.ones(len(values), dtype=bool)
        left[easy] = False
        rest = np.flatnonzero(left)
        hard = rest[lowest(-values[rest], k - low, generator, ties)] if low < k else rest[:0]
        return Picked(np.concatenate([easy, hard]))

    picked = pick(request, function)
    notes = warn_ties(scores.values, "two_tailed", TIE_RULES[ties])
    return finish(request, picked, {"beta": share, "ties": ties}, notes=notes)


SELECTORS.register("two_tailed", Selector("two_tailed", two_tailed, KINDS))
