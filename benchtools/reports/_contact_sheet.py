"""Contact sheet: images that a selection took, from the lowest, the middle and the highest scores."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from benchtools.datasets import Dataset
from benchtools.errors import InvalidInput
from benchtools.reports._same_data import check_count, require_images, rows_of
from benchtools.reports._score_histogram import NAMES
from benchtools.reports._style import finish, new_axes, plain, styled
from benchtools.scoring import Scores
from benchtools.selection import Selection

__all__ = ["ContactSheetData", "contact_sheet_data", "draw_contact_sheet"]

DIFFICULTY = (
    "entropy",
    "forgetting",
    "loss",
    "reconstruction_loss",
)  # kinds in which a high score means a hard example
COLUMNS = 10
STEP_X, STEP_Y, TITLE = 1.12, 1.42, 0.4  # in sides of an image: from one to the next, and what a block's title takes


class ContactSheetData(NamedTuple):
    """Blocks of images; each list has one entry per block, in which all lengths are equal."""

    titles: list[str]
    indices: list[NDArray[np.int64]]
    """Indices in the data set, the lowest score first."""
    images: list[NDArray[np.uint8]]
    """Each of shape (n, height, width, 1 or 3)."""
    classes: list[list[str]]
    scores: list[NDArray[np.float64]]
    kind: str
    dataset_name: str
    method: str
    k: int


def contact_sheet_data(
    dataset: Dataset, selection: Selection, n: int = 10, scores: Scores | None = None
) -> ContactSheetData:
    """Return the images of the selected examples with the lowest, the middle and the highest scores.

    Parameters
    ----------
    dataset : Dataset
        Where the images of the training part are taken from.
    selection : Selection
        The proxy.
    n : int, default 10
        Images in each of the three blocks; a third of a selection that has fewer than 3 n examples.
    scores : Scores, optional
        What the examples are ordered by, a value each; by default the scores of the selection.

    Raises
    ------
    InvalidInput
        If there is no score, the data set or the scores are of another data set, or n is not at least 1.

    Notes
    -----
    Examples of equal score stand in the order of their indices.

    Examples
    --------
    >>> from benchtools.datasets import load_dataset
    >>> from benchtools.selection import entropy_top
    >>> digits = load_dataset("digits")
    >>> scores = Scores(range(1442), kind="loss", dataset="digits", dataset_digest=digits.digest)
    >>> from benchtools.selection import loss_hard
    >>> [part.tolist() for part in contact_sheet_data(digits, loss_hard(scores, k=100), n=2).indices]
    [[1342, 1343], [1391, 1392], [1440, 1441]]
    """
    require_images(selection, dataset)
    kind, values = _values(selection, scores)
    order = np.lexsort((selection.indices, values))
    size = min(check_count("n", n, 1), max(1, len(order) // 3))
    middle = (len(order) - size) // 2
    parts = [order[:size], order[middle : middle + size], order[len(order) - size :]]
    ends = ("easiest", "middle", "hardest") if kind in DIFFICULTY else ("lowest", "middle", "highest")
    indices = [selection.indices[part] for part in parts]
    labels = [dataset.train_labels[part].tolist() for part in indices]
    return ContactSheetData(
        list(ends), indices, [dataset.train_images[part] for part in indices],
        [[dataset.classes[label] for label in part] for part in labels], [values[part] for part in parts],
        kind, dataset.name, selection.method, len(selection),
    )  # fmt: skip


def _values(selection: Selection, scores: Scores | None) -> tuple[str, NDArray[np.float64]]:
    """Return the kind of the scores, and that of each selected example."""
    if scores is not None:
        rows = rows_of(selection, scores)
        if scores.values.ndim != 1:
            raise InvalidInput(f"{scores!r} have a row per example: give scores of one value, such as entropy")
        return scores.kind, scores.values[rows]
    if selection.scores is None:
        raise InvalidInput(f"{selection!r} has no scores to order its images by: give scores, such as entropy")
    return selection.scores_kind, selection.scores


def draw_contact_sheet(data: ContactSheetData, ax: Axes | None = None) -> Figure:
    """Draw the images in three blocks, the class and score of each below it, and return the figure."""
    with styled():
        columns = min(COLUMNS, len(data.indices[0]))
        lines = -(-len(data.indices[0]) // columns)
        block = TITLE + lines * STEP_Y
        width, height = max(columns * STEP_X, 5.5), len(data.titles) * block
        ax = new_axes(ax, 0.85 * width, 0.85 * height + 0.4)
        for place, title in enumerate(data.titles):
            ax.text(0, place * block + TITLE / 2, title, fontweight="bold", va="center")
            for number in range(len(data.indices[place])):
                line, column = divmod(number, columns)
                _draw_one(ax, data, place, number, column * STEP_X, place * block + TITLE + line * STEP_Y)
        name = NAMES.get(data.kind, "what the method ranks by")
        origin, method = plain(data.dataset_name, 24), plain(data.method, 24)
        ax.set_title(f"{origin}: {data.k:,} examples selected by {method}\nin order of {name}", loc="left")
        ax.set_xlim(0, width)
        ax.set_ylim(height, 0)
        ax.set_aspect("equal")
        ax.set_axis_off()
        return finish(ax)


def _draw_one(ax: Axes, data: ContactSheetData, place: int, number: int, x: float, y: float) -> None:
    image = data.images[place][number]
    gray = image.shape[2] == 1
    shown = image[:, :, 0] if gray else image
    ax.imshow(
        shown, cmap="gray" if gray else None, vmin=0, vmax=255, interpolation="nearest", extent=(x, x + 1, y + 1, y)
    )
    name, score = plain(data.classes[place][number], 13), data.scores[place][number]
    name = f"class {name}" if name.isdigit() else name
    for line, text in enumerate((name, f"{score:.3g}")):
        ax.text(x + 0.5, y + 1.13 + 0.13 * line, text, fontsize=7, ha="center", va="baseline")
