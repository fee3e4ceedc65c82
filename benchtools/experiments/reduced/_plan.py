"""What a sweep over reduced settings is: networks, settings, seeds, and how they are trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import product
from os import PathLike
from typing import Any

from benchtools.errors import InvalidInput
from benchtools.experiments._configuration import beside, check_keys, read_yaml
from benchtools.spaces import get_space
from benchtools.training import Levels, Protocol, Recipe, Setting

__all__ = ["ZooPlan", "read_plan"]

AUXILIARY_PIXELS = 32
"""Smallest side of images that the second classifier of `benchtools.networks.ZooNetwork` trains on."""


@dataclass(frozen=True)
class ZooPlan:
    """A zoo of random networks, trained in an original setting and in reduced ones.

    Attributes
    ----------
    dataset : str
        Name of a data set.
    archs : tuple of str
        The networks, as strings of the space.
    settings : tuple of Setting
        The reduced settings; the original is trained too.
    levels : Levels
        What the levels stand for, and the epochs of the original setting.
    seeds : tuple of int
        Each network is trained once for each; first weights, order, augmentation and the random sample come from it.
    space : str
        Name of the space.
    data : str or None
        Where the data set is; by default where ``benchtools data fetch`` puts it.
    data_options : mapping
        Options of its reader: ``{"labels": "coarse"}``, ``{"partial": True}``; see `benchtools.datasets.load_dataset`.
    validation : float
        Share of the training examples that is held out, and that accuracies are of; 0 for the test part.
    n_cells : int
        Cells of the network; 20 in S1.
    protocol : Protocol
        How networks are trained.
    scores : mapping of str to str
        Files of per-example scores, by the selection method that reads them; for settings such as ``c0r0s2e60:p1``.
    name : str
        What reports call it.

    Raises
    ------
    InvalidInput
        If something does not fit; the message says what.

    Examples
    --------
    >>> from benchtools.experiments.reduced import sample_zoo
    >>> levels = Levels.geometric(channels=8, resolution=8, smallest=4, epochs=10)
    >>> plan = ZooPlan("digits", sample_zoo(2, rng=0), (Setting(c=4, e=10), Setting(s=2, e=5)), levels, n_cells=3)
    >>> [str(setting) for setting in plan.all_settings()], plan.n_trials
    (['c0r0s0e10', 'c4r0s0e10', 'c0r0s2e5'], 6)
    """

    dataset: str
    archs: tuple[str, ...]
    settings: tuple[Setting, ...]
    levels: Levels = field(default_factory=Levels)
    seeds: tuple[int, ...] = (0,)
    space: str = "zoo13"
    data: str | None = None
    data_options: Mapping[str, Any] = field(default_factory=dict)
    validation: float = 0.0
    n_cells: int = 20
    protocol: Protocol = field(default_factory=Protocol.cifar)
    scores: Mapping[str, str] = field(default_factory=dict)
    name: str = "zoo"

    def __post_init__(self) -> None:
        space = get_space(self.space)
        for place, arch in enumerate(self.archs):
            try:
                space.parse(arch)
            except InvalidInput as error:
                raise InvalidInput(f"network {place}: {error}") from None
        for what, given in (("archs", self.archs), ("settings", self.settings), ("seeds", self.seeds)):
            if not given:
                raise InvalidInput(f"{what} is empty: give at least one")
            if len(set(given)) != len(given):
                double = next(one for one in given if list(given).count(one) > 1)
                raise InvalidInput(f"{what} has {double} twice: each trial is made once")
        for setting in self.settings:
            setting.check(self.levels)
            if setting.sample != "random" and setting.sample not in self.scores:
                raise InvalidInput(
                    f"{setting} samples by {setting.sample}: name a file of scores for it under `scores`, such as "
                    f"{{{setting.sample}: entropy.npz}}"
                )
        if not 0 <= self.validation < 1:
            raise InvalidInput(f"validation must be a share from 0 to below 1; {self.validation} was given")
        if self.n_cells < 1:
            raise InvalidInput(f"n_cells must be at least 1; {self.n_cells} was given")
        if self.protocol.auxiliary and self.levels.r[0] < AUXILIARY_PIXELS:
            raise InvalidInput(
                f"the second classifier (auxiliary: {self.protocol.auxiliary:g}) reads images from {AUXILIARY_PIXELS}x"
                f"{AUXILIARY_PIXELS} pixels, and level r0 is {self.levels.r[0]}: leave auxiliary out of the protocol, "
                f"or start the levels of r at {AUXILIARY_PIXELS} or more"
            )

    @property
    def original(self) -> Setting:
        """The setting that nothing is reduced in."""
        return self.levels.original()

    def all_settings(self) -> tuple[Setting, ...]:
        """Return the original setting, and then the reduced ones."""
        return (self.original, *(setting for setting in self.settings if setting != self.original))

    @property
    def n_trials(self) -> int:
        """Number of trainings."""
        return len(self.all_settings()) * len(self.archs) * len(self.seeds)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a configuration file holds them."""
        return {
            "name": self.name, "dataset": self.dataset, "data": self.data, "data_options": dict(self.data_options),
            "validation": self.validation,
            "space": self.space, "archs": list(self.archs), "n_cells": self.n_cells, "levels": self.levels.to_dict(),
            "settings": [str(setting) for setting in self.settings], "seeds": list(self.seeds),
            "protocol": self.protocol.to_dict(),
            "scores": dict(self.scores),
        }  # fmt: skip

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> ZooPlan:
        """Return the plan of a configuration.

        Parameters
        ----------
        given : mapping
            The fields; `archs` may be ``{n: 50, seed: 0}``, and `settings` ``{c: [0, 2, 4], e: [30, 60]}``: every
            combination. `levels` and `protocol` may leave out what is as by default; the numbers of the recipe stand
            within `protocol`.

        Raises
        ------
        InvalidInput
            If a key is unknown, or a value does not fit.
        """
        known = [one.name for one in fields(cls)]
        check_keys("the configuration", given, known)
        for name in ("dataset", "archs", "settings"):
            if name not in given:
                raise InvalidInput(f"the configuration names no {name}: benchtools zoo init-config shows what it holds")
        levels = _levels(given.get("levels") or {})
        taken = {name: given[name] for name in known if given.get(name) is not None}
        taken |= {
            "archs": _archs(given["archs"], given.get("space", "zoo13")),
            "settings": _settings(given["settings"], levels),
            "levels": levels,
            "protocol": _protocol(given.get("protocol") or {}),
            "seeds": _seeds(given.get("seeds", [0])),
        }
        return cls(**taken)


def read_plan(path: str | PathLike[str]) -> ZooPlan:
    """Return the plan of a YAML file; `benchtools zoo init-config` prints one with comments.

    Raises
    ------
    StoreError
        If the file cannot be read.
    InvalidInput
        If it is no YAML, a key is unknown, or a value does not fit. Paths within are relative to the file.
    """
    try:
        plan = ZooPlan.from_dict(read_yaml(path, "benchtools zoo init-config"))
    except InvalidInput as error:
        raise type(error)(f"{path}: {error}") from error

    scores = {method: beside(path, place) for method, place in plan.scores.items()}
    return replace(plan, data=None if plan.data is None else beside(path, plan.data), scores=scores)


def _levels(given: Mapping[str, Any]) -> Levels:
    check_keys("levels", given, [one.name for one in fields(Levels)])
    try:
        return Levels.from_dict(given)
    except TypeError as error:
        raise InvalidInput(f"levels must be lists of numbers, and e a number; {dict(given)} was given") from error


def _archs(given: Any, space: str) -> tuple[str, ...]:
    from benchtools.experiments.reduced._zoo import sample_zoo

    if isinstance(given, Mapping):
        check_keys("archs", given, ["n", "seed"])
        return sample_zoo(int(given.get("n", 50)), rng=int(given.get("seed", 0)), space=space)
    if not isinstance(given, (list, tuple)):
        raise InvalidInput(f"archs must be a list of strings, or {{n: 50, seed: 0}}; {given!r} was given")
    return tuple(str(arch) for arch in given)


def _settings(given: Any, levels: Levels) -> tuple[Setting, ...]:
    if isinstance(given, Mapping):
        check_keys("settings", given, ["c", "r", "s", "e", "sample"])
        lists = {name: value if isinstance(value, list) else [value] for name, value in given.items()}
        axes = [lists.get("c", [0]), lists.get("r", [0]), lists.get("s", [0]), lists.get("e", [levels.e])]
        found = [
            Setting(c, r, s, e, sample) for sample in lists.get("sample", ["random"]) for c, r, s, e in product(*axes)
        ]
        return tuple(one for one in dict.fromkeys(found) if one != levels.original())
    if not isinstance(given, (list, tuple)):
        raise InvalidInput(f"settings must be a list such as [c4r4s0e60], or {{c: [0, 4]}}; {given!r} was given")
    return tuple(Setting.parse(str(text)) for text in given)


def _seeds(given: Any) -> tuple[int, ...]:
    if not isinstance(given, (list, tuple)) or not all(isinstance(seed, int) and seed >= 0 for seed in given):
        raise InvalidInput(f"seeds must be a list of whole numbers from 0; {given!r} was given")
    return tuple(given)


def _protocol(given: Mapping[str, Any]) -> Protocol:
    """Return S1's protocol with changes; numbers of the recipe may stand beside the others, or under ``recipe``."""
    own = [one.name for one in fields(Protocol) if one.name != "recipe"]
    numbers = [one.name for one in fields(Recipe) if one.name != "epochs"]
    flat = {**given, **{key: value for key, value in (given.get("recipe") or {}).items() if key != "epochs"}}
    flat.pop("recipe", None)
    check_keys("protocol", flat, [*own, *numbers])
    base = Protocol.cifar()
    changes: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in flat.items()}
    try:
        of_recipe: dict[str, Any] = {key: changes[key] for key in numbers if key in changes}
        of_protocol: dict[str, Any] = {key: changes[key] for key in own if key in changes}
        return replace(base, recipe=replace(base.recipe, **of_recipe), **of_protocol)
    except TypeError as error:
        raise InvalidInput(f"protocol: a value is of the wrong type ({error}); {dict(flat)} was given") from error
