"""Validation shared by every statistic: clear errors, never a silent repair."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.errors import ConstantInputWarning, InvalidInput, WrongType

__all__ = [
    "Fractional",
    "NanPolicy",
    "Vector",
    "check_choice",
    "check_confidence",
    "check_count",
    "check_same_index",
    "is_number",
    "paired",
    "vector",
    "warn_constant",
]

Vector = NDArray[np.float64]
Fractional = int | float
NanPolicy = Literal["raise", "omit"]

MIN_LENGTH = 3


def vector(values: ArrayLike, name: str) -> Vector:
    """Return `values` as a one-dimensional float64 array; refuse text, booleans, objects and other shapes."""
    array = np.asarray(values)
    if isinstance(values, np.ma.MaskedArray) and values.mask.any():
        raise InvalidInput(f"{name} has {values.mask.sum()} masked values: fill them with NaN first (.filled(np.nan))")
    if array.dtype == object and hasattr(values, "to_numpy"):  # a pandas extension dtype such as Float64 with NA
        array = _from_extension(values, array)
    if array.dtype.kind not in "iuf":
        raise WrongType(f"{name} has dtype {array.dtype}: real numbers are needed; convert it to float first")
    if array.ndim != 1:
        raise InvalidInput(f"{name} has shape {array.shape}: a vector of shape (n,) is needed")
    return np.ascontiguousarray(array, dtype=np.float64)


def _from_extension(values: Any, array: NDArray[Any]) -> NDArray[Any]:
    try:
        converted: NDArray[Any] = values.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        return array
    text = any(isinstance(value, (str, bytes, bool)) for value in array)
    return array if text else converted


def paired(
    vectors: Mapping[str, ArrayLike], nan_policy: str = "raise", min_length: int = MIN_LENGTH
) -> tuple[dict[str, Vector], NDArray[np.bool_]]:
    """Validate vectors that belong together, element by element.

    Parameters
    ----------
    vectors : mapping of str to array_like, each of shape (n,)
        The vectors by the names that error messages use.
    nan_policy : {"raise", "omit"}
        Whether a non-finite value is an error, or drops its position from every vector.
    min_length : int
        The smallest number of positions that must remain.

    Returns
    -------
    dict of str to ndarray of shape (n_kept,), and the mask of kept positions, shape (n,)

    Raises
    ------
    InvalidInput
        If lengths differ, pandas indices differ, a value is not finite (under "raise"), or too few remain.
    """
    check_choice("nan_policy", nan_policy, get_args(NanPolicy))
    check_same_index(vectors)
    arrays = {name: vector(values, name) for name, values in vectors.items()}
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise InvalidInput(f"the vectors differ in length: {listed}; give one value per architecture in each")
    keep = np.ones(next(iter(lengths.values())), dtype=bool)
    for name, array in arrays.items():
        finite = np.isfinite(array)
        if nan_policy == "raise" and not finite.all():
            raise InvalidInput(_non_finite(name, array, finite))
        keep &= finite
    if keep.sum() < min_length:
        dropped = f" ({(~keep).sum()} of {len(keep)} dropped as not finite)" if not keep.all() else ""
        raise InvalidInput(f"n = {keep.sum()} architectures{dropped}: at least {min_length} are needed")
    if not keep.all():
        arrays = {name: array[keep] for name, array in arrays.items()}
    return arrays, keep


def check_same_index(vectors: Mapping[str, ArrayLike]) -> None:
    """Refuse pandas Series of equal length whose indices differ."""
    series: dict[str, Any] = {name: values for name, values in vectors.items() if hasattr(values, "reindex")}
    names = list(series)
    for name in names[1:]:
        first, other = series[names[0]].index, series[name].index
        if len(first) == len(other) and not first.equals(other):
            raise InvalidInput(
                f"{names[0]} and {name} are pandas Series with different indices: values are paired by position; "
                f"align them first ({name}.reindex({names[0]}.index)) or pass .to_numpy()"
            )


def _non_finite(name: str, array: Vector, finite: NDArray[np.bool_]) -> str:
    positions = np.flatnonzero(~finite)
    nans = int(np.isnan(array).sum())
    shown = ", ".join(map(str, positions[:5])) + (", ..." if len(positions) > 5 else "")
    return (
        f"{name} has {len(positions)} non-finite values ({nans} NaN, {len(positions) - nans} infinite) at positions "
        f'{shown}: remove them, or pass nan_policy="omit" to drop these architectures and have the number reported'
    )


def is_number(value: object) -> bool:
    """Whether `value` is a real number of Python or NumPy; a boolean is not."""
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def warn_constant(vectors: Mapping[str, Vector], statistic: str, stacklevel: int = 4) -> None:
    """Warn for every vector without variation: `statistic` is NaN then."""
    for name, values in vectors.items():
        if (values == values[0]).all():
            warnings.warn(
                f"{name} is constant ({values[0]:g}): it has no order, so {statistic} is NaN",
                ConstantInputWarning,
                stacklevel=stacklevel,
            )


def check_choice(name: str, value: object, valid: tuple[str, ...]) -> None:
    """Refuse a `value` that is not one of `valid`."""
    if value not in valid:
        raise InvalidInput(f"{name}={value!r} is not known: choose one of {', '.join(valid)}")


def check_confidence(confidence: float) -> None:
    """Refuse a confidence level outside the open interval (0, 1)."""
    if not is_number(confidence):
        raise WrongType(f"confidence={confidence!r} must be a number between 0 and 1, such as 0.95")
    if not 0 < confidence < 1:
        hint = f"; did you mean {confidence / 100:g}?" if 1 < confidence < 100 else ""
        raise InvalidInput(f"confidence={confidence!r} must lie between 0 and 1, such as 0.95{hint}")


def check_count(name: str, k: Fractional, n: int) -> int:
    """Return `k` as a number of architectures: an int in 1..n, or a share in (0, 1) rounded, at least one."""
    if not is_number(k):
        raise WrongType(f"{name}={k!r} must be a number of architectures or a share of them")
    if 0 < k < 1:
        return max(1, round(k * n))
    if not 1 <= k <= n or k != int(k):
        raise InvalidInput(f"{name}={k!r} must be a whole number in 1..{n} (n = {n}), or a share between 0 and 1")
    return int(k)
