"""GDAS: one candidate of each decision, drawn by a hard Gumbel softmax."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from benchtools.networks import Gates
from benchtools.networks._gates import one_hot
from benchtools.search.one_shot._darts_v1 import DartsV1
from benchtools.search.one_shot._register import ALGORITHMS

__all__ = ["Gdas"]


class Gdas(DartsV1):
    """Every forward pass draws one candidate a decision and executes it alone; alphas of all get a gradient.

    Notes
    -----
    With Gumbel noise g, ``soft = softmax((log_softmax(alpha) + g) / tau)``; the weights are the one-hot of its largest
    entry in value, and `soft` in gradient. Kinds of decisions that a supernet mixes always (inputs and outputs in
    NAS-Bench-1Shot1) take `soft` itself. tau falls from the first to the last epoch (`SearchRecipe.tau`).

    References
    ----------
    X. Dong, Y. Yang: Searching for a Robust Neural Architecture in Four GPU Hours. CVPR 2019, section 3.2.
    """

    name = "gdas"

    def weight_gates(self) -> Gates | list[Gates]:
        """Return gates drawn anew, without gradients."""
        with torch.no_grad():
            return self._draw(gradients=False)

    def alpha_gates(self) -> Gates | list[Gates]:
        """Return gates drawn anew."""
        return self._draw(gradients=True)

    def _draw(self, *, gradients: bool) -> Gates | list[Gates]:
        if self.recipe.per_cell:
            return [self.draw(gradients=gradients) for _ in range(self.supernet.n_places)]
        return self.draw(gradients=gradients)

    def draw(self, *, gradients: bool) -> Gates:
        """Return one draw of all decisions."""
        weights: dict[str, Tensor] = {}
        picked: dict[str, tuple[int, ...]] = {}
        tau = self.recipe.tau_at(self.epoch)
        for kind, alpha in self.alphas.items():
            noise = torch.from_numpy(self._noise(alpha.shape)).to(alpha)
            soft = ((alpha.log_softmax(1) + noise) / tau).softmax(1)
            if kind not in self.supernet.picks:
                weights[kind] = soft
                continue
            picked[kind] = tuple(soft.argmax(1).tolist())
            if gradients:
                weights[kind] = one_hot(picked[kind], alpha.shape[1]).to(soft) - soft.detach() + soft
        return Gates(weights, picked)

    def _noise(self, shape: torch.Size) -> np.ndarray:
        """Draw standard Gumbel noise, again where it is not finite."""
        while True:
            noise = self.rng.gumbel(size=tuple(shape))
            if np.isfinite(noise).all():
                return noise


ALGORITHMS.register(Gdas.name, Gdas)
