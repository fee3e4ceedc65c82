"""Checks of per-example values, labels and indices: clear errors, never a silent repair."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.errors import InvalidInput, WrongType

__all__ = ["KINDS", "ROWS", "as_indices", "as_labels", "as_source", "as_values", "check_labels_match"]

KINDS = ("entropy", "forgetting", "features", "loss", "reconstruction_loss", "correctness")
ROWS = ("features", "correctness")  # kinds with a row per example
NOT_NEGATIVE = ("entropy", "forgetting", "loss", "reconstruction_loss")
CHUNK = 1 << 16  # rows that are looked at together


def as_labels(labels: ArrayLike, n: int) -> NDArray[np.int64]:
    """Return `labels` as an int64 vector of shape (n,); refuse other types, lengths and negative numbers."""
    array = np.asarray(labels)
    if array.dtype.kind not in "iu":
        raise WrongType(f"labels have dtype {array.dtype}: whole numbers are needed, one class per example")
    if array.shape != (n,):
        raise InvalidInput(f"labels have shape {array.shape}: ({n},) is needed, one per example, as the scores have")
    if array.min() < 0:
        raise InvalidInput(f"label {array.min()} at position {array.argmin()} is negative: classes count from 0")
    return _locked(np.ascontiguousarray(array, dtype=np.int64))


def check_labels_match(given: NDArray[np.int64], known: NDArray[np.int64]) -> None:
    """Refuse labels that are not those which the scores carry."""
    differ = np.flatnonzero(given != known)
    if len(differ):
        first = int(differ[0])
        raise InvalidInput(
            f"{len(differ):,} of {len(known):,} labels are not those of the scores (first at position {first}: "
            f"{given[first]} is given, the scores have {known[first]}): another data set, or another order?"
        )


def as_values(values: ArrayLike, kind: str) -> NDArray[Any]:
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise WrongType(f"values have dtype {array.dtype}: real numbers are needed")
    wanted = 2 if kind in ROWS else 1
    if array.ndim != wanted or array.size == 0:
        shape = "(n, d), a row per example" if wanted == 2 else "(n,), a value per example"
        raise InvalidInput(f"{kind} scores have shape {array.shape}: {shape}, is needed, with at least one example")
    narrow = wanted == 2 and array.dtype in (np.float16, np.float32)
    array = np.ascontiguousarray(array, dtype=np.float32 if narrow else np.float64)
    _check_finite(array, kind)
    if kind in NOT_NEGATIVE and array.min() < 0:
        raise InvalidInput(
            f"{kind} {array.min():g} at index {array.argmin()} is negative: {kind} scores are at least 0; look at the "
            "sign and the unit"
        )
    if kind == "correctness" and not np.isin(array, (0, 1)).all():
        raise InvalidInput("correctness holds values other than 0 and 1: give whether each probe was right")
    return _locked(array)


def as_source(rng: object) -> np.random.Generator:
    """Return a generator: `rng` itself, or a new one of a seed."""
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, bool) or not isinstance(rng, (int, np.integer)) or rng < 0:
        raise WrongType(f"rng={rng!r} must be a seed (a whole number of at least 0) or a numpy.random.Generator")
    return np.random.default_rng(int(rng))


def _check_finite(array: NDArray[Any], kind: str) -> None:
    bad: list[NDArray[np.int64]] = []
    for start in range(0, len(array), CHUNK):
        finite = np.isfinite(array[start : start + CHUNK])
        if not finite.all():
            bad.append(start + np.flatnonzero(~finite.reshape(len(finite), -1).all(axis=1)))
    if bad:
        rows = np.concatenate(bad)
        nans = int(np.isnan(array[rows]).reshape(len(rows), -1).any(axis=1).sum())
        raise InvalidInput(
            f"{len(rows):,} of {len(array):,} {kind} scores are not finite ({nans:,} NaN, the first at index "
            f"{rows[0]}): score these examples again; nothing is filled in"
        )


def as_indices(indices: ArrayLike, n: int) -> NDArray[np.int64]:
    array = np.asarray(indices)
    if array.dtype.kind not in "iu" or array.shape != (n,):
        raise InvalidInput(f"indices have dtype {array.dtype}, shape {array.shape}: whole numbers, ({n},), are needed")
    if array.min() < 0 or len(np.unique(array)) < n:
        raise InvalidInput("indices must be distinct and at least 0: positions of the rows in the data set")
    return _locked(np.ascontiguousarray(array, dtype=np.int64))


def _locked(array: NDArray[Any]) -> NDArray[Any]:
    """Return a view that nobody writes to by accident."""
    view = array.view()
    view.flags.writeable = False
    return view
