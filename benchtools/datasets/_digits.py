"""Scikit-learn's handwritten digits: 1,797 real images that need no download."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchtools.datasets._dataset import Dataset
from benchtools.datasets._names import DIGITS
from benchtools.errors import InvalidInput
from benchtools.progress import Progress, silent
from benchtools.provenance import Provenance

__all__ = ["read_digits"]

EVERY = 5  # of each class, the 5th, 10th, 15th ... image is a test image


def read_digits(path: Path | None = None, *, progress: Progress = silent) -> Dataset:
    """Return the digits of `sklearn.datasets.load_digits`, with a fixed stratified split.

    Of each class, in scikit-learn's order, every fifth image belongs to the test part: 355 images, 34 to 36 a class;
    1,442 remain for training. No random number is involved. (The order goes writer by writer, so both parts have images
    of all 13 writers.) The 17 values of a pixel, 0 to 16, are spread over 0 to 255: ``round(value * 255 / 16)``, which
    can be undone.

    Parameters
    ----------
    path : None
        There is no file: the images come with scikit-learn.
    progress : callable, optional
        Not called: reading takes no time.

    Raises
    ------
    InvalidInput
        If a path is given.

    References
    ----------
    E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits. UCI Machine Learning Repository, 1998 (the test
    set).

    Examples
    --------
    >>> import numpy as np
    >>> digits = read_digits()
    >>> np.bincount(digits.test_labels).tolist()
    [35, 36, 35, 36, 36, 36, 36, 35, 34, 36]
    """
    if path is not None:
        raise InvalidInput(f"digits come with scikit-learn: they take no path, and {path} was given")
    from sklearn.datasets import load_digits

    found = load_digits()
    images = np.rint(found.images * (255 / 16)).astype(np.uint8)[..., None]
    labels = found.target.astype(np.int64)
    test = np.zeros(len(labels), bool)
    for label in range(len(DIGITS)):
        test[np.flatnonzero(labels == label)[EVERY - 1 :: EVERY]] = True
    return Dataset(
        "digits", images[~test], labels[~test], images[test], labels[test], DIGITS,
        source="scikit-learn, load_digits: the test set of the UCI data 'Optical Recognition of Handwritten Digits'",
        provenance=Provenance.now({"dataset": "digits", "reader": "sklearn.datasets.load_digits"}),
        positions={"train": np.flatnonzero(~test), "test": np.flatnonzero(test)},
    )  # fmt: skip
