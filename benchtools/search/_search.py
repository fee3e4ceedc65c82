"""What a search is, and the register of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchtools.errors import WrongType
from benchtools.registry import Registry
from benchtools.search._result import SearchRuns
from benchtools.tables import Table

__all__ = ["SEARCHES", "Search", "get_search", "list_searches"]


@dataclass(frozen=True)
class Search:
    """A search with what must be known to call it.

    Attributes
    ----------
    name : str
        Its name in the register.
    function : callable
        ``function(table, *, dataset, split, epochs, seed, budget, n_runs, rng, judge, nan_policy, **parameters) ->
        SearchRuns``.
    ladder : bool
        Whether `epochs` is a rising sequence of schedules rather than one.

    Examples
    --------
    >>> get_search("successive_halving").ladder
    True
    """

    name: str
    function: Callable[..., SearchRuns]
    ladder: bool = False

    def __call__(self, table: Table, **options: Any) -> SearchRuns:
        """Call the function."""
        return self.function(table, **options)


SEARCHES: Registry[Search] = Registry("search", "benchtools.searches")


def list_searches() -> list[str]:
    """Return the name of every search, sorted, plug-ins included.

    Examples
    --------
    >>> "local_search" in list_searches()
    True
    """
    return SEARCHES.names()


def get_search(name: str) -> Search:
    """Return the search called `name`.

    Raises
    ------
    NotFound
        If there is none; the message lists those that exist.
    WrongType
        If a plug-in's entry point gives no `Search`.
    """
    part: object = SEARCHES.get(name)
    if not isinstance(part, Search):
        raise WrongType(
            f"the plug-in {name!r} gives a {type(part).__name__}: its entry point benchtools.searches must name a "
            "benchtools.search.Search"
        )
    return part
