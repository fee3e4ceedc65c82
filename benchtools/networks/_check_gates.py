"""Whether a supernet is given the gates that it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchtools.errors import InvalidInput
from benchtools.networks._gates import Gates
from benchtools.networks._supernet import Supernet

__all__ = ["check_shapes", "gates_of_places"]


def gates_of_places(supernet: Supernet, gates: Gates | Sequence[Gates]) -> Sequence[Gates]:
    """Return gates for each place of a supernet.

    Parameters
    ----------
    supernet : Supernet
        Its decisions, picks and places count.
    gates : Gates or sequence of Gates
        For all places, or one for each.

    Raises
    ------
    InvalidInput
        If a kind is missing or of another shape, or there are too many or too few gates.
    """
    places = [gates] * supernet.n_places if isinstance(gates, Gates) else gates
    if len(places) != supernet.n_places:
        raise InvalidInput(
            f"this supernet has {supernet.n_places} places: give gates for all, or one for each, not {len(places)}"
        )
    for one in {id(one): one for one in places}.values():
        for kind, (rows, candidates) in supernet.decisions.items():
            if kind in one.weights or kind not in one.picked or kind not in supernet.picks:
                check_shapes(one.weights, {kind: (rows, candidates)})
            picked = one.picked.get(kind, (0,) * rows)
            if len(picked) != rows or not all(0 <= choice < candidates for choice in picked):
                raise InvalidInput(
                    f"{kind!r} picks {rows} candidates, each one of 0..{candidates - 1}; {tuple(picked)} was given"
                )
    return places


def check_shapes(given: Mapping[str, Any], decisions: Mapping[str, tuple[int, int]]) -> None:
    """Raise if an array of weights is missing or does not have the shape that its kind of decision has."""
    for kind, shape in decisions.items():
        if kind not in given:
            names = ", ".join(map(repr, given)) or "none"
            raise InvalidInput(f"weights of {kind!r} are missing, of the shape {shape}; given are those of {names}")
        if tuple(given[kind].shape) != shape:
            raise InvalidInput(f"weights of {kind!r} have the shape {shape}; {tuple(given[kind].shape)} was given")
