"""What tests and the examples in docstrings share: a folder of tables of their own."""

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def benchtools_home(tmp_path_factory):
    """Keep the user's cache out of the tests: one folder per session, which the workers of pytest-xdist share."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # the worker's own folder lies in that of the session
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCHTOOLS_HOME", str(base / "benchtools-home"))
        yield base / "benchtools-home"
