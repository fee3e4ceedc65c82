"""Where trials run: the interface of executors, and this process as the simplest of them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Protocol

from benchtools.progress import Progress
from benchtools.runs._attempt import TrialFunction, attempt, limited_threads, set_threads
from benchtools.runs._result import TrialResult
from benchtools.runs._trial import Trial

__all__ = ["Executor", "InProcess"]


class Executor(Protocol):
    """Runs trials that it is given one by one, within a ``with`` block; leaving it by an error stops what runs."""

    def __enter__(self) -> Executor: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None: ...

    @property
    def free(self) -> bool:
        """Whether `submit` takes a trial now."""

    @property
    def running(self) -> int:
        """How many trials it was given and has not given back."""

    def submit(self, trial: Trial, checkpoint: Path) -> None:
        """Take a trial."""

    def collect(self, timeout_s: float | None) -> list[tuple[Trial, TrialResult]]:
        """Wait until something changes, at most `timeout_s`, and return the trials that ended."""


class InProcess:
    """Runs a trial where `collect` is called."""

    def __init__(self, function: TrialFunction, *, device: str, threads: int | None, progress: Progress) -> None:
        self.function, self.device, self.threads, self.progress = function, device, threads, progress
        self.job: tuple[Trial, Path] | None = None

    def __enter__(self) -> InProcess:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    @property
    def free(self) -> bool:
        """Whether there is no trial."""
        return self.job is None

    @property
    def running(self) -> int:
        """0 or 1."""
        return int(self.job is not None)

    def submit(self, trial: Trial, checkpoint: Path) -> None:
        """Take a trial."""
        self.job = trial, checkpoint

    def collect(self, timeout_s: float | None) -> list[tuple[Trial, TrialResult]]:
        """Run the trial, or sleep where there is none."""
        if self.job is None:
            time.sleep(timeout_s or 0)
            return []
        trial, checkpoint = self.job
        before = set_threads(self.threads)
        try:
            with limited_threads(self.threads):
                result = attempt(
                    self.function, trial, device=self.device, checkpoint=checkpoint, progress=self.progress
                )
        finally:
            set_threads(before)
        self.job = None
        return [(trial, result)]
