"""Examples on which probe networks show the order of architectures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.errors import InvalidInput, WrongType
from benchtools.scoring._scores import Scores
from benchtools.selection._draw import draw
from benchtools.selection._input import Request, check_choice, prepare, warn_ties
from benchtools.selection._label_reduction import ORDERS, reduce_labels
from benchtools.selection._nearest import nearest, principal_components
from benchtools.selection._probe_weights import CASE_WEIGHTS, probe_weights
from benchtools.selection._run import Picked, finish, pick
from benchtools.selection._selection import Selection
from benchtools.selection._selector import SELECTORS, Selector

__all__ = ["probe_importance"]

MAX_COMPONENTS = 64
Vector = NDArray[np.float64]


def probe_importance(
    scores: Scores,
    *,
    features: Scores,
    evaluation: Scores | None = None,
    eval_split: str = "held-out",
    k: int | None = None,
    fraction: float | None = None,
    rng: np.random.Generator | int = 0,
    balance: bool = False,
    labels: ArrayLike | None = None,
    accuracies: Sequence[float] | None = None,
    weights: Sequence[float] = CASE_WEIGHTS,
    literal: bool = False,
    n_components: int | None = None,
    resample: str = "exact",
    reduction: str | None = None,
    n_labels: int | None = None,
    stochastic_labels: bool = False,
) -> Selection:
    """Select k examples by the importance of the evaluation example nearest to each (S2, Algorithm 1).

    Parameters
    ----------
    scores : Scores
        Correctness of the probe networks on evaluation examples, a column per probe, the most complex first. Of a
        held-out part of the data set its `indices` say which; without them it is of all examples.
    features : Scores
        Features of all examples to choose from, of the most complex probe.
    evaluation : Scores, optional
        Features of the evaluation examples where they are no part of the data set; asks for ``eval_split="test"``.
    eval_split : {"held-out", "test"}
        Where importances come from. The paper takes the test split, so that its labels leak into the proxy: for
        reproduction only.
    k, fraction, rng, balance, labels
        As in `random`, over the examples of `features`.
    accuracies, weights, literal
        As in `probe_weights`; the accuracies default to ``scores.parameters["accuracies"]``, else to the shares that
        are right.
    n_components : int, optional
        Principal components, fitted on the evaluation features. Default: 64, or all where there are fewer.
    resample : {"exact", "bernoulli"}
        k examples by successive sampling, or each by itself with the chance min(1, k P), so that their number varies.
    reduction : {"labels_first", "samples_first"}, optional
        Drop whole classes: labels before examples (S2, section 3.3), or after a draw of half of them (section 4).
    n_labels : int, optional
        Classes to keep. Default: the most important ones until they hold 2 k examples.
    stochastic_labels : bool
        Whether classes are drawn by their importance, not taken from the top.

    Returns
    -------
    Selection
        In the order in which the examples were drawn; `scores` holds their importances. After a reduction
        ``parameters["kept_labels"]`` has the classes, the most important first; see `Selection.relabelled`.

    Raises
    ------
    InvalidInput
        As `random` does; and if the scores do not belong together or a parameter does not fit.

    Warns
    -----
    ConstantInputWarning
        If all importances are equal: the draw is uniform then.

    Notes
    -----
    Of several evaluation examples equally near, the lower position counts. A held-out example keeps its own importance.

    Examples
    --------
    >>> right = Scores([[1, 1], [1, 0]], kind="correctness", dataset="toy", indices=[0, 3])
    >>> rows = Scores([[0.0], [0.1], [0.9], [1.0]], kind="features", dataset="toy")
    >>> probe_importance(right, features=rows, k=2, accuracies=[90, 80]).probabilities
    array([0.125, 0.125, 0.375, 0.375])
    """
    _check_belong(scores, features, evaluation, eval_split)
    check_choice("resample", resample, ("exact", "bernoulli"))
    if reduction is not None:
        check_choice("reduction", reduction, ORDERS)
    if labels is None and features.labels is None and scores.labels is not None and len(scores) == len(features):
        labels = scores.labels
    request = prepare(
        "probe_importance", features, k, fraction, rng, balance, labels, needs_labels=reduction is not None
    )
    if sum((request.balance, reduction is not None, resample == "bernoulli")) > 1:
        raise InvalidInput("balance, reduction and resample='bernoulli' exclude one another: choose one of them")
    known = scores.parameters.get("accuracies") if accuracies is None else accuracies
    weighed = probe_weights(scores.values, known, weights=weights, literal=literal)
    importance = _hand_over(weighed, scores, features, evaluation, n_components)
    notes = warn_ties(importance, "probe_importance", "the seed")
    parameters: dict[str, Any] = {
        "eval_split": eval_split, "accuracies": known, "weights": list(weights), "literal": literal,
        "n_components": n_components, "resample": resample, "reduction": reduction, "n_labels": n_labels,
        "stochastic_labels": stochastic_labels, "asked": request.k,
    }  # fmt: skip
    if reduction is not None:
        assert request.labels is not None  # noqa: S101 (prepare has seen to it)
        rows, kept = reduce_labels(
            importance, request.labels, request.k, request.generator, order=reduction, n_labels=n_labels,
            stochastic=stochastic_labels,
        )  # fmt: skip
        parameters["kept_labels"] = kept.tolist()
        picked = Picked(rows, importance / importance.sum())
    else:
        picked = _draw(request, importance, resample)
    picked = picked._replace(scores=importance[picked.rows])
    inputs = {"correctness": scores.digest} | ({} if evaluation is None else {"evaluation": evaluation.digest})
    return finish(request, picked, parameters, notes=notes, population_scores=importance, inputs=inputs)


def _draw(request: Request, importance: Vector, resample: str) -> Picked:
    probabilities = importance / importance.sum()
    if resample == "bernoulli":
        chance = np.minimum(1, request.k * probabilities)
        rows = np.flatnonzero(request.generator.random(len(chance)) < chance).astype(np.int64)
        if not len(rows):
            raise InvalidInput(
                f"a Bernoulli draw of about {request.k} examples gave none: use another seed, or a larger k"
            )
        return Picked(rows, probabilities)

    def function(rows: NDArray[Any], k: int, generator: np.random.Generator) -> Picked:
        own = importance[rows] / importance[rows].sum()
        return Picked(draw(own, k, generator), own)

    return pick(request, function, np.arange(len(importance)))


def _check_belong(scores: Scores, features: Scores, evaluation: Scores | None, eval_split: str) -> None:
    """Refuse scores of the wrong kind or of different data sets."""
    check_choice("eval_split", eval_split, ("held-out", "test"))
    given = {"scores": (scores, "correctness"), "features": (features, "features")}
    if evaluation is not None:
        given["evaluation"] = (evaluation, "features")
    for name, (part, kind) in given.items():
        if not isinstance(part, Scores):
            raise WrongType(f"{name}= must be a benchtools.scoring.Scores of {kind}, not a {type(part).__name__}")
        if part.kind != kind:
            raise InvalidInput(f"probe_importance reads {kind} scores as {name}, not {part.kind}")
    made = scores.parameters.get("eval_split", eval_split)
    if (made == "held-out") != (eval_split == "held-out"):
        raise InvalidInput(
            f"the correctness is of the {made} examples, and eval_split={eval_split!r} was asked for: pass what it was "
            "made with, and for 'test' the features of these examples as evaluation"
        )
    if (evaluation is None) != (eval_split == "held-out"):
        raise InvalidInput(
            "evaluation features of another split go with eval_split='test', which lets the labels of that split leak "
            "into the proxy; with eval_split='held-out' leave them out, and score a held-out part of the data set"
        )
    if evaluation is None:
        features.require_dataset(scores.dataset, scores.dataset_digest, what="the features")
        return
    evaluation.require_dataset(scores.dataset, scores.dataset_digest, what="the evaluation features")
    if len(evaluation) != len(scores) or evaluation.values.shape[1] != features.values.shape[1]:
        raise InvalidInput(
            f"evaluation features have shape {evaluation.values.shape}: ({len(scores)}, {features.values.shape[1]}) is "
            "needed, a row for each example of the correctness and as wide as the features"
        )


def _hand_over(
    weighed: Vector, scores: Scores, features: Scores, evaluation: Scores | None, n_components: int | None
) -> Vector:
    """Return the importance of each row of `features`: that of the evaluation example nearest to it."""
    own = None
    if evaluation is None:
        own = _rows_of(scores, features)
    known = features.values[own] if evaluation is None else evaluation.values
    width = min(MAX_COMPONENTS, known.shape[1]) if n_components is None else n_components
    if isinstance(width, bool) or not isinstance(width, (int, np.integer)) or not 1 <= width <= known.shape[1]:
        raise InvalidInput(f"n_components={n_components!r} must be in 1..{known.shape[1]}, the width of the features")
    mean, axes = principal_components(known, int(width))
    importance: Vector = weighed[nearest((features.values - mean) @ axes, (known - mean) @ axes)]
    if own is not None:
        importance[own] = weighed
    return importance


def _rows_of(scores: Scores, features: Scores) -> NDArray[np.int64]:
    """Return the row of `features` of each example of `scores`."""
    every = features.index_of(np.arange(len(features)))
    wanted = scores.index_of(np.arange(len(scores)))
    order = np.argsort(every, kind="stable")
    rows: NDArray[np.int64] = order[np.minimum(np.searchsorted(every[order], wanted), len(every) - 1)]
    missing = np.flatnonzero(every[rows] != wanted)
    if len(missing):
        raise InvalidInput(
            f"{len(missing)} of {len(wanted)} evaluation examples have no features (first: index "
            f"{wanted[missing[0]]}): give features of the whole data set"
        )
    return rows


SELECTORS.register(
    "probe_importance",
    Selector("probe_importance", probe_importance, ("correctness",), needs=("features",), draws=True),
)
