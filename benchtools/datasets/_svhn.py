"""SVHN, format 2: the cropped 32x32 digits of street view house numbers, as .mat files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchtools.datasets._check import check_count, make_labels
from benchtools.datasets._dataset import PARTS, Dataset, Images, Labels
from benchtools.datasets._files import find_files, read_bytes
from benchtools.datasets._mat import read_mat
from benchtools.datasets._names import DIGITS
from benchtools.errors import InvalidInput, NotFound, StoreError
from benchtools.progress import Progress, silent
from benchtools.provenance import Provenance

__all__ = ["SVHN_PATHS", "read_svhn"]

FILES = {"train": "train_32x32.mat", "test": "test_32x32.mat"}
OFFICIAL = {"train": 73_257, "test": 26_032}
SVHN_PATHS = f"the folder that holds {FILES['train']} and {FILES['test']}"


def read_svhn(path: Path | None, *, partial: bool = False, progress: Progress = silent) -> Dataset:
    """Read SVHN: 73,257 training and 26,032 test images of 32x32x3, 10 classes; without the extra images.

    The label 10, which stands for the digit 0, becomes 0.

    Parameters
    ----------
    path : pathlib.Path
        Folder with ``train_32x32.mat`` and ``test_32x32.mat``.
    partial : bool, default False
        Whether files may have fewer images than the official ones.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.

    Raises
    ------
    NotFound, StoreError, InvalidInput
        If files are missing, cut off or damaged, or hold something else.

    References
    ----------
    Y. Netzer et al.: Reading Digits in Natural Images with Unsupervised Feature Learning. 2011.
    http://ufldl.stanford.edu/housenumbers/
    """
    if path is None:
        raise NotFound(f"there is no path: give {SVHN_PATHS}")
    parts = {}
    for part, file in zip(PARTS, find_files(path, list(FILES.values())), strict=True):
        progress("reading svhn", PARTS.index(part), 2)
        images, labels = _read_mat(file)
        check_count(file.name, len(images), OFFICIAL[part], partial=partial)
        parts[part] = images, labels
    progress("reading svhn", 2, 2)
    return Dataset(
        "svhn", *parts["train"], *parts["test"], DIGITS,
        source=f"{path.name}, the official .mat files (format 2: cropped digits)",
        provenance=Provenance.now({"dataset": "svhn", "file": path.name}),
    )  # fmt: skip


def _read_mat(file: Path) -> tuple[Images, Labels]:
    found = read_mat(read_bytes(file), str(file))
    missing = [name for name in ("X", "y") if name not in found]
    if missing:
        raise StoreError(f"{file} is cut off or no file of SVHN: it lacks {' and '.join(missing)}")
    images = found["X"]
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[:3] != (32, 32, 3):
        raise InvalidInput(f"{file.name}: X must be uint8 of the shape (32, 32, 3, n); found {images.dtype} of "
                           f"{images.shape}")  # fmt: skip
    marks = found["y"]
    if marks.dtype.kind == "f" and np.isin(marks, range(256)).all():  # MATLAB's arrays are of doubles by default
        marks = marks.astype(np.uint8)
    labels = make_labels(file.name, marks, images.shape[3])
    outside = labels[(labels < 1) | (labels > 10)]
    if outside.size:
        raise InvalidInput(f"{file.name}: {outside.size:,} labels are outside 1 to 10; the first is {outside[0]}")
    return np.ascontiguousarray(images.transpose(3, 0, 1, 2)), labels % 10
