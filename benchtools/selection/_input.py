"""The checks that every method makes of its input."""

from __future__ import annotations

import hashlib
import json
import warnings
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.errors import ConstantInputWarning, InvalidInput, WrongType
from benchtools.scoring._checks import as_labels, as_source, check_labels_match
from benchtools.scoring._scores import Scores

__all__ = ["Request", "check_choice", "check_number", "check_size", "prepare", "warn_ties"]


@dataclass(frozen=True)
class Request:
    """A call of a method, checked."""

    method: str
    scores: Scores
    k: int
    generator: np.random.Generator
    seed: int | None
    state: str
    labels: NDArray[np.int64] | None
    balance: bool


def prepare(
    method: str,
    scores: Scores,
    k: int | None,
    fraction: float | None,
    rng: np.random.Generator | int,
    balance: bool,
    labels: ArrayLike | None,
    *,
    kinds: tuple[str, ...] = (),
    needs_labels: bool = False,
) -> Request:
    """Check what all methods share.

    Raises
    ------
    InvalidInput
        If the scores are of a kind that the method does not read, or k, fraction, labels or rng does not fit.
    """
    if not isinstance(scores, Scores):
        raise WrongType(f"{method} reads a benchtools.scoring.Scores, not a {type(scores).__name__}: wrap the values")
    if kinds and scores.kind not in kinds:
        raise InvalidInput(
            f"{method} reads {' or '.join(kinds)} scores, not {scores.kind}: score the data set anew, or choose a "
            f"method that reads {scores.kind} scores"
        )
    size = check_size(k, fraction, len(scores))
    known = scores.labels
    if labels is not None:
        known = as_labels(labels, len(scores))
        if scores.labels is not None:
            check_labels_match(known, scores.labels)
    if known is None and (balance or needs_labels):
        why = "balance=True" if balance else method
        raise InvalidInput(f"{why} needs the class of each example, and the scores carry no labels: pass labels=")
    generator = as_source(rng)
    seed = None if isinstance(rng, np.random.Generator) else int(rng)
    state = hashlib.sha256(json.dumps(generator.bit_generator.state, default=str).encode()).hexdigest()
    return Request(method, scores, size, generator, seed, state, known, bool(balance))


def check_size(k: int | None, fraction: float | None, n: int) -> int:
    """Return the number of examples to select: `k` in 1..n, or the floor of `fraction` times n.

    A fraction is taken as the decimal number that it prints as, so that 0.29 of 100 is 29.
    """
    if (k is None) == (fraction is None):
        raise InvalidInput(f"k={k}, fraction={fraction}: give exactly one of them")
    if k is not None:
        if isinstance(k, bool) or not isinstance(k, (int, np.integer)):
            raise WrongType(f"k={k!r} must be a whole number of examples; for a share of them pass fraction=")
        if not 1 <= k <= n:
            raise InvalidInput(f"k={k} must be in 1..{n}, the number of scored examples")
        return int(k)
    number = check_number("fraction", fraction)
    if not 0 < number <= 1:
        hint = f"; did you mean {number / 100:g}?" if 1 < number <= 100 else ""
        raise InvalidInput(f"fraction={number!r} must be above 0 and at most 1{hint}")
    size = int(Fraction(repr(number)) * n)
    if size < 1:
        raise InvalidInput(f"fraction={number!r} of {n} examples is less than one example: pass a larger one, or k=")
    return size


def check_number(name: str, value: object) -> float:
    """Return `value` as a float; refuse anything but a real number."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise WrongType(f"{name}={value!r} must be a number")
    return float(value)


def check_choice(name: str, value: object, valid: tuple[str, ...]) -> None:
    """Refuse a `value` that is not one of `valid`."""
    if value not in valid:
        raise InvalidInput(f"{name}={value!r} is not known: choose one of {', '.join(valid)}")


def warn_ties(values: NDArray[np.float64], method: str, rule: str, stacklevel: int = 3) -> tuple[str, ...]:
    """Warn where all `values` are equal, so that nothing but `rule` decides; return the note to keep."""
    if len(values) < 2 or (values != values[0]).any():
        return ()
    note = f"all {len(values):,} scores are {values[0]:g}: {rule} alone decides what {method} selects"
    warnings.warn(note, ConstantInputWarning, stacklevel=stacklevel)
    return (note,)
