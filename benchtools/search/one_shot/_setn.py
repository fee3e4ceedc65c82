"""SETN: weights on uniform architectures, alphas on the mixture, and the most probable candidates scored."""

from __future__ import annotations

import numpy as np

from benchtools.networks import Gates
from benchtools.search.one_shot._algorithm import Algorithm, Scorer
from benchtools.search.one_shot._random_ws import best_of
from benchtools.search.one_shot._register import ALGORITHMS

__all__ = ["Setn", "most_probable"]


class Setn(Algorithm):
    """Weights learn from architectures that are drawn uniformly, alphas from the mixture of all candidates.

    The architecture is the best, on held-out examples, of those with the largest product of probabilities. The
    published code draws uniformly too, where the paper draws by the probabilities.

    References
    ----------
    X. Dong, Y. Yang: One-Shot Neural Architecture Search via Self-Evaluated Template Network. ICCV 2019.
    """

    name = "setn"
    spaces = ("nasbench201",)

    def weight_gates(self) -> Gates:
        """Return the gates of a random architecture."""
        return self.supernet.gates(self.supernet.draw(self.rng))

    def derive(self, scorer: Scorer) -> str:
        """Return the best of the most probable architectures."""
        ((kind, alpha),) = self.alpha_values().items()
        rows = most_probable(alpha, self.recipe.candidates)
        return best_of([self.supernet.derive({kind: np.eye(alpha.shape[1])[row]}) for row in rows], scorer, self)


def most_probable(alpha: np.ndarray, n: int) -> np.ndarray:
    """Return the `n` choices of the largest products of probabilities, largest first, shape (n, rows).

    Parameters
    ----------
    alpha : ndarray, shape (rows, candidates)
        Before the softmax.
    n : int
        How many; fewer come back where there are fewer.

    Examples
    --------
    >>> most_probable(np.array([[0.0, 1.0], [0.2, 0.0]]), 3).tolist()
    [[1, 0], [1, 1], [0, 0]]
    """
    logs = (
        alpha - np.log(np.exp(alpha - alpha.max(1, keepdims=True)).sum(1, keepdims=True)) - alpha.max(1, keepdims=True)
    )
    sums, choices = np.zeros(1), np.zeros((1, 0), dtype=np.int64)
    for row in logs:  # the best n of all rows begin with one of the best n of the rows before
        joint = (sums[:, None] + row).ravel()
        best = np.argsort(-joint, kind="stable")[:n]
        before, last = np.divmod(best, len(row))
        sums, choices = joint[best], np.column_stack([choices[before], last])
    return choices


ALGORITHMS.register(Setn.name, Setn)
