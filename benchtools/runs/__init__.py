"""Trials: what a training depends on, the store of what it gave, and how thousands of them are run."""

from benchtools.runs._attempt import TrialFunction
from benchtools.runs._claims import Claims
from benchtools.runs._execute import Summary, run_trials
from benchtools.runs._result import Record, TrialResult
from benchtools.runs._store import Store
from benchtools.runs._trial import Trial

__all__ = ["Claims", "Record", "Store", "Summary", "Trial", "TrialFunction", "TrialResult", "run_trials"]
