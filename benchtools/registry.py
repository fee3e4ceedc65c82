"""A named set of interchangeable parts, open to plug-ins through entry points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from benchtools.errors import InvalidInput, NotFound

__all__ = ["Registry", "did_you_mean"]

T = TypeVar("T")


def did_you_mean(name: str, valid: list[str]) -> str:
    """Return ``" Did you mean 'x'?"``, or an empty string where nothing is close.

    Examples
    --------
    >>> did_you_mean("nasbench210", ["nasbench201", "darts"])
    " Did you mean 'nasbench201'?"
    """
    from difflib import get_close_matches

    close = get_close_matches(str(name), valid, n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


class Registry(Generic[T]):
    """Parts by name; installed plug-ins join at the first look-up.

    Parameters
    ----------
    kind : str
        What the parts are, in the singular, for error messages ("space").
    group : str
        The entry-point group that plug-ins declare (``benchtools.spaces``).

    Examples
    --------
    >>> parts = Registry[int]("part", "benchtools.parts")
    >>> parts.register("one", 1)
    >>> parts.get("one"), parts.names()
    (1, ['one'])
    """

    def __init__(self, kind: str, group: str) -> None:
        self.kind = kind
        self.group = group
        self._parts: dict[str, T] = {}
        self._plugins: dict[str, Callable[[], T]] | None = None

    def register(self, name: str, part: T) -> None:
        """Add `part` under `name`; a name is taken once."""
        if name in self._parts:
            raise InvalidInput(f"the {self.kind} {name!r} is registered already: choose another name")
        self._parts[name] = part

    def names(self) -> list[str]:
        """Return every name, sorted, plug-ins included."""
        return sorted({*self._parts, *self._find_plugins()})

    def get(self, name: str) -> T:
        """Return the part called `name`.

        Raises
        ------
        NotFound
            Where there is none; the message lists the names that exist.
        """
        if name not in self._parts:
            plugins = self._find_plugins()
            if name not in plugins:
                names = self.names()
                raise NotFound(
                    f"no {self.kind} is called {name!r}: there is {', '.join(names)}.{did_you_mean(name, names)}"
                )
            self._parts[name] = plugins[name]()
        return self._parts[name]

    def _find_plugins(self) -> dict[str, Callable[[], T]]:
        if self._plugins is None:
            from importlib.metadata import entry_points

            self._plugins = {point.name: point.load for point in entry_points(group=self.group)}
        return self._plugins
