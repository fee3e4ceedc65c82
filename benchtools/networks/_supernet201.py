"""The supernet of NAS-Bench-201's topology space: every cell holds all operations on all edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchtools.errors import InvalidInput
from benchtools.networks._cell_mixed import EDGES, MixedCell, edges_of
from benchtools.networks._conv_norm import ConvNorm
from benchtools.networks._gates import Gates
from benchtools.networks._initialise import check_images, check_positive
from benchtools.networks._part_norm import PartNorm
from benchtools.networks._side_by_side import each
from benchtools.networks._supernet import Supernet

__all__ = ["Supernet201"]

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")


class Supernet201(Supernet):
    """Stem, three stages of mixed cells with residual blocks that halve the image between, mean, classifier.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    channels : int, default 3
        Channels of the images.
    width : int, default 16
        Channels C of the first stage; doubled by each residual block.
    n_cells : int, default 5
        Cells N of a stage.
    n_nodes : int, default 4
        Nodes V of a cell. 4 is NAS-Bench-201; 5 is paper 000's, whose 9,765,625 cells no table has.
    affine, track : bool, default False
        Whether batch norms of the cells have a scale and a shift, and keep statistics for evaluation. The reference has
        neither: an evaluation depends on what else is in the batch.

    Attributes
    ----------
    space : str
        "nasbench201", or "nasbench201_v5" for five nodes.
    decisions : mapping
        ``{"edges": (6, 5)}`` for four nodes: edges in the official order, candidates none, skip_connect, nor_conv_1x1,
        nor_conv_3x3, avg_pool_3x3.

    Raises
    ------
    InvalidInput
        If a number is out of range.

    Notes
    -----
    1,692,698 weights with the defaults and 10 classes, 1,698,548 with 100, 2,778,228 with V = 5 and 100. First weights
    are torch's own, as in the reference; `make_supernet` draws them from `rng`.

    References
    ----------
    X. Dong, Y. Yang: NAS-Bench-201. ICLR 2020, section 2 and appendix; S0 (paper 000), Figure 2.

    Examples
    --------
    >>> import torch
    >>> supernet = Supernet201(10, width=4, n_cells=1)
    >>> arch = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|"
    >>> supernet(torch.zeros(2, 3, 8, 8), supernet.gates(arch)).shape
    torch.Size([2, 10])
    """

    picks = (EDGES,)

    def __init__(
        self,
        n_classes: int,
        *,
        channels: int = 3,
        width: int = 16,
        n_cells: int = 5,
        n_nodes: int = 4,
        affine: bool = False,
        track: bool = False,
    ) -> None:
        super().__init__()
        check_positive(n_classes=n_classes, channels=channels, width=width, n_cells=n_cells)
        if n_nodes < 2:
            raise InvalidInput(f"n_nodes must be at least 2; {n_nodes} was given")
        self.channels, self.n_nodes = channels, n_nodes
        self.space = "nasbench201" if n_nodes == 4 else f"nasbench201_v{n_nodes}"
        self.edges = edges_of(n_nodes)
        self.decisions = {EDGES: (len(self.edges), len(OPERATIONS))}
        self.n_places = 3 * n_cells
        self.stem = nn.Sequential(nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))
        stages: list[nn.Module] = []
        for stage in range(3):
            if stage:
                stages.append(_Residual(width))
                width *= 2
            stages += [MixedCell(width, n_nodes, affine=affine, track=track) for _ in range(n_cells)]
        self.stages = nn.ModuleList(stages)
        self.last = PartNorm(1, width, affine=affine, track=track)
        self.classifier = nn.Linear(width, n_classes)

    def forward(self, images: Tensor, gates: Gates | Sequence[Gates]) -> Tensor:
        """Return logits, shape (b, n_classes); see `Supernet.forward`."""
        check_images(images, self.channels, 4, "this supernet")
        gates_of = iter([gates] * self.n_places if isinstance(gates, Gates) else gates)
        found = self.stem(images).contiguous()  # images of one channel look like channels_last too
        for part in self.stages:
            found = part(found, next(gates_of)) if isinstance(part, MixedCell) else part(found)
        logits: Tensor = self.classifier(
            functional.adaptive_avg_pool2d(functional.relu(self.last(found)), 1).flatten(1)
        )
        return logits

    def forward_many(self, images: Tensor, archs: Sequence[str]) -> Tensor:
        """Return logits, shape (n_archs, b, n_classes); see `Supernet.forward_many`."""
        check_images(images, self.channels, 4, "this supernet")
        picked = [self.operations(arch) for arch in archs]
        found = self.stem(images)[:, None].expand(-1, len(archs), -1, -1, -1)
        for part in self.stages:
            found = part.forward_many(found, picked) if isinstance(part, MixedCell) else part(found)
        b, n, c, h, w = found.shape
        normalised = self.last.part(found.reshape(b, n * c, h, w), copies=n)
        logits: Tensor = self.classifier(functional.relu(normalised).mean((2, 3)).view(b, n, c).transpose(0, 1))
        return logits

    def operations(self, arch: str) -> tuple[int, ...]:
        """Return the operation of each edge of an architecture, as a number, in the order of `decisions`.

        Raises
        ------
        InvalidInput
            If it is no architecture of the space.
        """
        terms = [term for node in arch.split("+") for term in node.strip("|").split("|")]
        names, sources = zip(*(term.rpartition("~")[::2] for term in terms), strict=True)
        wanted = tuple(str(source) for source, _ in self.edges)
        if sources != wanted or not set(names) <= set(OPERATIONS) or arch != self.write(found := _numbers(names)):
            raise InvalidInput(
                f"{arch!r} is no architecture of {self.space}: give a string such as "
                f"{self.write([0] * len(self.edges))!r}, with the operations {', '.join(OPERATIONS)}"
            )
        return found

    def write(self, operations: Sequence[int]) -> str:
        """Return the string of an architecture; undoes `operations`."""
        terms: list[list[str]] = [[] for _ in range(self.n_nodes - 1)]
        for one, (source, target) in zip(operations, self.edges, strict=True):
            terms[target - 1].append(f"{OPERATIONS[one]}~{source}")
        return "+".join(f"|{'|'.join(node)}|" for node in terms)

    def gates(self, arch: str) -> Gates:
        """Return the gates that run one architecture alone."""
        return Gates(picked={EDGES: self.operations(arch)})

    def derive(self, alphas: Mapping[str, NDArray[np.float64]]) -> str:
        """Return the architecture of the largest weights; of equal ones the first, none included."""
        return self.write(np.argmax(alphas[EDGES], axis=1).tolist())

    def draw(self, rng: np.random.Generator) -> str:
        """Return an architecture, each operation drawn uniformly."""
        return self.write(rng.integers(len(OPERATIONS), size=len(self.edges)).tolist())


class _Residual(nn.Module):
    """The residual block between stages: two 3x3 convolutions, and a pooled and projected shortcut."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        outputs = 2 * inputs
        self.first, self.second = ConvNorm(inputs, outputs, 3, 2), ConvNorm(outputs, outputs, 3)
        self.shortcut = nn.Sequential(nn.AvgPool2d(2, 2, ceil_mode=True), nn.Conv2d(inputs, outputs, 1, bias=False))

    def forward(self, images: Tensor) -> Tensor:
        """Return images of half the size, of one architecture or of several side by side."""
        found: Tensor = self.second(functional.relu(self.first(functional.relu(images))))
        return each(self.shortcut, images) + found


def _numbers(names: Sequence[str]) -> tuple[int, ...]:
    return tuple(OPERATIONS.index(name) for name in names)
