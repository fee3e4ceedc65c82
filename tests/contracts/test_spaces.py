"""Every registered space keeps the contract, and the contract catches those that do not."""

import numpy as np
import pytest

from benchtools.errors import InvalidInput
from benchtools.spaces import SPACES, Space, list_spaces
from benchtools.testing import SpaceContract


class TestRegistered(SpaceContract):
    @pytest.fixture(autouse=True, params=list_spaces())
    def _choose(self, request):
        self.space = SPACES.get(request.param)


class Ring(Space):
    """Ten architectures in a ring, "a0" to "a9": a sound space, which the broken ones below alter."""

    name = "ring"
    size = 10

    def parse(self, key):
        if isinstance(key, str) and key[:1] == "a" and key[1:].isdecimal():
            key = int(key[1:])
        if isinstance(key, bool) or not isinstance(key, (int, np.integer)) or not 0 <= key < self.size:
            raise InvalidInput(f"{key!r} is not in 0..9")
        return int(key)

    def to_string(self, index):
        return f"a{index}"

    def canonical(self, index):
        return f"a{index % 5}"

    def neighbours(self, index):
        return np.array(sorted({(index + 1) % 10, (index - 1) % 10}))


class TestRing(SpaceContract):
    space = Ring()


def altered(**methods):
    return type("Altered", (Ring,), methods)()


BROKEN = {
    "test_strings_parse_back": altered(to_string=lambda self, index: f"a{9 - index}"),
    "test_integers_are_indices": altered(parse=lambda self, key: key),
    "test_size_bounds_the_indices": altered(parse=lambda self, key: Ring().parse(key % 10)),
    "test_bad_keys_are_refused": altered(parse=lambda self, key: Ring().parse(int(key or 0))),
    "test_samples": altered(sample=lambda self, n, rng, replace=False: np.zeros(n, dtype=np.int64)),
    "test_neighbours_are_mutual": altered(neighbours=lambda self, index: np.array([(index + 1) % 10])),
    "test_canonical_strings_repeat": altered(canonical=lambda self, index: "one for all"),
}


@pytest.mark.parametrize("test", BROKEN)
def test_the_contract_catches(test):
    class Broken(SpaceContract):
        space = BROKEN[test]

    with pytest.raises(AssertionError):
        getattr(Broken(), test)()


def test_every_contract_test_has_a_broken_space():
    assert {name for name in dir(SpaceContract) if name.startswith("test_")} == set(BROKEN)
