"""The random zoo."""

from __future__ import annotations

import numpy as np

from benchtools.errors import InvalidInput
from benchtools.spaces import get_space

__all__ = ["sample_zoo"]


def sample_zoo(n: int, *, rng: np.random.Generator | int, space: str = "zoo13") -> tuple[str, ...]:
    """Return random networks of a space, as strings: 50 of zoo13 in S1.

    Parameters
    ----------
    n : int
        How many, all different.
    rng : numpy.random.Generator or int
        Source of randomness.
    space : str, default "zoo13"
        Name of the space.

    Raises
    ------
    InvalidInput
        If `n` is below 1.

    References
    ----------
    S1 (paper 001), section C.

    Examples
    --------
    >>> len(set(sample_zoo(3, rng=0)))
    3
    """
    if n < 1:
        raise InvalidInput(f"a zoo has at least one network; n={n} was given")
    found = get_space(space)
    return tuple(found.to_string(int(index)) for index in found.sample(n, rng=rng))
