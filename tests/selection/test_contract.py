"""Every registered selector keeps the contract, plug-ins too, and the contract catches those that do not."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from benchtools.errors import NotFound, WrongType
from benchtools.registry import Registry
from benchtools.selection import Selector, get_selector, list_selectors, random
from benchtools.selection import _selector as module
from benchtools.testing import SelectorContract

METHODS = {
    "random", "class_random", "entropy_top", "entropy_bottom", "forgetting", "k_center", "two_tailed", "p1", "p2", "p3",
    "kmeans_outliers", "loss_easy", "loss_hard", "probe_importance",
}  # fmt: skip
QUICK = {"n_clusters": 4, "n_init": 1}  # one start, so that seeds differ
VARIANTS = [
    *[(name, QUICK if name == "kmeans_outliers" else {}) for name in list_selectors()],
    ("kmeans_outliers", {**QUICK, "mini_batch": 20}),
    *[(name, {"bin_width": 0.3, "floor": 1e-6}) for name in ("p1", "p2", "p3")],
    ("two_tailed", {"beta": 0.0}),
    ("two_tailed", {"beta": 1.0}),
    ("probe_importance", {"n_components": 2, "literal": False, "accuracies": [90, 80, 70]}),
]


class TestRegistered(SelectorContract):
    @pytest.fixture(autouse=True, params=VARIANTS, ids=lambda variant: f"{variant[0]}{variant[1] or ''}")
    def _choose(self, request):
        name, self.parameters = request.param
        self.selector = get_selector(name)


def test_all_methods_are_registered():
    assert set(list_selectors()) >= METHODS
    for name in METHODS:
        assert get_selector(name).summary.endswith(".")
        assert get_selector(name).function.__name__ == name


def test_unknown_names():
    with pytest.raises(NotFound, match=r"no selector is called 'k_centre'.*Did you mean 'k_center'"):
        get_selector("k_centre")


def altered(change, draws=True, kinds=()):
    """Return a selector that draws at random and then changes what comes out."""

    def function(scores, **options):
        return change(random(scores, **options), scores, options)

    return Selector("random", function, kinds, draws=draws)


def reseeding(selection, scores, options):
    np.random.seed(0)  # noqa: NPY002 - the defect that the contract is to catch
    return selection


def writing(selection, scores, options):
    values = scores.values.base
    values.flags.writeable = True
    values[0] += 1
    return selection


def unbalanced(selection, scores, options):
    return random(scores, **{**options, "balance": False})


def lenient(selection, scores, options):
    return selection


def forgiving(scores, **options):
    return random(scores, **{**options, "k": options.get("k") or 3})


def refuses_constants(selection, scores, options):
    assert np.ptp(scores.values), "no order"
    return selection


BROKEN = {
    "test_exact_and_distinct": altered(lambda s, scores, options: random(scores, k=max(1, len(s) - 1))),
    "test_same_seed_same_selection": altered(lambda s, scores, options: s, draws=False),
    "test_global_random_numbers_are_left_alone": altered(reseeding),
    "test_scores_stay_as_they_are": altered(writing),
    "test_balance": altered(unbalanced),
    "test_bad_sizes_are_refused": Selector("random", forgiving, draws=True),
    "test_other_kinds_are_refused": altered(lenient, kinds=("entropy",)),
    "test_scores_and_probabilities_fit": altered(
        lambda s, scores, options: replace(s, probabilities=s.probabilities / 2)
    ),
    "test_tells_where_it_comes_from": altered(lambda s, scores, options: replace(s, seed=None)),
    "test_constant_scores": altered(refuses_constants),
    "test_saves_and_loads": altered(lambda s, scores, options: replace(s, population=replace(s.population, n="60"))),
}


@pytest.mark.parametrize("test", BROKEN)
def test_the_contract_catches(test):
    class Broken(SelectorContract):
        selector = BROKEN[test]

    with pytest.raises((AssertionError, ValueError, TypeError)):
        getattr(Broken(), test)()


def test_every_contract_test_has_a_broken_selector():
    assert {name for name in dir(SelectorContract) if name.startswith("test_")} == set(BROKEN)


PLUGIN = '''
"""A third party's method: every so-manieth example by entropy."""
import numpy as np
from benchtools.selection import Selection, Selector, entropy_bottom
from dataclasses import replace

def strided(scores, *, k=None, fraction=None, rng=0, balance=False, labels=None):
    """Select examples at random, after the ranking by entropy."""
    chosen = entropy_bottom(scores, k=k, fraction=fraction, rng=rng, balance=balance, labels=labels)
    return replace(chosen, method="strided")

SELECTOR = Selector("strided", strided, ("entropy",))
NOT_ONE = 3
'''
RUN = """
from benchtools.selection import get_selector, list_selectors
from benchtools.testing import SelectorContract
import sys
assert "strided_package" not in sys.modules and "strided" in list_selectors()
class TestStrided(SelectorContract):
    selector = get_selector("strided")
for name in dir(TestStrided):
    if name.startswith("test_"):
        getattr(TestStrided(), name)()
try:
    get_selector("broken")
except TypeError as error:
    print(error)
"""


def test_a_third_party_selector_by_entry_point(tmp_path):
    """A package with its metadata, as an installer leaves them, found by another process."""
    (tmp_path / "strided_package.py").write_text(PLUGIN)
    metadata = tmp_path / "strided_package-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: strided-package\nVersion: 1.0\n")
    points = "strided = strided_package:SELECTOR\nbroken = strided_package:NOT_ONE\n"
    (metadata / "entry_points.txt").write_text(f"[benchtools.selectors]\n{points}")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{RUN}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "the plug-in 'broken' gives a int: its entry point benchtools.selectors must name" in done.stdout


def test_a_plugin_that_is_no_selector(monkeypatch):
    registry = Registry("selector", "benchtools.selectors")
    registry.register("number", 3)
    monkeypatch.setattr(module, "SELECTORS", registry)
    with pytest.raises(WrongType, match=r"must name a benchtools\.selection\.Selector"):
        get_selector("number")
