"""The contract of one-shot algorithms, run over all that are registered; and that it finds what breaks it."""

import numpy as np
import pytest

pytest.importorskip("torch")

from benchtools.search.one_shot import Algorithm, get_algorithm, list_algorithms
from benchtools.search.one_shot._darts_v1 import DartsV1
from benchtools.search.one_shot._register import ALGORITHMS
from benchtools.testing import OneShotContract

SPACES = {"nasbench201": "nasbench201", "oneshot1": "oneshot1_s1", "nats_size": "nats_size"}


@pytest.fixture(params=list_algorithms())
def algorithm(request):
    return request.param


class TestRegistered(OneShotContract):
    """Every algorithm, in the first space that it searches."""

    @pytest.fixture(autouse=True)
    def _choose(self, algorithm):
        self.algorithm = algorithm
        self.space = SPACES[get_algorithm(algorithm).spaces[0]]


@pytest.mark.parametrize("name", ["darts_v1", "gdas", "enas", "random_ws"])
class TestOneShot1(OneShotContract):
    """Those of NAS-Bench-1Shot1 there, too."""

    space = "oneshot1_s1"

    @pytest.fixture(autouse=True)
    def _choose(self, name):
        self.algorithm = name

    test_the_same_seed_finds_the_same = None
    test_every_epoch_has_an_architecture_of_the_space = None


def test_the_contract_finds_what_breaks_it(monkeypatch):
    class Forgetful(DartsV1):
        """Takes its alphas from nowhere, and keeps no state."""

        def derive(self, scorer):
            return self.supernet.draw(np.random.default_rng())

        def load_state_dict(self, state):
            pass

    assert issubclass(Forgetful, Algorithm)
    ALGORITHMS.register("forgetful", Forgetful)
    try:

        class Broken(OneShotContract):
            algorithm = "forgetful"

        with pytest.raises(AssertionError, match="the same seed finds something else"):
            Broken().test_the_same_seed_finds_the_same()
        with pytest.raises(AssertionError):
            Broken().test_it_goes_on_where_it_was_stopped()
    finally:
        ALGORITHMS._parts.pop("forgetful")
