"""One call of a trial's function, in this process or in a worker."""

from __future__ import annotations

import contextlib
import os
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from benchtools.errors import WrongType
from benchtools.progress import Progress
from benchtools.provenance import Provenance
from benchtools.runs._result import TrialResult
from benchtools.runs._trial import Trial

__all__ = ["Stop", "TrialFunction", "attempt", "limited_threads", "set_threads"]

VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class TrialFunction(Protocol):
    """What `run_trials` calls: a function at the top of a module, so that workers can import it."""

    def __call__(self, trial: Trial, *, device: str, checkpoint: Path, progress: Progress) -> TrialResult:
        """Train, from `checkpoint` on where that file exists, and return what came of it."""


class Stop(BaseException):
    """A worker is told to end."""


def attempt(function: TrialFunction, trial: Trial, *, device: str, checkpoint: Path, progress: Progress) -> TrialResult:
    """Return what `function` gives for a trial; an error becomes a failed result with its traceback.

    Raises
    ------
    KeyboardInterrupt, Stop
        As they come: an interruption is no result.
    """
    start = time.perf_counter()
    try:
        result = function(trial, device=device, checkpoint=checkpoint, progress=progress)
        if not isinstance(result, TrialResult):
            raise WrongType(f"the function of a trial must return a TrialResult, not {type(result).__name__}")
    except (KeyboardInterrupt, Stop):
        raise
    except BaseException as error:
        inner = error.__traceback__ and error.__traceback__.tb_next  # from the function on
        result = TrialResult("failed", error="".join(traceback.format_exception(type(error), error, inner)))
    return replace(
        result,
        seconds=result.seconds or time.perf_counter() - start,
        provenance=result.provenance or Provenance.now().to_dict(),
    )


@contextlib.contextmanager
def limited_threads(threads: int | None) -> Iterator[None]:
    """Limit the threads of what is imported or started within the block; None leaves them alone."""
    if threads is None:
        yield
        return
    before = {name: os.environ.get(name) for name in VARIABLES}
    os.environ.update(dict.fromkeys(VARIABLES, str(threads)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def set_threads(threads: int | None) -> int | None:
    """Set the threads of torch, if it is loaded, and return how many it had."""
    torch: Any = sys.modules.get("torch")
    if threads is None or not hasattr(torch, "set_num_threads"):  # not loaded, or only half
        return None
    before = int(torch.get_num_threads())
    if before != threads:
        torch.set_num_threads(threads)
    return before
