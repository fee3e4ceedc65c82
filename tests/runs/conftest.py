"""What tests of sweeps share."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchtools.runs import Store

PROGRAM = str(Path(__file__).with_name("_sweeps.py"))


@pytest.fixture
def store(tmp_path):
    """Return an empty store."""
    with Store(tmp_path / "sweep.sqlite") as opened:
        yield opened


@pytest.fixture
def start():
    """Return a function that starts the helper program; what still runs at the end is killed."""
    started = []

    def begin(*arguments):
        process = subprocess.Popen(
            [sys.executable, PROGRAM, *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def wait_for():
    """Return a function that waits until a condition holds."""

    def wait(condition):
        end = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.005)

    return wait
