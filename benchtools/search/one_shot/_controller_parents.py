"""ENAS's controller for NAS-Bench-1Shot1: the parents of each node by attention, then its operation."""

from __future__ import annotations

from functools import cache
from itertools import combinations, permutations
from math import comb

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchtools.networks import Supernet
from benchtools.search.one_shot._controller import LOGITS, Controller, Draws, bounded
from benchtools.spaces.oneshot1 import OneShot1

__all__ = ["ParentController", "log_probs_of_sets", "sets_of"]

OPERATION_LOGITS = LOGITS / 5


class ParentController(Controller):
    """For each choice block its parents, then its operation; at last the parents of the output.

    Parameters
    ----------
    supernet : Supernet
        Of NAS-Bench-1Shot1.
    size, layers : int
        Of the LSTM.

    Notes
    -----
    Attention scores the nodes before, and so many of them are drawn without replacement as the space wants. Three
    steps of the LSTM make a block: from the start vector to the parents, from the mean of their anchors to the
    operation, and from its embedding to the block's own anchor.

    The published code differs: it takes the mean of the parents' log-probabilities, as if each were drawn by itself,
    where this takes the logarithm of the probability of the set; it reads the last parent's anchor, favours max pooling
    and the 3x3 convolution by a bias that was meant for other operations, and gives each block the operation that was
    drawn for the next node.

    References
    ----------
    H. Pham et al.: Efficient Neural Architecture Search via Parameter Sharing. ICML 2018, section 2.4.
    A. Zela, J. Siems, F. Hutter: NAS-Bench-1Shot1. ICLR 2020; the authors' code (automl/nasbench-1shot1).
    """

    def __init__(self, supernet: Supernet, *, size: int, layers: int) -> None:
        self.shapes = dict(supernet.decisions)
        super().__init__(self.shapes["operations"][1], size=size, layers=layers)
        self.n_parents = OneShot1(int(supernet.space[-1])).n_parents
        self.of_anchor = nn.Linear(size, size, bias=False)
        self.of_state = nn.Linear(size, size, bias=False)
        self.score = nn.Linear(size, 1, bias=False)
        self.initialise()

    def forward(self, draws: Draws) -> dict[str, NDArray[np.float64]]:
        """Decide on one node after the other; see `Controller.forward`."""
        choices = {kind: np.zeros((draws.n, *shape)) for kind, shape in self.shapes.items()}
        start = self.first(draws.n)
        found, state = self.step(start, None)
        anchors = [found]
        for node, n_parents in enumerate(self.n_parents, start=1):
            found, state = self.step(start, state)
            before = torch.stack(anchors, 1)
            scores = self.score(torch.tanh(self.of_anchor(before) + self.of_state(found)[:, None]))[..., 0]
            chosen = draws.decide(log_probs_of_sets(bounded(scores, LOGITS), n_parents))
            parents = torch.from_numpy(sets_of(node, n_parents))[chosen]
            kind = "output" if node == len(self.n_parents) else f"inputs_{node}"
            if kind in choices:  # else no choice is there
                choices[kind][:, 0] = parents.numpy()
            if kind == "output":
                break
            found, state = self.step((parents[..., None] * before).sum(1) / n_parents, state)
            operation = draws.decide(bounded(self.predict(found), OPERATION_LOGITS).log_softmax(1))
            choices["operations"][np.arange(draws.n), node - 1, operation.numpy()] = 1
            found, state = self.step(self.embed(operation), state)
            anchors.append(found)
        return choices


def log_probs_of_sets(logits: Tensor, k: int) -> Tensor:
    """Return the log-probability of each set of `k` things that are drawn without replacement, in any order.

    Parameters
    ----------
    logits : Tensor, shape (rows, n)
        Of a thing that is drawn first; the others follow by the same logits among those that are left.
    k : int
        How many are drawn.

    Returns
    -------
    Tensor, shape (rows, n_sets)
        In the order of `sets_of`.

    Examples
    --------
    >>> log_probs_of_sets(torch.tensor([[0.5, 0.25, 0.25]]).log(), 2).exp()  # 1/2 1/2 + 1/4 2/3, twice; 1/4 1/3 twice
    tensor([[0.4167, 0.4167, 0.1667]])
    """
    orders, drawn = map(torch.from_numpy, _orders(logits.shape[1], k))
    left = logits[:, None, None, None].masked_fill(drawn, -torch.inf).logsumexp(-1)
    return (logits[:, orders] - left).sum(-1).logsumexp(-1)


@cache
def sets_of(n: int, k: int) -> NDArray[np.float32]:
    """Return the sets of `k` of `n` things, in lexicographic order, as rows of 0 and 1, shape (n_sets, n).

    Examples
    --------
    >>> sets_of(3, 2).astype(int).tolist()
    [[1, 1, 0], [1, 0, 1], [0, 1, 1]]
    """
    sets = np.zeros((comb(n, k), n), dtype=np.float32)
    np.put_along_axis(sets, np.array(list(combinations(range(n), k))), 1, axis=1)
    return sets


@cache
def _orders(n: int, k: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return all orders of each set, shape (n_sets, k!, k), and what is gone before each place, (n_sets, k!, k, n)."""
    orders = np.array([list(permutations(one)) for one in combinations(range(n), k)])
    here = np.eye(n, dtype=np.int64)[orders]
    return orders, here.cumsum(2) > here
