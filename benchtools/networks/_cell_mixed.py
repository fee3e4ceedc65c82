"""The cell of NAS-Bench-201 with all operations on all edges; what edges share is computed once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchtools.networks._gates import Gates, zero_valued
from benchtools.networks._mean_pool import mean_pool
from benchtools.networks._part_norm import PartNorm

__all__ = ["EDGES", "MixedCell", "edges_of"]

EDGES = "edges"  # the kind of its decisions
NONE, SKIP, CONV1, CONV3, POOL = range(5)


def edges_of(n_nodes: int) -> list[tuple[int, int]]:
    """Return the edges (from, to), those into node 1 first, then into node 2, ...: the official order."""
    return [(source, target) for target in range(1, n_nodes) for source in range(target)]


class MixedCell(nn.Module):
    """Nodes 0 to V - 1, with five operations on the edge between any two: node 0 is the input, the last the output.

    Edges that leave the same node share its ReLU and its pooled image; their convolutions of a kind run as one, and so
    do their batch norms, which multiply by the weights of the mixture too. Skipped and pooled images are added to all
    targets by one matrix product. It computes what the form edge by edge computes.

    Parameters
    ----------
    channels : int
        Of its input, nodes and output.
    n_nodes : int
        V, at least 2.
    affine : bool
        Whether batch norms have a scale and a shift; if not, convolutions have a bias.
    track : bool
        Whether batch norms keep statistics for evaluation; if not, they always normalise by those of the batch.
    """

    def __init__(self, channels: int, n_nodes: int, *, affine: bool, track: bool) -> None:
        super().__init__()
        self.n_nodes = n_nodes
        number = {edge: place for place, edge in enumerate(edges_of(n_nodes))}
        self.sources = nn.ModuleList(
            _Source(channels, [number[source, target] for target in range(source + 1, n_nodes)], affine, track)
            for source in range(n_nodes - 1)
        )

    def forward(self, images: Tensor, gates: Gates) -> Tensor:
        """Return the last node, of the shape of the images."""
        weights, picked = gates.weights.get(EDGES), gates.picked.get(EDGES)
        nodes: list[Tensor | None] = [images] + [None] * (self.n_nodes - 1)
        unused = None if weights is None or picked is None else gates.unused(EDGES)
        source: Any
        for place, source in enumerate(self.sources, start=1):
            node = nodes[place - 1]
            if node is None:
                node = torch.zeros_like(images)
            terms = source.mixed(node, weights) if picked is None else source.alone(node, weights, picked)
            for target, term in enumerate(terms, start=place):
                nodes[target] = _sum(nodes[target], term)
            if unused is not None:  # all that enters the next node is there
                into = slice(place * (place - 1) // 2, place * (place + 1) // 2)
                node = nodes[place]
                nodes[place] = zero_valued(torch.zeros_like(images) if node is None else node, unused[into].sum())
        last = nodes[-1]
        return torch.zeros_like(images) if last is None else last

    def forward_many(self, images: Tensor, picked: Sequence[Sequence[int]]) -> Tensor:
        """Return the last node of many architectures, each with its own input, shape (b, n_archs, channels, h, w)."""
        nodes = [images, *(torch.zeros_like(images) for _ in range(self.n_nodes - 1))]
        source: Any
        for place, source in enumerate(self.sources):
            source.add_many(nodes[place], nodes[place + 1 :], picked)
        return nodes[-1]


class _Source(nn.Module):
    """The operations on all edges that leave a node.

    Parameters
    ----------
    channels : int
        Of the node.
    edges : list of int
        Numbers of the edges, one for each target.
    affine, track : bool
        See `MixedCell`.
    """

    def __init__(self, channels: int, edges: list[int], affine: bool, track: bool) -> None:
        super().__init__()
        self.channels, self.edges = channels, edges
        n = len(edges)
        self.conv1 = nn.Conv2d(channels, n * channels, 1, bias=not affine)
        self.conv3 = nn.Conv2d(channels, n * channels, 3, padding=1, bias=not affine)
        self.norm1 = PartNorm(n, channels, affine=affine, track=track)
        self.norm3 = PartNorm(n, channels, affine=affine, track=track)

    def mixed(self, node: Tensor, weights: Tensor) -> Sequence[Tensor]:
        """Return what each target gets: all operations, weighted."""
        rows = weights[self.edges]
        rectified, targets = functional.relu(node), range(len(rows))
        found = self.norm1.part(self._convolve(self.conv1, rectified, targets), factors=rows[:, CONV1])
        found = found + self.norm3.part(self._convolve(self.conv3, rectified, targets), factors=rows[:, CONV3])
        b, c, h, w = node.shape
        pair = torch.stack([node, mean_pool(node)], 1).reshape(b, 2, -1)
        factors = rows[:, [SKIP, POOL]].expand(b, -1, -1)
        return torch.baddbmm(found.reshape(b, len(rows), -1), factors, pair).view(b, -1, c, h, w).unbind(1)

    def alone(self, node: Tensor, weights: Tensor | None, picked: Sequence[int]) -> Sequence[Tensor | None]:
        """Return what each target gets: the picked operation, None for a zero."""
        chosen = [picked[edge] for edge in self.edges]
        factors = None if weights is None else weights[self.edges, chosen]
        terms: list[Tensor | None] = [None] * len(chosen)
        pooled = mean_pool(node) if POOL in chosen else None
        rectified = functional.relu(node) if CONV1 in chosen or CONV3 in chosen else None
        for kind, image in ((SKIP, node), (POOL, pooled)):
            for target, one in enumerate(chosen):
                if one == kind and image is not None:
                    terms[target] = image if factors is None else image * factors[target]
        for kind, conv, norm in ((CONV1, self.conv1, self.norm1), (CONV3, self.conv3, self.norm3)):
            which = [target for target, one in enumerate(chosen) if one == kind]
            if which and rectified is not None:
                scale = None if factors is None else factors[which]
                parts = norm.part(self._convolve(conv, rectified, which), which, scale).chunk(len(which), 1)
                for target, part in zip(which, parts, strict=True):
                    terms[target] = part
        return terms

    def add_many(self, node: Tensor, targets: Sequence[Tensor], picked: Sequence[Sequence[int]]) -> None:
        """Add to each target, in place, what each architecture's operation gives.

        Where all architectures have the same input (the first cell's), each operation of an edge is computed once.
        """
        b, n, c, h, w = node.shape
        same = node.stride(1) == 0 or n == 1
        own = node[:, :1] if same else node
        rectified, pooled = functional.relu(own), mean_pool(own)
        for place, (edge, target) in enumerate(zip(self.edges, targets, strict=True)):
            chosen = torch.tensor([one[edge] for one in picked], device=node.device)
            for kind in (SKIP, CONV1, CONV3, POOL):
                archs = (chosen == kind).nonzero().flatten()
                if not len(archs):
                    continue

                def of(images: Tensor, archs: Tensor = archs) -> Tensor:
                    return images if same else images.index_select(1, archs)

                if kind in (SKIP, POOL):
                    found = of(own if kind == SKIP else pooled)
                else:
                    conv, norm = (self.conv1, self.norm1) if kind == CONV1 else (self.conv3, self.norm3)
                    images = of(rectified)
                    made = self._convolve(conv, images.flatten(0, 1), [place]).reshape(b, -1, h, w)
                    found = norm.part(made, [place], copies=images.shape[1]).view(b, -1, c, h, w)
                target.index_add_(1, archs, found.expand(-1, len(archs), -1, -1, -1))

    def _convolve(self, conv: nn.Conv2d, images: Tensor, which: Sequence[int]) -> Tensor:
        """Convolve for some targets alone; without the bias where the batch norm takes it away again."""
        kernel, bias = conv.weight, conv.bias if self.norm1.track_running_stats else None
        if len(which) < len(self.edges):
            groups = (len(self.edges), self.channels)
            kernel = kernel.view(*groups, *kernel.shape[1:])[list(which)].flatten(0, 1)
            bias = None if bias is None else bias.view(groups)[list(which)].flatten()
        return functional.conv2d(images, kernel, bias, padding=conv.padding)


def _sum(before: Tensor | None, term: Tensor | None) -> Tensor | None:
    if before is None or term is None:
        return term if before is None else before
    return before + term
