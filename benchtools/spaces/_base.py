"""The contract of a search space, and the registry of spaces."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput
from benchtools.registry import Registry

__all__ = ["SPACES", "Space", "get_space", "list_spaces"]


class Space(ABC):
    """A finite set of architectures, each with an index in the official order.

    A *key* is whatever a user may write for an architecture: its official string, its index, or another code of
    the space. Inside benchtools an architecture is its index.

    Attributes
    ----------
    name : str
        The name in the registry.
    size : int
        Number of architectures; indices run from 0 to ``size - 1``.
    index_type : type
        Type in arrays of indices: int64, or object where they are larger.
    """

    name: str
    size: int
    index_type: type[Any] = np.int64

    @abstractmethod
    def parse(self, key: str | int) -> int:
        """Return the index of the architecture that `key` names; raise `InvalidInput` for any other value."""

    @abstractmethod
    def to_string(self, index: int) -> str:
        """Return the official string of the architecture at `index`."""

    @abstractmethod
    def canonical(self, index: int) -> str:
        """Return a string that isomorphic architectures share; equal strings mean the same function."""

    @abstractmethod
    def neighbours(self, index: int) -> NDArray[np.int64]:
        """Return the sorted indices of the architectures that differ from `index` in one decision."""

    def parse_many(self, keys: Iterable[Any]) -> NDArray[Any]:
        """Return the indices of many keys, shape ``(n_keys,)``; the error names the position of a bad key."""
        indices = []
        for position, key in enumerate(keys):
            try:
                indices.append(self.parse(key))
            except InvalidInput as error:
                raise type(error)(f"position {position}: {error}") from None
        return np.array(indices, dtype=self.index_type)

    def sample(self, n: int, *, rng: np.random.Generator | int, replace: bool = False) -> NDArray[np.int64]:
        """Return `n` indices drawn uniformly, shape ``(n,)``, without replacement unless `replace`.

        Raises
        ------
        InvalidInput
            If `n` is negative, or larger than the space and `replace` is false.
        """
        self._check_draw(n, replace)
        return np.random.default_rng(rng).choice(self.size, size=n, replace=replace).astype(np.int64)

    def _check_draw(self, n: int, replace: bool) -> None:
        if n < 0 or (n > self.size and not replace):
            raise InvalidInput(
                f"cannot draw n={n} architectures of {self.name}: n must be in 0..{self.size}, or pass replace=True"
            )

    def __len__(self) -> int:
        return self.size


SPACES: Registry[Space] = Registry("space", "benchtools.spaces")


def get_space(name: str) -> Space:
    """Return the space called `name`.

    Examples
    --------
    >>> get_space("nasbench201").size
    15625
    """
    return SPACES.get(name)


def list_spaces() -> list[str]:
    """Return the names of all spaces, plug-ins included."""
    return SPACES.names()
