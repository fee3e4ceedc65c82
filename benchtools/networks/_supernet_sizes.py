"""The supernet of NATS-Bench's size space: layers of 64 channels, of which masks leave the first 8, 16, ..., 64."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchtools.networks._check_gates import check_shapes, gates_of_places
from benchtools.networks._gates import Gates
from benchtools.networks._initialise import check_images, check_positive
from benchtools.networks._layers_sizes import STEP, WIDEST, Cut, SizedCell, SizedResidual, plain_layer
from benchtools.networks._supernet import Supernet
from benchtools.spaces.nats_size import CHANNELS, SLOTS, NATSSize

__all__ = ["SupernetSizes"]

KIND = "channels"  # of its decisions
SPACE = NATSSize()


class SupernetSizes(Supernet):
    """Stem, cell, residual block, cell, residual block, cell, mean, classifier, each with a mask on its channels.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    channels : int, default 3
        Channels of the images.
    inner : bool, default False
        Whether the nodes within a layer are masked as its result is; see Notes.

    Attributes
    ----------
    space : str
        "nats_size".
    decisions : mapping
        ``{"channels": (5, 8)}``: the slots of an architecture, and 8, 16, ..., 64 channels. The first mask is the
        stem's too.

    Raises
    ------
    InvalidInput
        If a number is out of range.

    Notes
    -----
    The result of a layer is multiplied by the weighted sum of eight masks of ones and zeros (FBNet-V2 [1]_), as in
    NATS-Bench's "mask_gumbel" and "mask_rl" [2]_. A picked number of channels is computed alone.

    The reference masks results of layers only: within a cell or a residual block an architecture has 64 channels. With
    `inner` each architecture is the network with its channels alone. Skip connections, which in NATS-Bench's networks
    are 1x1 convolutions where the channels change, leave out channels or add zeros, here as in the reference.

    As in the reference's searches, batch norms have no scale and keep no statistics, but for those of residual blocks.
    The reference draws a sample of its own for the stem. 712,522 weights with 10 classes.

    References
    ----------
    .. [1] A. Wan et al.: FBNetV2: Differentiable Neural Architecture Search for Spatial and Channel Dimensions. CVPR
       2020, section 3.1.
    .. [2] X. Dong et al.: NATS-Bench. IEEE TPAMI 44(7), 2022, section 5; its code (D-X-Y/AutoDL-Projects).

    Examples
    --------
    >>> supernet = SupernetSizes(10)
    >>> supernet(torch.zeros(2, 3, 8, 8), supernet.gates("8:64:16:8:24")).shape
    torch.Size([2, 10])
    """

    space = SPACE.name
    decisions: Mapping[str, tuple[int, int]] = {KIND: (len(SLOTS), len(CHANNELS))}
    picks = (KIND,)
    n_places = 1
    masks: Tensor  # (8, 64)

    def __init__(self, n_classes: int, *, channels: int = 3, inner: bool = False) -> None:
        super().__init__()
        check_positive(n_classes=n_classes, channels=channels)
        self.channels = channels
        self.stem = plain_layer(channels)
        self.layers = nn.ModuleList(
            SizedResidual(inner) if slot.startswith("residual") else SizedCell(inner) for slot in SLOTS
        )
        self.classifier = nn.Linear(WIDEST, n_classes)
        masks = torch.ones(len(CHANNELS), len(CHANNELS)).tril().repeat_interleave(STEP, 1)
        self.register_buffer("masks", masks, persistent=False)

    def forward(self, images: Tensor, gates: Gates | Sequence[Gates]) -> Tensor:
        """Return logits, shape (b, n_classes); see `Supernet.forward`."""
        check_images(images, self.channels, 4, "this supernet")
        (one,) = gates_of_places(self, gates)
        return self._run(images, self._cuts(one))

    def forward_many(self, images: Tensor, archs: Sequence[str]) -> Tensor:
        """Return logits, shape (n_archs, b, n_classes); see `Supernet.forward_many`."""
        check_images(images, self.channels, 4, "this supernet")
        picked = torch.tensor([self._picked(arch) for arch in archs])
        widest = [CHANNELS[choice] for choice in picked.amax(0).tolist()]
        masks = self.masks[picked.to(images.device)][..., None, None]
        return self._run(images, [Cut(c, masks[:, slot, :c]) for slot, c in enumerate(widest)]).transpose(0, 1)

    def gates(self, arch: str) -> Gates:
        """Return the gates that run one architecture alone."""
        return Gates(picked={KIND: self._picked(arch)})

    def derive(self, alphas: Mapping[str, NDArray[np.float64]]) -> str:
        """Return the architecture of the largest weights; of equal ones the fewest channels."""
        check_shapes(alphas, self.decisions)
        return _write(np.argmax(alphas[KIND], axis=1))

    def draw(self, rng: np.random.Generator) -> str:
        """Return an architecture, each number of channels drawn uniformly."""
        return _write(rng.integers(len(CHANNELS), size=len(SLOTS)))

    def _cuts(self, gates: Gates) -> list[Cut]:
        weights = gates.weights.get(KIND)
        if KIND not in gates.picked:
            assert weights is not None  # noqa: S101  (one of both is there)
            return [Cut(factor=mask[:, None, None]) for mask in weights @ self.masks]
        picked = gates.picked[KIND]
        if weights is None:
            return [Cut(CHANNELS[choice]) for choice in picked]
        factors, unused = weights[range(len(picked)), picked], gates.unused(KIND)
        return [Cut(CHANNELS[choice], *one) for choice, *one in zip(picked, factors, unused, strict=True)]

    def _run(self, images: Tensor, cuts: Sequence[Cut]) -> Tensor:
        """Return logits, shape (b, n_classes), or (b, n_archs, n_classes) where the cuts have architectures."""
        found = self.stem(images, cuts[0].groups)
        if cuts[0].factor is not None and cuts[0].factor.ndim == 4:
            found = found[:, None]
        found = cuts[0].inside(found)
        for layer, cut in zip(self.layers, cuts, strict=True):
            found = layer(found, cut)
        normalised = functional.batch_norm(found.flatten(1, -3), None, None, training=True)
        features = functional.relu(normalised).mean((-2, -1)).view(found.shape[:-2])
        return functional.linear(features, self.classifier.weight[:, : features.shape[-1]], self.classifier.bias)

    def _picked(self, arch: str) -> tuple[int, ...]:
        return tuple(CHANNELS.index(channels) for channels in SPACE.channels[SPACE.parse(arch)].tolist())


def _write(choices: NDArray[np.int64]) -> str:
    return ":".join(str(CHANNELS[choice]) for choice in choices)
