"""Settings of all tests, and what several rooms test with."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from benchtools.ranking import compare
from benchtools.tables import Table

# no time limit per example (CI machines stall), no database on disk, and the same examples in every run
settings.register_profile("benchtools", deadline=None, database=None, derandomize=True)
settings.load_profile("benchtools")

DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    """Return a folder of tables that nobody else uses."""
    home = tmp_path / "own-home"
    monkeypatch.setenv("BENCHTOOLS_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def slice_table(benchtools_home):
    """Return the real slice of NAS-Bench-201, built once."""
    return Table.open("nasbench201-slice")


@pytest.fixture(scope="session")
def core_parquet():
    """Return the path of real data that lie beside the checkout of developers only."""
    path = DATA / "nb201_core.parquet"
    if not path.is_file():
        pytest.skip(f"{path} is not here: it is no part of the project")
    return path


@pytest.fixture(scope="session")
def make_report():
    """Return a function that compares SYNTHETIC proxies (normal noise on a normal truth) with a synthetic truth."""

    def make(names=("near", "middle", "far"), *, n=60, seed=5, extra=None, **options):
        rng = np.random.default_rng(seed)
        truth = np.round(rng.normal(90, 2, n), 2)
        proxies = {name: truth + rng.normal(0, 1 + 2 * place, n) for place, name in enumerate(names)}
        options = {"k": 5, "n_resamples": 199, "truth_name": "synthetic truth [%]"} | options
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of constant proxies, which tests of warnings raise themselves
            return compare(truth, proxies | (extra or {}), **options)

    return make


@pytest.fixture(scope="session")
def report(make_report):
    """Return a report on 60 SYNTHETIC architectures: three noisy proxies, one free of cost, one without a cost."""
    return make_report(
        costs={"near": 6.0, "far": 0.0}, truth_cost=np.full(60, 10.0), tolerance={"near": 0.15},
        archs=[f"arch-{position}" for position in range(60)], notes=["synthetic, for tests"],
    )  # fmt: skip
