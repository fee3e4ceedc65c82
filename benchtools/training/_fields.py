"""Frozen dataclasses as dictionaries that JSON can hold, and back: a list there is a tuple here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = ["with_lists", "with_tuples"]


def with_lists(one: DataclassInstance) -> dict[str, Any]:
    """Return the fields of a dataclass whose values are numbers, text and tuples of such."""
    found = {entry.name: getattr(one, entry.name) for entry in fields(one)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def with_tuples(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields with tuples again."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
