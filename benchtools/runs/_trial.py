"""The identity of one training."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from benchtools.errors import InvalidInput, WrongType
from benchtools.runs._plain import LIMIT, plain, text

__all__ = ["Trial"]


@dataclass(frozen=True, eq=False)
class Trial:
    """Everything that a training's result depends on; two trials are equal if their `id` is.

    Attributes
    ----------
    kind : str
        What is trained, such as ``"zoo"``.
    space, arch : str
        The architecture, and the space it is from.
    dataset, dataset_digest : str
        The data set, and the digest of its images and labels.
    selection : str or None
        Digest of the selection that is trained on; None for all examples.
    setting : str
        The reduced setting, such as ``"c4r4s0e60"``.
    seed : int
        Seed of the training, 64 bits with sign.
    details : mapping
        Everything else that changes the result: names and values that JSON can hold, all finite.
        The trial holds a copy, which must not be changed.

    Raises
    ------
    WrongType
        If a field is of another type.
    InvalidInput
        If a number is not finite or too large.

    Examples
    --------
    >>> trial = Trial("zoo", "nasbench201", "|none~0|", "cifar10", "12ab", None, "c4r4s0e60", 0, {"lr": 0.1})
    >>> trial.id[:16]
    '848e578b39bdc5fd'
    >>> Trial.from_dict(trial.to_dict()) == trial
    True
    """

    kind: str
    space: str
    arch: str
    dataset: str
    dataset_digest: str
    selection: str | None
    setting: str
    seed: int
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("kind", "space", "arch", "dataset", "dataset_digest", "setting"):
            object.__setattr__(self, name, text(getattr(self, name), name))
        if self.selection is not None:
            object.__setattr__(self, "selection", text(self.selection, "selection"))
        seed = plain(self.seed, "seed", finite=True)
        if not isinstance(seed, int) or isinstance(seed, bool):
            raise WrongType(f"seed must be an integer, not {self.seed!r}")
        if not -LIMIT <= seed < LIMIT:
            raise InvalidInput(f"seed is {seed}: it must fit into 64 bits, from {-LIMIT} to {LIMIT - 1}")
        if not isinstance(self.details, Mapping):
            raise WrongType(f"details must be a mapping of names to values, not {self.details!r}")
        object.__setattr__(self, "seed", seed)
        object.__setattr__(self, "details", plain(self.details, "details", finite=True))

    @cached_property
    def canonical(self) -> str:
        """The fields as JSON: sorted keys, no blanks, ASCII, floats as `repr` writes them."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), allow_nan=False)

    @cached_property
    def id(self) -> str:
        """SHA-256 of `canonical`, 64 hexadecimal digits: the same in every process and on every machine."""
        return hashlib.sha256(self.canonical.encode("ascii")).hexdigest()

    def __eq__(self, other: object) -> bool:
        return self.id == other.id if isinstance(other, Trial) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.id)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dictionary that JSON can hold."""
        return {name: getattr(self, name) for name in FIELDS}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Trial:
        """Return the trial that `to_dict` wrote.

        Raises
        ------
        InvalidInput
            If a field is missing or unknown.
        """
        if set(values) != set(FIELDS):
            raise InvalidInput(f"a trial has the fields {', '.join(FIELDS)}, not {', '.join(map(str, values))}")
        return cls(**values)


FIELDS = tuple(entry.name for entry in fields(Trial))
