"""Run trials that have no result yet: with others side by side, in any number of workers, after any interruption."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchtools.errors import InvalidInput
from benchtools.files import make_folder
from benchtools.progress import Progress, silent
from benchtools.runs._attempt import TrialFunction
from benchtools.runs._claims import Claims
from benchtools.runs._executor import Executor, InProcess
from benchtools.runs._pool import Pool
from benchtools.runs._result import FINAL, TrialResult
from benchtools.runs._store import Store
from benchtools.runs._trial import Trial

__all__ = ["Summary", "run_trials"]

POLL_S = (0.1, 2.0)
"""Shortest and longest time between looks at trials that another sweep has claimed."""


@dataclass(frozen=True)
class Summary:
    """What became of the trials of a sweep.

    Attributes
    ----------
    done, diverged, failed : int
        Trials that this sweep trained, by status.
    already_done : int
        Trials that were done or diverged before.
    skipped : int
        Trials that failed before, and were not tried again.
    taken : int
        Trials that another sweep did meanwhile, whatever their status.
    seconds : float
        Time that the sweep took [s].

    Examples
    --------
    >>> print(Summary(done=2, failed=1, skipped=1, seconds=3.21))
    2 done, 1 failed, 1 skipped since they failed before (retry does them again); 3.2 s
    """

    done: int = 0
    already_done: int = 0
    failed: int = 0
    skipped: int = 0
    diverged: int = 0
    taken: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        parts = [f"{self.done} done"]
        for n, what in (
            (self.diverged, "diverged"), (self.failed, "failed"), (self.already_done, "done already"),
            (self.taken, "done by another sweep"),
            (self.skipped, "skipped since they failed before (retry does them again)"),
        ):  # fmt: skip
            parts += [f"{n} {what}"] if n else []
        return f"{', '.join(parts)}; {self.seconds:.1f} s"


def run_trials(
    trials: Iterable[Trial],
    function: TrialFunction,
    store: Store,
    *,
    workers: int = 1,
    devices: Sequence[str] | None = None,
    threads: int | None = None,
    retry: bool = False,
    progress: Progress = silent,
) -> Summary:
    """Call `function` for each trial without a result, and keep what it returns in `store`.

    Several sweeps may share a store: each trial is trained by one of them, and all return once all trials have a
    result. A trial that is interrupted (Ctrl-C, SIGTERM, a kill) has no result and keeps its checkpoint. One whose
    function raises has failed, with the traceback, and so has one whose worker died twice; the others go on.

    Parameters
    ----------
    trials : iterable of Trial
        What to train, in this order; a trial that is given twice is trained once.
    function : callable
        Called as ``function(trial, device=..., checkpoint=..., progress=...)``; it returns a `TrialResult`, of status
        ``diverged`` where the loss was not finite. The path `checkpoint` is its own, to go on from where that file
        exists; the file is removed once the trial is done or has diverged. For workers it must stand at the top of a
        module, and is called with a `progress` that is silent.
    store : Store
        Where results are kept.
    workers : int, default 1
        1: in this process. More: as many processes, which start afresh (spawn), so that a script must call this below
        ``if __name__ == "__main__":``.
    devices : sequence of str, optional
        Handed to the workers in turn, such as ``["cuda:0", "cuda:0", "cuda:1"]``. Default: ``["cpu"]``.
    threads : int, optional
        Threads of the arithmetic in each worker. Default: cores // workers, and no limit for one worker.
    retry : bool, default False
        Whether to forget failures of these trials first, so that they are done again.
    progress : callable, optional
        Called as ``progress("trials", done, total)``.

    Returns
    -------
    Summary
        Counts and time.

    Raises
    ------
    InvalidInput
        If a number is out of range, or workers cannot import the function.
    StoreError
        If a result cannot be written; what was written before stays.
    KeyboardInterrupt
        On Ctrl-C and, in the main thread, on SIGTERM, once workers have ended and claims are free again.

    Examples
    --------
    >>> import tempfile
    >>> def train(trial, *, device, checkpoint, progress):
    ...     return TrialResult("done", {"accuracy": 90.0 + trial.seed})
    >>> trials = [Trial("zoo", "nasbench201", "|none~0|", "cifar10", "12ab", None, "c0r0s0e1", s) for s in (0, 1)]
    >>> with tempfile.TemporaryDirectory() as folder, Store(f"{folder}/sweep.sqlite") as store:
    ...     first, second = (run_trials(trials, train, store) for _ in range(2))
    ...     first.done, second.done, second.already_done, len(store.ids())
    (2, 0, 2, 2)
    """
    _check(workers, devices, threads)
    start = time.perf_counter()
    sweep = _Sweep(store, {trial.id: trial for trial in trials}, retry, progress)
    if sweep.todo:
        devices = devices or ["cpu"]
        executor: Executor
        if workers == 1:
            executor = InProcess(function, device=devices[0], threads=threads, progress=progress)
        else:
            threads = threads or max(1, _cores() // workers)
            workers = min(workers, len(sweep.todo))
            executor = Pool(function, workers=workers, devices=devices, threads=threads)
        with _sigterm_interrupts(), Claims(store) as claims, executor:  # workers end before claims do
            sweep.run(executor, claims)
    return Summary(**sweep.counts, seconds=time.perf_counter() - start)


class _Sweep:
    """Trials on their way: to do, waiting for another sweep, or settled."""

    def __init__(self, store: Store, trials: dict[str, Trial], retry: bool, progress: Progress) -> None:
        self.store, self.progress, self.total = store, progress, len(trials)
        if retry:
            store.forget(trials)
        before = store.statuses(trials)
        already = sum(status in FINAL for status in before.values())
        self.counts = dict.fromkeys(("done", "failed", "diverged", "taken"), 0)
        self.counts |= {"already_done": already, "skipped": len(before) - already}
        self.todo = deque(trial for key, trial in trials.items() if key not in before)
        self.waiting: dict[str, Trial] = {}
        self.pause, self.next_look = POLL_S[0], 0.0
        for key, status in before.items():  # of sweeps that were killed between result and removal
            if status in FINAL:
                store.checkpoint(key).unlink(missing_ok=True)
        progress("trials", len(before), self.total)

    def run(self, executor: Executor, claims: Claims) -> None:
        make_folder(self.store.checkpoint("").parent)
        while True:
            while executor.free and (trial := self._claim_next(claims)):
                executor.submit(trial, self.store.checkpoint(trial.id))
            if not (self.todo or self.waiting or executor.running):
                return
            idle = executor.free and self.waiting
            for trial, result in executor.collect(self.pause if idle else None):
                self._keep(trial, result)

    def _claim_next(self, claims: Claims) -> Trial | None:
        """Return a trial that is now ours."""
        if not self.todo and self.waiting and time.monotonic() >= self.next_look:
            self._look_at_others(claims)
        while self.todo:
            trial = self.todo.popleft()
            if claims.claim(trial.id):
                return trial
            self.waiting[trial.id] = trial
        return None

    def _look_at_others(self, claims: Claims) -> None:
        """Settle what other sweeps have done, and take back what those that died have left."""
        settled = self.store.statuses(self.waiting)
        for key in settled:
            del self.waiting[key]
        self._settle("taken", len(settled))
        free = claims.free(self.waiting)
        self.todo.extend(self.waiting.pop(key) for key in list(self.waiting) if key in free)
        self.pause = POLL_S[0] if settled or free else min(2 * self.pause, POLL_S[1])
        self.next_look = time.monotonic() + self.pause

    def _keep(self, trial: Trial, result: TrialResult) -> None:
        self.store.put(trial, result)
        if result.status in FINAL:
            self.store.checkpoint(trial.id).unlink(missing_ok=True)
        self._settle(result.status, 1)

    def _settle(self, what: str, n: int) -> None:
        self.counts[what] += n
        self.progress("trials", sum(self.counts.values()), self.total)


def _check(workers: int, devices: Sequence[str] | None, threads: int | None) -> None:
    for name, value in (("workers", workers), ("threads", threads)):
        if value is not None and (type(value) is not int or value < 1):
            raise InvalidInput(f"{name} must be an integer of at least 1, not {value!r}")
    if isinstance(devices, str) or (devices is not None and not devices):
        raise InvalidInput(f'devices must be a list of at least one device, such as ["cuda:0"], not {devices!r}')
    if devices is not None and len(devices) > workers:
        raise InvalidInput(
            f"devices names {len(devices)}, but workers is {workers}, so some would have nothing to do: "
            f"pass workers={len(devices)} or more, or fewer devices"
        )


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


@contextlib.contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """Let SIGTERM act as Ctrl-C does; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)
