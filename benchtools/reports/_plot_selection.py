"""Every picture of a selection for which there is something to draw."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from benchtools.datasets import Dataset
from benchtools.errors import InvalidInput
from benchtools.files import make_folder, whole
from benchtools.reports._class_balance import class_balance_data, draw_class_balance
from benchtools.reports._contact_sheet import contact_sheet_data, draw_contact_sheet
from benchtools.reports._embedding import draw_embedding, embedding_data
from benchtools.reports._score_histogram import draw_histogram, histogram_data
from benchtools.reports._style import styled
from benchtools.scoring import Scores
from benchtools.selection import Selection

__all__ = ["plot_selection", "write_pictures"]

DPI = 150


def plot_selection(
    selection: Selection,
    *,
    scores: Scores | None = None,
    features: Scores | None = None,
    dataset: Dataset | None = None,
    method: str = "pca",
    rng: np.random.Generator | int = 0,
) -> dict[str, Figure]:
    """Draw every picture of a selection for which the inputs are given.

    Parameters
    ----------
    selection : Selection
        The proxy.
    scores : Scores, optional
        One value per example: gives ``histogram``, and orders ``contact``.
    features : Scores, optional
        A row per example: gives ``embedding``.
    dataset : Dataset, optional
        Gives ``contact``, where the selection has scores or `scores` are given, and the names of the classes.
    method : {"pca", "tsne"}, default "pca"
        How features are embedded.
    rng : int or Generator, default 0
        For `embedding_data`.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        ``histogram``, ``classes`` (where the selection has labels, or `dataset` is given), ``embedding``, ``contact``.

    Raises
    ------
    InvalidInput
        If one of them is of another data set or does not fit, or there is nothing to draw.

    Examples
    --------
    >>> from benchtools.selection import entropy_top
    >>> scores = Scores([0.3, 0.0, 1.2, 0.7], kind="entropy", dataset="toy", labels=[0, 1, 1, 0])
    >>> list(plot_selection(entropy_top(scores, k=2), scores=scores))
    ['histogram', 'classes']
    """
    found = {}
    if scores is not None:
        found["histogram"] = draw_histogram(histogram_data(scores, selection))
    if dataset is not None or selection.labels is not None:
        found["classes"] = draw_class_balance(class_balance_data(selection, dataset))
    if features is not None:
        data = embedding_data(features, selection, method=method, rng=rng, dataset=dataset)
        found["embedding"] = draw_embedding(data)
    if dataset is not None and (scores is not None or selection.scores is not None):
        found["contact"] = draw_contact_sheet(contact_sheet_data(dataset, selection, scores=scores))
    if not found:
        raise InvalidInput(
            f"{selection!r} has no labels, so there is nothing to draw: give scores, features or dataset"
        )
    return found


def write_pictures(figures: Mapping[str, Figure], out: str | PathLike[str]) -> list[Path]:
    """Write each figure to ``NAME.png`` in the folder `out`, at 150 dots per inch, and return the paths.

    Raises
    ------
    StoreError
        If the folder cannot be written to.
    """
    folder = make_folder(out)
    for name, figure in figures.items():
        with styled(), whole(folder / f"{name}.png") as draft:
            figure.savefig(draft, format="png", dpi=DPI, metadata={"Software": None})
    return [folder / f"{name}.png" for name in figures]
