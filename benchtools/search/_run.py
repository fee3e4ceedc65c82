"""Run a search many times, each with random numbers of its own, and put the runs together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchtools.errors import InvalidInput
from benchtools.provenance import Provenance, digest_array
from benchtools.search._ground import Ground, whole_number
from benchtools.search._result import SearchRuns
from benchtools.tables import Table

__all__ = ["Visits", "repeat", "require_distinct"]

Visits = list[int] | tuple[list[int], list[int]]
"""What a run evaluated, in order: numbers of architectures; with the number of the column where there are several."""


def repeat(
    name: str,
    table: Table,
    ground: Ground,
    one: Callable[[np.random.Generator], Visits],
    *,
    n_runs: int,
    rng: np.random.Generator | int,
    settings: Mapping[str, Any],
) -> SearchRuns:
    """Call `one` for each run, with a generator spawned from `rng`, and return the runs.

    Run ``i`` does not depend on how many runs there are.
    """
    generators = np.random.default_rng(rng).spawn(whole_number("n_runs", n_runs, 1))
    visits = [one(generator) for generator in generators]
    places = np.array([visit[0] if isinstance(visit, tuple) else visit for visit in visits], dtype=np.int64)
    rungs = np.array([visit[1] if isinstance(visit, tuple) else [0] * len(visit) for visit in visits], dtype=np.int64)
    scores = np.array(ground.scores)
    incumbents = _incumbents(places, rungs, scores)
    at_incumbent = np.take_along_axis(places, incumbents, axis=1)
    epochs = np.array([column.epochs or 0 for column in ground.columns], dtype=np.int64)
    digests = {str(column): digest_array(vector) for column, vector in zip(ground.columns, ground.scores, strict=True)}
    return SearchRuns(
        algorithm=name,
        table=table.name,
        score=ground.columns[-1],
        judge=ground.judge,
        archs=ground.archs[places],
        scores=scores[rungs, places],
        epochs=epochs[rungs],
        seconds=None if ground.seconds is None else np.array(ground.seconds)[rungs, places],
        incumbents=ground.archs[at_incumbent],
        incumbent_scores=scores[np.take_along_axis(rungs, incumbents, axis=1), at_incumbent],
        regret=ground.best - ground.judged[at_incumbent],
        settings={"n_runs": n_runs, "rng": str(rng), "n_archs": len(ground), **settings},
        provenance=Provenance.now(
            {"table": table.name, **digests, f"judge {ground.judge}": digest_array(ground.judged)}
        ),
    )


def _incumbents(places: Any, rungs: Any, scores: Any) -> Any:
    """Return the position of the best evaluation so far: of the highest schedule, of these the first of the best."""
    _, order = np.unique(scores, return_inverse=True)
    order = order.reshape(scores.shape)
    keys = rungs * (order.max() + 1) + order[rungs, places]
    best = np.maximum.accumulate(keys, axis=1)
    first = np.ones_like(keys, dtype=bool)
    first[:, 1:] = keys[:, 1:] > best[:, :-1]
    return np.maximum.accumulate(np.where(first, np.arange(keys.shape[1]), 0), axis=1)


def require_distinct(ground: Ground, n: int, what: str) -> None:
    """Refuse a search among more different architectures than there are."""
    if n > len(ground):
        raise InvalidInput(
            f"{what}={n} is more than the {len(ground):,} architectures with values: this search evaluates none "
            f"twice, so choose {what} up to {len(ground)}"
        )
