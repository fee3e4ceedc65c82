"""A cell of the random zoo as a module, and its drop-path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchtools.networks._operations import FactorizedReduce, Rectified, make_operation

if TYPE_CHECKING:
    from benchtools.spaces import ZooCell

__all__ = ["Cell"]


class Cell(nn.Module):
    """Two inputs brought to `channels`, nodes that are sums of two operations, and all nodes side by side.

    Parameters
    ----------
    cell : ZooCell
        Its operations and who reads whom.
    inputs : tuple of 2 int
        Channels of the outputs of the last cell but one, and of the last cell.
    channels : int
        Channels of every node.
    reduction : bool
        Whether operations that read an input halve the image.
    after_reduction : bool
        Whether the first input is of twice the size of the second, and so is halved.

    Notes
    -----
    What enters has passed a ReLU already: two cells read every output, and share it. Within the cell each node passes
    at most one ReLU, whatever number of operations begin with it. An input that no node reads is left as it is.
    """

    def __init__(
        self, cell: ZooCell, inputs: tuple[int, int], channels: int, *, reduction: bool, after_reduction: bool
    ) -> None:
        super().__init__()
        edges = [edge for node in cell.nodes for edge in node]
        self.sources = tuple(source for _, source in edges)
        self.before = _prepare(inputs[0], channels, after_reduction) if 0 in self.sources else nn.Identity()
        self.last = _prepare(inputs[1], channels, False) if 1 in self.sources else nn.Identity()
        self.operations = nn.ModuleList(
            make_operation(name, channels, 2 if reduction and source < 2 else 1) for name, source in edges
        )

    def forward(self, before: Tensor, last: Tensor, drop_path: float = 0.0) -> Tensor:
        """Return the nodes side by side; each operation but an identity is dropped with the chance `drop_path`."""
        states: list[Tensor] = [self.before(before), self.last(last)]
        scales = _scales(last, len(self.sources), drop_path) if drop_path > 0 else None
        rectified: dict[int, Tensor] = {}
        terms: list[Tensor] = []
        for place, (source, operation) in enumerate(zip(self.sources, self.operations, strict=True)):
            if isinstance(operation, Rectified):
                if source not in rectified:
                    rectified[source] = functional.relu(states[source])
                term = operation.after_relu(rectified[source])
            else:
                term = operation(states[source])
            if scales is not None and not isinstance(operation, nn.Identity):
                term = term.mul_(scales[place])  # in place: no layer's gradient needs its output
            terms.append(term)
            if place % 2:
                states.append(terms[-2] + terms[-1])
        return torch.cat(states[2:], 1)


def _prepare(inputs: int, outputs: int, halve: bool) -> nn.Module:
    if halve:
        return FactorizedReduce(inputs, outputs)
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))


def _scales(images: Tensor, n: int, drop_path: float) -> Tensor:
    """Draw a factor for each of n operations and each image, 0 or 1 / (1 - drop_path), shape (n, b, 1, 1, 1)."""
    keep = 1 - drop_path
    return images.new_empty((n, len(images), 1, 1, 1)).bernoulli_(keep).div_(keep)
