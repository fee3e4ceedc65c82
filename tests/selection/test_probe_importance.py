"""Importance by probe networks: the truth table, handing over, resampling and label reduction."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from benchtools.errors import ConstantInputWarning, InvalidInput, WrongType
from benchtools.scoring import Scores
from benchtools.selection import probe_importance, probe_weights
from benchtools.selection._nearest import nearest, principal_components

BOTH = [[1, 1], [0, 0], [1, 0], [0, 1]]  # both right, both wrong, only the first, only the second


@pytest.mark.parametrize(
    ("accuracies", "literal", "expected"),
    [
        ([92, 88], False, [2, 1, 6, 1]),
        ([92, 88], True, [2, 1, 6, 1]),
        ([88, 92], False, [2, 1, 1, 6]),  # the second is the better: it supports the order
        ([88, 92], True, [2, 1, 1, 1]),  # as printed: the second alone is case 4, the first alone is no case
        ([90, 90], False, [2, 1, 1, 1]),  # no order to support
        ([90, 90], True, [2, 1, 1, 1]),
        ([90.00001, 90], False, [2, 1, 1, 1]),  # equal when rounded to 1e-4 %
        ([90.001, 90], False, [2, 1, 6, 1]),
    ],
)
def test_truth_table(accuracies, literal, expected):
    assert probe_weights(BOTH, accuracies, literal=literal).tolist() == expected


def test_weights_tell_the_cases_apart():
    assert probe_weights(BOTH, [92, 88], weights=[3, 5, 7, 11]).tolist() == [3, 5, 7, 11]
    assert probe_weights(BOTH, [88, 92], weights=[3, 5, 7, 11], literal=True).tolist() == [3, 5, 1, 11]


def test_more_probes_vote_by_pairs():
    right = [[1, 1, 1], [0, 0, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0], [1, 1, 0], [1, 0, 1]]
    assert probe_weights(right, [90, 80, 70]).tolist() == [2, 1, 6, 1, 1, 6, 1]
    two = np.random.default_rng(0).random((50, 2)) < 0.6
    assert probe_weights(two, [9, 8]).tolist() == probe_weights(two[:, ::-1], [8, 9]).tolist()


def test_accuracies_default_to_the_shares_that_are_right():
    assert probe_weights([[1, 0], [1, 1], [1, 0], [0, 1]]).tolist() == [6, 2, 6, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1], [0]],), r"correct has shape \(2, 1\): zeros and ones are needed, \(n, n_probes\), of two"),
        (([[1, 2]],), "zeros and ones are needed"),
        ((BOTH, [1.0]), "one number .* for each of the 2 probes"),
        ((BOTH, [1.0, np.nan]), "one number .* for each of the 2 probes"),
    ],
)
def test_probes_that_do_not_fit(arguments, message):
    with pytest.raises(InvalidInput, match=message):
        probe_weights(*arguments)
    with pytest.raises(InvalidInput, match="four numbers above 0 are needed"):
        probe_weights(BOTH, weights=[2, 1, 6, 0])
    with pytest.raises(InvalidInput, match="literal=True is for two probes"):
        probe_weights([[1, 1, 0]], literal=True)


def test_nearest_and_components_against_scipy():
    rng = np.random.default_rng(1)
    among, points = rng.normal(size=(300, 6)), rng.normal(size=(1_000, 6))
    np.testing.assert_array_equal(nearest(points, among), cKDTree(among).query(points)[1])
    mean, axes = principal_components(among * [9, 5, 3, 1, 1, 1], 2)
    variance = ((among * [9, 5, 3, 1, 1, 1] - mean) @ axes).var(axis=0)
    values = np.linalg.svd(among * [9, 5, 3, 1, 1, 1] - mean, compute_uv=False)
    np.testing.assert_allclose(variance, values[:2] ** 2 / 300)


@pytest.fixture
def probes():
    """Return SYNTHETIC correctness of a held-out part, and features of 600 examples of 20 classes."""
    rng = np.random.default_rng(2)
    held = rng.choice(600, 200, replace=False)
    right = rng.random((200, 2)) < [0.8, 0.6]
    labels = np.arange(600) % 20
    features = rng.normal(size=(600, 5)) + labels[:, None]
    common = {"dataset": "toy", "dataset_digest": "d1"}
    correct = Scores(right, kind="correctness", indices=held, parameters={"accuracies": [80.0, 60.0]}, **common)
    return correct, Scores(features, kind="features", labels=labels, **common)


def test_importance_is_that_of_the_nearest(probes):
    correct, features = probes
    chosen = probe_importance(correct, features=features, k=600)
    weights = probe_weights(correct.values, [80, 60])
    known = features.values[correct.indices]
    expected = weights[cKDTree(known).query(features.values)[1]]
    assert chosen.probabilities.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(chosen.probabilities, expected / expected.sum())
    np.testing.assert_array_equal(chosen.scores, expected[chosen.indices])
    np.testing.assert_array_equal(chosen.probabilities[correct.indices], weights / expected.sum())
    assert chosen.provenance.inputs["correctness"] == correct.digest
    assert chosen.scores_digest == features.digest


def test_share_of_supporting_examples_in_a_small_sample():
    """About 6 n3 / (2 n1 + n2 + 6 n3 + n4)."""
    sizes = [600, 200, 100, 100]
    right = np.repeat(BOTH, sizes, axis=0)
    common = {"dataset": "toy", "dataset_digest": "d1"}
    rows = Scores(np.arange(1_000.0)[:, None], kind="features", **common)
    correct = Scores(right, kind="correctness", **common)
    rng = np.random.default_rng(3)
    found = np.mean(
        [
            (probe_importance(correct, features=rows, k=10, accuracies=[9, 8], rng=rng).scores == 6).mean()
            for _ in range(100)
        ]
    )
    expected = 6 * 100 / (2 * 600 + 200 + 6 * 100 + 100)
    assert found == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 1_000))


def test_another_split_must_be_asked_for(probes):
    correct, features = probes
    test = {"dataset": "toy-test", "dataset_digest": "d9"}
    right = Scores(correct.values, kind="correctness", **test)
    rows = Scores(features.values[correct.indices], kind="features", **test)
    with pytest.raises(InvalidInput, match="eval_split='test', which lets the labels of that split leak"):
        probe_importance(right, features=features, evaluation=rows, k=9)
    with pytest.raises(InvalidInput, match="eval_split='test', which lets"):
        probe_importance(correct, features=features, k=9, eval_split="test")
    chosen = probe_importance(right, features=features, evaluation=rows, eval_split="test", k=9)
    held = probe_importance(correct, features=features, k=9, accuracies=[80, 60])
    np.testing.assert_array_equal(chosen.indices, held.indices)
    assert chosen.provenance.inputs["evaluation"] == rows.digest
    narrow = Scores(rows.values[:, :3], kind="features", **test)
    with pytest.raises(InvalidInput, match=r"evaluation features have shape \(200, 3\): \(200, 5\) is needed"):
        probe_importance(right, features=features, evaluation=narrow, eval_split="test", k=9)


def test_scores_that_do_not_belong_together(probes):
    correct, features = probes
    other = Scores(features.values, kind="features", dataset="toy", dataset_digest="d2")
    with pytest.raises(InvalidInput, match=r"the features are of toy \(digest d2\), not of toy \(digest d1\)"):
        probe_importance(correct, features=other, k=9)
    part = Scores(features.values[:300], kind="features", dataset="toy", dataset_digest="d1")
    with pytest.raises(InvalidInput, match=r"of 200 evaluation examples have no features \(first: index"):
        probe_importance(correct, features=part, k=9)
    with pytest.raises(InvalidInput, match="probe_importance reads correctness scores as scores, not features"):
        probe_importance(features, features=features, k=9)
    with pytest.raises(WrongType, match=r"features= must be a benchtools\.scoring\.Scores of features, not a ndarray"):
        probe_importance(correct, features=features.values, k=9)
    with pytest.raises(InvalidInput, match=r"n_components=6 must be in 1\.\.5"):
        probe_importance(correct, features=features, k=9, n_components=6)
    with pytest.raises(InvalidInput, match="resample='often' is not known"):
        probe_importance(correct, features=features, k=9, resample="often")
    with pytest.raises(InvalidInput, match="exclude one another"):
        probe_importance(correct, features=features, k=25, balance=True, resample="bernoulli")


def test_bernoulli(probes):
    correct, features = probes
    sizes = [len(probe_importance(correct, features=features, k=60, resample="bernoulli", rng=s)) for s in range(60)]
    assert len(set(sizes)) > 5
    assert np.mean(sizes) == pytest.approx(60, abs=4)
    chosen = probe_importance(correct, features=features, k=60, resample="bernoulli")
    assert (chosen.parameters["asked"], chosen.parameters["k"]) == (60, len(chosen))


@pytest.mark.parametrize("order", ["labels_first", "samples_first"])
def test_label_reduction(probes, order):
    """A tenth of the data: a fifth of the classes remain, about half of the examples of each."""
    correct, features = probes
    chosen = probe_importance(correct, features=features, k=60, reduction=order, rng=1)
    kept = chosen.parameters["kept_labels"]
    assert len(chosen) == 60
    assert len(kept) == 4
    assert set(chosen.labels.tolist()) <= set(kept)
    assert chosen.relabelled().max() == 3
    assert [sorted(kept)[label] for label in chosen.relabelled()] == chosen.labels.tolist()
    importance = chosen.probabilities
    if order == "labels_first":
        sums = np.bincount(features.labels, weights=importance)
        assert kept == sorted(range(20), key=lambda label: (-sums[label], label))[:4]
    more = probe_importance(correct, features=features, k=60, reduction=order, n_labels=7, rng=1)
    assert len(more.parameters["kept_labels"]) == 7
    drawn = [
        tuple(probe_importance(correct, features=features, k=60, reduction=order, stochastic_labels=True, rng=s)
              .parameters["kept_labels"]) for s in range(5)
    ]  # fmt: skip
    assert len(set(drawn)) > 1


def test_label_reductions_that_do_not_fit(probes):
    correct, features = probes
    with pytest.raises(InvalidInput, match="reduction='labels' is not known: choose one of labels_first"):
        probe_importance(correct, features=features, k=9, reduction="labels")
    with pytest.raises(InvalidInput, match="the 1 labels kept hold 30 examples, fewer than k=60: raise n_labels"):
        probe_importance(correct, features=features, k=60, reduction="labels_first", n_labels=1)
    with pytest.raises(InvalidInput, match=r"n_labels=21 must be in 1\.\.20"):
        probe_importance(correct, features=features, k=60, reduction="labels_first", n_labels=21)
    bare = Scores(features.values, kind="features", dataset="toy", dataset_digest="d1")
    with pytest.raises(InvalidInput, match="needs the class of each example"):
        probe_importance(correct, features=bare, k=60, reduction="labels_first")


def test_equal_importances(probes):
    correct, features = probes
    right = Scores(np.ones((200, 2)), kind="correctness", dataset="toy", dataset_digest="d1", indices=correct.indices)
    with pytest.warns(ConstantInputWarning, match="all 600 scores are 2: the seed alone decides"):
        assert np.ptp(probe_importance(right, features=features, k=9).probabilities) == 0
