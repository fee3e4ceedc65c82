"""The frame of every method: once over all examples or once per class, and the result with its provenance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchtools.provenance import Provenance
from benchtools.selection._balance import equal_shares, interleave
from benchtools.selection._describe import deciles
from benchtools.selection._input import Request
from benchtools.selection._selection import Population, Selection

__all__ = ["Pick", "Picked", "finish", "per_class", "pick"]


class Picked(NamedTuple):
    """What a method took, in positions of the values that it was given."""

    rows: NDArray[np.int64]
    """Shape (k,), in the method's order."""
    probabilities: NDArray[np.float64] | None = None
    """Shape (n,): the chance of each to be drawn first."""
    scores: NDArray[np.float64] | None = None
    """Shape (k,): what the rows were ranked by, where it is not the values themselves."""


Pick = Callable[[NDArray[Any], int, np.random.Generator], Picked]
"""Takes values, a number and a generator to what was picked."""


def pick(request: Request, function: Pick, values: NDArray[Any] | None = None) -> Picked:
    """Pick from all examples at once, or equally many from each class where balance is wanted.

    `function` is given `values`, a row per example; by default those of the scores.
    """
    values = request.scores.values if values is None else values
    if not request.balance:
        return function(values, request.k, request.generator)
    assert request.labels is not None  # noqa: S101 (prepare has seen to it)
    sizes = np.unique(request.labels, return_counts=True)[1]
    return per_class(request, equal_shares(request.k, sizes), function, values)


def per_class(request: Request, shares: NDArray[np.int64], function: Pick, values: NDArray[Any]) -> Picked:
    """Pick from each class its share: class by class in ascending order, the results taking turns.

    The chance of an example is that within its class, times the share of its class.
    """
    assert request.labels is not None  # noqa: S101
    groups, scores = [], []
    probabilities = np.zeros(len(request.labels))
    drawn = False
    for label, share in zip(np.unique(request.labels), shares.tolist(), strict=True):
        members = np.flatnonzero(request.labels == label)
        if share == 0:
            continue
        picked = function(values[members], share, request.generator)
        groups.append(members[picked.rows])
        if picked.scores is not None:
            scores.append(picked.scores)
        if picked.probabilities is not None:
            drawn = True
            probabilities[members] = picked.probabilities * (share / request.k)
    order = interleave(groups)
    ranked_by = np.concatenate(scores)[order] if scores else None
    return Picked(np.concatenate(groups)[order], probabilities if drawn else None, ranked_by)


def finish(
    request: Request,
    picked: Picked,
    parameters: Mapping[str, Any],
    *,
    notes: tuple[str, ...] = (),
    population_scores: NDArray[np.float64] | None = None,
    inputs: Mapping[str, str] | None = None,
) -> Selection:
    """Return the selection of what was picked.

    `population_scores`, shape (n,), is what all examples were ranked by, where it is not the values themselves.
    """
    scores, labels = request.scores, request.labels
    chosen = picked.scores
    if chosen is None and scores.values.ndim == 1:
        population_scores = scores.values
        chosen = scores.values[picked.rows]
    counts: dict[int, int] = {}
    if labels is not None:
        found, sizes = np.unique(labels, return_counts=True)
        counts = dict(zip(found.tolist(), sizes.tolist(), strict=True))
    quantiles = () if population_scores is None else deciles(population_scores)
    known = {"dataset": scores.dataset, "dataset_digest": str(scores.dataset_digest), "scores": scores.digest}
    if request.seed is None:
        known["generator_state"] = request.state
    return Selection(
        indices=scores.index_of(picked.rows), method=request.method,
        parameters={"k": len(picked.rows), "balance": request.balance, **parameters}, seed=request.seed,
        dataset=scores.dataset, dataset_digest=scores.dataset_digest, scores_kind=scores.kind,
        scores_digest=scores.digest, population=Population(len(scores), counts, quantiles), scores=chosen,
        labels=None if labels is None else labels[picked.rows], probabilities=picked.probabilities, notes=notes,
        provenance=Provenance.now(known | dict(inputs or {})),
    )  # fmt: skip
