"""What a room exports that needs torch (extra: train) is loaded at first use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from benchtools.errors import BenchtoolsError

__all__ = ["MissingTorch", "load_later"]


class MissingTorch(BenchtoolsError, ModuleNotFoundError):
    """Something needs torch, which is not installed; the message says how to get it."""


def load_later(package: str, places: Mapping[str, tuple[str, ...]]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a package.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    places : mapping of str to tuple of str
        The names that each of its modules holds.

    Examples
    --------
    >>> load_later("benchtools.training", {"_recipe": ("Recipe",)})("Recipe").__name__
    'Recipe'
    """
    where = {name: module for module, names in places.items() for name in names}

    def get(name: str) -> Any:
        if name not in where:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            return getattr(import_module(f"{package}.{where[name]}"), name)
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            raise MissingTorch(f'{name} needs torch: pip install "benchtools[train]"', name="torch") from error

    return get
