"""ENAS's controller: an LSTM that decides one thing after the other, each given what it decided before."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchtools.networks import Supernet

__all__ = ["LOGITS", "ChainController", "Controller", "Draws", "bounded"]

FIRST_WEIGHTS = 0.1
"""First weights are uniform within this distance of 0."""

TEMPERATURE = 5.0
LOGITS = 2.5
"""Largest distance of a logit from 0."""


class Draws:
    """Decisions on some architectures side by side, drawn one after the other.

    Parameters
    ----------
    n : int
        How many architectures.
    rng : numpy.random.Generator
        Source of the draws: one uniform number for each decision and architecture.

    Attributes
    ----------
    log_probs : Tensor, shape (n,)
        Logarithm of the probability of all decisions so far together; it has the gradient of the controller.
    entropies : Tensor, shape (n,)
        Sum of the entropies of the distributions that were drawn from [nats]; without a gradient.
    """

    def __init__(self, n: int, rng: np.random.Generator) -> None:
        self.n, self.rng = n, rng
        self.log_probs = torch.zeros(n)
        self.entropies = torch.zeros(n)

    def decide(self, log_probs: Tensor) -> Tensor:
        """Draw a candidate for each architecture by log-probabilities, shape (n, candidates); return which, (n,)."""
        known = log_probs.detach()
        picked = torch.from_numpy(self.pick(known.double().exp().numpy()))
        self.log_probs = self.log_probs + log_probs.gather(1, picked[:, None])[:, 0]
        self.entropies = self.entropies - (known.exp() * known).sum(1)
        return picked

    def pick(self, probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return a candidate for each row, by the inverse of the distribution function."""
        cumulated = probabilities.cumsum(1)
        wanted = self.rng.random(self.n) * cumulated[:, -1]
        picked: NDArray[np.int64] = (cumulated[:, :-1] <= wanted[:, None]).sum(1)
        return picked


class Controller(nn.Module, ABC):
    """An LSTM on the CPU, whatever device the supernet is on: its steps are too small for another.

    Parameters
    ----------
    n_operations : int
        Candidates of an operation.
    size, layers : int
        Of the LSTM.
    """

    def __init__(self, n_operations: int, *, size: int, layers: int) -> None:
        super().__init__()
        self.start = nn.Parameter(torch.empty(size))
        self.lstm = nn.LSTM(size, size, layers)
        self.embed = nn.Embedding(n_operations, size)
        self.predict = nn.Linear(size, n_operations)

    def initialise(self) -> None:
        """Draw first weights from torch's generator; see `benchtools.networks._initialise.build_usual`."""
        for weight in self.parameters():
            nn.init.uniform_(weight, -FIRST_WEIGHTS, FIRST_WEIGHTS)

    @abstractmethod
    def forward(self, draws: Draws) -> dict[str, NDArray[np.float64]]:
        """Make the decisions on `draws.n` architectures.

        Returns
        -------
        dict of str to ndarray, shape (n, rows, candidates)
            By kind of decision of the supernet, 1 for what was drawn and 0 elsewhere: what `Supernet.derive` reads.
        """

    def step(self, given: Tensor, state: tuple[Tensor, Tensor] | None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Return what the LSTM makes of its next inputs, shape (n, size), and its state."""
        found, state = self.lstm(given[None], state)
        return found[0], state

    def first(self, n: int) -> Tensor:
        """Return the learned vector that it begins with, shape (n, size)."""
        return self.start.expand(n, -1)


class ChainController(Controller):
    """One operation after the other; each step reads the operation before.

    For supernets with a single kind of decision, as NAS-Bench-201's.

    References
    ----------
    H. Pham et al.: Efficient Neural Architecture Search via Parameter Sharing. ICML 2018, section 2.
    X. Dong, Y. Yang: NAS-Bench-201. ICLR 2020; the authors' code (D-X-Y/AutoDL-Projects) for sizes and constants.
    """

    def __init__(self, supernet: Supernet, *, size: int, layers: int) -> None:
        ((self.kind, (self.n_decisions, n_operations)),) = supernet.decisions.items()
        super().__init__(n_operations, size=size, layers=layers)
        self.initialise()

    def forward(self, draws: Draws) -> dict[str, NDArray[np.float64]]:
        """Decide on one operation after the other; see `Controller.forward`."""
        given, state, picked = self.first(draws.n), None, []
        for _ in range(self.n_decisions):
            found, state = self.step(given, state)
            operation = draws.decide(bounded(self.predict(found), LOGITS).log_softmax(1))
            picked.append(operation.numpy())
            given = self.embed(operation)
        return {self.kind: np.eye(self.embed.num_embeddings)[np.stack(picked, 1)]}


def bounded(logits: Tensor, limit: float) -> Tensor:
    """Return logits that a temperature of 5 and a tanh keep within a limit."""
    return limit * torch.tanh(logits / TEMPERATURE)
