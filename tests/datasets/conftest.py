"""Small SYNTHETIC data sets in every official format."""

import numpy as np
import pytest
from _writers import (
    binary_rows,
    cifar10_batch,
    cifar100_file,
    idx,
    imagenet16_batch,
    pixels,
    write_files,
    write_tar,
)


class Sample:
    """What was written: where, and what a reader must return."""

    def __init__(self, kind, path, train, test, files=None, **options):
        self.kind, self.path, self.train, self.test = kind, path, train, test
        self.files = files or []
        self.options = options


def cifar10(folder, version):
    images, labels = pixels(15), [int(x) for x in np.arange(15) % 10]
    test, test_labels = pixels(4, seed=1), [9, 0, 3, 3]
    ending = ".bin" if version == "binary" else ""
    write = cifar10_batch if version != "binary" else binary_rows
    files = {
        f"data_batch_{i + 1}{ending}": write(images[3 * i : 3 * i + 3], labels[3 * i : 3 * i + 3]) for i in range(5)
    }
    files[f"test_batch{ending}"] = write(test, test_labels)
    if version == "tar":
        path = write_tar(folder / "cifar-10-python.tar.gz", "cifar-10-batches-py", files)
        found = [path]
    else:
        path = write_files(folder / "batches", files)
        found = [path / name for name in files]
    return Sample("cifar10", path, (images, labels), (test, test_labels), found, partial=True)


def cifar100(folder, version, labels="fine"):
    images, fine, coarse = pixels(6, seed=2), [0, 99, 50, 7, 7, 1], [4, 13, 17, 1, 1, 1]
    test, test_fine, test_coarse = pixels(2, seed=3), [98, 2], [14, 14]
    if version == "binary":
        files = {
            "train.bin": binary_rows(images, coarse, fine), "test.bin": binary_rows(test, test_coarse, test_fine)
        }  # fmt: skip
    else:
        files = {"train": cifar100_file(images, fine, coarse), "test": cifar100_file(test, test_fine, test_coarse)}
    write_files(folder / "cifar-100-python", files) if version == "python" else write_files(folder / "c", files)
    path = folder if version == "python" else folder / "c"
    found = sorted(path.rglob("t*"))
    kept = (fine, test_fine) if labels == "fine" else (coarse, test_coarse)
    return Sample("cifar100", path, (images, kept[0]), (test, kept[1]), found, partial=True, labels=labels)


def npz(folder, _):
    images, test = pixels(6, seed=4), pixels(2, seed=5)
    path = folder / "small.npz"
    labels = np.array([0, 1, 2, 1, 0, 2], np.uint8)
    np.savez(path, x_train=images, y_train=labels, x_test=test, y_test=labels[:2])
    return Sample("npz", path, (images, labels.tolist()), (test, [0, 1]), [path])


def mnist(folder, version, kind="mnist"):
    images, test = pixels(5, 28, 28, 1, seed=6), pixels(3, 28, 28, 1, seed=7)
    labels, test_labels = [0, 1, 9, 9, 2], [5, 4, 3]
    files = {
        "train-images-idx3-ubyte": idx(images[..., 0]), "train-labels-idx1-ubyte": idx(np.array(labels, np.uint8)),
        "t10k-images-idx3-ubyte": idx(test[..., 0]), "t10k-labels-idx1-ubyte": idx(np.array(test_labels, np.uint8)),
    }  # fmt: skip
    path = write_files(folder / "idx", files, compress=version == "gz")
    return Sample(kind, path, (images, labels), (test, test_labels), sorted(path.iterdir()), partial=True)


def svhn(folder, version):
    from scipy.io import savemat

    images, labels = pixels(4, seed=8), [1, 10, 9, 2]
    test, test_labels = pixels(2, seed=9), [10, 3]
    for part, found, marks in (("train", images, labels), ("test", test, test_labels)):
        savemat(
            folder / f"{part}_32x32.mat",
            {"X": np.moveaxis(found, 0, 3), "y": np.array(marks, np.uint8)[:, None]},
            do_compression=version == "compressed",
        )
    files = sorted(folder.glob("*.mat"))
    zero = [label % 10 for label in labels]
    return Sample("svhn", folder, (images, zero), (test, [0, 3]), files, partial=True)


def imagenet16(folder, version):
    images, test = pixels(20, 16, 16, seed=10), pixels(3, 16, 16, seed=11)
    labels, test_labels = [1, 120, 121, 1000, 7] * 4, [121, 120, 3]
    files = {
        f"train_data_batch_{i + 1}": imagenet16_batch(images[2 * i : 2 * i + 2], labels[2 * i : 2 * i + 2], version)
        for i in range(10)
    }
    files["val_data"] = imagenet16_batch(test, test_labels, version)
    path = write_files(folder / "in16", files)
    keep, keep_test = np.array(labels) <= 120, np.array(test_labels) <= 120
    return Sample(
        "imagenet16-120", path, (images[keep], (np.array(labels)[keep] - 1).tolist()),
        (test[keep_test], (np.array(test_labels)[keep_test] - 1).tolist()), [path / name for name in files],
        partial=True,
    )  # fmt: skip


MAKERS = {
    "cifar10-python": (cifar10, "python"),
    "cifar10-tar": (cifar10, "tar"),
    "cifar10-binary": (cifar10, "binary"),
    "cifar100-python": (cifar100, "python"),
    "cifar100-binary": (cifar100, "binary"),
    "npz": (npz, None),
    "mnist-plain": (mnist, "plain"),
    "mnist-gz": (mnist, "gz"),
    "svhn": (svhn, "plain"),
    "svhn-compressed": (svhn, "compressed"),
    "imagenet16-protocol3": (imagenet16, 3),
    "imagenet16-protocol2": (imagenet16, 2),
    "imagenet16-protocol4": (imagenet16, 4),
}


@pytest.fixture
def make(tmp_path):
    """Return a function that writes a SYNTHETIC data set in a format."""

    def write(name, **options):
        maker, version = MAKERS[name]
        return maker(tmp_path, version, **options)

    return write


@pytest.fixture(params=MAKERS)
def sample(request, make):
    """Return a SYNTHETIC data set in each format."""
    return make(request.param)
