"""Networks of EcoNAS's random zoo: the cells of an architecture in the CIFAR skeleton of DARTS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchtools.errors import InvalidInput
from benchtools.networks._initialise import build, check_images, check_positive
from benchtools.networks._zoo_cell import Cell

if TYPE_CHECKING:
    from benchtools.spaces import ZooArch

__all__ = ["ZooNetwork", "zoo_network"]


class ZooNetwork(nn.Module):
    """A stem, `n_cells` cells of which two halve the image, the mean over pixels, and a linear classifier.

    Parameters
    ----------
    arch : ZooArch
        The normal and the reduction cell.
    n_classes : int
        Number of classes.
    channels : int, default 3
        Channels of the images, which have at least 4x4 pixels where there are two reductions.
    width : int, default 36
        Channels C of a node of the first cells; each reduction doubles them. The stem has 3 C, a cell gives 5 C.
    n_cells : int, default 20
        Number L of cells. Those at L // 3 and 2 L // 3 (from 0) are reduction cells. The first cell never is: one cell
        is a normal one, two are a normal and a reduction cell, and from three on there are two reductions.
    drop_path : float, default 0
        Chance that an operation gives 0 for an image while the network trains, from 0 to below 1; see Notes.
    auxiliary : bool, default False
        Whether a second classifier reads the cell at 2 L // 3; see Notes.

    Attributes
    ----------
    n_features : int
        Channels that enter the classifier.
    drop_path : float
        As above. It may be set at any time: ``network.drop_path = 0.2 * epoch / epochs`` before each epoch.
    auxiliary_logits : Tensor or None
        Logits of the second classifier for the last images, shape (b, n_classes); None without one, and in evaluation.

    Raises
    ------
    InvalidInput
        If an option is out of range.

    Notes
    -----
    The paper gives the cells alone; the skeleton is that of DARTS for CIFAR, as in the authors' code.

    Drop-path draws for each image and operation from torch's global generator, and divides what is kept by the chance
    to be kept, so means stay. An identity is never dropped, but for that of stride 2, which has weights. To
    ``torch.compile`` each new value of `drop_path` is another program: do without it where the value ramps.

    `forward` returns the logits alone in training too, so that any loss and any training loop take the network as it
    is; `benchtools.training.WithAuxiliary` is a loss that counts the second classifier, which trains on images from
    32x32 pixels.

    The module is made by torch's own rules of first weights; `zoo_network` draws them from `rng`.

    References
    ----------
    H. Liu et al.: DARTS: Differentiable Architecture Search. ICLR 2019, appendix A. Paper 001, appendix C.

    Examples
    --------
    >>> from benchtools.spaces import Zoo13
    >>> network = ZooNetwork(Zoo13().arch(2026), 10, width=9, n_cells=6)
    >>> network(torch.zeros(2, 3, 8, 8)).shape, network.features(torch.zeros(2, 3, 11, 9)).shape
    (torch.Size([2, 10]), torch.Size([2, 180]))
    """

    def __init__(
        self,
        arch: ZooArch,
        n_classes: int,
        *,
        channels: int = 3,
        width: int = 36,
        n_cells: int = 20,
        drop_path: float = 0.0,
        auxiliary: bool = False,
    ) -> None:
        super().__init__()
        check_positive(n_classes=n_classes, channels=channels, width=width, n_cells=n_cells)
        if not 0 <= drop_path < 1:
            raise InvalidInput(f"drop_path must be from 0 to below 1; {drop_path} was given")
        self.channels, self.n_classes, self.drop_path = channels, n_classes, drop_path
        self.stem = nn.Sequential(nn.Conv2d(channels, 3 * width, 3, 1, 1, bias=False), nn.BatchNorm2d(3 * width))
        reductions = {n_cells // 3, 2 * n_cells // 3} - {0}
        self.smallest = 2 ** len(reductions)  # a pixel is left to the last cell
        cells: list[nn.Module] = []
        inputs = (3 * width, 3 * width)
        for place in range(n_cells):
            reduction, after = place in reductions, place - 1 in reductions
            width *= 2 if reduction else 1
            cell = arch.reduction if reduction else arch.normal
            cells.append(Cell(cell, inputs, width, reduction=reduction, after_reduction=after))
            inputs = (inputs[1], len(cell.nodes) * width)
        self.cells = nn.ModuleList(cells)
        self.n_features = inputs[1]
        self.classifier = nn.Linear(self.n_features, n_classes)
        self.auxiliary = _auxiliary(self.n_features, n_classes) if auxiliary else None
        self.auxiliary_logits: Tensor | None = None

    def features(self, images: Tensor) -> Tensor:
        """Return what enters the classifier: means over the pixels of the last cell, shape (b, n_features)."""
        auxiliary = self.auxiliary if self.training else None
        if auxiliary is None:
            check_images(images, self.channels, self.smallest, "a zoo network")
        else:
            check_images(images, self.channels, 32, "training with the auxiliary classifier")
        self.auxiliary_logits = None
        drop_path, final = self.drop_path if self.training else 0.0, len(self.cells) - 1
        found = functional.relu(self.stem(images), inplace=True)
        before = last = found
        for place, cell in enumerate(self.cells):
            found = cell(before, last, drop_path)
            if auxiliary is not None and place == 2 * len(self.cells) // 3:
                self.auxiliary_logits = auxiliary(found)
            if place < final:  # both cells that read an output begin with a ReLU; the means are taken without one
                before, last = last, functional.relu(found, inplace=True)
        return torch.flatten(functional.adaptive_avg_pool2d(found, 1), 1)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits, shape (b, n_classes), of images, shape (b, channels, h, w)."""
        logits: Tensor = self.classifier(self.features(images))
        return logits

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "auxiliary_logits": None}  # copies and pickles hold no graph of the last images


def zoo_network(arch: ZooArch, n_classes: int, *, rng: np.random.Generator | int, **options: Any) -> ZooNetwork:
    """Return a network of the zoo with first weights drawn from `rng`; options as `ZooNetwork` takes them.

    Examples
    --------
    >>> from benchtools.networks import count_parameters
    >>> from benchtools.spaces import Zoo13
    >>> count_parameters(zoo_network(Zoo13().arch(2026), 10, width=9, n_cells=6, rng=0))
    48205
    """
    return build(lambda: ZooNetwork(arch, n_classes, **options), rng)


def _auxiliary(inputs: int, n_classes: int) -> nn.Module:
    """Return the second classifier of DARTS; a last mean lets it read maps of more than 8x8 pixels."""
    return nn.Sequential(
        nn.ReLU(),
        nn.AvgPool2d(5, 3),
        nn.Conv2d(inputs, 128, 1, bias=False),
        nn.BatchNorm2d(128),
        nn.ReLU(inplace=True),
        nn.Conv2d(128, 768, 2, bias=False),
        nn.BatchNorm2d(768),
        nn.ReLU(inplace=True),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(768, n_classes),
    )
