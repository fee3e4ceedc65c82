"""What every supernet offers: weights that all architectures of a space share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from benchtools.networks._gates import Gates

__all__ = ["Supernet"]


class Supernet(nn.Module, ABC):
    """A network that holds every architecture of a space, and runs all of them mixed or some alone.

    Attributes
    ----------
    space : str
        Name of the space, whose strings the methods take and give.
    decisions : mapping of str to tuple of int
        Kinds of decisions: how many of the kind there are, and among how many candidates each is.
    picks : tuple of str
        Kinds of which a candidate can be executed alone; the others are always mixed.
    n_places : int
        How often an architecture stands in the network: cells, each of which may have gates of its own.
    """

    space: str
    decisions: Mapping[str, tuple[int, int]]
    picks: tuple[str, ...]
    n_places: int

    @abstractmethod
    def forward(self, images: Tensor, gates: Gates | Sequence[Gates]) -> Tensor:
        """Return logits, shape (b, n_classes), of images, shape (b, channels, h, w).

        Parameters
        ----------
        images : Tensor
            Normalised images.
        gates : Gates or sequence of Gates
            For all places, or one for each.
        """

    @abstractmethod
    def forward_many(self, images: Tensor, archs: Sequence[str]) -> Tensor:
        """Return logits of many architectures on the same images, shape (n_archs, b, n_classes), in one pass.

        Batch norms that keep no statistics normalise each architecture by its own.
        """

    @abstractmethod
    def gates(self, arch: str) -> Gates:
        """Return the gates that run one architecture alone."""

    @abstractmethod
    def derive(self, alphas: Mapping[str, NDArray[np.float64]]) -> str:
        """Return the architecture that weights of the candidates prefer, before or after a softmax.

        Parameters
        ----------
        alphas : mapping of str to ndarray
            For each kind an array of the shape that `decisions` gives.
        """

    @abstractmethod
    def draw(self, rng: np.random.Generator) -> str:
        """Return an architecture, drawn uniformly."""
