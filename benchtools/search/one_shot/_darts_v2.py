"""DARTS, second order."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from benchtools.datasets import Batch
from benchtools.search.one_shot._algorithm import softmax_gates
from benchtools.search.one_shot._darts_v1 import DartsV1
from benchtools.search.one_shot._register import ALGORITHMS

__all__ = ["DartsV2"]

SMALL = 0.01
"""Length of the step of the finite difference, over all weights together."""


class DartsV2(DartsV1):
    """DARTS whose alphas look one step of the weights ahead.

    Notes
    -----
    With ``w' = w - xi (m buffer + dL_train/dw + decay w)``, xi the current learning rate, the gradient is
    ``dL_held/dalpha (w') - xi (dL_train/dalpha (w + e v) - dL_train/dalpha (w - e v)) / (2 e)``, where
    ``v = dL_held/dw (w')`` and ``e = 0.01 / |v|``. The weights are put back exactly.

    References
    ----------
    H. Liu et al.: DARTS. ICLR 2019, equations 6 to 8.
    """

    name = "darts_v2"

    def step_architecture(self, batch: Batch, held_out: Batch) -> None:
        """Make a step of the alphas with the second-order gradient."""
        self.step_alphas(self.second_order(batch, held_out))

    def second_order(self, batch: Batch, held_out: Batch) -> tuple[Tensor, ...]:
        """Return the gradient of the alphas, in their order."""
        alphas, xi = list(self.alphas.values()), float(self.optimiser.param_groups[0]["lr"])
        kept = [weight.detach().clone() for weight in self.weights]
        buffers = [(buffer, buffer.clone()) for buffer in self.supernet.buffers()]
        try:
            self._look_ahead(torch.autograd.grad(self._loss(batch), self.weights, allow_unused=True), xi)
            found = torch.autograd.grad(self._loss(held_out), [*alphas, *self.weights], allow_unused=True)
            of_alphas = found[: len(alphas)]
            v: Sequence[Tensor | None] = found[len(alphas) :]
            norm = torch.sqrt(sum((one.square().sum() for one in v if one is not None), torch.zeros(())).double())
            if norm == 0:  # nothing to look back along
                return of_alphas
            small = SMALL / float(norm)
            self._set(kept, v, small)
            above = torch.autograd.grad(self._loss(batch), alphas)
            self._set(kept, v, -small)
            below = torch.autograd.grad(self._loss(batch), alphas)
        finally:
            self._set(kept, kept, 0.0)
            for buffer, before in buffers:  # statistics of batch norms have seen weights that never were
                buffer.copy_(before)
        return tuple(
            first - xi * (one - other) / (2 * small) for first, one, other in zip(of_alphas, above, below, strict=True)
        )

    def _loss(self, batch: Batch) -> Tensor:
        return functional.cross_entropy(self.supernet(batch.images, softmax_gates(self.alphas)), batch.labels)

    def _look_ahead(self, gradients: Sequence[Tensor | None], xi: float) -> None:
        """Move the weights by a step without Nesterov's momentum, as the formula has it."""
        recipe = self.recipe
        with torch.no_grad():
            for weight, gradient in zip(self.weights, gradients, strict=True):
                if gradient is None:
                    continue
                momentum = self.optimiser.state[weight].get("momentum_buffer")
                change = gradient + recipe.weight_decay * weight
                if momentum is not None:
                    change = change + recipe.momentum * momentum
                weight.sub_(xi * change)

    def _set(self, kept: Sequence[Tensor], direction: Sequence[Tensor | None], by: float) -> None:
        with torch.no_grad():
            for weight, value, one in zip(self.weights, kept, direction, strict=True):
                weight.copy_(value)
                if by and one is not None:
                    weight.add_(one, alpha=by)


ALGORITHMS.register(DartsV2.name, DartsV2)
