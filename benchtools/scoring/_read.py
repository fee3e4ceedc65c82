"""Scores of a file, whichever of the two formats it has."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from benchtools.errors import InvalidInput, StoreError
from benchtools.scoring._scores import Scores

__all__ = ["read_scores"]


def read_scores(path: str | PathLike[str], dataset: str | None = None) -> Scores:
    """Return the scores of a ``.npz`` file or of text (`Scores.load`, `Scores.read_text`), told by its first bytes.

    Parameters
    ----------
    path : path
        The file.
    dataset : str, optional
        Name of the data set: of a text file, which does not hold it.

    Raises
    ------
    StoreError
        If the file cannot be read.
    InvalidInput
        If it holds no scores, is damaged, or is a text file and `dataset` is not given.

    Examples
    --------
    >>> import tempfile
    >>> scores = Scores([0.3, 0.0], kind="entropy", dataset="toy", labels=[0, 1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = scores.save(f"{folder}/a.npz"), scores.write_text(f"{folder}/a.txt")
    ...     [read_scores(path, dataset="toy").values.tolist() for path in paths]
    [[0.3, 0.0], [0.3, 0.0]]
    """
    file = Path(path)
    try:
        with file.open("rb") as opened:
            packed = opened.read(2) == b"PK"  # as every .npz begins, being a zip
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from error
    if packed or file.suffix == ".npz":
        return Scores.load(file)
    if dataset is None:
        raise InvalidInput(f"{path} is a text file, which does not name its data set: pass --dataset, such as cifar10")
    return Scores.read_text(file, dataset=dataset)
