"""What the tests of scoring share: a small part of the digits, and its images made ready by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from benchtools.datasets import Dataset, Split, load_dataset


def part_of_digits(name, larger=1):
    digits = load_dataset("digits")
    grown = np.ones((1, larger, larger, 1), np.uint8)
    return Dataset(
        name, np.kron(digits.train_images[:160], grown), digits.train_labels[:160],
        np.kron(digits.test_images[:50], grown), digits.test_labels[:50], digits.classes, "part of digits",
        splits={"late": Split("train", np.arange(100, 160)), "odd-test": Split("test", np.arange(1, 50, 2))},
    )  # fmt: skip


@pytest.fixture(scope="session")
def toy():
    """Return 160 training and 50 test digits of 8x8 pixels."""
    return part_of_digits("toy")


@pytest.fixture(scope="session")
def large_toy():
    """Return the same of 16x16 pixels, which an autoencoder takes as they are."""
    return part_of_digits("large-toy", 2)


@pytest.fixture(scope="session")
def oracle():
    """Return what reads a network's logits and features of images, normalised by hand in NumPy."""
    torch = pytest.importorskip("torch")

    def normalised(dataset, part="train"):
        pixels = dataset.train_images / 255
        images = (dataset.images(part) / 255 - pixels.mean((0, 1, 2))) / pixels.std((0, 1, 2))
        return torch.from_numpy(images.transpose(0, 3, 1, 2).astype(np.float32))

    def ask(function, network, images):
        modes = [(module, module.training) for module in network.modules()]
        network.eval()
        with torch.no_grad():
            found = function(images).numpy()
        for module, mode in modes:
            module.training = mode
        return found

    return SimpleNamespace(
        normalised=normalised,
        logits=lambda network, dataset, part="train": ask(network, network, normalised(dataset, part)),
        features=lambda network, dataset, part="train": ask(network.features, network, normalised(dataset, part)),
    )
