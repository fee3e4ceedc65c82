"""The supernets of NAS-Bench-1Shot1: choice blocks with all operations and all parents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchtools.errors import InvalidInput
from benchtools.networks._cell_oneshot1 import CellOneShot1
from benchtools.networks._check_gates import check_shapes, gates_of_places
from benchtools.networks._conv_norm import ConvNorm
from benchtools.networks._gates import Gates
from benchtools.networks._initialise import check_images, check_positive
from benchtools.networks._parents_oneshot1 import OPERATIONS, OUTPUT, inputs_of
from benchtools.networks._side_by_side import each
from benchtools.networks._supernet import Supernet
from benchtools.spaces.oneshot1 import OPERATIONS as NAMES
from benchtools.spaces.oneshot1 import OneShot1

__all__ = ["SupernetOneShot1"]


class SupernetOneShot1(Supernet):
    """Stem, three stacks of cells with a pooling between that halves the image, 1x1 convolution, mean, classifier.

    Parameters
    ----------
    number : {1, 2, 3}
        Which of the three spaces.
    n_classes : int
        Number of classes.
    channels : int, default 3
        Channels of the images.
    width : int, default 16
        Channels C of a choice block in the first stack; each stack doubles them.
    n_cells : int, default 3
        Cells of a stack.
    partial : int, default 1
        One in `partial` channels of a choice block goes through the operation; the others pass by it, and all are
        shuffled. PC-DARTS has 4.
    reference_bn : bool, default False
        Whether batch norms count the newest batch with 0.997 in the statistics for evaluation, which hence forget all
        others, as the reference does; if not, with 0.003, which is what NAS-Bench-101 means by 0.997.

    Attributes
    ----------
    space : str
        "oneshot1_s1", "oneshot1_s2" or "oneshot1_s3".
    decisions : mapping
        ``{"operations": (4, 3), "inputs_3": (1, 3), "inputs_4": (1, 4), "output": (1, 5)}`` for space 1: candidates
        maxpool3x3, conv3x3-bn-relu and conv1x1-bn-relu; the nodes before a choice block whose parents are free (3 and
        4 in space 1, from 2 on in the others) and before the output, the cell's input first.

    Raises
    ------
    InvalidInput
        If a number is out of range.

    Notes
    -----
    The operations may be mixed or picked; inputs and outputs have weights always. An architecture alone has 0 and 1
    there, which are not divided by their sum. A node without a choice (block 1; block 2 in space 1) adds up its parents
    as they are: two that are forced count 1 each, and two of a mixture 1 together. All this is as in the reference.

    What is known not to reach the output is not computed: blocks, projections and terms of weight zero, where weights
    lie on the CPU and have no gradient, as those of `gates`. A block that is left out keeps its statistics, and its
    weights have no gradient, where the reference's gradient is zero (and weight decay goes on).

    Weights of operations that are not picked get a gradient by the rule of GDAS (see `Gates`); the reference's GDAS
    gives them none.

    Unlike in NAS-Bench-101, blocks do not share the channels of the output: each has C, and the output n_blocks x C.

    References
    ----------
    A. Zela, J. Siems, F. Hutter: NAS-Bench-1Shot1. ICLR 2020, section 3; the authors' code (automl/nasbench-1shot1).
    Y. Xu et al.: PC-DARTS: Partial Channel Connections for Memory-Efficient Architecture Search. ICLR 2020, section 3.

    Examples
    --------
    >>> supernet = SupernetOneShot1(1, 10, width=4, n_cells=1)
    >>> arch = "maxpool3x3~0|conv3x3-bn-relu~0,1|conv1x1-bn-relu~1,2|maxpool3x3~0,2|output~3,4"
    >>> supernet(torch.zeros(2, 3, 8, 8), supernet.gates(arch)).shape
    torch.Size([2, 10])
    """

    picks = (OPERATIONS,)

    def __init__(
        self,
        number: int,
        n_classes: int,
        *,
        channels: int = 3,
        width: int = 16,
        n_cells: int = 3,
        partial: int = 1,
        reference_bn: bool = False,
    ) -> None:
        super().__init__()
        self.encodings = OneShot1(number)
        check_positive(n_classes=n_classes, channels=channels, width=width, n_cells=n_cells, partial=partial)
        if width % partial:
            raise InvalidInput(f"width must be a multiple of partial, {partial}; {width} was given")
        self.channels, self.n_cells = channels, n_cells
        self.space, n = self.encodings.name, self.encodings.n_blocks
        self.free = [block for block, parents in enumerate(self.encodings.n_parents[:-1], 1) if parents < block]
        inputs = {inputs_of(block): (1, block) for block in self.free}
        self.decisions = {OPERATIONS: (n, len(NAMES)), **inputs, OUTPUT: (1, n + 1)}
        self.n_places = 3 * n_cells
        momentum = 0.997 if reference_bn else 0.003
        self.stem = ConvNorm(channels, width, 3, momentum=momentum)
        self.cells = nn.ModuleList()
        found = width
        for place in range(self.n_places):
            width = width * 2 if place in (n_cells, 2 * n_cells) else width
            self.cells.append(CellOneShot1(found, width, n, partial=partial, momentum=momentum))
            found = n * width
        self.last = ConvNorm(found, width, affine=False)
        self.classifier = nn.Linear(width, n_classes)

    def forward(self, images: Tensor, gates: Gates | Sequence[Gates]) -> Tensor:
        """Return logits, shape (b, n_classes); see `Supernet.forward`."""
        check_images(images, self.channels, 4, "this supernet")
        found = functional.relu(self.stem(images))
        for place, one in enumerate(gates_of_places(self, gates)):
            found = self.cells[place](self._halved(found, place), one)
        return self._logits(found)

    def forward_many(self, images: Tensor, archs: Sequence[str]) -> Tensor:
        """Return logits, shape (n_archs, b, n_classes); see `Supernet.forward_many`."""
        check_images(images, self.channels, 4, "this supernet")
        choices = [self._choices(arch) for arch in archs]
        found = functional.relu(self.stem(images))[:, None].expand(-1, len(archs), -1, -1, -1)
        for place, cell in enumerate(self.cells):
            found = cell.forward_many(self._halved(found, place), choices)  # type: ignore[operator]
        return self._logits(found).transpose(0, 1)

    def gates(self, arch: str) -> Gates:
        """Return the gates that run one architecture alone: its operations, and a 1 for each of its parents."""
        operations, parents = self._choices(arch)
        weights = {}
        for node in (*self.free, len(parents)):
            kind = OUTPUT if node == len(parents) else inputs_of(node)
            weights[kind] = torch.zeros(self.decisions[kind])
            weights[kind][0, list(parents[node - 1])] = 1
        return Gates(weights, {OPERATIONS: tuple(operations)})

    def derive(self, alphas: Mapping[str, NDArray[np.float64]]) -> str:
        """Return the architecture of the largest weights, by `OneShot1.discretise`."""
        check_shapes(alphas, self.decisions)
        parents = [alphas[inputs_of(block)] for block in self.free]
        return self.encodings.to_string(self.encodings.discretise(alphas[OPERATIONS], parents, alphas[OUTPUT]))

    def draw(self, rng: np.random.Generator) -> str:
        """Return an architecture, drawn uniformly among all encodings."""
        return self.encodings.to_string(int(rng.integers(self.encodings.size)))

    def _choices(self, arch: str) -> tuple[list[int], Sequence[Sequence[int]]]:
        names, parents = self.encodings.choices(self.encodings.parse(arch))
        return [NAMES.index(name) for name in names], parents

    def _halved(self, images: Tensor, place: int) -> Tensor:
        """Return the images, pooled where a stack begins."""
        if place not in (self.n_cells, 2 * self.n_cells):
            return images
        return each(lambda flat: functional.max_pool2d(flat, 2, 2, 1), images)

    def _logits(self, images: Tensor) -> Tensor:
        """Return logits of images (b, c, h, w) or (b, n_archs, c, h, w), classes last."""
        logits: Tensor = self.classifier(self.last(functional.relu(images)).mean((-2, -1)))
        return logits
