"""The cell of NAS-Bench-1Shot1's one-shot model; what leads nowhere is not computed."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchtools.networks._conv_norm import ConvNorm
from benchtools.networks._gates import Gates, zero_valued
from benchtools.networks._max_pool import max_pool
from benchtools.networks._parents_oneshot1 import OPERATIONS, parents_of_gates, reaching
from benchtools.networks._side_by_side import add_at, take

__all__ = ["CellOneShot1"]

POOL, CONV3, CONV1 = range(3)

Choices = tuple[Sequence[int], Sequence[Sequence[int]]]  # operations, and the parents of the blocks and of the output


class CellOneShot1(nn.Module):
    """Choice blocks, each of which applies an operation to a sum of the cell's input and of the blocks before it.

    The input goes through 1x1 convolutions with batch norm and ReLU, one for each block and one for the output, which
    run as one. The output is the blocks behind one another, plus the last of these projections.

    Parameters
    ----------
    inputs, channels : int
        Channels of the input, and C of a block.
    n_blocks : int
        Choice blocks; the output has n_blocks x C channels.
    partial : int
        One in `partial` channels of a block goes through the operation, the others pass by it, and all are shuffled.
    momentum : float
        Share of the newest batch in the statistics of batch norms.
    """

    def __init__(self, inputs: int, channels: int, n_blocks: int, *, partial: int, momentum: float) -> None:
        super().__init__()
        self.channels, self.n_blocks, self.partial = channels, n_blocks, partial
        self.project = ConvNorm(inputs, channels, groups=2 * n_blocks, momentum=momentum)
        part = channels // partial
        self.conv3 = nn.ModuleList(ConvNorm(part, part, 3, momentum=momentum) for _ in range(n_blocks))
        self.conv1 = nn.ModuleList(ConvNorm(part, part, momentum=momentum) for _ in range(n_blocks))

    def forward(self, images: Tensor, gates: Gates) -> Tensor:
        """Return the output, shape (b, n_blocks x channels, h, w)."""
        parents = parents_of_gates(gates, self.n_blocks)
        projected = self._projected(images, [node for node in parents if 0 in parents[node]])
        unused = gates.unused(OPERATIONS) if {OPERATIONS} <= gates.picked.keys() & gates.weights.keys() else None
        nothing = images.new_zeros(len(images), self.channels, *images.shape[2:])
        nodes: dict[int, Tensor] = {}
        *blocks, last = parents
        for block in blocks:
            terms = [_scaled(nodes.get(one, projected.get(block)), by) for one, by in parents[block].items()]
            node = sum(terms[1:], terms[0]) if terms else nothing
            through, beside = self._split(node)
            nodes[block] = self._join(self._operate(block, through, gates, unused), beside)
        into = parents[last]
        parts = [_scaled(nodes[one], into[one]) if one in into else nothing for one in range(1, last)]
        found = torch.cat(parts, 1)
        return found + _scaled(projected[last], into[0]) if 0 in into else found

    def forward_many(self, images: Tensor, archs: Sequence[Choices]) -> Tensor:
        """Return the outputs of many architectures, each with its own input, shape (b, n_archs, ..., h, w)."""
        b, n, _, h, w = images.shape
        live = [reaching({node: dict.fromkeys(one) for node, one in enumerate(parents, 1)}) for _, parents in archs]

        def having(node: int, parent: int) -> list[int]:
            return [place for place, one in enumerate(live) if parent in one.get(node, ())]

        nodes: dict[int, Tensor] = {}
        for block in range(1, self.n_blocks + 1):
            node = images.new_zeros(b, n, self.channels, h, w)
            for parent in range(block):
                if at := having(block, parent):
                    add_at(node, at, take(nodes[parent], at) if parent else self._projection(images, at, block))
            through, beside = self._split(node)
            made = torch.zeros_like(through)
            chosen = {place: archs[place][0][block - 1] for place, parents in enumerate(live) if block in parents}
            for operation in (POOL, CONV3, CONV1):
                if at := [place for place, one in chosen.items() if one == operation]:
                    add_at(made, at, self._operation(block, operation, take(through, at)))
            nodes[block] = self._join(made, beside)
        last = self.n_blocks + 1
        output = images.new_zeros(b, n, self.n_blocks * self.channels, h, w)
        for block, node in nodes.items():
            if at := having(last, block):
                add_at(output.narrow(2, (block - 1) * self.channels, self.channels), at, take(node, at))
        if at := having(last, 0):
            add_at(output, at, self._projection(images, at, last))
        return output

    def _projected(self, images: Tensor, nodes: Sequence[int]) -> dict[int, Tensor]:
        """Return the projections of the input to some nodes, in ascending order."""
        if not nodes:
            return {}
        n = self.n_blocks
        groups = [[*range(n, 2 * n)] if node > n else [node - 1] for node in nodes]
        which = [group for one in groups for group in one]
        found = functional.relu(self.project(images, None if len(which) == 2 * n else which))
        return dict(zip(nodes, torch.split(found, [len(one) * self.channels for one in groups], -3), strict=True))

    def _projection(self, images: Tensor, archs: Sequence[int], node: int) -> Tensor:
        return self._projected(take(images, archs), [node])[node]

    def _operate(self, block: int, images: Tensor, gates: Gates, unused: Tensor | None) -> Tensor:
        weights, row = gates.weights.get(OPERATIONS), block - 1
        if OPERATIONS in gates.picked:
            picked = gates.picked[OPERATIONS][row]
            found = self._operation(block, picked, images)
            if weights is None or unused is None:
                return found
            return zero_valued(found * weights[row, picked], unused[row])
        assert weights is not None  # noqa: S101  (one of both is there)
        pooled, conv3, conv1 = (
            self._operation(block, one, images) * weights[row, one] for one in (POOL, CONV3, CONV1)
        )  # fmt: skip
        return pooled + conv3 + conv1

    def _operation(self, block: int, operation: int, images: Tensor) -> Tensor:
        if operation == POOL:
            return max_pool(images)
        layers = self.conv3 if operation == CONV3 else self.conv1
        return functional.relu(layers[block - 1](images))

    def _split(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the channels that go through the operation, and those that pass by it."""
        part = self.channels // self.partial
        through, beside = torch.split(images, [part, self.channels - part], -3)
        return through, beside

    def _join(self, through: Tensor, beside: Tensor) -> Tensor:
        if self.partial == 1:
            return through
        images = torch.cat([through, beside], -3)
        b, c, h, w = images.shape[:-3], images.shape[-3], *images.shape[-2:]
        return images.view(*b, self.partial, c // self.partial, h, w).transpose(-4, -3).flatten(-4, -3)


def _scaled(images: Tensor | None, factor: Tensor | None) -> Tensor:
    assert images is not None  # noqa: S101
    return images if factor is None else images * factor
