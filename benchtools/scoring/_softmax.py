"""Logits seen from the largest, so that sure answers keep their digits."""

from __future__ import annotations

from torch import Tensor

__all__ = ["from_largest"]


def from_largest(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Return how far each logit is from the largest of its row, and the sum of exponentials of all others.

    The logarithm of the largest probability is ``-log1p(rest)``: taken from the probability itself it would be 0 as
    soon as the others are 37 nats away.

    Parameters
    ----------
    logits : Tensor, shape (n, n_classes)
        Outputs before the softmax.

    Returns
    -------
    differences : Tensor of float64, shape (n, n_classes)
        0 or less.
    rest : Tensor of float64, shape (n,)

    Examples
    --------
    >>> import math, torch
    >>> differences, rest = from_largest(torch.tensor([[60.0, 0.0]]))
    >>> differences.tolist(), rest.item() == math.exp(-60)
    ([[0.0, -60.0]], True)
    """
    largest, where = logits.double().max(1, keepdim=True)
    differences = logits.double() - largest
    return differences, differences.exp().scatter(1, where, 0.0).sum(1)
