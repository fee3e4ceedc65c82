"""NAS-Bench-201's supernet edge by edge, as its definition reads: slow, and what the quick one is compared with."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchtools.networks import Gates, Supernet201
from benchtools.networks._cell_mixed import EDGES, MixedCell

__all__ = ["PlainSupernet201"]


class PlainSupernet201(nn.Module):
    """The same network as a `Supernet201`, with a copy of its weights; each edge has five operations of its own.

    Parameters
    ----------
    supernet : Supernet201
        Whose batch norms in the cells have no scale and keep no statistics.

    Examples
    --------
    >>> supernet = Supernet201(10, width=4, n_cells=1)
    >>> images, gates = torch.randn(2, 3, 8, 8), Gates({"edges": torch.full((6, 5), 0.2)})
    >>> torch.allclose(PlainSupernet201(supernet)(images, gates), supernet(images, gates), atol=1e-5)
    True
    """

    def __init__(self, supernet: Supernet201) -> None:
        super().__init__()
        self.channels = supernet.channels
        self.stem = _copy(supernet.stem)
        self.stages = nn.ModuleList(
            _PlainCell(part) if isinstance(part, MixedCell) else _copy(part) for part in supernet.stages
        )
        self.last, self.classifier = _copy(supernet.last), _copy(supernet.classifier)

    def forward(self, images: Tensor, gates: Gates) -> Tensor:
        """Return logits; of gates that pick operations, each edge computes the picked one alone."""
        found = self.stem(images)
        for part in self.stages:
            found = part(found, gates) if isinstance(part, _PlainCell) else part(found)
        logits: Tensor = self.classifier(
            functional.adaptive_avg_pool2d(functional.relu(self.last(found)), 1).flatten(1)
        )
        return logits


class _PlainCell(nn.Module):
    def __init__(self, cell: MixedCell) -> None:
        super().__init__()
        self.n_nodes = cell.n_nodes
        self.edges = nn.ModuleList()
        for target in range(1, cell.n_nodes):
            for source in range(target):
                self.edges.append(_edge(cell.sources[source], target - source - 1))

    def forward(self, images: Tensor, gates: Gates) -> Tensor:
        nodes, edge = [images], 0
        picked = gates.picked.get(EDGES)
        for target in range(1, self.n_nodes):
            total = torch.zeros_like(images)
            for source in range(target):
                operations: Sequence[nn.Module] = self.edges[edge]  # type: ignore[assignment]
                weights = gates.weights.get(EDGES)
                for place, operation in enumerate(operations):
                    factor = 1.0 if weights is None else weights[edge, place]
                    if picked is None or picked[edge] == place:
                        total = total + factor * operation(nodes[source])
                    elif weights is not None:
                        total = total + factor
                edge += 1
            nodes.append(total)
        return nodes[-1]


class _Zero(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images * 0.0


def _edge(source: nn.Module, place: int) -> nn.ModuleList:
    """Return the five operations of an edge, with the weights of its share of the joint convolutions."""
    convolutions = []
    for name in ("conv1", "conv3"):
        joint = getattr(source, name)
        channels = joint.in_channels
        part = slice(place * channels, (place + 1) * channels)
        one = nn.Conv2d(channels, channels, joint.kernel_size, padding=joint.padding).to(joint.weight)
        one.weight.data.copy_(joint.weight.data[part])
        assert one.bias is not None  # noqa: S101
        one.bias.data.copy_(joint.bias.data[part])
        norm = nn.BatchNorm2d(channels, affine=False, track_running_stats=False)
        convolutions.append(nn.Sequential(nn.ReLU(), one, norm))
    pool = nn.AvgPool2d(3, 1, 1, count_include_pad=False)
    return nn.ModuleList([_Zero(), nn.Identity(), *convolutions, pool])


def _copy(module: nn.Module) -> nn.Module:
    from copy import deepcopy

    return deepcopy(module)
