"""Data sets by name: what each is read from, and who reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchtools.errors import InvalidInput, StoreError
from benchtools.home import home_folder
from benchtools.progress import Progress, silent
from benchtools.registry import Registry

if TYPE_CHECKING:
    from benchtools.datasets._dataset import Dataset

__all__ = ["DATASETS", "DatasetKind", "list_datasets", "load_dataset"]


@dataclass(frozen=True)
class DatasetKind:
    """A kind of data set that can be read.

    Attributes
    ----------
    what : str
        What it is, in a line.
    paths : str
        What a path must be of, for errors; empty where there is no file.
    read : callable
        ``read(path, *, progress, **options) -> Dataset``; `path` is a `pathlib.Path`, or None if there is no file.
    options : tuple of str
        Names of the options that `read` takes beside `progress`.
    """

    what: str
    paths: str
    read: Callable[..., Dataset]
    options: tuple[str, ...] = ()


DATASETS: Registry[DatasetKind] = Registry("data set", "benchtools.datasets")
"""Every kind of data set by name; plug-ins declare the entry point ``benchtools.datasets``."""


def load_dataset(
    name: str,
    path: str | PathLike[str] | None = None,
    *,
    splits: str | PathLike[str] | None = None,
    sha256: str | None = None,
    progress: Progress = silent,
    **options: Any,
) -> Dataset:
    """Read a data set.

    Parameters
    ----------
    name : str
        Name of a kind, as `list_datasets` gives it.
    path : path-like, optional
        Where it is; by default where ``benchtools data fetch`` puts it.
    splits : path-like, optional
        ``"nasbench201"`` for the official search splits that ``benchtools data fetch nasbench201-splits`` has got, or a
        file with such splits (`read_splits`).
    sha256 : str, optional
        Digest that the data set must have (`Dataset.digest`).
    progress : callable, optional
        Called as ``progress(stage, done, total)``.
    **options
        Of the kind: ``partial`` (cifar10, cifar100, svhn, mnist, fashion-mnist, imagenet16-120: files may hold fewer
        images than the official ones), ``labels`` (cifar100), ``classes`` (imagenet16-120, npz), ``resolution``,
        ``skip_bad``, ``workers``, ``title`` (folder), ``coarse``, ``title`` (npz).

    Returns
    -------
    Dataset

    Raises
    ------
    NotFound
        If there is no such kind, or nothing at the path.
    InvalidInput
        If the path or an option is of the wrong kind, or the contents do not fit each other.
    StoreError
        If files are cut off or damaged, or have another digest.
    UnsafePickle
        If a batch asks for more than plain data.

    Examples
    --------
    >>> load_dataset("digits").resolution
    (8, 8)
    """
    kind = DATASETS.get(name)
    unknown = sorted(set(options) - set(kind.options))
    if unknown:
        raise InvalidInput(
            f"{name} takes no option {', '.join(unknown)}: it takes {', '.join(kind.options) or 'no options'}"
        )
    place = None if path is None else Path(path).expanduser()
    if place is None and kind.paths:
        place = _fetched(name, kind)
    dataset = kind.read(place, progress=progress, **options)
    if splits is not None:
        from benchtools.datasets._splits import add_splits

        dataset = add_splits(dataset, splits)
    if sha256 is not None and dataset.digest != sha256.lower():
        raise StoreError(
            f"{name} at {place} has the digest {dataset.digest}, not {sha256.lower()}: it is another data set, or "
            "another state of it"
        )
    return dataset


def _fetched(name: str, kind: DatasetKind) -> Path:
    """Return where a data set is that was fetched."""
    from benchtools.datasets._catalogue import CATALOGUE

    if name not in CATALOGUE:
        raise InvalidInput(f"{name} needs a path: give {kind.paths}")
    folder = home_folder("datasets") / name
    only = CATALOGUE[name].files[0].file if len(CATALOGUE[name].files) == 1 else ""
    if not (folder / only).exists():
        raise InvalidInput(
            f"{name} is not at {folder / only}: get it by `benchtools data fetch {name}`, or give a path: {kind.paths}"
        )
    return folder / only


def list_datasets() -> dict[str, str]:
    """Return the name of every kind of data set, with a line on what it is.

    Examples
    --------
    >>> list(list_datasets())[:3]
    ['cifar10', 'cifar100', 'digits']
    """
    return {name: DATASETS.get(name).what for name in DATASETS.names()}


def _later(module: str, function: str) -> Callable[..., Dataset]:
    """Return a reader whose module is loaded when it is called."""

    def read(path: Path | None, **options: Any) -> Dataset:
        found: Dataset = getattr(import_module(f"benchtools.datasets.{module}"), function)(path, **options)
        return found

    return read


_CIFAR = (
    "the folder of the official Python batches or binary files, the .tar.gz file of either, or an .npz file with "
    "x_train, y_train, x_test, y_test"
)
_IDX = "the folder with the four official IDX files, plain or .gz"
for _name, _kind in {
    "cifar10": DatasetKind("60,000 photographs of 32x32x3, 10 classes", _CIFAR, _later("_cifar", "read_cifar10"),
                           ("partial",)),
    "cifar100": DatasetKind("60,000 photographs of 32x32x3, 100 classes in 20 groups", _CIFAR,
                            _later("_cifar", "read_cifar100"), ("labels", "partial")),
    "digits": DatasetKind("1,797 handwritten digits of 8x8x1, part of scikit-learn: no download", "",
                          _later("_digits", "read_digits")),
    "fashion-mnist": DatasetKind("70,000 pieces of clothing of 28x28x1, 10 classes", _IDX,
                                 _later("_idx", "read_fashion_mnist"), ("partial",)),
    "folder": DatasetKind("an image folder such as ImageNet: a subfolder for each class",
                          "a folder with a folder of images for each class, or with such folders within train and val",
                          _later("_folder", "read_folder"), ("resolution", "skip_bad", "workers", "title")),
    "imagenet16-120": DatasetKind("157,700 photographs of 16x16x3, the first 120 classes of ImageNet",
                                  "the folder with train_data_batch_1 to train_data_batch_10 and val_data",
                                  _later("_imagenet16", "read_imagenet16"), ("classes", "partial")),
    "mnist": DatasetKind("70,000 handwritten digits of 28x28x1", _IDX, _later("_idx", "read_mnist"), ("partial",)),
    "npz": DatasetKind("any data set in an .npz file", "an .npz file with x_train, y_train, x_test, y_test",
                       _later("_npz", "read_npz"), ("title", "classes", "coarse")),
    "svhn": DatasetKind("99,289 house numbers of 32x32x3, 10 digits", "the folder with train_32x32.mat and "
                        "test_32x32.mat", _later("_svhn", "read_svhn"), ("partial",)),
}.items():  # fmt: skip
    DATASETS.register(_name, _kind)
