"""Who trains: a process, told apart from every other, and whether it is still alive."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Owner"]

_here: set[str] = set()
"""Tokens of the owners of this process that still work."""


@dataclass(frozen=True)
class Owner:
    """A sweep: host, process, when the process started, and a token of its own.

    Attributes
    ----------
    host : str
        Name of the machine, its boot and its namespace of processes: within one, a pid means one process.
    pid : int
        Number of the process.
    started : str
        When it started, since numbers of processes are used again; "" where the system does not say.
    token : str
        Tells two sweeps of one process apart.
    """

    host: str
    pid: int
    started: str
    token: str

    @classmethod
    def start(cls) -> Owner:
        """Return a new owner, of this process."""
        owner = cls(_host(), os.getpid(), _started(os.getpid()) or "", uuid.uuid4().hex)
        _here.add(owner.token)
        return owner

    def end(self) -> None:
        """Let its claims count as abandoned."""
        _here.discard(self.token)

    def __str__(self) -> str:
        return json.dumps([self.host, self.pid, self.started, self.token])

    @classmethod
    def parse(cls, text: str) -> Owner:
        """Return the owner that `str` wrote."""
        host, pid, started, token = json.loads(text)
        return cls(host, pid, started, token)

    def is_alive(self, age_s: float, limit_s: float) -> bool:
        """Tell whether it may still work.

        Parameters
        ----------
        age_s : float
            Time since its last sign of life [s]: what decides where its process cannot be seen.
        limit_s : float
            From this age on it counts as dead then.
        """
        if self.host != _host():
            return age_s < limit_s
        if self.pid == os.getpid() and self.started == (_started(self.pid) or ""):
            return self.token in _here
        if os.name == "nt":  # where os.kill would end the process
            return age_s < limit_s
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except OSError:
            pass  # another user's
        started = _started(self.pid)
        if started is None or not self.started:
            return age_s < limit_s
        return started == self.started


@cache
def _host() -> str:
    parts = [socket.gethostname()]
    try:
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(os.readlink("/proc/self/ns/pid"))
    except OSError:
        pass
    return " ".join(parts)


def _started(pid: int) -> str | None:
    """Return when a process started, "ended" for one that has ended, or None where the system does not say."""
    if Path("/proc/self/stat").exists():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return "ended" if fields[0] in "ZX" else fields[19]
    if os.name == "nt":
        return None
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip() or None
