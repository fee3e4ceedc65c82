"""Images in memory: data sets, their readers, splits, and batches with augmentation on the device.

Reading and describing need NumPy only; `Batches` and `Augment` need torch (extra: train) and load it at first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchtools.datasets._registry import DATASETS, DatasetKind, list_datasets, load_dataset
from benchtools.lazy import load_later

if TYPE_CHECKING:
    from benchtools.datasets._augment import Augment
    from benchtools.datasets._batches import Batch, Batches
    from benchtools.datasets._dataset import Dataset, Split
    from benchtools.datasets._facts import Facts
    from benchtools.datasets._fetch import fetch_dataset, list_official
    from benchtools.datasets._splits import add_splits, read_splits

__all__ = [
    "DATASETS",
    "Augment",
    "Batch",
    "Batches",
    "Dataset",
    "DatasetKind",
    "Facts",
    "Split",
    "add_splits",
    "fetch_dataset",
    "list_datasets",
    "list_official",
    "load_dataset",
    "read_splits",
]

__getattr__ = load_later(
    __name__,
    {
        "_augment": ("Augment",),
        "_batches": ("Batch", "Batches"),
        "_dataset": ("Dataset", "Split"),
        "_facts": ("Facts",),
        "_fetch": ("fetch_dataset", "list_official"),
        "_splits": ("add_splits", "read_splits"),
    },
)


def __dir__() -> list[str]:
    return sorted(__all__)
