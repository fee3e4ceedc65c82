"""The result object, and the input that no method takes."""

import json

import numpy as np
import pytest

from benchtools.errors import InvalidInput, StoreError, WrongType
from benchtools.selection import Population, Selection, entropy_top, k_center, p1, random


@pytest.fixture
def chosen(entropies):
    return p1(entropies, k=100, rng=2)


def test_save_and_load(chosen, tmp_path):
    again = Selection.load(chosen.save(tmp_path / "proxy.npz"))
    for name in ("indices", "scores", "labels", "probabilities"):
        np.testing.assert_array_equal(getattr(again, name), getattr(chosen, name))
    for name in ("method", "parameters", "seed", "dataset", "dataset_digest", "scores_kind", "scores_digest", "notes"):
        assert getattr(again, name) == getattr(chosen, name)
    assert again.population == chosen.population
    assert again.provenance == chosen.provenance
    assert again.describe() == chosen.describe()
    assert not list(tmp_path.glob(".*draft"))


def test_files_that_are_no_selection(chosen, entropies, tmp_path):
    path = chosen.save(tmp_path / "proxy.npz")
    whole = path.read_bytes()
    for damaged in (whole[:-30], whole[:100], b""):
        path.write_bytes(damaged)
        with pytest.raises(InvalidInput, match="holds no Selection, or is cut short or damaged"):
            Selection.load(path)
    with pytest.raises(InvalidInput, match=r"holds Scores: a file that Selection\.save wrote is needed"):
        Selection.load(entropies.save(tmp_path / "scores.npz"))
    with pytest.raises(StoreError, match="cannot read"):
        Selection.load(tmp_path / "missing.npz")
    header = np.frombuffer(json.dumps({"format": "Selection", "version": 1}).encode(), dtype=np.uint8)
    np.savez(tmp_path / "empty.npz", header=header)
    with pytest.raises(InvalidInput, match=r"is damaged .*: save the selection again"):
        Selection.load(tmp_path / "empty.npz")
    later = np.frombuffer(json.dumps({"format": "Selection", "version": 9}).encode(), dtype=np.uint8)
    np.savez(tmp_path / "later.npz", header=later)
    with pytest.raises(InvalidInput, match=r"written by a newer benchtools \(version 9\): upgrade"):
        Selection.load(tmp_path / "later.npz")


@pytest.mark.parametrize(
    ("indices", "message"),
    [
        ([1, 2, 1, 1], "2 of 4 indices stand twice"), ([-1, 2], "index -1 is negative"), ([], "at least one"),
        ([0.5], "a vector of whole numbers is needed"), ([[1]], "a vector of whole numbers is needed"),
    ],
)  # fmt: skip
def test_indices_that_are_no_selection(indices, message):
    with pytest.raises(InvalidInput, match=message):
        Selection(indices, "mine", {}, 0, "toy", None, "entropy", "d", Population(9))


def test_lengths_must_fit():
    common = {
        "indices": [1, 2],
        "method": "mine",
        "parameters": {},
        "seed": 0,
        "dataset": "toy",
        "dataset_digest": None,
    }
    rest = {"scores_kind": "entropy", "scores_digest": "d", "population": Population(9)}
    for name, length in (("scores", 2), ("labels", 2), ("probabilities", 9)):
        with pytest.raises(InvalidInput, match=rf"{name} have shape \(3,\): \({length},\) is needed"):
            Selection(**common, **rest, **{name: np.zeros(3)})


def test_describe(make):
    scores = make([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], labels=[0, 0, 0, 0, 1, 2])
    found = entropy_top(scores, k=3).describe()
    assert (found.k, found.n, found.fraction) == (3, 6, 0.5)
    assert [tuple(entry) for entry in found.classes] == [
        (0, 1, pytest.approx(1 / 3), 0.25, pytest.approx(2 / 3)),
        (1, 1, pytest.approx(1 / 3), 1.0, pytest.approx(1 / 6)),
        (2, 1, pytest.approx(1 / 3), 1.0, pytest.approx(1 / 6)),
    ]
    levels = [entry.level for entry in found.quantiles]
    np.testing.assert_allclose([entry.selection for entry in found.quantiles], np.quantile([0.4, 0.5, 0.6], levels))
    np.testing.assert_allclose([entry.dataset for entry in found.quantiles], np.quantile(scores.values, levels))
    assert str(found).startswith("3 of 6 examples (50.00%)\n3 classes; shares from 0.333")


def test_describe_without_labels_or_values(make):
    found = k_center(make(np.eye(4), "features"), k=2).describe()
    assert found.classes == ()
    assert [entry.selection for entry in found.quantiles] == [pytest.approx(2**0.5)] * 11
    assert all(np.isnan(entry.dataset) for entry in found.quantiles)
    assert random(make(np.eye(4), "features"), k=2).describe().quantiles == ()


def test_overlap(make, entropies):
    scores = make([0.1, 0.2, 0.3, 0.4])
    first, second = entropy_top(scores, k=3), entropy_top(scores, k=2)
    assert first.overlap(second) == (2, 1.0, pytest.approx(2 / 3), 1.5)
    assert first.overlap(first).jaccard == 1
    other = entropy_top(make([0.1, 0.2], dataset_digest="d2"), k=1)
    with pytest.raises(InvalidInput, match=r"are of different data sets \(digests d1 and d2\): their indices mean"):
        first.overlap(other)
    unknown = entropy_top(make([0.1, 0.2], dataset_digest=None, dataset="other"), k=1)
    with pytest.raises(InvalidInput, match="are of different data sets"):
        first.overlap(unknown)


def test_relabelled_needs_labels(make, entropies):
    assert entropy_top(entropies, k=5).relabelled().tolist() == entropy_top(entropies, k=5).labels.tolist()
    with pytest.raises(InvalidInput, match="has no labels"):
        entropy_top(make([0.1, 0.2]), k=1).relabelled()


def test_indices_of_a_part_are_those_of_the_data_set(make):
    part = make([0.3, 0.9, 0.1], indices=[50, 7, 20])
    assert entropy_top(part, k=2).indices.tolist() == [7, 50]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "k=None, fraction=None: give exactly one of them"),
        ({"k": 1, "fraction": 0.5}, "give exactly one"),
        ({"k": 0}, r"k=0 must be in 1\.\.4, the number of scored examples"),
        ({"k": 5}, r"k=5 must be in 1\.\.4"),
        ({"k": 1.5}, r"k=1\.5 must be a whole number of examples; for a share of them pass fraction="),
        ({"fraction": 0}, r"fraction=0\.0 must be above 0 and at most 1"),
        ({"fraction": 25}, r"fraction=25\.0 must be above 0 and at most 1; did you mean 0\.25\?"),
        ({"fraction": 0.1}, "is less than one example"),
        ({"fraction": "half"}, "fraction='half' must be a number"),
        ({"k": 2, "rng": -1}, "rng=-1 must be a seed"),
        ({"k": 2, "rng": None}, "rng=None must be a seed"),
        ({"k": 2, "balance": True}, "balance=True needs the class of each example, .*: pass labels="),
        ({"k": 2, "balance": True, "labels": [0, 1, 2, 3]}, "k=2 is smaller than the 4 classes: balance=True gives"),
        ({"k": 2, "labels": [0, 1]}, r"labels have shape \(2,\): \(4,\) is needed"),
    ],
)
def test_input_that_no_method_takes(make, options, message):
    with pytest.raises(InvalidInput, match=message):
        entropy_top(make([0.1, 0.2, 0.3, 0.4]), **options)


def test_other_scores_and_labels_are_refused(make):
    with pytest.raises(InvalidInput, match="p1 reads entropy scores, not loss: score the data set anew, or choose"):
        p1(make([0.1], "loss"), k=1)
    with pytest.raises(WrongType, match=r"reads a benchtools\.scoring\.Scores, not a list: wrap the values"):
        p1([0.1], k=1)
    with pytest.raises(InvalidInput, match=r"1 of 2 labels are not those of the scores \(first at position 0"):
        entropy_top(make([0.1, 0.2], labels=[0, 1]), k=1, labels=[1, 1])


def test_fractions_are_decimal(make):
    """0.29 * 100 is 28.999... in binary floats; 29 examples are meant."""
    scores = make(np.arange(100.0))
    assert len(entropy_top(scores, fraction=0.29)) == 29
    assert len(entropy_top(scores, fraction=1)) == 100
    assert len(entropy_top(scores, fraction=0.299)) == 29


def test_a_generator_leaves_its_state_in_the_provenance(entropies):
    generator = np.random.default_rng(3)
    first, second = (random(entropies, k=5, rng=generator) for _ in range(2))
    assert first.seed is None
    assert first.indices.tolist() == random(entropies, k=5, rng=3).indices.tolist() != second.indices.tolist()
    assert first.provenance.inputs["generator_state"] != second.provenance.inputs["generator_state"]
