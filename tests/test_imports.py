"""`import benchtools` is quick: it loads none of the heavy packages."""

import json
import subprocess
import sys

import pytest

HEAVY = ["torch", "scipy", "sklearn", "matplotlib", "seaborn", "pandas", "pyarrow", "numpy"]
ROOMS = [
    "spaces", "ranking", "datasets", "networks", "training", "scoring", "selection", "runs", "search", "experiments",
    "testing",
]  # fmt: skip


def loaded_after(statement):
    code = f"import json, sys; {statement}; print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


def test_import_benchtools_loads_no_heavy_package():
    assert loaded_after("import benchtools; benchtools.__version__; dir(benchtools)") == []


def test_the_base_loads_no_heavy_package():
    assert loaded_after("import benchtools.errors, benchtools.registry, benchtools.provenance") == []


def test_this_test_can_fail():
    assert loaded_after("import benchtools; benchtools.spaces") == ["numpy"]


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_loads_torch_or_what_only_reports_need(room):
    assert not {"torch", "matplotlib", "seaborn", "sklearn"} & set(loaded_after(f"import benchtools.{room}"))


def test_recorded_zoos_are_reached_from_the_package():
    assert "torch" not in loaded_after("import benchtools; benchtools.experiments.reduced.load('zoo13-digits')")


def test_unknown_attribute():
    import benchtools

    with pytest.raises(AttributeError, match="module 'benchtools' has no attribute 'rankings'"):
        benchtools.rankings  # noqa: B018
