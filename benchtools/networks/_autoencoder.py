"""The convolutional autoencoder of paper 000: four layers down, four up, and 64 numbers between."""

from __future__ import annotations

import numpy as np
from torch import Tensor, nn

from benchtools.errors import InvalidInput
from benchtools.networks._initialise import build, check_images

__all__ = ["Autoencoder"]


class Autoencoder(nn.Module):
    """Four convolutions (kernel 4, stride 2) down to z, and four transposed ones back; batch norm and ReLU between.

    A 32x32 image becomes 16 channels of 2x2, so z has 64 numbers.

    Parameters
    ----------
    channels : int, default 3
        Channels of the images.
    widths : tuple of 4 int
        Channels after each convolution; mirrored on the way back. The paper gives none but z = 64.

    Raises
    ------
    InvalidInput
        If a number is below 1, or there are not four widths.

    Notes
    -----
    The last layer is a sigmoid: pixels between 0 and 1. `benchtools.training.Reconstruction` takes the mean and
    deviation out of normalised images before it compares.

    Examples
    --------
    >>> import torch
    >>> network = Autoencoder.new(rng=0)
    >>> images = torch.zeros(2, 3, 32, 32)
    >>> network.encode(images).shape, network(images).shape
    (torch.Size([2, 64]), torch.Size([2, 3, 32, 32]))
    """

    def __init__(self, *, channels: int = 3, widths: tuple[int, ...] = (12, 24, 48, 16)) -> None:
        super().__init__()
        if len(widths) != 4 or min(*widths, channels) < 1:
            raise InvalidInput(
                f"an autoencoder has four widths and channels, each at least 1; given were {widths} and {channels}"
            )
        self.channels = channels
        down = (channels, *widths)
        up = (*reversed(widths), channels)
        self.encoder = nn.Sequential(*_layers(nn.Conv2d, down))
        self.decoder = nn.Sequential(*_layers(nn.ConvTranspose2d, up), nn.Sigmoid())

    @classmethod
    def new(
        cls, *, channels: int = 3, widths: tuple[int, ...] = (12, 24, 48, 16), rng: np.random.Generator | int
    ) -> Autoencoder:
        """Return one with first weights drawn from `rng`."""
        return build(lambda: cls(channels=channels, widths=widths), rng)

    def encode(self, images: Tensor) -> Tensor:
        """Return z, shape (b, 64) for images of 32x32 pixels."""
        return self._code(images).flatten(1)

    def forward(self, images: Tensor) -> Tensor:
        """Return pixels from 0 to 1 in the shape of the images, (b, channels, h, w)."""
        pixels: Tensor = self.decoder(self._code(images))
        return pixels

    def _code(self, images: Tensor) -> Tensor:
        check_images(images, self.channels, 16, "the autoencoder")
        if images.shape[2] % 16 or images.shape[3] % 16:
            raise InvalidInput(
                f"the autoencoder halves images four times: {tuple(images.shape[2:])} is no multiple of 16"
            )
        code: Tensor = self.encoder(images)
        return code


def _layers(kind: type[nn.Conv2d] | type[nn.ConvTranspose2d], widths: tuple[int, ...]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for place in range(4):
        if place:
            layers += [nn.BatchNorm2d(widths[place]), nn.ReLU()]
        layers.append(kind(widths[place], widths[place + 1], 4, 2, 1))
    return layers
