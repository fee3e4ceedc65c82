"""What every one-shot algorithm must satisfy."""

# ruff: noqa: S101 (these are tests: pytest reports their assertions)

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch

from benchtools.datasets import load_dataset
from benchtools.networks import make_supernet
from benchtools.search.one_shot import OneShotResult, SearchRecipe, run_one_shot, split_data

__all__ = ["OneShotContract"]

MEASURED = ("search_s", "search_cpu_s", "look_s", "peak_mb")


class OneShotContract:
    """Tests of a one-shot `Algorithm`; inherit them under a name that pytest collects.

    Attributes
    ----------
    algorithm : str
        Its name in the register.
    space : str, default "nasbench201"
        A space that it searches.
    options : mapping
        Of the supernet: small, since each test searches.
    recipe : SearchRecipe
        Numbers of the search; short, for the same reason.

    Examples
    --------
    >>> class TestGdas(OneShotContract):
    ...     algorithm = "gdas"
    >>> TestGdas().test_the_same_seed_finds_the_same()
    """

    algorithm: str
    space: str = "nasbench201"
    options: ClassVar[Mapping[str, Any]] = {"width": 4, "n_cells": 1}
    recipe: SearchRecipe = SearchRecipe(
        epochs=2, batch_size=32, candidates=4, controller_steps=1, controller_samples=2, controller_layers=1
    )

    def search(self, rng: int = 0, **given: Any) -> OneShotResult:
        """Return a search on 128 of scikit-learn's digits."""
        data = split_data(load_dataset("digits"), np.arange(128))
        return run_one_shot(
            self.algorithm, data, space=self.space, recipe=self.recipe, rng=rng, options=self.options, **given
        )

    def rows(self, found: OneShotResult) -> str:
        """Return the epochs without what is measured, as text, in which NaN is NaN."""
        return repr([{name: value for name, value in row.items() if name not in MEASURED} for row in found.epochs])

    def test_the_same_seed_finds_the_same(self) -> None:
        """A search depends on its seed, and on no global generator, which it leaves as it was."""
        before = torch.get_rng_state()
        first = self.rows(self.search())
        assert torch.equal(torch.get_rng_state(), before), "torch's global generator has changed"
        torch.rand(3)
        np.random.rand(3)  # noqa: NPY002  (the generator that nothing must depend on)
        assert self.rows(self.search()) == first, "the same seed finds something else"
        assert self.rows(self.search(rng=1)) != first, "another seed changes nothing"

    def test_it_goes_on_where_it_was_stopped(self) -> None:
        """A search that stops after an epoch and goes on equals one that did not stop, bit by bit."""

        class Stop(Exception):
            pass

        def stop(*_: object) -> None:
            raise Stop

        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "search.pt"
            with contextlib.suppress(Stop):
                self.search(checkpoint=file, progress=stop)
            again = self.search(checkpoint=file)
        assert self.rows(again) == self.rows(self.search())

    def test_every_epoch_has_an_architecture_of_the_space(self) -> None:
        """Each epoch's architecture can be run by the supernet, which gives finite losses."""
        found = self.search()
        supernet = make_supernet(self.space, 10, rng=0, channels=1, **self.options)
        images = torch.zeros(2, 1, 8, 8)
        assert len(found.epochs) == self.recipe.epochs
        for row in found.epochs:
            assert supernet(images, supernet.gates(row["arch"])).shape == (2, 10)
            assert np.isfinite([row["train_loss"], row["train_accuracy"], row["held_out_accuracy"]]).all()
