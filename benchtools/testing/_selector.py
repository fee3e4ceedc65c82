"""What every selection method must satisfy."""

# ruff: noqa: S101 (these are tests: pytest reports their assertions)

from __future__ import annotations

import random
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import ConstantInputWarning, InvalidInput
from benchtools.scoring import KINDS, Scores
from benchtools.selection import Selection, Selector

__all__ = ["SelectorContract"]

ROWS = ("features", "correctness")


class SelectorContract:
    """Tests of a `Selector`; inherit them under a name that pytest collects.

    Attributes
    ----------
    selector : Selector
        What is tested.
    parameters : mapping of str to object, optional
        Parameters to fix, such as ``{"n_clusters": 4}``.
    n : int
        Number of examples in the scores that are made for it.

    Notes
    -----
    `make` may be overridden where a selector needs other scores. They are SYNTHETIC, of three classes.

    Examples
    --------
    >>> from benchtools.selection import get_selector
    >>> class TestP1(SelectorContract):
    ...     selector = get_selector("p1")
    >>> TestP1().test_exact_and_distinct()
    """

    selector: Selector
    parameters: ClassVar[Mapping[str, Any]] = {}
    n: int = 60

    def make(self, kind: str, seed: int = 40, constant: bool = False) -> Scores:
        """Return SYNTHETIC scores of a kind; all equal if `constant`."""
        rng = np.random.default_rng(seed)
        shape = (self.n, 3) if kind in ROWS else (self.n,)
        values: NDArray[Any] = rng.lognormal(-4, 3, size=shape)
        if kind == "correctness":
            values = rng.random(shape) < [0.9, 0.7, 0.5]
        elif kind == "features":
            values = rng.normal(size=shape)
        elif kind == "forgetting":
            values = rng.poisson(1.0, size=shape)
        labels = np.arange(self.n) % 3
        return Scores(np.ones(shape) if constant else values, kind, "synthetic", f"{seed}" * 8, labels)

    def scores(self, seed: int = 40, constant: bool = False) -> Scores:
        """Return scores that the selector reads."""
        return self.make((self.selector.kinds or ("entropy",))[0], seed, constant)

    def select(self, scores: Scores, **options: Any) -> Selection:
        """Call the selector with its parameters and the further scores that it needs."""
        further = {kind: self.make(kind) for kind in self.selector.needs if kind not in self.parameters}
        return self.selector(scores, **{**further, **self.parameters, **options})

    def test_exact_and_distinct(self) -> None:
        """As many distinct indices within the data set as asked for, from 1 to all; a fraction is rounded down."""
        scores = self.scores()
        for options, k in (
            ({"k": 1}, 1),
            ({"k": 17}, 17),
            ({"k": self.n}, self.n),
            ({"fraction": 0.11}, self.n * 11 // 100),
        ):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # of classes that one example cannot represent, say
                selection = self.select(scores, **options)
            assert isinstance(selection, Selection)
            assert selection.indices.shape == (k,), f"{options} gives {len(selection)} indices, not {k}"
            assert selection.indices.dtype == np.int64
            assert len(set(selection.indices.tolist())) == k
            assert set(selection.indices.tolist()) <= set(range(self.n))

    def test_same_seed_same_selection(self) -> None:
        """A seed and a generator of that seed give the same; another seed another selection if the selector draws."""
        scores = self.scores()
        first = self.select(scores, k=20, rng=7).indices
        np.testing.assert_array_equal(first, self.select(scores, k=20, rng=7).indices)
        np.testing.assert_array_equal(first, self.select(scores, k=20, rng=np.random.default_rng(7)).indices)
        others = [self.select(scores, k=20, rng=seed).indices.tolist() for seed in (8, 9, 10)]
        varies = any(other != first.tolist() for other in others)
        assert varies == self.selector.draws, f"draws={self.selector.draws}, but other seeds say otherwise"

    def test_global_random_numbers_are_left_alone(self) -> None:
        """Neither NumPy's nor Python's global generator is read or seeded."""
        before = random.getstate(), str(np.random.get_state(legacy=False))  # noqa: NPY002
        self.select(self.scores(), k=9, rng=3)
        assert (random.getstate(), str(np.random.get_state(legacy=False))) == before  # noqa: NPY002

    def test_scores_stay_as_they_are(self) -> None:
        """No value is written to."""
        scores = self.scores()
        before = scores.values.copy()
        self.select(scores, k=9)
        np.testing.assert_array_equal(scores.values, before)

    def test_balance(self) -> None:
        """Classes get the same number, or one more where it does not divide."""
        scores = self.scores()
        for k in (3, 20, self.n):
            selection = self.select(scores, k=k, balance=True, rng=k)
            counts = np.bincount(scores.labels[selection.indices], minlength=3)  # type: ignore[index]
            assert len(selection) == k
            assert counts.max() - counts.min() <= 1, f"k={k} gives the classes {counts.tolist()}"

    def test_bad_sizes_are_refused(self) -> None:
        """With `InvalidInput`: none, too many, not whole, both or neither, a balanced k below the classes."""
        bad: list[dict[str, Any]] = [
            {}, {"k": 0}, {"k": -1}, {"k": self.n + 1}, {"k": 2.5}, {"k": True}, {"k": 3, "fraction": 0.5},
            {"fraction": 0.0}, {"fraction": 1.5}, {"fraction": float("nan")}, {"k": 2, "balance": True},
        ]  # fmt: skip
        for options in bad:
            self._refuses(self.scores(), **options)

    def test_other_kinds_are_refused(self) -> None:
        """Scores of a kind that the selector does not read."""
        for kind in KINDS if self.selector.kinds else ():
            if kind not in self.selector.kinds:
                self._refuses(self.make(kind), k=5)

    def test_scores_and_probabilities_fit(self) -> None:
        """A score per chosen example, its label, and chances of all examples that are positive and sum to 1."""
        scores = self.scores()
        for balance in (False, True):
            selection = self.select(scores, k=12, balance=balance)
            assert selection.labels is not None
            np.testing.assert_array_equal(selection.labels, scores.labels[selection.indices])  # type: ignore[index]
            if selection.probabilities is not None:
                assert selection.probabilities.shape == (self.n,)
                assert selection.probabilities.min() >= 0
                assert abs(selection.probabilities.sum() - 1) < 1e-12
                assert (selection.probabilities[selection.indices] > 0).all()

    def test_tells_where_it_comes_from(self) -> None:
        """Method, k, seed, data set and the digests."""
        scores = self.scores()
        selection = self.select(scores, k=5, rng=11)
        assert selection.method == self.selector.name
        assert selection.seed == 11
        assert selection.parameters["k"] == 5
        assert (selection.dataset, selection.dataset_digest) == (scores.dataset, scores.dataset_digest)
        known = {selection.scores_digest, *selection.provenance.inputs.values()}
        assert scores.digest in known, "the digest of the scores is kept nowhere"

    def test_constant_scores(self) -> None:
        """Are no error: as many as asked for, with nothing but a warning."""
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", ConstantInputWarning)
            assert len(self.select(self.scores(constant=True), k=13)) == 13

    def test_saves_and_loads(self) -> None:
        """A file gives back the same selection."""
        selection = self.select(self.scores(), k=8)
        with tempfile.TemporaryDirectory() as folder:
            again = Selection.load(selection.save(Path(folder) / "selection.npz"))
        np.testing.assert_array_equal(again.indices, selection.indices)
        assert (again.method, again.parameters) == (selection.method, selection.parameters)
        assert again.describe() is not None

    def _refuses(self, scores: Scores, **options: Any) -> None:
        try:
            selection = self.select(scores, **options)
        except InvalidInput:
            return
        raise AssertionError(f"{self.selector.name} of {scores!r} with {options} gives {selection!r}, not InvalidInput")
