"""ImageNet16-120: the 16x16 images of downsampled ImageNet, of its first 120 classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchtools.datasets._check import check_count, make_labels, planar_images
from benchtools.datasets._dataset import PARTS, Dataset, Images, Labels
from benchtools.datasets._files import find_files, read_bytes
from benchtools.datasets._pickled import read_batch
from benchtools.errors import InvalidInput, NotFound, StoreError
from benchtools.progress import Progress, silent
from benchtools.provenance import Provenance

__all__ = ["IMAGENET16_FILES", "IMAGENET16_PATHS", "read_imagenet16"]

SIZE = 16
ALL_CLASSES = 1000
IMAGENET16_FILES = {"train": tuple(f"train_data_batch_{i}" for i in range(1, 11)), "test": ("val_data",)}
OFFICIAL = {120: {"train": 151_700, "test": 6_000}, 1000: {"train": 1_281_167, "test": 50_000}}
IMAGENET16_PATHS = "the folder that holds train_data_batch_1 to train_data_batch_10 and val_data"


def read_imagenet16(
    path: Path | None, *, classes: int = 120, partial: bool = False, progress: Progress = silent
) -> Dataset:
    """Read ImageNet16-120: 151,700 training and 6,000 test images of 16x16x3.

    The official labels go from 1 to 1000; the images of the first 120 are taken, as NAS-Bench-201 takes them, and
    labels start at 0 here. The classes are called by their official labels. The test part is ImageNet's validation
    part.

    Parameters
    ----------
    path : pathlib.Path
        Folder with the eleven pickled batches.
    classes : int, default 120
        Images of so many classes are taken, from the first.
    partial : bool, default False
        Whether there may be other numbers of images than the official ones.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.

    Raises
    ------
    NotFound, StoreError, InvalidInput, UnsafePickle
        If batches are missing, cut off, damaged, of another size, or ask for more than plain data.

    References
    ----------
    P. Chrabaszcz et al.: A Downsampled Variant of ImageNet as an Alternative to the CIFAR datasets. arXiv:1707.08819.
    X. Dong, Y. Yang: NAS-Bench-201. ICLR 2020, section 2.2.
    """
    if path is None:
        raise NotFound(f"there is no path: give {IMAGENET16_PATHS}")
    if not 1 <= classes <= ALL_CLASSES:
        raise InvalidInput(f"classes must be from 1 to {ALL_CLASSES}; {classes} was given")
    names = [name for part in PARTS for name in IMAGENET16_FILES[part]]
    files = dict(zip(names, find_files(path, names), strict=True))
    parts = {}
    done = 0
    for part in PARTS:
        kept = []
        for name in IMAGENET16_FILES[part]:
            kept.append(_read_one(files[name], classes))
            progress("reading imagenet16-120", done := done + 1, len(names))
        parts[part] = (np.concatenate([one[0] for one in kept]), np.concatenate([one[1] for one in kept]))
        if classes in OFFICIAL:
            check_count(f"{path.name} ({part})", len(parts[part][1]), OFFICIAL[classes][part], partial=partial)
    return Dataset(
        f"imagenet16-{classes}", *parts["train"], *parts["test"], tuple(str(label) for label in range(1, classes + 1)),
        source=f"{path.name}, the pickled batches of downsampled ImageNet (16x16), its first {classes} classes",
        provenance=Provenance.now({"dataset": f"imagenet16-{classes}", "file": path.name}),
    )  # fmt: skip


def _read_one(file: Path, classes: int) -> tuple[Images, Labels]:
    batch = read_batch(read_bytes(file), file.name)
    missing = [key for key in ("data", "labels") if key not in batch]
    if missing:
        raise StoreError(f"{file} lacks {' and '.join(missing)}: it holds {', '.join(map(str, batch)) or 'nothing'}")
    data = batch["data"]
    labels = make_labels(file.name, batch["labels"], len(data) if isinstance(data, np.ndarray) else -1)
    outside = labels[(labels < 1) | (labels > ALL_CLASSES)]
    if outside.size:
        raise InvalidInput(
            f"{file.name}: {outside.size:,} labels are outside 1 to {ALL_CLASSES}; the first is {outside[0]}"
        )
    planar_images(file.name, data[:0], SIZE)  # refuses another size before anything is copied
    chosen = labels <= classes
    return planar_images(file.name, data[chosen], SIZE), labels[chosen] - 1
