"""Searches on a table alone: what a search without shared weights finds for so many evaluations or seconds.

Those with shared weights stand in `benchtools.search.one_shot`, which is loaded at first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from benchtools.search._compare import run_searches
from benchtools.search._evolution import regularised_evolution
from benchtools.search._halving import successive_halving
from benchtools.search._local import local_search
from benchtools.search._random import random_search
from benchtools.search._result import SearchRuns
from benchtools.search._search import SEARCHES, Search, get_search, list_searches

if TYPE_CHECKING:
    from benchtools.search import one_shot

__all__ = [
    "SEARCHES",
    "Search",
    "SearchRuns",
    "get_search",
    "list_searches",
    "local_search",
    "one_shot",
    "random_search",
    "regularised_evolution",
    "run_searches",
    "successive_halving",
]


def __getattr__(name: str) -> Any:
    if name == "one_shot":
        return import_module("benchtools.search.one_shot")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
