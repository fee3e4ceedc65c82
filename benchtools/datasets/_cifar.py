"""CIFAR-10 and CIFAR-100: the official Python batches, the official binary files, or an .npz file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchtools.datasets._check import check_count, make_labels, planar_images
from benchtools.datasets._dataset import PARTS, Dataset, Images, Labels
from benchtools.datasets._files import is_tar, take_files
from benchtools.datasets._names import CIFAR10, CIFAR100_COARSE, CIFAR100_FINE
from benchtools.datasets._npz import read_npz
from benchtools.datasets._pickled import read_batch
from benchtools.errors import InvalidInput, NotFound, StoreError
from benchtools.progress import Progress, silent
from benchtools.provenance import Provenance

__all__ = ["CIFAR_PATHS", "read_cifar10", "read_cifar100"]

SIZE = 32
PIXELS = 3 * SIZE * SIZE
LABELS = ("fine", "coarse")
CIFAR_PATHS = (
    "the folder of the official Python batches or binary files, the .tar.gz file of either, or an .npz file with "
    "x_train, y_train, x_test, y_test"
)


@dataclass(frozen=True)
class _Layout:
    """Official files of one version: names by part, images in each, bytes of labels before an image."""

    folders: tuple[str, ...]
    files: dict[str, tuple[str, ...]]
    images: dict[str, int]
    label_bytes: int = 0  # 0: a pickle

    @property
    def names(self) -> list[str]:
        return [name for part in PARTS for name in self.files[part]]


_TENS = {"train": 10_000, "test": 10_000}
_WHOLE = {"train": 50_000, "test": 10_000}
CIFAR10_FILES = {
    "python": _Layout(
        ("cifar-10-batches-py",),
        {"train": tuple(f"data_batch_{i}" for i in range(1, 6)), "test": ("test_batch",)}, _TENS,
    ),
    "binary": _Layout(
        ("cifar-10-batches-bin",),
        {"train": tuple(f"data_batch_{i}.bin" for i in range(1, 6)), "test": ("test_batch.bin",)}, _TENS, 1,
    ),
}  # fmt: skip
CIFAR100_FILES = {
    "python": _Layout(("cifar-100-python",), {"train": ("train",), "test": ("test",)}, _WHOLE),
    "binary": _Layout(("cifar-100-binary",), {"train": ("train.bin",), "test": ("test.bin",)}, _WHOLE, 2),
}


def read_cifar10(path: Path | None, *, partial: bool = False, progress: Progress = silent) -> Dataset:
    """Read CIFAR-10: 50,000 training and 10,000 test images of 32x32x3, 10 classes, in the official order.

    Parameters
    ----------
    path : pathlib.Path
        The folder of the official Python batches or binary files, the .tar.gz file of either, or an .npz file.
    partial : bool, default False
        Whether files may have fewer images than the official ones.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.

    Raises
    ------
    NotFound, StoreError, InvalidInput, UnsafePickle
        If files are missing, cut off or damaged; labels and images do not fit; a batch asks for more than plain data.

    References
    ----------
    A. Krizhevsky: Learning Multiple Layers of Features from Tiny Images. 2009. https://www.cs.toronto.edu/~kriz/cifar.html
    """
    return _read("cifar10", path, CIFAR10_FILES, CIFAR10, "labels", 0, partial, progress)


def read_cifar100(
    path: Path | None, *, labels: str = "fine", partial: bool = False, progress: Progress = silent
) -> Dataset:
    """Read CIFAR-100: 50,000 training and 10,000 test images of 32x32x3, 100 fine or 20 coarse classes.

    Parameters
    ----------
    path : pathlib.Path
        As for CIFAR-10.
    labels : {"fine", "coarse"}
        Which labels to take.
    partial : bool, default False
        Whether files may have fewer images than the official ones; an .npz file with ``index_train`` may always.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.

    Raises
    ------
    NotFound, StoreError, InvalidInput, UnsafePickle
        As for CIFAR-10; also if `labels` is neither fine nor coarse.
    """
    if labels not in LABELS:
        raise InvalidInput(f"CIFAR-100 has the labels 'fine' (100 classes) and 'coarse' (20); {labels!r} was asked for")
    classes = CIFAR100_FINE if labels == "fine" else CIFAR100_COARSE
    place = 1 if labels == "fine" else 0  # the binary version has the coarse label first
    return _read("cifar100", path, CIFAR100_FILES, classes, f"{labels}_labels", place, partial, progress)


def _read(
    name: str, path: Path | None, versions: dict[str, _Layout], classes: tuple[str, ...], key: str, place: int,
    partial: bool, progress: Progress,
) -> Dataset:  # fmt: skip
    if path is None or not path.exists():
        raise NotFound(f"there is nothing at {path}: give {CIFAR_PATHS}")
    if path.is_file() and not is_tar(path):
        if path.suffix != ".npz":
            raise InvalidInput(f"{path} is none of what {name} is read from: give {CIFAR_PATHS}")
        return _from_npz(name, path, classes, key, partial)
    version = _version(path, versions)
    layout = versions[version]
    files = take_files(path, layout.names, layout.folders)
    parts = {}
    for part in PARTS:
        found: list[tuple[Images, Labels]] = []
        for file in layout.files[part]:
            data, shown = files.pop(file), f"{path.name}/{file}"
            images, labels = (
                _binary(data, shown, layout.label_bytes, place) if layout.label_bytes else _pickle(data, shown, key)
            )
            check_count(shown, len(images), layout.images[part], partial=partial)
            found.append((images, labels))
            progress(f"reading {name}", len(layout.names) - len(files), len(layout.names))
        parts[part] = (np.concatenate([one[0] for one in found]), np.concatenate([one[1] for one in found]))
    return Dataset(
        name, *parts["train"], *parts["test"], classes, source=f"{path.name}, the official files ({version} version)",
        provenance=Provenance.now({"dataset": name, "file": path.name, "version": version, "labels": key}),
    )  # fmt: skip


def _version(path: Path, versions: dict[str, _Layout]) -> str:
    """Return which version is at a path: the one that has most of its files there."""
    if is_tar(path):
        return "binary" if "binary" in path.name else "python"

    def there(version: str) -> int:
        places = (path, *(path / folder for folder in versions[version].folders))
        return max(sum((place / name).is_file() for name in versions[version].names) for place in places)

    best = max(versions, key=there)
    if not there(best):
        wanted = "; or ".join(", ".join(layout.names) for layout in versions.values())
        raise NotFound(f"{path} holds none of the official files ({wanted}): give {CIFAR_PATHS}")
    return best


def _pickle(data: memoryview, name: str, key: str) -> tuple[Images, Labels]:
    batch = read_batch(data, name)
    missing = [wanted for wanted in ("data", key) if wanted not in batch]
    if missing:
        raise StoreError(f"{name} lacks {' and '.join(missing)}: it holds {', '.join(map(str, batch)) or 'nothing'}")
    images = planar_images(name, batch["data"], SIZE)
    return images, make_labels(name, batch[key], len(images))


def _binary(data: memoryview, name: str, label_bytes: int, place: int) -> tuple[Images, Labels]:
    row = label_bytes + PIXELS
    if len(data) % row:
        raise StoreError(f"{name} is cut off or no such file: its {len(data):,} bytes are no multiple of {row:,}")
    rows = np.frombuffer(data, np.uint8).reshape(-1, row)
    return planar_images(name, rows[:, label_bytes:], SIZE), rows[:, place].astype(np.int64)


def _from_npz(name: str, path: Path, classes: tuple[str, ...], key: str, partial: bool) -> Dataset:
    found = read_npz(path, title=name, classes=classes, coarse=key == "coarse_labels")
    if found.train_images.shape[1:] != (SIZE, SIZE, 3):
        raise InvalidInput(f"{path.name}: images of {name} are 32x32x3; found {found.train_images.shape[1:]}")
    for part in PARTS:
        if part not in found.positions:
            check_count(f"{path.name} ({part})", len(found.labels(part)), _WHOLE[part], partial=partial)
    return found
