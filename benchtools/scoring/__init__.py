"""Per-example scores of a data set. What is exported here needs no torch; what trains a model loads at first use."""

from benchtools.scoring._checks import KINDS
from benchtools.scoring._forgetting_events import forgetting_events
from benchtools.scoring._scores import Scores

__all__ = ["KINDS", "Scores", "forgetting_events"]
