"""The main jobs, composed of the rooms below."""

from benchtools.experiments._published import published_acceleration, published_correlations, published_flags
from benchtools.experiments._quickstart import quickstart
from benchtools.experiments._quickstart_zoo import quickstart_zoo
from benchtools.experiments._rank import rank_scores

__all__ = [
    "published_acceleration",
    "published_correlations",
    "published_flags",
    "quickstart",
    "quickstart_zoo",
    "rank_scores",
]
