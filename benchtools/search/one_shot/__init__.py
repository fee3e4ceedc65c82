"""One-shot searches: architectures that share the weights of a supernet; torch (extra: train) loads at first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchtools.lazy import load_later
from benchtools.search.one_shot._data import How, SearchData, split_data
from benchtools.search.one_shot._degenerate import degenerate
from benchtools.search.one_shot._inherited import Ranking, inherited_correlation
from benchtools.search.one_shot._judge import Judge, Verdict
from benchtools.search.one_shot._recipe import PRESETS, SearchRecipe, recipe_for
from benchtools.search.one_shot._result import OneShotResult

if TYPE_CHECKING:
    from benchtools.search.one_shot._algorithm import Algorithm, Scorer
    from benchtools.search.one_shot._names import get_algorithm, list_algorithms
    from benchtools.search.one_shot._run import run_one_shot
    from benchtools.search.one_shot._score import score_archs

__all__ = [
    "PRESETS",
    "Algorithm",
    "How",
    "Judge",
    "OneShotResult",
    "Ranking",
    "Scorer",
    "SearchData",
    "SearchRecipe",
    "Verdict",
    "degenerate",
    "get_algorithm",
    "inherited_correlation",
    "list_algorithms",
    "recipe_for",
    "run_one_shot",
    "score_archs",
    "split_data",
]

__getattr__ = load_later(
    __name__,
    {
        "_algorithm": ("Algorithm", "Scorer"),
        "_names": ("get_algorithm", "list_algorithms"),
        "_run": ("run_one_shot",),
        "_score": ("score_archs",),
    },
)


def __dir__() -> list[str]:
    return sorted(__all__)
