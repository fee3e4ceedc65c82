"""Features in two dimensions: where the proxy lies in the data set."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from benchtools.datasets import Dataset
from benchtools.errors import InvalidInput
from benchtools.reports._same_data import check_count, require_images, rows_of
from benchtools.reports._style import colours, finish, mark, new_axes, plain, styled
from benchtools.scoring import Scores
from benchtools.selection import Selection

__all__ = ["EmbeddingData", "draw_embedding", "embedding_data"]

METHODS = ("pca", "tsne")
LIMIT = 3_000
PERPLEXITY = 30.0
COLOURED_AT_MOST = 10  # classes
FEW = 300  # examples of the proxy: more are drawn smaller


class EmbeddingData(NamedTuple):
    """Points of the plane; ``explained`` is the share [0, 1] of the variance on each axis, None for t-SNE."""

    points: NDArray[np.float64]
    """Shape (shown, 2)."""
    indices: NDArray[np.int64]
    """Index of each point in the data set, shape (shown,)."""
    selected: NDArray[np.bool_]
    """Whether each point is of the proxy, shape (shown,)."""
    labels: NDArray[np.int64] | None
    classes: dict[int, str]
    """Names of all classes by label; empty without labels."""
    explained: tuple[float, float] | None
    n: int
    k: int
    dataset_name: str
    method: str


def embedding_data(
    features: Scores,
    selection: Selection,
    *,
    method: str = "pca",
    limit: int = LIMIT,
    rng: np.random.Generator | int = 0,
    dataset: Dataset | None = None,
) -> EmbeddingData:
    """Return features in two dimensions, those of the proxy marked.

    Parameters
    ----------
    features : Scores
        Of kind features, shape (n, d).
    selection : Selection
        The proxy.
    method : {"pca", "tsne"}, default "pca"
        The two first principal components of all features, the same each time; or t-SNE of those shown, which takes
        seconds to minutes.
    limit : int, default 3000
        At most so many of the proxy and at most so many of the other examples are shown, drawn at random.
    rng : int or Generator, default 0
        Draws the examples, and seeds t-SNE.
    dataset : Dataset, optional
        Where the names of the classes are taken from.

    Raises
    ------
    InvalidInput
        If the scores are no features, have fewer than two columns or are all equal, are of another data set, or the
        method or limit is not valid.

    Examples
    --------
    >>> from benchtools.selection import k_center
    >>> rows = Scores([[0.0, 0.0], [4.0, 0.0], [0.0, 1.0], [4.0, 1.0]], kind="features", dataset="toy")
    >>> data = embedding_data(rows, k_center(rows, k=2))
    >>> data.points.shape, int(data.selected.sum()), [round(share, 3) for share in data.explained]
    ((4, 2), 2, [0.941, 0.059])
    """
    chosen = rows_of(selection, features, "the features")
    _check(features, method, limit)
    if dataset is not None:
        require_images(selection, dataset)
    generator = np.random.default_rng(rng)
    others = np.setdiff1d(np.arange(len(features)), chosen)
    shown = np.concatenate([_at_most(part, limit, generator) for part in (others, np.sort(chosen))])
    points, explained = _project(features.values, shown) if method == "pca" else (
        _neighbours(features.values[shown], generator), None)  # fmt: skip
    labels = None if features.labels is None else features.labels[shown]
    held = [] if features.labels is None else np.unique(features.labels).tolist()
    classes = {label: str(label) if dataset is None else dataset.classes[label] for label in held}
    return EmbeddingData(
        points, features.index_of(shown), np.isin(shown, chosen), labels, classes, explained, len(features),
        len(selection), features.dataset, selection.method,
    )  # fmt: skip


def _check(features: Scores, method: str, limit: int) -> None:
    if features.kind != "features":
        raise InvalidInput(f"{features!r} cannot be embedded: give features (benchtools score features)")
    if features.values.shape[1] < 2 or len(features) < 3:
        raise InvalidInput(f"{features!r} cannot be embedded: three rows of two columns are needed at least")
    if not np.ptp(features.values, axis=0).any():
        raise InvalidInput(f"all rows of {features!r} are equal: there is nothing to embed")
    if method not in METHODS:
        raise InvalidInput(f"method={method!r} is not known: choose one of {', '.join(METHODS)}")
    check_count("limit", limit, 3)


def _at_most(rows: NDArray[np.int64], limit: int, generator: np.random.Generator) -> NDArray[np.int64]:
    return rows if len(rows) <= limit else np.sort(generator.choice(rows, limit, replace=False))


def _project(values: NDArray[Any], shown: NDArray[np.int64]) -> tuple[NDArray[np.float64], tuple[float, float]]:
    """Return the two first principal components of all rows, of the rows shown, and their shares of the variance."""
    from sklearn.decomposition import PCA

    pca = PCA(n_components=2, svd_solver="full").fit(values.astype(np.float64))
    first, second = pca.explained_variance_ratio_.tolist()
    return pca.transform(values[shown].astype(np.float64)), (first, second)


def _neighbours(values: NDArray[Any], generator: np.random.Generator) -> NDArray[np.float64]:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    tsne = TSNE(perplexity=min(PERPLEXITY, (len(values) - 1) / 3), random_state=int(generator.integers(2**31)))
    with threadpool_limits(1):  # the same sums each time; and threads wait for one another on a busy machine
        return np.asarray(tsne.fit_transform(values), dtype=np.float64)


def draw_embedding(data: EmbeddingData, ax: Axes | None = None) -> Figure:
    """Draw all examples light and those of the proxy strong, and return the figure."""
    with styled():
        ax = new_axes(ax, 6.4, 4.8)
        coloured = data.labels is not None and len(data.classes) <= COLOURED_AT_MOST
        size, edge = (30, 0.6) if data.selected.sum() <= FEW else (12, 0.3)
        groups = list(data.classes) if coloured else [None]
        handles = []
        for place, (label, colour) in enumerate(zip(groups, colours(len(groups)), strict=True)):
            of_class = np.ones(len(data.points), bool) if label is None else data.labels == label
            light = colour if coloured else "0.6"
            for chosen, style in (
                (False, {"s": 10, "alpha": 0.35, "color": light, "linewidths": 0, "zorder": 1}),
                (True, {"s": size, "color": colour, "edgecolors": "black", "linewidths": edge, "zorder": 2}),
            ):
                points = data.points[of_class & (data.selected == chosen)]
                ax.scatter(points[:, 0], points[:, 1], marker=mark(place), rasterized=len(points) > LIMIT, **style)
            if label is not None:
                name = plain(data.classes[label], 20)
                name = f"class {name}" if name.isdigit() else name
                handles.append(Line2D([], [], color=colour, marker=mark(place), linestyle="none", label=name))
        _draw_words(ax, data, handles, "0.4" if coloured else colours(1)[0])
        return finish(ax)


def _draw_words(ax: Axes, data: EmbeddingData, handles: list[Line2D], strong: Any) -> None:
    """Write the axes, the caption and the legend."""
    count = int(data.selected.sum())
    others, all_others = len(data.selected) - count, data.n - data.k
    some = f"{others:,} of the {all_others:,}" if others < all_others else f"the {others:,}"
    part = f"{count:,} of the {data.k:,}" if count < data.k else f"the {count:,}"
    ax.set_title(
        f"{plain(data.dataset_name, 30)}: {part} examples of {plain(data.method, 30)}\namong {some} others",
        loc="left",
    )  # fmt: skip
    light = Line2D([], [], color="0.6", alpha=0.5, marker="o", markersize=4, linestyle="none", label="not selected")
    proxy = Line2D([], [], color=strong, marker="o", markeredgecolor="black", linestyle="none", label="selected")
    ax.legend(handles=[proxy, light, *handles], loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=9)
    if data.explained is None:
        ax.set_xlabel("t-SNE 1")
        ax.set_ylabel("t-SNE 2")
        ax.set_xticks([])
        ax.set_yticks([])
        return
    ax.set_xlabel(f"component 1 ({data.explained[0]:.1%} of the variance)")
    ax.set_ylabel(f"component 2 ({data.explained[1]:.1%} of the variance)")
