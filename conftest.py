"""What tests and the examples in docstrings share: a folder of tables of their own."""

import os

os.environ.setdefault(
    "OMP_NUM_THREADS", "1"
)  # the workers of pytest-xdist share the cores: threads would wait on each other

from importlib.util import find_spec

import pytest

NEED_TORCH = [
    "benchtools/datasets/_augment.py",
    "benchtools/datasets/_batches.py",
    "benchtools/networks/_autoencoder.py",
    "benchtools/networks/_cifar_resnet.py",
    "benchtools/networks/_cost.py",
    "benchtools/networks/_initialise.py",
    "benchtools/networks/_operations.py",
    "benchtools/networks/_pointwise.py",
    "benchtools/networks/_resnet18.py",
    "benchtools/networks/_weights.py",
    "benchtools/networks/_zoo_cell.py",
    "benchtools/networks/_zoo_network.py",
    "benchtools/scoring/_baseline.py",
    "benchtools/scoring/_entropy.py",
    "benchtools/scoring/_features.py",
    "benchtools/scoring/_forgetting.py",
    "benchtools/scoring/_loss.py",
    "benchtools/scoring/_probes.py",
    "benchtools/scoring/_reconstruction.py",
    "benchtools/scoring/_softmax.py",
    "benchtools/scoring/_train_baseline.py",
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
