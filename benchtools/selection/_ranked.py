"""The frame of the methods that take the lowest or the highest scores."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.scoring._scores import Scores
from benchtools.selection._input import prepare, warn_ties
from benchtools.selection._order import TIE_RULES, lowest
from benchtools.selection._run import Picked, finish, pick
from benchtools.selection._selection import Selection

__all__ = ["by_rank"]


def by_rank(
    method: str,
    scores: Scores,
    *,
    kinds: tuple[str, ...],
    highest: bool,
    k: int | None,
    fraction: float | None,
    rng: np.random.Generator | int,
    balance: bool,
    labels: ArrayLike | None,
    ties: str,
) -> Selection:
    """Take the k lowest or highest scores: the common part of the entropy tails, forgetting and the losses."""
    request = prepare(method, scores, k, fraction, rng, balance, labels, kinds=kinds)

    def function(values: NDArray[Any], k: int, generator: np.random.Generator) -> Picked:
        return Picked(lowest(-values if highest else values, k, generator, ties))

    picked = pick(request, function)
    notes = warn_ties(scores.values, method, TIE_RULES[ties], stacklevel=4)
    return finish(request, picked, {"ties": ties}, notes=notes)
