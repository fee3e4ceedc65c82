"""Trials in worker processes, which may die without harm to the others."""

from __future__ import annotations

import contextlib
import multiprocessing
import pickle
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import connection as pipes
from multiprocessing.context import SpawnProcess
from pathlib import Path

from benchtools.errors import BenchtoolsError, InvalidInput
from benchtools.provenance import Provenance
from benchtools.runs._attempt import TrialFunction, limited_threads
from benchtools.runs._result import TrialResult
from benchtools.runs._trial import Trial
from benchtools.runs._worker import work

__all__ = ["Pool"]

ATTEMPTS = 2  # a worker may die by another's fault, such as memory that a neighbour took
GRACE_S = 5.0
SPAWN = multiprocessing.get_context("spawn")


@dataclass
class _Job:
    trial: Trial
    checkpoint: Path
    start: float
    deaths: int = 0


@dataclass(eq=False)
class _Worker:
    process: SpawnProcess
    pipe: pipes.Connection
    device: str
    ready: bool = False
    job: _Job | None = None


class Pool:
    """Processes started afresh (spawn), one trial each at a time; devices are handed to them in turn.

    A worker that dies is replaced, and its trial tried once more; if that dies too, the trial has failed.
    """

    def __init__(self, function: TrialFunction, *, workers: int, devices: Sequence[str], threads: int | None) -> None:
        try:
            self.function = pickle.dumps(function)
        except Exception as error:
            raise InvalidInput(
                f"workers cannot import {function!r}: it must stand at the top of a module, or be a functools.partial "
                f"of such a function; or use workers=1 ({error})"
            ) from error
        self.devices = [devices[place % len(devices)] for place in range(workers)]
        self.threads = threads
        self.workers: list[_Worker] = []
        self.again: deque[_Job] = deque()
        self.stillborn = 0

    def __enter__(self) -> Pool:
        try:
            for device in self.devices:
                self._start(device)
        except BaseException:
            self._end(kill=True)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._end(kill=kind is not None)

    @property
    def free(self) -> bool:
        """Whether a worker has nothing to do."""
        return not self.again and any(worker.ready and worker.job is None for worker in self.workers)

    @property
    def running(self) -> int:
        """Trials that are in work."""
        return len(self.again) + sum(worker.job is not None for worker in self.workers)

    def submit(self, trial: Trial, checkpoint: Path) -> None:
        """Give a trial to a worker that has nothing to do."""
        self.again.append(_Job(trial, checkpoint, time.perf_counter()))
        self._hand_out()

    def collect(self, timeout_s: float | None) -> list[tuple[Trial, TrialResult]]:
        """Wait for workers, and return the trials that ended.

        Raises
        ------
        InvalidInput
            If workers cannot import the function.
        BenchtoolsError
            If they die before they are ready, one after the other.
        """
        watched = [end for worker in self.workers for end in (worker.pipe, worker.process.sentinel)]
        happened = set(pipes.wait(watched, timeout_s))
        ended = []
        for worker in list(self.workers):
            if worker.pipe in happened or worker.process.sentinel in happened:
                ended += self._look_after(worker)
        self._hand_out()
        return ended

    def _look_after(self, worker: _Worker) -> list[tuple[Trial, TrialResult]]:
        alive = worker.process.is_alive()  # asked first: what a worker sent before it died counts
        ended = []
        try:
            while worker.pipe.poll():
                kind, value = worker.pipe.recv()
                if kind == "broken":
                    raise InvalidInput(f"workers cannot import the function; is its module on their path?\n{value}")
                if kind == "ready":
                    worker.ready, self.stillborn = True, 0
                elif worker.job is not None:
                    ended.append((worker.job.trial, value))
                    worker.job = None
        except (EOFError, OSError):
            alive = False
        return ended if alive else ended + self._replace(worker)

    def _replace(self, worker: _Worker) -> list[tuple[Trial, TrialResult]]:
        """Start another worker for one that died; return its trial if that died too often."""
        self.workers.remove(worker)
        _kill(worker)
        code = worker.process.exitcode
        self.stillborn += not worker.ready
        if self.stillborn > len(self.devices) + 1:
            raise BenchtoolsError(
                f"workers die before they are ready (exit code {code}): a script that runs trials with workers must "
                'do so below `if __name__ == "__main__":`; otherwise see what they print, and their memory'
            )
        self._start(worker.device)
        if (job := worker.job) is None:
            return []
        job.deaths += 1
        if job.deaths < ATTEMPTS:
            self.again.appendleft(job)
            return []
        how = f"killed by signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        error = f"worker died ({how}) in each of {ATTEMPTS} attempts: out of memory, or ended by its own code?"
        seconds = time.perf_counter() - job.start
        return [(job.trial, TrialResult("failed", seconds=seconds, error=error, provenance=Provenance.now().to_dict()))]

    def _hand_out(self) -> None:
        for worker in self.workers:
            if self.again and worker.ready and worker.job is None:
                job = self.again.popleft()
                try:
                    worker.pipe.send((job.trial, job.checkpoint))
                except OSError:  # it has just died: another worker will do
                    self.again.appendleft(job)
                else:
                    worker.job = job

    def _start(self, device: str) -> None:
        ours, theirs = SPAWN.Pipe()
        process = SPAWN.Process(target=work, args=(theirs, self.function, device, self.threads))
        try:
            with limited_threads(self.threads):  # before they import anything
                process.start()
        finally:
            theirs.close()
        self.workers.append(_Worker(process, ours, device))

    def _end(self, *, kill: bool) -> None:
        for worker in self.workers:
            with contextlib.suppress(OSError):
                if kill:
                    worker.process.terminate()
                else:
                    worker.pipe.send(None)
        end = time.monotonic() + GRACE_S
        for worker in self.workers:
            worker.process.join(max(0, end - time.monotonic()))
            _kill(worker)
        self.workers.clear()


def _kill(worker: _Worker) -> None:
    worker.process.kill()
    worker.process.join()
    worker.pipe.close()
