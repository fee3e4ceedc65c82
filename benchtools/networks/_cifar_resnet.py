"""The residual networks for small images: depth 6n + 2, with options of width, kernel and multiplier."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchtools.errors import InvalidInput
from benchtools.networks._initialise import build, check_images, check_positive
from benchtools.networks._pointwise import Pointwise

__all__ = ["CifarResNet", "resnet20", "resnet56"]

SHORTCUTS = ("identity", "projection")


class _Block(nn.Module):
    """Two convolutions and a shortcut; the first block of a stage may halve the image and widen it."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, shortcut: str) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, kernel, 1, kernel // 2, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride, self.more = stride, outputs - inputs
        self.shortcut: nn.Module | None = None
        if shortcut == "projection" and (stride > 1 or self.more):
            self.shortcut = nn.Sequential(Pointwise(inputs, outputs, stride), nn.BatchNorm2d(outputs))

    def forward(self, images: Tensor) -> Tensor:
        found = functional.relu(self.bn1(self.conv1(images)))
        found = self.bn2(self.conv2(found))
        if self.shortcut is not None:
            return functional.relu(found + self.shortcut(images))
        beside = images[:, :, :: self.stride, :: self.stride] if self.stride > 1 else images
        if self.more:
            beside = functional.pad(beside, (0, 0, 0, 0, self.more // 2, self.more - self.more // 2))
        return functional.relu(found + beside)


class CifarResNet(nn.Module):
    """Residual network of the depth 6n + 2 for images from 8x8 pixels: a stem and three stages of n blocks.

    Parameters
    ----------
    depth : int
        Layers with weights: 8, 14, 20, ... 56, ...
    n_classes : int
        Number of classes.
    channels : int, default 3
        Channels of the images.
    width : int, default 16
        Channels of the first stage, B.
    kernel : int, default 3
        Side of all convolutions but projections [pixels]; odd.
    multiplier : int, default 2
        Factor M of the channels from stage to stage: B, B M, B M^2.
    shortcut : {"identity", "projection"}
        How a block that widens is bridged: subsampling and channels of zeros (option A of He et al., the networks of
        the paper), or a 1x1 convolution with batch norm (option B; pycls, so the window of NAS on unlabelled images).

    Raises
    ------
    InvalidInput
        If an option is out of range.

    Notes
    -----
    The module is made by torch's own rules of first weights; `resnet20` and `resnet56` draw them from `rng`.

    References
    ----------
    K. He et al.: Deep Residual Learning for Image Recognition. CVPR 2016, section 4.2.

    Examples
    --------
    >>> network = resnet20(10, rng=0)
    >>> network(torch.zeros(2, 3, 32, 32)).shape, network.features(torch.zeros(2, 3, 8, 8)).shape
    (torch.Size([2, 10]), torch.Size([2, 64]))
    """

    def __init__(
        self,
        depth: int,
        n_classes: int,
        *,
        channels: int = 3,
        width: int = 16,
        kernel: int = 3,
        multiplier: int = 2,
        shortcut: str = "identity",
    ) -> None:
        super().__init__()
        _check(depth, n_classes, channels, width, kernel, multiplier, shortcut)
        self.channels, self.n_classes = channels, n_classes
        widths = [width, width * multiplier, width * multiplier**2]
        self.conv1 = nn.Conv2d(channels, width, kernel, 1, kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        blocks: list[nn.Module] = []
        inputs = width
        for stage, outputs in enumerate(widths):
            for place in range((depth - 2) // 6):
                stride = 2 if stage and not place else 1
                blocks.append(_Block(inputs, outputs, kernel, stride, shortcut))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.n_features = inputs
        self.classifier = nn.Linear(inputs, n_classes)

    def features(self, images: Tensor) -> Tensor:
        """Return what enters the classifier: means over the pixels of the last stage, shape (b, n_features)."""
        check_images(images, self.channels, 8, "a CIFAR ResNet")
        found = self.blocks(functional.relu(self.bn1(self.conv1(images))))
        return torch.flatten(functional.adaptive_avg_pool2d(found, 1), 1)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits, shape (b, n_classes), of images, shape (b, channels, h, w)."""
        logits: Tensor = self.classifier(self.features(images))
        return logits


def resnet20(n_classes: int, *, rng: np.random.Generator | int, **options: Any) -> CifarResNet:
    """Return a ResNet-20 with first weights drawn from `rng`; options as `CifarResNet` takes them.

    Examples
    --------
    >>> from benchtools.networks import count_parameters
    >>> count_parameters(resnet20(10, rng=0)), count_parameters(resnet20(10, width=8, kernel=5, rng=0))
    (269722, 187218)
    """
    return build(lambda: CifarResNet(20, n_classes, **options), rng)


def resnet56(n_classes: int, *, rng: np.random.Generator | int, **options: Any) -> CifarResNet:
    """Return a ResNet-56 with first weights drawn from `rng`; options as `CifarResNet` takes them.

    Examples
    --------
    >>> from benchtools.networks import count_parameters
    >>> count_parameters(resnet56(10, rng=0, shortcut="projection"))
    855770
    """
    return build(lambda: CifarResNet(56, n_classes, **options), rng)


def _check(depth: int, n_classes: int, channels: int, width: int, kernel: int, multiplier: int, shortcut: str) -> None:
    if depth < 8 or (depth - 2) % 6:
        raise InvalidInput(f"depth must be 6n + 2, from 8 (8, 14, 20, ... 56); {depth} was given")
    check_positive(n_classes=n_classes, channels=channels, width=width, multiplier=multiplier)
    if kernel < 1 or kernel % 2 == 0:
        raise InvalidInput(f"kernel must be odd and at least 1; {kernel} was given")
    if shortcut not in SHORTCUTS:
        raise InvalidInput(f"shortcut must be one of {', '.join(SHORTCUTS)}; {shortcut!r} was given")
