"""Greedy k-center against a plain form and brute force; K-means outliers against all subsets."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchtools.errors import ConstantInputWarning, InvalidInput
from benchtools.scoring import Scores
from benchtools.selection import k_center, kmeans_outliers
from benchtools.selection._farthest import farthest_first


def plain(features, k, first):
    """Return rows, distances and radius: every distance in float64, no product."""
    points = features.astype(np.float64)
    nearest, rows, distances = np.full(len(points), np.inf), [], []
    for step in range(k):
        row = first[step] if step < len(first) else int(nearest.argmax())
        rows.append(row)
        distances.append(nearest[row])
        nearest = np.minimum(nearest, np.sqrt(((points - points[row]) ** 2).sum(axis=1)))
        nearest[rows] = -1
    return rows, distances, max(nearest.max(), 0)


def features_of(name, n=900, d=8):
    rng = np.random.default_rng(3)
    return {
        "normal": lambda: rng.normal(size=(n, d)),
        "far from zero": lambda: 1_000 + rng.normal(size=(n, d)),
        "clusters": lambda: rng.normal(size=(5, d))[rng.integers(5, size=n)] * 9 + rng.normal(size=(n, d)) * 0.01,
        "nearly equal": lambda: 3 + rng.normal(size=(n, d)) * 1e-6,
        "duplicates": lambda: rng.integers(0, 3, size=(n, d)),
        "rectified": lambda: np.maximum(rng.normal(size=(n, d)), 0),
        "tiny": lambda: rng.normal(size=(n, d)) * 1e-20,
        "huge": lambda: rng.normal(size=(n, d)) * 1e18,
        "one column": lambda: rng.normal(size=(n, 1)),
    }[name]()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "name",
    ["normal", "far from zero", "clusters", "nearly equal", "duplicates", "rectified", "tiny", "huge", "one column"],
)
def test_against_the_plain_form(name, dtype):
    features = features_of(name).astype(dtype)
    found = farthest_first(features, 300, [7, 2])
    rows, distances, radius = plain(features, 300, [7, 2])
    assert found.rows.tolist() == rows
    np.testing.assert_allclose(found.distances, distances, rtol=1e-12)
    assert found.radius == pytest.approx(radius, rel=1e-12)


def test_prefix_and_radius(make):
    scores = make(features_of("normal"), "features")
    whole = k_center(scores, k=900, rng=4)
    radii = [k_center(scores, k=k, rng=4).parameters["radius"] for k in (1, 5, 40, 200, 900)]
    assert radii == sorted(radii, reverse=True)
    assert radii[-1] == 0
    few = k_center(scores, k=40, rng=4)
    np.testing.assert_array_equal(few.indices, whole.indices[:40])
    assert (np.diff(few.scores[1:]) <= 0).all()
    assert few.scores.min() >= few.parameters["radius"]
    assert k_center(scores, k=40, start=int(few.indices[0])).indices.tolist() == few.indices.tolist()


@given(st.integers(0, 10_000), st.integers(4, 9), st.integers(1, 4))
def test_radius_is_at_most_twice_the_best(seed, n, k):
    points = np.random.default_rng(seed).normal(size=(n, 2))
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    best = min(distances[list(chosen)].min(axis=0).max() for chosen in combinations(range(n), k))
    chosen = k_center(Scores(points, kind="features", dataset="toy"), k=k, rng=seed)
    assert chosen.parameters["radius"] <= 2 * best + 1e-12


def test_start(make):
    scores = make(np.arange(6.0)[:, None], "features", indices=[10, 11, 12, 13, 14, 15])
    chosen = k_center(scores, k=3, start=[12, 13])
    assert chosen.indices.tolist() == [12, 13, 10]
    assert chosen.parameters["start"] == [12, 13]
    assert chosen.scores.tolist() == [np.inf, 1, 2]
    for start, message in (
        (9, "start=9 is not among the 6 scored examples"), ([10, 10], r"start=\[10, 10\]: at most k=3 distinct"),
        ([10, 11, 12, 13], "at most k=3 distinct indices"), ("a", "start='a' must be an index"),
        ([], "must be an index"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput, match=message):
            k_center(scores, k=3, start=start)
    with pytest.raises(InvalidInput, match="start= and balance=True do not go together"):
        k_center(scores, k=3, start=10, balance=True, labels=[0, 1, 0, 1, 0, 1])


def test_duplicates_beyond_the_distinct_points(make):
    scores = make([[0.0], [1.0], [0.0], [1.0], [0.0], [5.0]], "features")
    assert k_center(scores, k=3, start=2).notes == ()
    with pytest.warns(ConstantInputWarning, match="only 3 of the 5 chosen rows of features are distinct: 2 are"):
        chosen = k_center(scores, k=5, start=2)
    assert chosen.indices.tolist() == [2, 5, 1, 0, 3]
    assert chosen.scores.tolist() == [np.inf, 5, 1, 0, 0]
    with pytest.warns(ConstantInputWarning, match="only 2 of the 6 chosen"):
        assert len(k_center(make(np.ones((9, 2)), "features", labels=np.arange(9) % 2), k=6, balance=True)) == 6


def test_the_peers_global_generator(make):
    """DeepCore, kcentergreedy.py: reseeds NumPy's global generator, and gives the first centre by it."""
    scores = make(features_of("normal"), "features")
    assert len({int(k_center(scores, k=1, rng=seed).indices[0]) for seed in range(20)}) > 15


def test_balance_covers_each_class(make):
    features = features_of("normal")
    scores = make(features, "features", labels=np.arange(900) % 3)
    chosen = k_center(scores, k=30, balance=True, rng=1)
    assert np.bincount(chosen.labels).tolist() == [10, 10, 10]
    rng = np.random.default_rng(1)
    members = np.flatnonzero(scores.labels == 0)
    rows = plain(features[members], 10, [int(rng.integers(300))])[0]
    assert chosen.indices[chosen.labels == 0].tolist() == members[rows].tolist()


# K-means outliers


def test_no_other_subset_is_nearer(make):
    points = np.random.default_rng(5).normal(size=(10, 2))
    chosen = kmeans_outliers(make(points, "features"), k=6, n_clusters=2, n_init=8)
    every = kmeans_outliers(make(points, "features"), k=10, n_clusters=2, n_init=8)
    distance = dict(zip(every.indices.tolist(), every.scores.tolist(), strict=True))
    best = min(sum(distance[index] for index in subset) for subset in combinations(range(10), 6))
    assert chosen.scores.sum() == pytest.approx(best)
    assert (np.diff(every.scores) >= 0).all()
    assert every.parameters["inertia"] == pytest.approx((every.scores**2).sum())


def test_per_cluster_keeps_the_share_of_each(make):
    rng = np.random.default_rng(6)
    sizes = [40, 21, 9]
    centre = np.repeat([[0, 0], [50, 0], [0, 50]], sizes, axis=0)
    spread = np.repeat([5.0, 1.0, 0.1], sizes)[:, None]
    scores = make(centre + spread * rng.normal(size=(70, 2)), "features")
    chosen = kmeans_outliers(scores, k=35, n_clusters=3, n_init=5, per_cluster=True)
    counts = [((chosen.indices >= low) & (chosen.indices < high)).sum() for low, high in ((0, 40), (40, 61), (61, 70))]
    assert all(size // 2 <= count <= -(-size // 2) for size, count in zip(sizes, counts, strict=True))
    everywhere = kmeans_outliers(scores, k=35, n_clusters=3, n_init=5)
    assert (everywhere.indices < 40).sum() < 10


def test_more_starts_are_no_worse_and_are_reported(make):
    scores = make(features_of("normal", n=200, d=4), "features")
    steps = []
    chosen = kmeans_outliers(scores, k=9, n_clusters=12, n_init=6, progress=lambda *step: steps.append(step))
    assert steps == [("K-means", start, 6) for start in range(1, 7)]
    assert chosen.parameters["inertia"] <= kmeans_outliers(scores, k=9, n_clusters=12, n_init=1).parameters["inertia"]
    small = kmeans_outliers(scores, k=9, n_clusters=12, n_init=2, mini_batch=50)
    assert small.parameters["mini_batch"] == 50
    balanced = kmeans_outliers(scores, k=9, n_clusters=5, n_init=1, balance=True, labels=np.arange(200) % 3)
    assert np.bincount(balanced.labels).tolist() == [3, 3, 3]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "n_clusters=100 is more than the 9 examples"),
        ({"n_clusters": 0}, "n_clusters=0 must be a whole number of at least 1"),
        ({"n_init": 1.5}, "n_init=1.5 must be a whole number"),
        ({"n_clusters": 2, "mini_batch": -3}, "mini_batch=-3 must be"),
        (
            {"n_clusters": 2, "balance": True, "per_cluster": True},
            "per_cluster=True and balance=True ask for",
        ),
    ],
)
def test_clusterings_that_do_not_fit(make, options, message):
    scores = make(np.arange(9.0)[:, None], "features", labels=np.arange(9) % 3)
    with pytest.raises(InvalidInput, match=message):
        kmeans_outliers(scores, k=3, **options)
