"""ENAS: a controller that draws architectures, and learns from their accuracy with shared weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from benchtools.datasets import Batch
from benchtools.networks import Gates, Supernet
from benchtools.networks._initialise import build_usual
from benchtools.search.one_shot._algorithm import Algorithm, Scorer
from benchtools.search.one_shot._controller import ChainController, Controller, Draws
from benchtools.search.one_shot._controller_parents import ParentController
from benchtools.search.one_shot._random_ws import best_of
from benchtools.search.one_shot._recipe import SearchRecipe
from benchtools.search.one_shot._register import ALGORITHMS
from benchtools.training._modes import looking_at

__all__ = ["Enas"]

CLIP_NORM = 5.0
STOCK = 64
"""Architectures that are drawn at once for the steps of the weights: side by side they cost little more than one."""


class Enas(Algorithm):
    """Each step trains an architecture that a controller draws; after each epoch the controller learns by REINFORCE.

    The architecture is the best of candidates that the controller draws, on held-out examples.

    Notes
    -----
    The reward r of an architecture is its accuracy on a held-out batch of its own, plus `SearchRecipe.entropy` times
    the entropy of the decisions, as a number without a gradient. An update is a step of Adam on the mean of
    ``-log p (r - b)`` over `SearchRecipe.controller_samples`. The baseline b is one of two, with the share s
    (`SearchRecipe.baseline`):

    * NAS-Bench-201's: ``b = b0 + s (r - b0)``, where b0 is the last b of the epoch before and stays for the epoch. In
      the first epoch b is the accuracy itself, so that only the entropy counts. Accuracies are fractions.
    * NAS-Bench-1Shot1's (`SearchRecipe.moving_baseline`): the same, but b0 is the b before, and 0 at first. Accuracies
      are in percent.

    NAS-Bench-1Shot1's code changes the learning rate of the weights after each batch as if it were an epoch, and scores
    candidates on the test set; neither is done here.

    References
    ----------
    H. Pham et al.: Efficient Neural Architecture Search via Parameter Sharing. ICML 2018, section 2.2.
    X. Dong, Y. Yang: NAS-Bench-201. ICLR 2020. A. Zela, J. Siems, F. Hutter: NAS-Bench-1Shot1. ICLR 2020.
    """

    name = "enas"
    steps_architecture = False
    has_alphas = False

    def __init__(self, supernet: Supernet, recipe: SearchRecipe, rng: np.random.Generator) -> None:
        super().__init__(supernet, recipe, rng)
        kind = ParentController if supernet.space.startswith("oneshot1") else ChainController
        self.controller: Controller = build_usual(
            lambda: kind(supernet, size=recipe.controller_size, layers=recipe.controller_layers), rng
        )
        self.controller_optimiser = self._adam(list(self.controller.parameters()))
        self.baseline = 0.0 if recipe.moving_baseline else None
        self.stock: list[str] = []

    def draw(self, n: int) -> tuple[list[str], Draws]:
        """Return architectures that the controller draws, and how probable they are."""
        draws = Draws(n, self.rng)
        choices = self.controller(draws)
        return [self.supernet.derive({kind: rows[one] for kind, rows in choices.items()}) for one in range(n)], draws

    @torch.no_grad()
    def weight_gates(self) -> Gates:
        """Return the gates of an architecture that the controller draws."""
        if not self.stock:
            self.stock, _ = self.draw(STOCK)
        return self.supernet.gates(self.stock.pop())

    def end_epoch(self, scorer: Scorer) -> dict[str, float]:
        """Update the controller; return the means of reward and entropy [nats], and the last baseline."""
        self.stock = []  # of the controller as it was
        batches, before = scorer.batches(), self.baseline
        rewards, entropies, last = [], [], 0.0
        for _ in range(self.recipe.controller_steps):
            archs, draws = self.draw(self.recipe.controller_samples)
            accuracies, entropy = self._accuracies(archs, batches), draws.entropies.double().numpy()
            reward = accuracies + self.recipe.entropy * entropy
            baselines = self._baselines(before, accuracies, reward)
            self._learn(draws, reward - baselines)
            last = float(baselines[-1])
            before = last if self.recipe.moving_baseline else before
            rewards.append(reward)
            entropies.append(entropy)
        self.baseline = last
        return {
            "reward": float(np.mean(rewards)), "baseline": last, "controller_entropy": float(np.mean(entropies)),
        }  # fmt: skip

    def derive(self, scorer: Scorer) -> str:
        """Return the best of architectures that the controller draws."""
        with torch.no_grad():
            archs, _ = self.draw(self.recipe.candidates)
        return best_of(archs, scorer, self)

    def state_dict(self) -> dict[str, Any]:
        """Return all that the next epoch depends on."""
        return {
            **super().state_dict(),
            "controller": self.controller.state_dict(),
            "controller_optimiser": self.controller_optimiser.state_dict(),
            "baseline": self.baseline,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take what `state_dict` gave."""
        super().load_state_dict(state)
        self.controller.load_state_dict(state["controller"])
        self.controller_optimiser.load_state_dict(state["controller_optimiser"])
        self.baseline = state["baseline"]

    def _accuracies(self, archs: list[str], batches: Iterator[Batch]) -> NDArray[np.float64]:
        """Return the accuracy of each architecture on the next batch, as the baseline's rule counts it."""
        with looking_at(self.supernet):
            hits = [
                (self.supernet(images, self.supernet.gates(arch)).argmax(1) == labels).double().mean()
                for arch, (images, labels, _) in zip(archs, batches, strict=False)
            ]
            shares = torch.stack(hits).cpu().numpy()  # all at once: reading one waits for the device
        return 100 * shares if self.recipe.moving_baseline else shares

    def _baselines(
        self, before: float | None, accuracies: NDArray[np.float64], rewards: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the baseline of each sample, given the one that came before."""
        if before is None:
            return accuracies
        share, found = self.recipe.baseline, []
        for reward in rewards.tolist():
            found.append(before + share * (reward - before))
            before = found[-1] if self.recipe.moving_baseline else before
        return np.array(found)

    def _learn(self, draws: Draws, advantages: NDArray[np.float64]) -> None:
        """Make an update of the controller."""
        loss = -(draws.log_probs * torch.from_numpy(advantages).float()).mean()
        self.controller_optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.controller.parameters(), CLIP_NORM)
        self.controller_optimiser.step()


ALGORITHMS.register(Enas.name, Enas)
