"""DARTS, first order."""

from __future__ import annotations

from benchtools.networks import Gates
from benchtools.search.one_shot._algorithm import Algorithm, Scorer, softmax_gates
from benchtools.search.one_shot._register import ALGORITHMS

__all__ = ["DartsV1"]


class DartsV1(Algorithm):
    """Weights and alphas take turns; every step runs the mixture of all candidates.

    The alphas' gradient is that of the held-out loss at the weights as they are. The architecture is that of the
    largest alphas, ``none`` included where the space has it.

    References
    ----------
    H. Liu et al.: DARTS: Differentiable Architecture Search. ICLR 2019, section 2.3 with xi = 0.
    """

    name = "darts_v1"

    def weight_gates(self) -> Gates | list[Gates]:
        """Return the mixture."""
        return softmax_gates({kind: alpha.detach() for kind, alpha in self.alphas.items()})

    def derive(self, scorer: Scorer) -> str:
        """Return the architecture of the largest alphas."""
        return self.supernet.derive(self.alpha_values())


ALGORITHMS.register(DartsV1.name, DartsV1)
