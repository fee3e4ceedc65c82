"""Values that JSON can hold: what trials and results are made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from benchtools.errors import InvalidInput, WrongType

__all__ = ["LIMIT", "plain", "text"]

LIMIT = 2**63


def text(value: object, where: str) -> str:
    """Return a string; `where` names it in errors.

    Raises
    ------
    WrongType
        If it is no string.
    InvalidInput
        If UTF-8 cannot hold it.
    """
    if not isinstance(value, str):
        raise WrongType(f"{where} must be a string, not {value!r} ({type(value).__name__})")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(f"{where} is {value!r}, which UTF-8 cannot hold: leave out lone surrogates") from error
    return str.__str__(value)


def plain(value: Any, where: str, *, finite: bool) -> Any:
    """Return `value` made of None, bool, int, float, str, list and dict alone; NumPy scalars become numbers.

    Raises
    ------
    WrongType
        If a part of it is of another type, or a key is no string.
    InvalidInput
        If a number is not finite, where `finite` asks for it.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text(value, where)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if finite and not math.isfinite(value):
            raise InvalidInput(f"{where} is {value}: it must be finite, or None where there is no value")
        return float(value)
    if isinstance(value, Mapping):
        return {text(k, f"a key of {where}"): plain(v, f"{where}[{k!r}]", finite=finite) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one, f"{where}[{place}]", finite=finite) for place, one in enumerate(value)]
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        number = value.item()
        if isinstance(number, bool | int | float | str):
            return plain(number, where, finite=finite)
    raise WrongType(
        f"{where} is of type {type(value).__name__}: it must be None, a bool, number or string, or lists and "
        "mappings of these; turn arrays into lists by .tolist()"
    )
