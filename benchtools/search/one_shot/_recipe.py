"""The numbers of a one-shot search, and the presets of the papers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from benchtools.errors import InvalidInput, NotFound, WrongType
from benchtools.registry import did_you_mean

__all__ = ["PRESETS", "SearchRecipe", "recipe_for"]


@dataclass(frozen=True)
class SearchRecipe:
    """How a supernet is trained and its architecture is found.

    Attributes
    ----------
    epochs, batch_size : int
        Passes over the examples that weights are trained on, and images in a batch.
    lr, min_lr : float
        Learning rate of the weights: a cosine from one to the other, changed after each epoch.
    lr_period : int or None
        Epochs of half a cosine; `epochs` by default.
    momentum, nesterov, weight_decay : float, bool, float
        Of SGD.
    clip_norm : float or None
        Largest L2 norm of the weights' gradient.
    alpha_lr, alpha_betas, alpha_eps, alpha_weight_decay : float, tuple of 2 float, float, float
        Of Adam, for the architecture's parameters: alphas, or the weights of ENAS's controller.
    alpha_first : bool
        Whether a step begins with the architecture rather than with the weights.
    warm_epochs : int
        Epochs at the start in which the alphas stay.
    tau : tuple of 2 float
        Temperature of GDAS at the first and at the last epoch, linear between.
    per_cell : bool
        Whether GDAS draws for each cell anew rather than once for all.
    candidates, candidate_batches, finalists : int
        `random_ws`, `setn` and `enas` score so many architectures on so many batches of `test_batch_size`; where there
        are finalists, those are scored on all held-out examples.
    test_batch_size : int
        Images in a batch without gradients.
    controller_steps, controller_samples : int
        Of ENAS: updates of the controller in an epoch, and architectures drawn for each.
    controller_size, controller_layers : int
        Of ENAS's LSTM.
    entropy : float
        Weight of the entropy in ENAS's reward.
    baseline : float
        Share of a new reward in ENAS's baseline.
    moving_baseline : bool
        Whether ENAS's baseline follows each reward, in percent, from 0, as in NAS-Bench-1Shot1, rather than the last
        reward of each epoch, as a fraction (see `Enas`).
    cutout : int
        Side of the blanked square [pixels].

    Raises
    ------
    InvalidInput
        If a number is out of range.

    Examples
    --------
    >>> recipe_for("gdas", "paper000").tau_at(0), round(recipe_for("gdas", "paper000").tau_at(249), 3)
    (10.0, 0.1)
    """

    epochs: int = 50
    batch_size: int = 64
    lr: float = 0.025
    min_lr: float = 0.001
    lr_period: int | None = None
    momentum: float = 0.9
    nesterov: bool = True
    weight_decay: float = 5e-4
    clip_norm: float | None = 5.0
    alpha_lr: float = 3e-4
    alpha_betas: tuple[float, float] = (0.5, 0.999)
    alpha_eps: float = 1e-8
    alpha_weight_decay: float = 1e-3
    alpha_first: bool = False
    warm_epochs: int = 0
    tau: tuple[float, float] = (10.0, 0.1)
    per_cell: bool = False
    candidates: int = 100
    candidate_batches: int = 1
    finalists: int = 0
    test_batch_size: int = 512
    controller_steps: int = 50
    controller_samples: int = 20
    controller_size: int = 32
    controller_layers: int = 2
    entropy: float = 1e-4
    baseline: float = 0.01
    moving_baseline: bool = False
    cutout: int = 0

    def __post_init__(self) -> None:
        for name in ("alpha_betas", "tau"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        counts = ("epochs", "batch_size", "candidates", "candidate_batches", "test_batch_size", "controller_steps",
                  "controller_samples", "controller_size", "controller_layers")  # fmt: skip
        rules = [
            *((name, getattr(self, name) >= 1, "at least 1") for name in counts),
            ("lr", 0 < self.lr < math.inf, "above 0"),
            ("min_lr", 0 <= self.min_lr <= self.lr, f"from 0 to lr, which is {self.lr}"),
            ("lr_period", self.lr_period is None or self.lr_period >= 1, "at least 1, or None for all epochs"),
            ("momentum", 0 <= self.momentum < 1, "from 0 to below 1"),
            ("weight_decay", self.weight_decay >= 0, "0 or more"),
            ("clip_norm", self.clip_norm is None or self.clip_norm > 0, "above 0, or None for no limit"),
            ("alpha_lr", self.alpha_lr > 0, "above 0"),
            ("alpha_betas", _is_pair(self.alpha_betas) and 0 <= min(self.alpha_betas) <= max(self.alpha_betas) < 1,
             "two numbers from 0 to below 1"),
            ("tau", _is_pair(self.tau) and min(self.tau) > 0, "two numbers above 0"),
            ("warm_epochs", self.warm_epochs >= 0, "0 or more"),
            ("finalists", 0 <= self.finalists <= self.candidates, f"from 0 to candidates, {self.candidates}"),
            ("baseline", 0 < self.baseline <= 1, "above 0 and at most 1"),
            ("cutout", self.cutout >= 0, "0 or more"),
        ]  # fmt: skip
        for name, fits, must_be in rules:
            if not fits:
                raise InvalidInput(f"{name} must be {must_be}; {getattr(self, name)} was given")

    def lr_at(self, epoch: int) -> float:
        """Return the learning rate of the weights in an epoch, from 0."""
        phase = math.pi * epoch / (self.lr_period or self.epochs)
        return self.min_lr + (self.lr - self.min_lr) * (1 + math.cos(phase)) / 2

    def tau_at(self, epoch: int) -> float:
        """Return the temperature of an epoch, from 0."""
        first, last = self.tau
        return first + (last - first) * epoch / max(1, self.epochs - 1)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON holds them."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _is_pair(values: tuple[float, ...]) -> bool:
    return len(values) == 2


_DARTS = SearchRecipe()
_GDAS = replace(_DARTS, epochs=250)
_ENAS = replace(
    _GDAS, lr=0.05, min_lr=5e-4, weight_decay=2.5e-4, batch_size=128, alpha_lr=1e-3, alpha_betas=(0.0, 0.999),
    alpha_eps=1e-3, alpha_weight_decay=0.0,
)  # fmt: skip
_ONESHOT1 = replace(
    _DARTS, batch_size=96, weight_decay=3e-4, nesterov=False, alpha_first=True, tau=(10.0, 1.0), per_cell=True
)
_SHORT: dict[str, Any] = {
    "epochs": 10, "batch_size": 32, "candidates": 50, "controller_steps": 10, "controller_samples": 5,
}  # fmt: skip
_TABULAR = {
    "darts_v1": _DARTS, "darts_v2": _DARTS, "gdas": _GDAS, "random_ws": _GDAS, "setn": _GDAS, "enas": _ENAS,
    "pc_darts": replace(_DARTS, warm_epochs=15),
}  # fmt: skip

PRESETS: Mapping[str, Mapping[str, SearchRecipe]] = {
    "paper000": _TABULAR,
    "nasbench201": {**_TABULAR, "enas": replace(_ENAS, lr_period=10)},
    "1shot1": {
        "darts_v1": _ONESHOT1,
        "darts_v2": _ONESHOT1,
        "gdas": replace(_ONESHOT1, epochs=100),
        "pc_darts": replace(_ONESHOT1, epochs=100),
        "random_ws": replace(
            _ONESHOT1, batch_size=64, clip_norm=0.25, candidates=1_000, candidate_batches=10, finalists=5
        ),
        "enas": replace(
            _ONESHOT1, batch_size=64, weight_decay=1e-4, clip_norm=0.25, alpha_lr=3.5e-4, alpha_betas=(0.1, 0.999),
            alpha_eps=1e-3, alpha_weight_decay=0.0, controller_steps=300, controller_samples=1, controller_size=64,
            controller_layers=1, moving_baseline=True,
        ),
    },
    "short": {
        name: replace(
            one, **_SHORT, alpha_lr=one.alpha_lr if name == "enas" else 0.01, warm_epochs=min(one.warm_epochs, 3)
        )
        for name, one in _TABULAR.items()
    },
}  # fmt: skip
"""By preset and algorithm.

``paper000``: Table 1 of S0, and section 4.2 of its code where the table is silent. ``nasbench201``: the same with the
learning rate of ENAS as the published configuration has it, a cosine of ten epochs that goes up and down. ``1shot1``:
NAS-Bench-1Shot1's defaults. ``short``: paper000's with ten epochs, small batches and quick alphas, for a first look on
a CPU.
"""


def recipe_for(algorithm: str, preset: str, **changes: Any) -> SearchRecipe:
    """Return the recipe of an algorithm in a preset, with changes.

    Parameters
    ----------
    algorithm, preset : str
        Names; the presets are ``paper000``, ``nasbench201``, ``1shot1`` and ``short``.
    **changes
        Fields of `SearchRecipe` to be as given.

    Raises
    ------
    NotFound
        If there is no such preset, or none for this algorithm.
    InvalidInput
        If there is no such field, or a number is out of range or none.

    Examples
    --------
    >>> recipe_for("darts_v1", "paper000", epochs=5).lr
    0.025
    """
    if preset not in PRESETS:
        raise NotFound(
            f"there is no preset {preset!r}: there is {', '.join(PRESETS)}.{did_you_mean(preset, list(PRESETS))}"
        )
    known = PRESETS[preset]
    if algorithm not in known:
        raise NotFound(
            f"the preset {preset} has no numbers for {algorithm!r}: it has those for {', '.join(known)}."
            f"{did_you_mean(algorithm, list(known))}"
        )
    names = [one.name for one in fields(SearchRecipe)]
    for name in changes:
        if name not in names:
            raise InvalidInput(
                f"a search has no number {name!r}: there is {', '.join(names)}.{did_you_mean(name, names)}"
            )
    try:
        return replace(known[algorithm], **changes)
    except TypeError as error:
        raise WrongType(f"a number of the recipe is of the wrong type ({error}): {changes} was given") from error
