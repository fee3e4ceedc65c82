"""One-shot searches on proxy data, scored against a table (S0, paper 000; S3, paper 003)."""

from benchtools.experiments.oneshot._example import EXAMPLE
from benchtools.experiments.oneshot._once import default_truth, search
from benchtools.experiments.oneshot._plan import Proxy, StudyPlan, read_plan
from benchtools.experiments.oneshot._result import StudyResult, list_recorded, load
from benchtools.experiments.oneshot._run import run_study
from benchtools.experiments.oneshot._summary import TimeFit, summarise, time_fits

__all__ = [
    "EXAMPLE",
    "Proxy",
    "StudyPlan",
    "StudyResult",
    "TimeFit",
    "default_truth",
    "list_recorded",
    "load",
    "read_plan",
    "run_study",
    "search",
    "summarise",
    "time_fits",
]
