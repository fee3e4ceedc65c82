"""ResNet-18 with torchvision's names of weights, and the head of paper 000."""

from __future__ import annotations

from os import PathLike

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchtools.errors import InvalidInput
from benchtools.networks._initialise import build, check_images
from benchtools.networks._pointwise import Pointwise
from benchtools.networks._weights import load_weights

__all__ = ["ResNet18", "resnet18"]

HEADS = ("mlp", "linear")


class _Block(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample: nn.Module | None = None
        if stride > 1:
            self.downsample = nn.Sequential(Pointwise(inputs, outputs, stride), nn.BatchNorm2d(outputs))

    def forward(self, images: Tensor) -> Tensor:
        found = functional.relu(self.bn1(self.conv1(images)))
        found = self.bn2(self.conv2(found))
        return functional.relu(found + (images if self.downsample is None else self.downsample(images)))


class ResNet18(nn.Module):
    """ResNet-18: a 7x7 stem with pooling and four stages of two blocks; 512 features.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    head : {"mlp", "linear"}
        ``mlp`` is the head of paper 000, 512 -> 256 -> classes with batch norm, ReLU and half dropout between;
        ``linear`` is torchvision's.

    Raises
    ------
    InvalidInput
        If an option is out of range.

    Notes
    -----
    Weights are named as torchvision names them, so that its files fit. Images are expected as the weights' makers
    normalised them, 224x224 for ImageNet; the paper gives no size, and 32x32 leaves one pixel to the last stage.

    References
    ----------
    K. He et al.: Deep Residual Learning for Image Recognition. CVPR 2016, table 1.

    Examples
    --------
    >>> network = resnet18(100, rng=0)
    >>> network.eval()(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 100])
    """

    def __init__(self, n_classes: int = 100, *, head: str = "mlp") -> None:
        super().__init__()
        if n_classes < 1:
            raise InvalidInput(f"n_classes must be at least 1; {n_classes} was given")
        if head not in HEADS:
            raise InvalidInput(f"head must be one of {', '.join(HEADS)}; {head!r} was given")
        self.n_classes, self.head, self.n_features = n_classes, head, 512
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(_Block(64, 64, 1), _Block(64, 64, 1))
        self.layer2 = nn.Sequential(_Block(64, 128, 2), _Block(128, 128, 1))
        self.layer3 = nn.Sequential(_Block(128, 256, 2), _Block(256, 256, 1))
        self.layer4 = nn.Sequential(_Block(256, 512, 2), _Block(512, 512, 1))
        self.fc: nn.Module = nn.Linear(512, n_classes)
        if head == "mlp":
            self.fc = nn.Sequential(
                nn.Linear(512, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Dropout(0.5), nn.Linear(256, n_classes)
            )

    def features(self, images: Tensor) -> Tensor:
        """Return what enters the head, shape (b, 512)."""
        check_images(images, 3, 8, "ResNet-18")
        found = self.maxpool(functional.relu(self.bn1(self.conv1(images))))
        found = self.layer4(self.layer3(self.layer2(self.layer1(found))))
        return torch.flatten(functional.adaptive_avg_pool2d(found, 1), 1)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits, shape (b, n_classes), of images, shape (b, 3, h, w)."""
        logits: Tensor = self.fc(self.features(images))
        return logits


def resnet18(
    n_classes: int = 100,
    *,
    head: str = "mlp",
    weights: str | PathLike[str] | None = None,
    rng: np.random.Generator | int,
) -> ResNet18:
    """Return a ResNet-18, pretrained if a file of weights is named.

    Parameters
    ----------
    n_classes : int, default 100
        Number of classes.
    head : {"mlp", "linear"}
        See `ResNet18`.
    weights : path, optional
        A ``.safetensors``, ``.pth`` or ``.pt`` file with torchvision's names. All but the head (``fc``) is taken from
        it; the head always has first weights of its own. `load_weights` loads a head too.
    rng : numpy.random.Generator or int
        Source of the first weights.

    Raises
    ------
    InvalidInput, StoreError, UnsafePickle
        As `load_weights` does.

    Examples
    --------
    >>> from benchtools.networks import count_parameters
    >>> count_parameters(resnet18(1000, head="linear", rng=0))
    11689512
    """
    network = build(lambda: ResNet18(n_classes, head=head), rng)
    if weights is not None:
        load_weights(network, weights, skip=("fc.",))
    return network
