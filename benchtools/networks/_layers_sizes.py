"""The layers of the size space's supernet, which compute their first channels alone or mask the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional

from benchtools.networks._conv_norm import ConvNorm
from benchtools.networks._gates import zero_valued
from benchtools.networks._side_by_side import each
from benchtools.spaces.nats_size import CHANNELS, NATSSize

__all__ = ["STEP", "WIDEST", "Cut", "SizedCell", "SizedResidual", "plain_layer"]

STEP, WIDEST = CHANNELS[0], CHANNELS[-1]
SKIP = "skip_connect"
NODES = [[term.split("~") for term in node.strip("|").split("|")] for node in NATSSize.topology.split("+")]


@dataclass(frozen=True, eq=False)
class Cut:
    """What a layer has of its channels: the first ones, times a factor.

    Attributes
    ----------
    channels : int
        How many there are.
    factor : Tensor, optional
        A scalar, or of the shape (channels, 1, 1), or (n_archs, channels, 1, 1) for architectures side by side.
    unused : Tensor, optional
        Scalar whose value counts as zero, and which gets a gradient: weights that are not picked.
    """

    channels: int = WIDEST
    factor: Tensor | None = None
    unused: Tensor | None = None

    @property
    def groups(self) -> Sequence[int] | None:
        """Return the groups of channels that a `ConvNorm` computes."""
        return None if self.channels == WIDEST else range(self.channels // STEP)

    def inside(self, images: Tensor) -> Tensor:
        """Return the images of a node within a layer, times the factor."""
        return images if self.factor is None else images * self.factor

    def result(self, images: Tensor) -> Tensor:
        """Return the result of a layer, times the factor."""
        found = self.inside(images)
        return found if self.unused is None else zero_valued(found, self.unused)


class SizedCell(nn.Module):
    """The cell that all networks of the space share.

    Parameters
    ----------
    inner : bool
        Whether the nodes between are cut as the result is.
    """

    def __init__(self, inner: bool) -> None:
        super().__init__()
        self.inner = inner
        self.edges = nn.ModuleList(
            nn.ModuleList(nn.Identity() if name == SKIP else plain_layer(WIDEST) for name, _ in node) for node in NODES
        )

    def forward(self, images: Tensor, cut: Cut) -> Tensor:
        """Return the last node, of the cut's channels."""
        nodes = [images]
        within = cut if self.inner else Cut()
        for place in range(len(NODES) - 1):
            nodes.append(within.inside(self._node(place, nodes, within)))
        return cut.result(self._node(-1, nodes, cut))

    def _node(self, place: int, nodes: Sequence[Tensor], cut: Cut) -> Tensor:
        edges: Sequence[nn.Module] = self.edges[place]  # type: ignore[assignment]
        terms = []
        for (name, source), edge in zip(NODES[place], edges, strict=True):
            node = nodes[int(source)]
            terms.append(_fit(node, cut.channels) if name == SKIP else edge(functional.relu(node), cut.groups))
        return sum(terms[1:], terms[0])


class SizedResidual(nn.Module):
    """The block between cells that halves the image; its batch norms have a scale and keep statistics."""

    def __init__(self, inner: bool) -> None:
        super().__init__()
        self.inner = inner
        self.first, self.second = ConvNorm(WIDEST, STEP, 3, 2, groups=8), ConvNorm(WIDEST, STEP, 3, groups=8)
        self.shortcut = nn.Conv2d(WIDEST, WIDEST, 1, bias=False)

    def forward(self, images: Tensor, cut: Cut) -> Tensor:
        """Return the result, of the cut's channels."""

        def project(flat: Tensor) -> Tensor:
            kernel = self.shortcut.weight[: cut.channels, : flat.shape[1]]
            return functional.conv2d(functional.avg_pool2d(flat, 2, 2, ceil_mode=True), kernel)

        within = cut if self.inner else Cut()
        found = within.inside(self.first(functional.relu(images), within.groups))
        return cut.result(each(project, images) + self.second(functional.relu(found), cut.groups))


def plain_layer(inputs: int) -> ConvNorm:
    """Return a 3x3 convolution to all channels with a batch norm that has no scale and keeps no statistics."""
    return ConvNorm(inputs, STEP, 3, groups=WIDEST // STEP, bias=True, affine=False, track=False)


def _fit(images: Tensor, channels: int) -> Tensor:
    """Return as many channels, the first ones or with zeros behind."""
    missing = channels - images.shape[-3]
    return functional.pad(images, (0, 0, 0, 0, 0, missing)) if missing > 0 else images.narrow(-3, 0, channels)
