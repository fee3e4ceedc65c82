"""What tests and the examples in docstrings share: a folder of tables of their own."""

import os

os.environ.setdefault(
    "OMP_NUM_THREADS", "1"
)  # the workers of pytest-xdist share the cores: threads would wait on each other

from importlib.util import find_spec
from pathlib import Path

import pytest

NEED_TORCH = [
    *(str(path) for path in Path(__file__).parent.glob("benchtools/networks/_[a-z]*.py")),
    "benchtools/datasets/_augment.py",
    "benchtools/datasets/_batches.py",
    "benchtools/scoring/_baseline.py",
    "benchtools/scoring/_entropy.py",
    "benchtools/scoring/_features.py",
    "benchtools/scoring/_forgetting.py",
    "benchtools/scoring/_loss.py",
    "benchtools/scoring/_probes.py",
    "benchtools/scoring/_reconstruction.py",
    "benchtools/scoring/_softmax.py",
    "benchtools/scoring/_train_baseline.py",
    "benchtools/search/one_shot/_algorithm.py",
    "benchtools/search/one_shot/_controller.py",
    "benchtools/search/one_shot/_controller_parents.py",
    "benchtools/search/one_shot/_darts_v1.py",
    "benchtools/search/one_shot/_darts_v2.py",
    "benchtools/search/one_shot/_enas.py",
    "benchtools/search/one_shot/_gdas.py",
    "benchtools/search/one_shot/_held_out.py",
    "benchtools/search/one_shot/_names.py",
    "benchtools/search/one_shot/_pc_darts.py",
    "benchtools/search/one_shot/_random_ws.py",
    "benchtools/search/one_shot/_run.py",
    "benchtools/search/one_shot/_score.py",
    "benchtools/search/one_shot/_setn.py",
    "benchtools/testing/_one_shot.py",
    "benchtools/testing/_plain_supernet.py",
    "benchtools/training/_callbacks.py",
    "benchtools/training/_checkpoint.py",
    "benchtools/training/_device.py",
    "benchtools/training/_drop_path.py",
    "benchtools/training/_epochs.py",
    "benchtools/training/_evaluate.py",
    "benchtools/training/_losses.py",
    "benchtools/training/_modes.py",
    "benchtools/training/_randomness.py",
    "benchtools/training/_running.py",
    "benchtools/training/_train.py",
]
collect_ignore = NEED_TORCH if find_spec("torch") is None else []  # the base and its tests do without


@pytest.fixture(scope="session", autouse=True)
def benchtools_home(tmp_path_factory):
    """Keep the user's cache out of the tests: one folder per session, which the workers of pytest-xdist share."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # the worker's own folder lies in that of the session
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCHTOOLS_HOME", str(base / "benchtools-home"))
        yield base / "benchtools-home"
