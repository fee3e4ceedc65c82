"""A supernet by the name of its space, with first weights drawn from a generator of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from inspect import signature
from typing import Any

import numpy as np

from benchtools.errors import InvalidInput, NotFound
from benchtools.networks._initialise import build_usual
from benchtools.networks._supernet import Supernet
from benchtools.networks._supernet201 import Supernet201
from benchtools.networks._supernet_oneshot1 import SupernetOneShot1
from benchtools.networks._supernet_sizes import SupernetSizes
from benchtools.registry import did_you_mean

__all__ = ["make_supernet"]

MAKERS: dict[str, Callable[..., Supernet]] = {
    "nasbench201": partial(Supernet201, n_nodes=4),
    "nasbench201_v5": partial(Supernet201, n_nodes=5),
    "oneshot1_s1": partial(SupernetOneShot1, 1),
    "oneshot1_s2": partial(SupernetOneShot1, 2),
    "oneshot1_s3": partial(SupernetOneShot1, 3),
    "nats_size": SupernetSizes,
}


def make_supernet(
    space: str, n_classes: int, *, rng: np.random.Generator | int, channels: int = 3, **options: Any
) -> Supernet:
    """Return the supernet of a space, on the CPU, with torch's usual first weights.

    Parameters
    ----------
    space : str
        "nasbench201", "nasbench201_v5" (five nodes), "oneshot1_s1", "oneshot1_s2", "oneshot1_s3" or "nats_size".
    n_classes : int
        Number of classes.
    rng : numpy.random.Generator or int
        Source of the first weights; torch's global generator stays as it was.
    channels : int, default 3
        Channels of the images.
    **options
        Of the supernet's class: see `Supernet201`, `SupernetOneShot1` and `SupernetSizes`.

    Raises
    ------
    NotFound
        If no supernet has this space.
    InvalidInput
        If the class takes no such option, or a number is out of range.

    Examples
    --------
    >>> make_supernet("oneshot1_s2", 10, rng=0, width=4, n_cells=1).decisions["output"]
    (1, 5)
    """
    if space not in MAKERS:
        names = list(MAKERS)
        raise NotFound(f"no supernet has the space {space!r}: there is {', '.join(names)}.{did_you_mean(space, names)}")
    make = MAKERS[space]
    valid = [name for name in signature(make).parameters if name not in {"n_classes", "channels", "n_nodes"}]
    for name in options:
        if name not in valid:
            raise InvalidInput(
                f"the supernet of {space} takes no option {name!r}: it takes {', '.join(valid)}."
                f"{did_you_mean(name, valid)}"
            )
    return build_usual(lambda: make(n_classes, channels=channels, **options), rng)
