"""The main jobs, composed of the rooms below; `reduced` and `oneshot` are loaded at first use."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from benchtools.experiments._published import published_acceleration, published_correlations, published_flags
from benchtools.experiments._quickstart import quickstart
from benchtools.experiments._quickstart_zoo import quickstart_zoo
from benchtools.experiments._rank import rank_scores

if TYPE_CHECKING:
    from benchtools.experiments import oneshot, reduced

__all__ = [
    "oneshot",
    "published_acceleration",
    "published_correlations",
    "published_flags",
    "quickstart",
    "quickstart_zoo",
    "rank_scores",
    "reduced",
]


def __getattr__(name: str) -> Any:
    if name in ("oneshot", "reduced"):
        return import_module(f"benchtools.experiments.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
