"""What lies far from the centres of K-means goes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.errors import InvalidInput
from benchtools.progress import Progress, silent
from benchtools.scoring._scores import Scores
from benchtools.selection._balance import apportion, equal_shares, interleave
from benchtools.selection._input import prepare, warn_ties
from benchtools.selection._order import lowest
from benchtools.selection._run import Picked, finish
from benchtools.selection._selection import Selection
from benchtools.selection._selector import SELECTORS, Selector

__all__ = ["kmeans_outliers"]

Vector = NDArray[np.float64]


def kmeans_outliers(
    scores: Scores,
    *,
    k: int | None = None,
    fraction: float | None = None,
    rng: np.random.Generator | int = 0,
    balance: bool = False,
    labels: ArrayLike | None = None,
    n_clusters: int = 100,
    per_cluster: bool = False,
    n_init: int = 100,
    max_iter: int = 300,
    mini_batch: int | None = None,
    progress: Progress = silent,
) -> Selection:
    """Select the k examples nearest to their K-means centre: outliers are removed (S0).

    Parameters
    ----------
    scores : Scores
        Features, a row per example; in the default of the reference pixels / 255, flattened.
    k, fraction, rng, balance, labels
        As in `random`; clusters are of all examples together, and balance decides how many of each class stay.
    n_clusters : int
        Number of clusters; S0 tries 50, 100, 150 and 200.
    per_cluster : bool
        Whether the same share of each cluster stays (largest remainders), not the k nearest of all.
    n_init, max_iter : int
        Starts, of which the one with the least inertia counts, and iterations of each; S0 has 100 and 300.
    mini_batch : int, optional
        Size of the batches of mini-batch K-means: much quicker, a little worse. Default: full K-means.
    progress : callable
        Called after each start.

    Returns
    -------
    Selection
        By distance from the centre, the nearest first; `scores` holds the distances.

    Raises
    ------
    InvalidInput
        As `random` does; and if the scores are no features, a number is out of range, or per_cluster comes with
        balance.

    Warns
    -----
    ConstantInputWarning
        If all distances are equal, so that the lower index decides alone.

    Notes
    -----
    No other k examples have a smaller sum of distances (but with per_cluster or balance). Equal distances go by the
    lower index. The clustering is scikit-learn's.

    Examples
    --------
    >>> scores = Scores([[0.0], [0.1], [3.0], [9.0], [9.1], [9.2]], kind="features", dataset="toy")
    >>> sorted(kmeans_outliers(scores, k=5, n_clusters=2, n_init=5).indices.tolist())
    [0, 1, 3, 4, 5]
    """
    request = prepare("kmeans_outliers", scores, k, fraction, rng, balance, labels, kinds=("features",))
    if per_cluster and request.balance:
        raise InvalidInput("per_cluster=True and balance=True ask for different shares: choose one of them")
    numbers: dict[str, Any] = {"n_clusters": n_clusters, "n_init": n_init, "max_iter": max_iter}
    numbers |= {} if mini_batch is None else {"mini_batch": mini_batch}
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise InvalidInput(f"{name}={value!r} must be a whole number of at least 1")
    if n_clusters > len(scores):
        raise InvalidInput(f"n_clusters={n_clusters} is more than the {len(scores)} examples: pass a smaller one")
    distances, clusters, inertia = _cluster(scores.values, request.generator, numbers, progress)
    if request.balance:
        assert request.labels is not None  # noqa: S101 (prepare has seen to it)
        rows = _kept(distances, request.labels, equal_shares, request.k, request.generator)
    elif per_cluster:
        rows = _kept(distances, clusters, apportion, request.k, request.generator)
        rows = rows[np.lexsort((rows, distances[rows]))]
    else:
        rows = lowest(distances, request.k, request.generator)
    parameters = {"n_clusters": 0, "n_init": 0, "max_iter": 0, "mini_batch": None, **numbers}
    return finish(
        request, Picked(rows, scores=distances[rows]), parameters | {"per_cluster": per_cluster, "inertia": inertia},
        notes=warn_ties(distances, "kmeans_outliers", "the lower index"), population_scores=distances,
    )  # fmt: skip


def _cluster(
    features: NDArray[Any], generator: np.random.Generator, numbers: dict[str, int], progress: Progress
) -> tuple[Vector, NDArray[np.int64], float]:
    """Return the distance of each example from its centre, its cluster, and the inertia, of the best start."""
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning

    settings: dict[str, Any] = {
        "n_clusters": numbers["n_clusters"], "n_init": 1, "max_iter": numbers["max_iter"], "init": "k-means++",
    }  # fmt: skip
    if "mini_batch" in numbers:
        make, settings["batch_size"] = MiniBatchKMeans, numbers["mini_batch"]
    else:
        make = KMeans
    best = None
    for start in range(numbers["n_init"]):
        seed = int(generator.integers(2**31))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # of fewer distinct rows than clusters: no harm here
            fitted = make(random_state=seed, **settings).fit(features)
        if best is None or fitted.inertia_ < best.inertia_:
            best = fitted
        progress("K-means", start + 1, numbers["n_init"])
    assert best is not None  # noqa: S101 (n_init is at least 1)
    clusters = np.asarray(best.labels_, dtype=np.int64)
    distances = np.empty(len(features))
    for start in range(0, len(features), 1 << 12):
        part = slice(start, start + (1 << 12))
        difference = features[part].astype(np.float64) - best.cluster_centers_[clusters[part]]
        distances[part] = np.sqrt(np.einsum("ij,ij->i", difference, difference))
    return distances, clusters, float(best.inertia_)


def _kept(
    distances: Vector, groups: NDArray[np.int64], share_out: Any, k: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Return the nearest of each group, as many as its share, in turns."""
    labels, sizes = np.unique(groups, return_counts=True)
    kept = []
    for label, share in zip(labels, share_out(k, sizes).tolist(), strict=True):
        members = np.flatnonzero(groups == label)
        kept.append(members[lowest(distances[members], share, generator)] if share else members[:0])
    return np.concatenate(kept)[interleave(kept)]


SELECTORS.register("kmeans_outliers", Selector("kmeans_outliers", kmeans_outliers, ("features",), draws=True))
