"""A worker process: gets trials through a pipe, and sends back what they gave."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection

from benchtools.progress import silent
from benchtools.provenance import Provenance
from benchtools.runs._attempt import Stop, attempt, set_threads

__all__ = ["work"]


def work(connection: Connection, function: bytes, device: str, threads: int | None) -> None:
    """Run trials until the pipe says None or closes; end at once when the parent is gone.

    It sends ``("ready", None)``, or ``("broken", traceback)`` where the pickled `function` cannot be imported; then
    ``("result", TrialResult)`` for each ``(trial, checkpoint)`` that it receives.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all of a terminal: the parent decides
    threading.Thread(target=_follow_parent, daemon=True).start()
    with contextlib.suppress(Stop, EOFError, BrokenPipeError, ConnectionResetError):
        try:
            call = pickle.loads(function)  # noqa: S301  of our parent
        except Exception:
            connection.send(("broken", traceback.format_exc()))
            return
        Provenance.now()  # imports what it needs, and remembers
        connection.send(("ready", None))
        while (job := connection.recv()) is not None:
            set_threads(threads)  # of torch, once a trial has loaded it
            trial, checkpoint = job
            with _stoppable():
                result = attempt(call, trial, device=device, checkpoint=checkpoint, progress=silent)
            connection.send(("result", result))


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM raise `Stop`, so that a trial cleans up; elsewhere it ends the process at once."""

    def stop(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough
        raise Stop

    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _follow_parent() -> None:
    """Die with the parent: its claims are free then, and another sweep may train the same trial."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
