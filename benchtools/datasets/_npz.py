"""Data sets in one .npz file: x_train, y_train, x_test, y_test, perhaps with coarse labels and official positions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchtools.datasets._check import make_labels
from benchtools.datasets._dataset import PARTS, Dataset, Images
from benchtools.errors import InvalidInput, NotFound, StoreError
from benchtools.progress import Progress, silent
from benchtools.provenance import Provenance

__all__ = ["load_arrays", "read_npz"]

NEEDED = ("x_train", "y_train", "x_test", "y_test")


def read_npz(
    path: Path | None,
    *,
    title: str | None = None,
    classes: Sequence[str] | None = None,
    coarse: bool = False,
    progress: Progress = silent,
) -> Dataset:
    """Read a data set from an .npz file.

    Parameters
    ----------
    path : pathlib.Path
        File with ``x_train``, ``x_test``: uint8, (n, h, w, c) or (n, h, w); ``y_train``, ``y_test``: whole numbers;
        optionally ``coarse_train``, ``coarse_test`` (labels of coarser classes) and ``index_train``, ``index_test``
        (positions in the data set that this one is part of).
    title : str, optional
        What to call it; by default the file's name.
    classes : sequence of str, optional
        Names of the classes; by default the numbers up to the largest label.
    coarse : bool, default False
        Whether to take the coarse labels.
    progress : callable, optional
        Not called.

    Raises
    ------
    NotFound
        If the file, or an array of it, is not there.
    StoreError
        If it is cut off or damaged.
    InvalidInput
        If arrays have the wrong type or shape, or do not fit each other.
    """
    if path is None or not path.is_file():
        raise NotFound(f"there is no file {path}: give an .npz file with {', '.join(NEEDED)}")
    names = tuple(f"coarse_{part}" if coarse else f"y_{part}" for part in PARTS)
    arrays = load_arrays(path, ("x_train", "x_test", *names), ("index_train", "index_test"))
    images = {part: _images(path, f"x_{part}", arrays[f"x_{part}"]) for part in PARTS}
    labels = {
        part: make_labels(f"{path.name}: the {part} part", arrays[key], len(images[part]))
        for part, key in zip(PARTS, names, strict=True)
    }
    if classes is None:
        largest = max(int(found.max(initial=0)) for found in labels.values())
        if largest >= 2**16:
            raise InvalidInput(f"{path.name}: a label of {largest:,}: labels must be positions of classes, from 0")
        classes = tuple(map(str, range(largest + 1)))
    return Dataset(
        title or path.stem, images["train"], labels["train"], images["test"], labels["test"], tuple(classes),
        source=f"{path.name}, an .npz file",
        provenance=Provenance.now({"dataset": title or path.stem, "file": path.name, "labels": names[0]}),
        positions={part: make_labels(f"{path.name}: index_{part}", arrays[f"index_{part}"], len(images[part]))
                   for part in PARTS if f"index_{part}" in arrays},
    )  # fmt: skip


def load_arrays(path: Path, needed: Sequence[str], wanted: Sequence[str] = ()) -> dict[str, NDArray[Any]]:
    """Return arrays of an .npz file by name: all that are needed, and those of the others that are there."""
    found = {}
    try:
        with open(path, "rb") as raw:  # np.load leaves a damaged file open
            file = np.load(raw, allow_pickle=False)
            if not isinstance(file, np.lib.npyio.NpzFile):
                raise StoreError(f"{path} is no .npz file")
            missing = [name for name in needed if name not in file.files]
            if missing:
                raise NotFound(
                    f"{path} lacks {', '.join(missing)}: it holds {', '.join(sorted(file.files)) or 'nothing'}"
                )
            for name in (*needed, *wanted):
                if name in file.files:
                    found[name] = file[name]
    except (StoreError, NotFound):
        raise
    except Exception as error:  # damaged bytes lead NumPy to anything: BadZipFile, ValueError, TokenError, zlib.error
        raise StoreError(f"{path} is cut off or damaged, or no .npz file ({error}): get it again") from error
    return found


def _images(path: Path, name: str, found: NDArray[Any]) -> Images:
    if found.dtype != np.uint8 or found.ndim not in (3, 4):
        raise InvalidInput(
            f"{path.name}: {name} must be uint8 of the shape (n, h, w, c) or (n, h, w); found {found.dtype} of the "
            f"shape {found.shape}"
        )
    return found[..., None] if found.ndim == 3 else found
