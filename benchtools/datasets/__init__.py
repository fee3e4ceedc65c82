"""Images in memory: data sets, their readers, splits, and batches with augmentation on the device.

Reading and describing need NumPy only; `Batches` and `Augment` need torch (extra: train) and load it at first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from benchtools.datasets._registry import DATASETS, DatasetKind, list_datasets, load_dataset
from benchtools.errors import BenchtoolsError

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

_LATER = {
    **dict.fromkeys(("Batch", "Batches"), "_batches"),
    **dict.fromkeys(("Dataset", "Split"), "_dataset"),
    **dict.fromkeys(("add_splits", "read_splits"), "_splits"),
    **dict.fromkeys(("fetch_dataset", "list_official"), "_fetch"),
    "Augment": "_augment",
    "Facts": "_facts",
}
"""What listing and loading do not need is loaded at first use: torch above all."""


class MissingTorch(BenchtoolsError, ModuleNotFoundError):
    """Something needs torch, which is not installed; the message says how to get it."""


def __getattr__(name: str) -> Any:
    if name in _LATER:
        try:
            return getattr(import_module(f"benchtools.datasets.{_LATER[name]}"), name)
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            raise MissingTorch(f'{name} needs torch: pip install "benchtools[train]"', name="torch") from error
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
