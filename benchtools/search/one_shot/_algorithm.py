"""What the algorithms share: a supernet, its optimiser, and the parameters of the architecture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchtools.datasets import Batch
from benchtools.networks import Gates, Supernet
from benchtools.search.one_shot._recipe import SearchRecipe

__all__ = ["Algorithm", "Scorer", "softmax_gates"]

FIRST_ALPHA = 1e-3
"""Deviation of the first alphas."""


class Scorer(ABC):
    """What an algorithm may ask of the held-out examples besides its steps."""

    @abstractmethod
    def batches(self) -> Iterator[Batch]:
        """Yield held-out batches without augmentation, in a new order, again and again."""

    @abstractmethod
    def accuracies(self, archs: list[str], n_batches: int | None) -> np.ndarray:
        """Return the accuracy [%] of each architecture with the shared weights, on the next so many batches, or all."""


class Algorithm(ABC):
    """A one-shot search: how a step is made, and which architecture comes out.

    Parameters
    ----------
    supernet : Supernet
        On the device.
    recipe : SearchRecipe
        Its numbers.
    rng : numpy.random.Generator
        Source of all that the algorithm draws.

    Attributes
    ----------
    name : str
        Name in the register.
    steps_architecture : bool
        Whether a step uses held-out examples too.
    has_alphas : bool
        Whether the architecture's parameters are alphas, one for each candidate.
    spaces : tuple of str
        How the names of the spaces begin that it searches.
    supernet_options : mapping
        What its supernet is made with.
    alphas : dict of str to Parameter
        By kind of decision; empty for those that have none.
    epoch : int
        The current epoch.
    """

    name: ClassVar[str]
    steps_architecture: ClassVar[bool] = True
    has_alphas: ClassVar[bool] = True
    spaces: ClassVar[tuple[str, ...]] = ("nasbench201", "oneshot1", "nats_size")
    supernet_options: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, supernet: Supernet, recipe: SearchRecipe, rng: np.random.Generator) -> None:
        self.supernet, self.recipe, self.rng = supernet, recipe, rng
        self.weights = list(supernet.parameters())
        self.device = self.weights[0].device
        self.optimiser = torch.optim.SGD(
            self.weights, recipe.lr, momentum=recipe.momentum, weight_decay=recipe.weight_decay,
            nesterov=recipe.nesterov and recipe.momentum > 0,
        )  # fmt: skip
        self.alphas: dict[str, nn.Parameter] = {}
        if self.has_alphas:
            for kind, shape in supernet.decisions.items():
                first = torch.from_numpy(FIRST_ALPHA * rng.standard_normal(shape)).to(self.weights[0])
                self.alphas[kind] = nn.Parameter(first)
        self.alpha_optimiser = self._adam(list(self.alphas.values())) if self.alphas else None
        self.epoch = 0

    def _adam(self, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        recipe = self.recipe
        return torch.optim.Adam(
            parameters, recipe.alpha_lr, betas=recipe.alpha_betas, eps=recipe.alpha_eps,
            weight_decay=recipe.alpha_weight_decay,
        )  # fmt: skip

    @abstractmethod
    def weight_gates(self) -> Gates | list[Gates]:
        """Return the gates of a step of the weights; nothing of it needs a gradient."""

    @abstractmethod
    def derive(self, scorer: Scorer) -> str:
        """Return the architecture that the search would end with now."""

    def start_epoch(self, epoch: int) -> None:
        """Set learning rate and temperature of an epoch."""
        self.epoch = epoch
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.lr_at(epoch)

    def step(self, batch: Batch, held_out: Batch | None) -> tuple[Tensor, Tensor]:
        """Make a step of the weights and, if the algorithm has one, of the architecture; return logits and loss."""
        warm = self.epoch < self.recipe.warm_epochs
        if held_out is not None and self.recipe.alpha_first and not warm:
            self.step_architecture(batch, held_out)
        logits, loss = self.step_weights(batch)
        if held_out is not None and not self.recipe.alpha_first and not warm:
            self.step_architecture(batch, held_out)
        return logits, loss

    def step_weights(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Make a step of the weights."""
        logits = self.supernet(batch.images, self.weight_gates())
        loss = functional.cross_entropy(logits, batch.labels)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        if self.recipe.clip_norm is not None:
            nn.utils.clip_grad_norm_(self.weights, self.recipe.clip_norm)
        self.optimiser.step()
        return logits.detach(), loss.detach()

    def step_architecture(self, batch: Batch, held_out: Batch) -> None:
        """Make a step of the alphas on held-out examples; `batch` is what the weights see in the same step."""
        loss = functional.cross_entropy(self.supernet(held_out.images, self.alpha_gates()), held_out.labels)
        self.step_alphas(torch.autograd.grad(loss, list(self.alphas.values())))

    def alpha_gates(self) -> Gates | list[Gates]:
        """Return the gates of a step of the alphas."""
        return softmax_gates(self.alphas)

    def step_alphas(self, gradients: tuple[Tensor, ...]) -> None:
        """Make a step of Adam with these gradients."""
        assert self.alpha_optimiser is not None  # noqa: S101
        for alpha, gradient in zip(self.alphas.values(), gradients, strict=True):
            alpha.grad = gradient
        self.alpha_optimiser.step()
        self.alpha_optimiser.zero_grad(set_to_none=True)

    def end_epoch(self, scorer: Scorer) -> dict[str, float]:
        """Do what is done once an epoch, and return what should be noted of it."""
        return {}

    def alpha_values(self) -> dict[str, np.ndarray]:
        """Return the alphas as arrays of float64, by kind."""
        return {kind: alpha.detach().double().cpu().numpy() for kind, alpha in self.alphas.items()}

    def state_dict(self) -> dict[str, Any]:
        """Return all that the next epoch depends on."""
        return {
            "supernet": self.supernet.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "alphas": {kind: alpha.detach() for kind, alpha in self.alphas.items()},
            "alpha_optimiser": None if self.alpha_optimiser is None else self.alpha_optimiser.state_dict(),
            "rng": self.rng.bit_generator.state,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take what `state_dict` gave."""
        self.supernet.load_state_dict(state["supernet"])
        self.optimiser.load_state_dict(state["optimiser"])
        with torch.no_grad():
            for kind, alpha in self.alphas.items():
                alpha.copy_(state["alphas"][kind])
        if self.alpha_optimiser is not None:
            self.alpha_optimiser.load_state_dict(state["alpha_optimiser"])
        self.rng.bit_generator.state = state["rng"]


def softmax_gates(alphas: Mapping[str, Tensor]) -> Gates:
    """Return the mixture of all candidates by the softmax of their alphas."""
    return Gates({kind: alpha.softmax(1) for kind, alpha in alphas.items()})
