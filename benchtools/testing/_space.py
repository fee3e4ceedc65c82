"""What every search space must satisfy."""

# ruff: noqa: S101 (these are tests: pytest reports their assertions)

from __future__ import annotations

import sys
from typing import Any, cast

import numpy as np

from benchtools.errors import InvalidInput
from benchtools.spaces import Space

__all__ = ["SpaceContract"]


INT64 = np.iinfo(np.int64)


class SpaceContract:
    """Tests of a `Space`; inherit them under a name that pytest collects.

    They look at some architectures only, so the space may be of any size. Arrays of indices are int64; where the
    indices do not fit, they are of dtype object and hold Python ints.

    Attributes
    ----------
    space : Space
        What is tested.
    n_sampled : int
        Number of architectures that the tests draw.

    Examples
    --------
    >>> from benchtools.spaces import get_space
    >>> class TestNASBench201(SpaceContract):
    ...     space = get_space("nasbench201")
    >>> TestNASBench201().test_neighbours_are_mutual()
    """

    space: Space
    n_sampled: int = 50

    @property
    def dtype(self) -> np.dtype[Any]:
        """What an array of indices must be."""
        return np.dtype(np.int64 if self.space.size - 1 <= INT64.max else object)

    def indices(self) -> list[int]:
        """Return the first and last index, and some between."""
        drawn = self.space.sample(min(self.n_sampled, self.space.size), rng=30)
        return [0, self.space.size - 1, *drawn.tolist()]

    def test_strings_parse_back(self) -> None:
        """`parse` undoes `to_string`, and different architectures have different strings."""
        strings = {index: self.space.to_string(index) for index in self.indices()}
        assert {index: self.space.parse(text) for index, text in strings.items()} == {index: index for index in strings}
        assert len(set(strings.values())) == len(strings)
        many = self.space.parse_many(strings.values())
        assert many.dtype == self.dtype
        assert many.tolist() == list(strings)

    def test_integers_are_indices(self) -> None:
        """Of Python and NumPy alike; what comes back is a Python int."""
        for index in self.indices():
            for key in (index, np.int64(index), np.uint64(index)) if index <= INT64.max else (index,):
                parsed = self.space.parse(cast(int, key))
                assert type(parsed) is int, f"parse({key!r}) is {type(parsed).__name__}"
                assert parsed == index

    def test_size_bounds_the_indices(self) -> None:
        """Indices run from 0 to ``size - 1``."""
        assert self.space.size > 0
        if self.space.size <= sys.maxsize:  # `len` cannot say more
            assert len(self.space) == self.space.size
        for key in (-1, self.space.size):
            self._refuses(key)

    def test_bad_keys_are_refused(self) -> None:
        """With `InvalidInput`, whatever their type; `parse_many` names the position."""
        bad: list[Any] = [None, True, False, 0.0, 1.5, float("nan"), "", " ", "no such architecture", b"0", (0,), [0]]
        for key in bad:
            self._refuses(key)
        message = ""
        try:
            self.space.parse_many([0, 0, "no such architecture"])
        except InvalidInput as error:
            message = str(error)
        assert "position 2" in message, f"parse_many accepts a bad key, or does not name its position: {message!r}"

    def test_samples(self) -> None:
        """Within the space, distinct without replacement, repeatable, refused where too many are asked for."""
        n = min(self.n_sampled, self.space.size)
        drawn = self.space.sample(n, rng=31)
        assert drawn.shape == (n,)
        assert drawn.dtype == self.dtype
        assert drawn.min() >= 0
        assert drawn.max() < self.space.size
        assert len(set(drawn.tolist())) == n
        np.testing.assert_array_equal(drawn, self.space.sample(n, rng=np.random.default_rng(31)))
        assert self.space.sample(0, rng=0).shape == (0,)
        for n_bad in (-1, self.space.size + 1):
            try:
                self.space.sample(n_bad, rng=0)
            except InvalidInput:
                continue
            raise AssertionError(f"sample({n_bad}) is not refused")

    def test_neighbours_are_mutual(self) -> None:
        """Sorted, distinct, never the architecture itself, and each has it as a neighbour too."""
        for index in self.indices()[:12]:
            assert self.space.neighbours(index).dtype == self.dtype
            neighbours = self.space.neighbours(index).tolist()
            assert neighbours == sorted(set(neighbours) - {index})
            for other in neighbours:
                assert 0 <= other < self.space.size
                assert index in self.space.neighbours(other), f"{other} is a neighbour of {index}, but not the reverse"

    def test_canonical_strings_repeat(self) -> None:
        """A non-empty string, the same at every call, and not one for all."""
        canonical = [self.space.canonical(index) for index in self.indices()]
        assert all(canonical), "an empty canonical string"
        assert canonical == [self.space.canonical(index) for index in self.indices()]
        assert self.space.size == 1 or len({self.space.canonical(i) for i in range(min(self.space.size, 500))}) > 1

    def _refuses(self, key: Any) -> None:
        try:
            parsed = self.space.parse(key)
        except InvalidInput:
            return
        raise AssertionError(f"parse({key!r}) is {parsed}, not refused with InvalidInput")
