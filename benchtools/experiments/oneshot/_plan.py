"""What a study of searches on proxy data is: algorithms, proxies, seeds, and how is searched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from os import PathLike
from pathlib import Path
from typing import Any, get_args

from benchtools.errors import InvalidInput
from benchtools.experiments._configuration import beside, check_keys, read_yaml
from benchtools.registry import did_you_mean
from benchtools.search.one_shot import PRESETS, How, SearchRecipe, recipe_for

__all__ = ["FULL", "Proxy", "StudyPlan", "read_plan"]

FULL = "full"
"""The method of a search on all examples, which proxies are compared with."""


@dataclass(frozen=True, order=True)
class Proxy:
    """The examples that a search sees.

    Attributes
    ----------
    method : str
        Name of a selection method, ``random``, or ``full``.
    k : int or None
        How many examples; None for all.

    Examples
    --------
    >>> Proxy.parse("p1:2500"), str(Proxy.parse("full"))
    (Proxy(method='p1', k=2500), 'full')
    """

    method: str
    k: int | None = None

    @classmethod
    def parse(cls, text: str) -> Proxy:
        """Return the proxy that ``METHOD:K``, or ``full``, stands for.

        Raises
        ------
        InvalidInput
            If it is of another form.
        """
        method, _, k = text.strip().partition(":")
        if text.strip() == FULL:
            return cls(FULL)
        if not method or not k.isdecimal() or int(k) < 1 or method == FULL:
            raise InvalidInput(f"{text!r} is no proxy: write METHOD:K, such as p1:2500 or random:1000, or full")
        return cls(method, int(k))

    def require(self, n: int, has_scores: bool) -> None:
        """Raise `InvalidInput` if there are fewer than k examples, or scores are needed and not there."""
        if self.k is not None and self.k > n:
            raise InvalidInput(f"{self} asks for more than the {n:,} examples that there are")
        if self.method not in (FULL, "random") and not has_scores:
            raise InvalidInput(
                f"{self} is chosen by {self.method}: name a file of scores for it under `scores`, such as "
                f"{{{self.method}: entropy.npz}} (--scores)"
            )

    def __str__(self) -> str:
        return self.method if self.k is None else f"{self.method}:{self.k}"


@dataclass(frozen=True)
class StudyPlan:
    """Searches on proxy data, each run for some seeds, scored by a table.

    Attributes
    ----------
    space, dataset : str
        What is searched, on which data set.
    algorithms : tuple of str
        One-shot algorithms.
    proxies : tuple of Proxy
        The examples; ``full`` among them is what times and accuracies are compared with.
    table, truth : str
        Name or folder of a table, and the column of it that judges.
    seeds : tuple of int
        Each search is run once for each.
    preset : str
        Numbers of the searches; see `recipe_for`.
    recipe : mapping
        Changes to them: ``{"epochs": 25}``, or for one algorithm ``{"enas": {"controller_steps": 10}}``.
    options : mapping
        Of the supernet: ``{"width": 16, "n_cells": 5}``.
    resolution : int or None
        Pixels of the images; native by default.
    how : str
        How examples are split between weights and architecture; see `split_data`.
    pool : int or None
        Only so many training examples, drawn at random once, are there at all: where a search on the whole data set
        takes too long. All by default.
    rank : int
        So many random architectures are ranked by shared weights at the end of a search; 0 for none.
    rank_every : int
        They are ranked after every so many epochs, too; 0 for the end alone.
    data, data_options, scores, name
        As of a `benchtools.experiments.reduced.ZooPlan`.

    Raises
    ------
    InvalidInput
        If something does not fit.
    NotFound
        If there is no such preset.

    Examples
    --------
    >>> plan = StudyPlan("nasbench201", "digits", ("gdas",), (Proxy("full"), Proxy("random", 300)),
    ...                  "nasbench201-slice", "cifar10-valid/x-valid/200/mean", preset="short")
    >>> plan.n_trials, plan.recipe_of("gdas").epochs
    (2, 10)
    """

    space: str
    dataset: str
    algorithms: tuple[str, ...]
    proxies: tuple[Proxy, ...]
    table: str
    truth: str
    seeds: tuple[int, ...] = (0,)
    preset: str = "paper000"
    recipe: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    resolution: int | None = None
    how: str = "halves"
    pool: int | None = None
    rank: int = 0
    rank_every: int = 0
    data: str | None = None
    data_options: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, str] = field(default_factory=dict)
    name: str = "study"

    def __post_init__(self) -> None:
        for what, given in (("algorithms", self.algorithms), ("proxies", self.proxies), ("seeds", self.seeds)):
            if not given:
                raise InvalidInput(f"{what} is empty: give at least one")
            if len(set(given)) != len(given):
                double = next(one for one in given if list(given).count(one) > 1)
                raise InvalidInput(f"{what} has {double} twice: each search is made once")
        for proxy in self.proxies:
            proxy.require(proxy.k or 0, proxy.method in self.scores)
        rules = (
            ("how", self.how in get_args(How), f"one of {', '.join(get_args(How))}"),
            ("rank_every", self.rank_every == 0 or _is_count(self.rank_every, 1), "0, or a number of epochs"),
            ("rank", self.rank == 0 or _is_count(self.rank, 3), "0, or a number of architectures from 3"),
            ("pool", self.pool is None or _is_count(self.pool, 1), "a number of examples from 1"),
            ("resolution", self.resolution is None or _is_count(self.resolution, 1), "a number of pixels from 1"),
        )
        for name, fits, must_be in rules:
            if not fits:
                raise InvalidInput(f"{name} must be {must_be}; {getattr(self, name)!r} was given")
        for algorithm in self.algorithms:
            self.recipe_of(algorithm)
        known = list(dict.fromkeys([*PRESETS[self.preset], *self.algorithms]))
        for name, value in self.recipe.items():
            if isinstance(value, Mapping) and name not in known:
                raise InvalidInput(
                    f"recipe has numbers for {name!r}, which is no algorithm of the preset {self.preset}: there is "
                    f"{', '.join(known)}.{did_you_mean(str(name), known)}"
                )

    def recipe_of(self, algorithm: str) -> SearchRecipe:
        """Return the numbers of an algorithm: the preset's with the changes for all, then those for it alone."""
        changes = {name: value for name, value in self.recipe.items() if not isinstance(value, Mapping)}
        own = self.recipe.get(algorithm)
        return recipe_for(algorithm, self.preset, **(changes | (dict(own) if isinstance(own, Mapping) else {})))

    @property
    def n_trials(self) -> int:
        """Number of searches."""
        return len(self.algorithms) * len(self.proxies) * len(self.seeds)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a configuration file holds them."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
        mappings = {name: dict(value) for name, value in plain.items() if isinstance(value, Mapping)}
        return {**plain, **mappings, "proxies": [str(proxy) for proxy in self.proxies]}

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> StudyPlan:
        """Return the plan of a configuration.

        Raises
        ------
        InvalidInput
            If a key is unknown or missing, or a value does not fit.
        """
        known = [one.name for one in fields(cls)]
        check_keys("the configuration", given, known)
        for name in ("space", "dataset", "algorithms", "proxies", "table", "truth"):
            if given.get(name) is None:
                raise InvalidInput(
                    f"the configuration names no {name}: benchtools search init-config shows what it holds"
                )
        taken = {name: value for name, value in given.items() if value is not None}
        for name in ("algorithms", "proxies", "seeds"):
            if name in taken and not isinstance(taken[name], (list, tuple)):
                raise InvalidInput(f"{name} must be a list; {taken[name]!r} was given")
        for name in ("recipe", "options", "data_options", "scores"):
            if not isinstance(taken.get(name, {}), Mapping):
                raise InvalidInput(f"{name} must hold names and values; {taken[name]!r} was given")
        seeds = taken.get("seeds", [0])
        if not all(isinstance(seed, int) and not isinstance(seed, bool) and seed >= 0 for seed in seeds):
            raise InvalidInput(f"seeds must be whole numbers from 0; {list(seeds)} was given")
        taken |= {
            "algorithms": tuple(str(name) for name in taken["algorithms"]),
            "proxies": tuple(Proxy.parse(str(text)) for text in taken["proxies"]),
            "seeds": tuple(seeds),
        }
        return cls(**taken)


def _is_count(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def read_plan(path: str | PathLike[str]) -> StudyPlan:
    """Return the plan of a YAML file; `benchtools search init-config` prints one with comments.

    Raises
    ------
    StoreError
        If the file cannot be read.
    InvalidInput
        If it is no YAML, a key is unknown, or a value does not fit. Paths within are relative to the file.
    """
    given = read_yaml(path, "benchtools search init-config")
    try:
        plan = StudyPlan.from_dict(given)
    except InvalidInput as error:
        raise type(error)(f"{path}: {error}") from error
    scores = {method: beside(path, place) for method, place in plan.scores.items()}
    table = beside(path, plan.table)
    if Path(table).is_dir():
        plan = replace(plan, table=table)
    return replace(plan, data=None if plan.data is None else beside(path, plan.data), scores=scores)
