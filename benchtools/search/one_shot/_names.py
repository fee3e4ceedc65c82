"""The algorithms by name."""

from __future__ import annotations

from benchtools.errors import WrongType
from benchtools.search.one_shot import (  # noqa: F401  (each registers itself)
    _darts_v1,
    _darts_v2,
    _enas,
    _gdas,
    _pc_darts,
    _random_ws,
    _setn,
)
from benchtools.search.one_shot._algorithm import Algorithm
from benchtools.search.one_shot._register import ALGORITHMS

__all__ = ["get_algorithm", "list_algorithms"]


def list_algorithms() -> list[str]:
    """Return the name of every one-shot algorithm, sorted, plug-ins included.

    Examples
    --------
    >>> "gdas" in list_algorithms()
    True
    """
    return ALGORITHMS.names()


def get_algorithm(name: str) -> type[Algorithm]:
    """Return the algorithm called `name`.

    Raises
    ------
    NotFound
        If there is none; the message lists those that exist.
    WrongType
        If a plug-in's entry point gives no `Algorithm`.
    """
    part: object = ALGORITHMS.get(name)
    if not (isinstance(part, type) and issubclass(part, Algorithm)):
        raise WrongType(
            f"the plug-in {name!r} gives {part!r}: its entry point benchtools.one_shot must name a class derived from "
            "benchtools.search.one_shot.Algorithm"
        )
    return part
