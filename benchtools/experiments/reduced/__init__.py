"""A random zoo under EcoNAS's reduced settings, and how well each of them keeps its order (S1, paper 001)."""

from benchtools.experiments.reduced._example import EXAMPLE
from benchtools.experiments.reduced._factors import FactorLine, factor_lines
from benchtools.experiments.reduced._plan import ZooPlan, read_plan
from benchtools.experiments.reduced._result import ZooResult, list_recorded, load
from benchtools.experiments.reduced._run import run_zoo
from benchtools.experiments.reduced._summary import (
    compare_settings,
    consensus,
    pareto_front,
    seeds_interval,
    summarise,
)
from benchtools.experiments.reduced._zoo import sample_zoo

__all__ = [
    "EXAMPLE",
    "FactorLine",
    "ZooPlan",
    "ZooResult",
    "compare_settings",
    "consensus",
    "factor_lines",
    "list_recorded",
    "load",
    "pareto_front",
    "read_plan",
    "run_zoo",
    "sample_zoo",
    "seeds_interval",
    "summarise",
]
