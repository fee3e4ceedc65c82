"""Successive halving: many architectures for few epochs, the best of them for more."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from benchtools.errors import InvalidInput
from benchtools.search._ground import Ground, prepare, whole_number
from benchtools.search._result import SearchRuns
from benchtools.search._run import repeat, require_distinct
from benchtools.search._search import SEARCHES, Search
from benchtools.tables import Column, Table
from benchtools.tables._column import Seed

__all__ = ["halve", "successive_halving"]


def successive_halving(
    table: Table,
    *,
    dataset: str | None = None,
    split: str | None = None,
    epochs: Sequence[int],
    seed: Seed | None = None,
    budget: int,
    n_runs: int = 1,
    rng: np.random.Generator | int = 0,
    judge: Column | None = None,
    nan_policy: str = "raise",
    n_start: int = 27,
    eta: int = 3,
) -> SearchRuns:
    """Train `n_start` architectures by the cheapest schedule, and the best share of them by the next ([1]_, section 3).

    Parameters
    ----------
    table, dataset, split, seed, n_runs, rng, nan_policy
        As in `random_search`.
    epochs : sequence of int
        Schedules that the table has, each more epochs than the one before, such as ``(12, 200)``; at least two.
    budget : int
        Evaluations of a run, by any schedule. Brackets of new architectures follow each other until it is spent; the
        last may be cut off.
    judge : Column, optional
        As in `random_search`; by default the column of the last schedule.
    n_start : int, default 27
        Architectures at the start of a bracket; rung ``r`` keeps the best ``n_start // eta**r``, of equal ones the
        earlier drawn. No rung may be empty.
    eta : int, default 3
        One of so many is kept; at least 2.

    Returns
    -------
    SearchRuns
        Arrays of shape ``(n_runs, budget)``. An evaluation by more epochs replaces every incumbent of fewer, also one
        that is in truth better.

    Raises
    ------
    InvalidInput, NotFound
        As `random_search`; if the schedules do not rise, or `n_start` and `eta` leave a rung empty.

    Notes
    -----
    The table's schedules are separate trainings: one that is promoted is trained anew, and its seconds and epochs
    count in full beside those of the lower rungs.

    References
    ----------
    .. [1] K. Jamieson and A. Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization",
       AISTATS 2016.

    Examples
    --------
    >>> from benchtools.search._halving import rungs
    >>> rungs(n_start=27, eta=3, n_rungs=2)
    [27, 9]
    """
    ladder = _ladder(epochs)
    ground = prepare(table, [Column("accuracy", dataset, split, level, seed) for level in ladder], judge, nan_policy)
    budget = whole_number("budget", budget, 1)
    sizes = rungs(whole_number("n_start", n_start, 1), whole_number("eta", eta, 2), len(ladder))
    n_brackets = -(-budget // sum(sizes))
    require_distinct(ground, n_brackets * n_start, "brackets * n_start")
    settings = {"budget": budget, "epochs": ladder, "n_start": n_start, "eta": eta, "rungs": sizes}
    return repeat(
        "successive_halving", table, ground, lambda generator: halve(generator, ground, budget, sizes),
        n_runs=n_runs, rng=rng, settings=settings,
    )  # fmt: skip


def halve(
    generator: np.random.Generator, ground: Ground, budget: int, sizes: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Return what one run evaluates, in order, and by which schedule."""
    n_brackets = -(-budget // sum(sizes))
    drawn = generator.choice(len(ground), size=(n_brackets, sizes[0]), replace=False)
    places: list[int] = []
    levels: list[int] = []
    for members in drawn:
        for rung, size in enumerate(sizes):
            if rung:
                members = members[np.argsort(-ground.scores[rung - 1][members], kind="stable")[:size]]
            places += members.tolist()
            levels += [rung] * size
    return places[:budget], levels[:budget]


def rungs(n_start: int, eta: int, n_rungs: int) -> list[int]:
    """Return how many architectures each rung trains."""
    sizes = [n_start // eta**rung for rung in range(n_rungs)]
    if not sizes[-1]:
        raise InvalidInput(
            f"n_start={n_start} and eta={eta} leave none for the last of {n_rungs} schedules: choose n_start of at "
            f"least {eta ** (n_rungs - 1)}"
        )
    return sizes


def _ladder(epochs: object) -> list[int]:
    """Return the schedules, checked."""
    if not isinstance(epochs, (list, tuple)) or len(epochs) < 2:
        raise InvalidInput(f"epochs={epochs!r} must name at least two schedules of the table, such as (12, 200)")
    ladder = [whole_number("epochs", level, 1) for level in epochs]
    if any(low >= high for low, high in pairwise(ladder)):
        raise InvalidInput(f"epochs={tuple(ladder)} must rise from the cheapest schedule to the dearest")
    return ladder


SEARCHES.register("successive_halving", Search("successive_halving", successive_halving, ladder=True))
