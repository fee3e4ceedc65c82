"""Searches on a table alone: what a search without shared weights finds for so many evaluations or seconds."""

from benchtools.search._compare import run_searches
from benchtools.search._evolution import regularised_evolution
from benchtools.search._halving import successive_halving
from benchtools.search._local import local_search
from benchtools.search._random import random_search
from benchtools.search._result import SearchRuns
from benchtools.search._search import SEARCHES, Search, get_search, list_searches

__all__ = [
    "SEARCHES",
    "Search",
    "SearchRuns",
    "get_search",
    "list_searches",
    "local_search",
    "random_search",
    "regularised_evolution",
    "run_searches",
    "successive_halving",
]
