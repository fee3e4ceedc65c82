"""Batches of a search: examples of either part, with classes numbered as the supernet numbers them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray

from benchtools.datasets import Augment, Batch, Batches
from benchtools.errors import InvalidInput
from benchtools.networks import Supernet
from benchtools.search.one_shot._algorithm import Scorer
from benchtools.search.one_shot._data import SearchData
from benchtools.search.one_shot._recipe import SearchRecipe
from benchtools.search.one_shot._score import score_archs

__all__ = ["Feed"]


class Feed(Scorer):
    """The batches of a search.

    Parameters
    ----------
    data : SearchData
        Both parts.
    recipe : SearchRecipe
        Sizes of batches, and the blanked square.
    supernet : Supernet
        That scores architectures.
    device : torch.device
        Where batches are made.
    resolution : int or None
        Pixels; native by default.
    seeds : sequence of 3 int
        Of the order and augmentation of the weights' examples, of the held-out ones, and of those for scoring.

    Raises
    ------
    InvalidInput
        If the weights' examples do not fill a batch.
    """

    def __init__(
        self,
        data: SearchData,
        recipe: SearchRecipe,
        supernet: Supernet,
        *,
        device: torch.device,
        resolution: int | None,
        seeds: Sequence[int],
    ) -> None:
        if len(data.weights) < recipe.batch_size:
            raise InvalidInput(
                f"{len(data.weights)} examples for the weights do not fill a batch of {recipe.batch_size}: take a "
                "larger proxy, or a smaller batch_size"
            )
        self.supernet = supernet
        self._number = torch.full((len(data.dataset.classes),), -1, dtype=torch.int64)
        self._number[list(data.classes)] = torch.arange(len(data.classes))
        self._number = self._number.to(device)
        n, usual = len(data.held_out), Augment.usual(data.dataset, cutout=recipe.cutout)
        first, second, third = (torch.Generator().manual_seed(int(seed)) for seed in seeds)

        def make(
            part: str, positions: NDArray[np.int64], size: int, generator: torch.Generator, **how: bool
        ) -> Batches:
            augment = usual if how.pop("augment", False) else None
            return Batches(
                data.dataset, positions, split=part, batch_size=size, generator=generator, augment=augment,
                device=device, resolution=resolution, **how,
            )  # fmt: skip

        part = data.held_out_split
        even = -(-n // -(-n // recipe.test_batch_size))  # batches of one size, as far as it goes
        size = min(recipe.batch_size, n)
        self._weights = make("train", data.weights, recipe.batch_size, first, augment=True, drop_last=True)
        self._steps = make(part, data.held_out, size, second, augment=True, drop_last=True)
        self._shuffled = make(part, data.held_out, even, third, drop_last=n % even > 0)
        self._all = make(part, data.held_out, even, third, shuffle=False)

    def __len__(self) -> int:
        return len(self._weights)

    def training(self, *, pairs: bool) -> Iterator[tuple[Batch, Batch | None]]:
        """Yield the batches of an epoch, each with one of held-out examples where `pairs` are wanted.

        Held-out examples come in a new order, and again once all of them were there.
        """
        others = self._again(self._steps) if pairs else None
        for batch in self._weights:
            yield self._numbered(batch), None if others is None else next(others)

    def batches(self) -> Iterator[Batch]:
        """Yield held-out batches without augmentation, in a new order, again and again."""
        return self._again(self._shuffled)

    def accuracies(self, archs: list[str], n_batches: int | None) -> NDArray[np.float64]:
        """Return the accuracy of each architecture [%], on a few random batches, or on all held-out examples."""
        source = map(self._numbered, self._all) if n_batches is None else islice(self.batches(), n_batches)
        return score_archs(self.supernet, archs, source)

    def _again(self, source: Batches) -> Iterator[Batch]:
        while True:
            yield from map(self._numbered, source)

    def _numbered(self, batch: Batch) -> Batch:
        return batch._replace(labels=self._number[batch.labels])

    def state_dict(self) -> list[torch.Tensor]:
        """Return the states of the generators; epochs begin from them."""
        return [source.generator.get_state() for source in (self._weights, self._steps, self._shuffled)]

    def load_state_dict(self, states: Sequence[torch.Tensor]) -> None:
        """Take what `state_dict` gave."""
        for source, state in zip((self._weights, self._steps, self._shuffled), states, strict=True):
            source.generator.set_state(state)
