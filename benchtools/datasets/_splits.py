"""Named lists of images: the official search splits of NAS-Bench-201, from the authors' files.

The authors keep the lists as text files (`CATALOGUE` names them, with addresses); this project ships none of them, only
their digests, by which a file is known to be the official one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np

from benchtools.datasets._dataset import PARTS, Dataset, Labels, Split
from benchtools.errors import InvalidInput, NotFound, StoreError
from benchtools.home import home_folder

__all__ = ["OFFICIAL_SPLITS", "OfficialSplits", "add_splits", "read_splits"]

MAX_BYTES = 2**26


@dataclass(frozen=True)
class OfficialSplits:
    """An official file of splits.

    Attributes
    ----------
    file : str
        Its name.
    sha256 : str
        Its digest.
    dataset, part : str
        The data set and the part of it that the lists count.
    n : int
        Images of that part.
    names : mapping of str to str
        What a list is called in the file, and here.
    """

    file: str
    sha256: str
    dataset: str
    part: str
    n: int
    names: dict[str, str]


_SEARCH = {"train": "search-train", "valid": "search-valid"}
_HALVES = {"xvalid": "x-valid", "xtest": "x-test"}
OFFICIAL_SPLITS = (
    OfficialSplits(
        "cifar-split.txt", "986da6174822048d4c5a25ee8ebdb7e754cd5372b51c633ffd4898ace8db9e32", "cifar10", "train",
        50_000, _SEARCH,
    ),
    OfficialSplits(
        "cifar100-test-split.txt", "14a5e3708e790ad57f987cdbcf202f724519475d6e8b0db34d0182e73b581bba", "cifar100",
        "test", 10_000, _HALVES,
    ),
    OfficialSplits(
        "imagenet-16-120-test-split.txt", "c0edac1d3676a9f21acea8feeb31336202d75b1a73df62aec31c6b45bb289a18",
        "imagenet16-120", "test", 6_000, _HALVES,
    ),
    OfficialSplits(
        "ImageNet16-120-split.txt", "b2f3d37fbc2e2c239eb90ce12abeb6bac7a539f8d3888b4d5a136d292cddbef9",
        "imagenet16-120", "train", 151_700, _SEARCH,
    ),
)  # fmt: skip
"""The lists of NAS-Bench-201: D-X-Y/AutoDL-Projects, commit f46486e, folder configs/nas-benchmark."""


def read_splits(path: str | PathLike[str]) -> dict[str, Labels]:
    """Read lists of images from a file of the form ``{"train": ["int", ["0", "5", ...]], "valid": ...}``.

    Returns
    -------
    dict of str to ndarray of int64
        The lists under the names of the file, in its order.

    Raises
    ------
    NotFound
        If there is no such file.
    StoreError
        If it is cut off or of another form.
    """
    return _parse(Path(path), _bytes(Path(path)))


def add_splits(dataset: Dataset, source: str | PathLike[str], *, part: str | None = None) -> Dataset:
    """Return a data set with the splits of a file, or with NAS-Bench-201's.

    An official file is known by its digest. Its lists are called ``search-train`` and ``search-valid`` (halves of the
    training part of cifar10 and imagenet16-120) or ``x-valid`` and ``x-test`` (halves of the test part of cifar100 and
    imagenet16-120), as columns of the tables are.

    Parameters
    ----------
    dataset : Dataset
        The data set.
    source : path-like
        A file that `read_splits` reads; or ``"nasbench201"``, for the official ones that were fetched.
    part : {"train", "test"}, optional
        What the lists of a file count that is not official.

    Raises
    ------
    NotFound
        If there is no such file, or NAS-Bench-201 has no splits of this data set.
    InvalidInput
        If an official file is of another data set, or of another number of images; if `part` is missing
        for another file.
    """
    if source == "nasbench201":
        wanted = [official for official in OFFICIAL_SPLITS if official.dataset == dataset.name]
        if not wanted:
            known = sorted({official.dataset for official in OFFICIAL_SPLITS})
            raise NotFound(f"NAS-Bench-201 has no splits of {dataset.name}: it has some of {', '.join(known)}")
        for official in wanted:
            file = home_folder("datasets") / "nasbench201-splits" / official.file
            if not file.is_file():
                raise NotFound(f"{file} is not there: get it by `benchtools data fetch nasbench201-splits`")
            dataset = add_splits(dataset, file)
        return dataset
    file = Path(source).expanduser()
    data = _bytes(file)
    digest = hashlib.sha256(data).hexdigest()
    lists = _parse(file, data)
    for official in OFFICIAL_SPLITS:
        if official.sha256 == digest:
            return _add_official(dataset, official, lists, part)
    if part not in PARTS:
        raise InvalidInput(
            f"{file} is none of NAS-Bench-201's files: say by part='train' or 'test' what its lists count"
        )
    return dataset.with_splits({name: Split(part, indices) for name, indices in lists.items()})


def _add_official(dataset: Dataset, official: OfficialSplits, lists: dict[str, Labels], part: str | None) -> Dataset:
    n = len(dataset.labels(official.part))
    if dataset.name != official.dataset or n != official.n or part not in (None, official.part):
        raise InvalidInput(
            f"{official.file} splits the {official.n:,} images of the {official.part} part of {official.dataset}; "
            f"{dataset.name} has {n:,} there"
        )
    return dataset.with_splits({official.names[name]: Split(official.part, found) for name, found in lists.items()})


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise NotFound(f"there is no file {path}: give a file of splits such as cifar-split.txt")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise StoreError(f"{path} is no file of splits: it has more than {MAX_BYTES:,} bytes")
        return path.read_bytes()
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(f"cannot read {path} ({error.strerror or error})") from error


def _parse(path: Path, data: bytes) -> dict[str, Labels]:
    try:
        found = json.loads(data)
        lists = {}
        for name, (kind, values) in found.items():
            if kind != "int" or type(values) is not list:
                raise ValueError(f"{name} is no list of int")
            lists[name] = np.array([int(value) for value in values], np.int64)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise StoreError(
            f'{path} is cut off or no file of splits ({error}): it must read {{"train": ["int", ["0", "5", ...]], ...}}'
        ) from error
    return lists
