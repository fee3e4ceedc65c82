"""A folder of images in class folders, such as ImageNet: decoded once, then one memory-mapped array."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchtools.datasets._dataset import PARTS, Dataset
from benchtools.datasets._folder_cache import Plan, open_cache
from benchtools.errors import InvalidInput, NotFound, StoreError
from benchtools.progress import Progress, silent
from benchtools.provenance import Provenance

__all__ = ["FOLDER_PATHS", "read_folder"]

ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")
TEST_NAMES = ("val", "valid", "validation", "test")
FOLDER_PATHS = "a folder with a folder of images for each class, or with such folders within train and val (or test)"


def read_folder(
    path: Path | None,
    *,
    resolution: int = 64,
    skip_bad: bool = False,
    workers: int | None = None,
    title: str | None = None,
    progress: Progress = silent,
) -> Dataset:
    """Read an image folder: ``train/CLASS/*`` and ``val/CLASS/*`` (or ``test``), or ``CLASS/*`` without a test part.

    Each image is decoded by Pillow as RGB, its middle square is taken and resized (bilinear, antialiased). The result
    is kept in the cache as one uint8 array and memory-mapped from then on; it is made anew when a file is added,
    removed or changed. Classes and files are in alphabetical order; class folders of the test part must exist in the
    training part.

    Parameters
    ----------
    path : pathlib.Path
        The folder.
    resolution : int, default 64
        Height and width of the images that are kept [pixels].
    skip_bad : bool, default False
        Whether images that cannot be decoded are left out, and listed in the notes of the data set.
    workers : int, optional
        Threads that decode; by default one for each processor.
    title : str, optional
        What to call it; by default the folder's name.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.

    Raises
    ------
    NotFound
        If there is no such folder.
    StoreError
        If it holds no images, or images that cannot be decoded (the message lists them).
    InvalidInput
        If the resolution is no number of pixels, or the test part has another class.
    """
    if path is None or not path.is_dir():
        raise NotFound(f"there is no folder {path}: give {FOLDER_PATHS}")
    if not 1 <= resolution <= 1024:
        raise InvalidInput(f"resolution must be from 1 to 1024 pixels; {resolution} was given")
    if workers is not None and workers < 1:
        raise InvalidInput(f"workers must be at least 1; {workers} was given")
    listing = _list(path)
    cache = open_cache(
        Plan(path, listing.files, listing.labels, listing.n_train, resolution, listing.fingerprint(resolution)),
        skip_bad=skip_bad, workers=workers, progress=progress,
    )  # fmt: skip
    cut = cache.n_train
    notes = (f"{len(cache.bad):,} images could not be read and were left out: {_some(cache.bad)}",) if cache.bad else ()
    return Dataset(
        title or path.resolve().name, cache.images[:cut], cache.labels[:cut], cache.images[cut:], cache.labels[cut:],
        listing.classes, source=f"the image folder {path.name}, middle squares resized to {resolution}x{resolution}",
        provenance=Provenance.now({"dataset": title or path.resolve().name, "resolution": str(resolution)}),
        notes=notes, known=cache.facts,
    )  # fmt: skip


@dataclass(frozen=True)
class _Listing:
    classes: tuple[str, ...]
    files: tuple[str, ...]  # relative, training part first
    labels: np.ndarray
    n_train: int
    stats: tuple[tuple[int, int], ...]  # bytes and time of each file

    def fingerprint(self, resolution: int) -> str:
        digest = hashlib.sha256(f"2 {resolution} {self.classes} {self.n_train}".encode())
        for file, stat, label in zip(self.files, self.stats, self.labels.tolist(), strict=True):
            digest.update(f"\n{file} {stat} {label}".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()


def _list(path: Path) -> _Listing:
    """Return every image file with its class."""
    train = path / "train"
    tests = [path / name for name in TEST_NAMES if (path / name).is_dir()] if train.is_dir() else []
    if len(tests) > 1:
        raise InvalidInput(f"{path} has the test parts {' and '.join(test.name for test in tests)}: keep one of them")
    roots = [train, *tests] if train.is_dir() else [path]
    classes = tuple(sorted(_subfolders(roots[0])))
    if not classes:
        raise StoreError(f"{roots[0]} holds no class folders: give {FOLDER_PATHS}")
    unknown = sorted({name for root in roots[1:] for name in _subfolders(root)} - set(classes))
    if unknown:
        raise InvalidInput(f"{tests[0]} has classes that {train} lacks: {_some(unknown)}")
    found: list[tuple[str, tuple[int, int], int]] = []
    n_train = 0
    for part, root in zip(PARTS, roots, strict=False):
        for label, name in enumerate(classes):
            folder = root / name
            if folder.is_dir():
                found += ((str(file.relative_to(path)), _stat(file), label) for file in _image_files(folder))
        n_train = len(found) if part == "train" else n_train
    if not n_train:
        raise StoreError(f"{roots[0]} holds no images in its class folders: files must end in {', '.join(ENDINGS)}")
    files, stats, labels = zip(*found, strict=True)
    return _Listing(classes, files, np.array(labels, np.int64), n_train, stats)


def _subfolders(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith(".")]


def _image_files(folder: Path) -> list[Path]:
    return sorted(
        file for file in folder.iterdir()
        if file.suffix.lower() in ENDINGS and not file.name.startswith(".") and file.is_file()
    )  # fmt: skip


def _stat(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_size, found.st_mtime_ns


def _some(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(names[:10]) + (f" and {len(names) - 10:,} more" if len(names) > 10 else "")
