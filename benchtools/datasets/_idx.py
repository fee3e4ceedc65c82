"""MNIST and Fashion-MNIST: the official IDX files, plain or .gz."""

from __future__ import annotations

import gzip
from math import prod
from pathlib import Path
from struct import unpack

import numpy as np

from benchtools.datasets._check import check_count, make_labels
from benchtools.datasets._dataset import PARTS, Dataset
from benchtools.datasets._files import BadGzip
from benchtools.datasets._names import DIGITS, FASHION_MNIST
from benchtools.errors import InvalidInput, NotFound, StoreError
from benchtools.progress import Progress, silent
from benchtools.provenance import Provenance

__all__ = ["IDX_PATHS", "read_fashion_mnist", "read_mnist"]

STEMS = {"train": "train", "test": "t10k"}
OFFICIAL = {"train": 60_000, "test": 10_000}
MAX_BYTES = 2**31
IDX_PATHS = (
    "the folder that holds train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
    "t10k-labels-idx1-ubyte, each plain or with .gz"
)


def read_mnist(path: Path | None, *, partial: bool = False, progress: Progress = silent) -> Dataset:
    """Read MNIST: 60,000 training and 10,000 test images of 28x28x1, 10 digits.

    Parameters
    ----------
    path : pathlib.Path
        Folder with the four official files, plain or .gz.
    partial : bool, default False
        Whether files may have fewer images than the official ones.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.

    Raises
    ------
    NotFound, StoreError, InvalidInput
        If files are missing, cut off, damaged or no IDX files, or images and labels do not fit.

    References
    ----------
    Y. LeCun et al.: Gradient-Based Learning Applied to Document Recognition. Proc. IEEE 86, 1998.
    """
    return _read("mnist", path, DIGITS, partial, progress)


def read_fashion_mnist(path: Path | None, *, partial: bool = False, progress: Progress = silent) -> Dataset:
    """Read Fashion-MNIST: 60,000 training and 10,000 test images of 28x28x1, 10 kinds of clothing.

    Parameters and errors are those of `read_mnist`; the files have the same names.

    References
    ----------
    H. Xiao et al.: Fashion-MNIST. arXiv:1708.07747, 2017. https://github.com/zalandoresearch/fashion-mnist
    """
    return _read("fashion-mnist", path, FASHION_MNIST, partial, progress)


def _read(name: str, path: Path | None, classes: tuple[str, ...], partial: bool, progress: Progress) -> Dataset:
    if path is None or not path.is_dir():
        raise NotFound(f"there is no folder {path}: give {IDX_PATHS}")
    parts = {}
    for part in PARTS:
        progress(f"reading {name}", PARTS.index(part), 2)
        images = _read_idx(_find(path, f"{STEMS[part]}-images", "idx3-ubyte"), axes=3)
        file = _find(path, f"{STEMS[part]}-labels", "idx1-ubyte")
        labels = make_labels(file.name, _read_idx(file, axes=1), len(images))
        check_count(file.name, len(images), OFFICIAL[part], partial=partial)
        parts[part] = images[..., None], labels
    progress(f"reading {name}", 2, 2)
    return Dataset(
        name, *parts["train"], *parts["test"], classes, source=f"{path.name}, the official IDX files",
        provenance=Provenance.now({"dataset": name, "file": path.name}),
    )  # fmt: skip


def _find(folder: Path, stem: str, kind: str) -> Path:
    names = [f"{stem}{dash}{kind}{end}" for end in ("", ".gz") for dash in "-."]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise NotFound(f"{folder} lacks {stem}-{kind}, plain or with .gz: give {IDX_PATHS}")


def _read_idx(file: Path, *, axes: int) -> np.ndarray:
    """Return the uint8 array of an IDX file: magic number, the length of each axis, the bytes."""
    try:
        with gzip.open(file, "rb") if file.suffix == ".gz" else open(file, "rb") as stream:
            head = stream.read(4 + 4 * axes)
            if len(head) < 4 + 4 * axes:
                raise StoreError(f"{file} is cut off: it ends after {len(head)} bytes, within its head")
            if head[:4] != bytes((0, 0, 8, axes)):
                raise InvalidInput(
                    f"{file} is no IDX file of bytes with {axes} axes: it starts with 0x{head[:4].hex()}, not "
                    f"0x0000080{axes}; was another file renamed?"
                )
            shape = unpack(f">{axes}I", head[4:])
            size = prod(shape)
            if size > MAX_BYTES:
                raise StoreError(f"{file} is damaged: its head asks for an array of {shape}")
            data = stream.read(size)
            if len(data) == size and stream.read(1):
                raise StoreError(f"{file} is damaged: it has more bytes than its head says, {shape}")
    except StoreError:
        raise
    except BadGzip as error:
        raise StoreError(f"{file} is cut off or damaged ({error}): get it again") from error
    except OSError as error:
        raise StoreError(f"cannot read {file} ({error.strerror or error})") from error
    if len(data) < size:
        raise StoreError(f"{file} is cut off: it has {len(data):,} of the {size:,} bytes that its head says")
    return np.frombuffer(data, np.uint8).reshape(shape)
