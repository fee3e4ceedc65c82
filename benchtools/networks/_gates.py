"""What a supernet does at each of its decisions: weights of all candidates, or one of them alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

__all__ = ["Gates", "one_hot", "zero_valued"]


@dataclass(frozen=True, eq=False)
class Gates:
    """The gates of a forward pass through a supernet, by kind of decision.

    Attributes
    ----------
    weights : mapping of str to Tensor of shape (rows, candidates)
        What each candidate's result is multiplied by. A kind may be left out where `picked` has it: then the picked
        candidate counts as it is, without a gradient.
    picked : mapping of str to tuple of int
        Of kinds that execute one candidate a row: which. The others are not computed; the weights that they have are
        taken as zero, and yet get their gradient, as the hard Gumbel softmax of GDAS needs it.

    Examples
    --------
    >>> Gates({"edges": torch.full((2, 3), 0.25)}, {"edges": (0, 2)}).unused("edges")
    tensor([0.5000, 0.5000])
    """

    weights: Mapping[str, Tensor] = field(default_factory=dict)
    picked: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def unused(self, kind: str) -> Tensor:
        """Return, for each row of a kind, the sum of the weights that are not picked, shape (rows,)."""
        weights, picked = self.weights[kind], self.picked[kind]
        return weights.sum(1) - weights[range(len(picked)), picked]


def zero_valued(images: Tensor, scalar: Tensor) -> Tensor:
    """Add a scalar whose value is taken as zero: the images stay, and the scalar gets the sum of their gradient.

    So a gradient with respect to hard one-hot weights flows to candidates that were not executed too (GDAS, [1]_).

    References
    ----------
    .. [1] X. Dong, Y. Yang: Searching for a Robust Neural Architecture in Four GPU Hours. CVPR 2019, section 3.2.
    """
    found: Tensor = _ZeroValued.apply(images, scalar)  # type: ignore[no-untyped-call]
    return found


class _ZeroValued(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, images: Tensor, scalar: Tensor) -> Tensor:
        return images.view_as(images)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        return gradients[0], gradients[0].sum()


def one_hot(picked: Sequence[int], candidates: int) -> Tensor:
    """Return a row for each choice: 1 at its place, shape (len(picked), candidates)."""
    return torch.nn.functional.one_hot(torch.tensor(picked), candidates).float()
