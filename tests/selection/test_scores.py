"""Scores: what they refuse, and the files that they are written to."""

from itertools import pairwise

import numpy as np
import pytest

from benchtools.errors import InvalidInput, StoreError, WrongType
from benchtools.scoring import KINDS, Scores, forgetting_events, read_scores

# what is refused


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0.1, np.nan, np.inf, 0.2], r"2 of 4 entropy scores are not finite \(1 NaN, the first at index 1\)"),
        ([0.1, -0.2, 0.3], r"entropy -0.2 at index 1 is negative: .*look at the sign"),
        ([[0.1], [0.2]], r"entropy scores have shape \(2, 1\): \(n,\), a value per example, is needed"),
        ([], r"entropy scores have shape \(0,\)"),
        (["a"], "values have dtype <U1: real numbers are needed"),
    ],
)
def test_values_that_do_not_fit(values, message):
    with pytest.raises(InvalidInput, match=message):
        Scores(values, kind="entropy", dataset="toy")


def test_rows_that_do_not_fit():
    rows = np.zeros((70_000, 2), dtype=np.float32)
    rows[[66_000, 69_000], 1] = np.nan
    with pytest.raises(
        InvalidInput, match=r"2 of 70,000 features scores are not finite \(2 NaN, the first at index 66000"
    ):
        Scores(rows, kind="features", dataset="toy")
    with pytest.raises(InvalidInput, match=r"features scores have shape \(3,\): \(n, d\), a row per example"):
        Scores(np.zeros(3), kind="features", dataset="toy")
    with pytest.raises(InvalidInput, match="correctness holds values other than 0 and 1"):
        Scores([[0.5, 1]], kind="correctness", dataset="toy")


def test_kind_labels_and_indices_that_do_not_fit(make):
    with pytest.raises(InvalidInput, match="kind='entropi' is not known: choose one of entropy, forgetting"):
        make([0.1], kind="entropi")
    with pytest.raises(InvalidInput, match=r"labels have shape \(2,\): \(1,\) is needed"):
        make([0.1], labels=[0, 1])
    with pytest.raises(WrongType, match="labels have dtype float64: whole numbers are needed"):
        make([0.1], labels=[0.0])
    with pytest.raises(InvalidInput, match="label -1 at position 1 is negative"):
        make([0.1, 0.2], labels=[0, -1])
    with pytest.raises(InvalidInput, match="indices must be distinct"):
        make([0.1, 0.2], indices=[3, 3])
    with pytest.raises(WrongType, match="the parameters of the scores hold a object"):
        make([0.1], parameters={"model": object()})


def test_another_data_set_is_refused(make):
    scores = make([0.1, 0.2], labels=[0, 1])
    scores.require_dataset("toy", "d1", [0, 1])
    with pytest.raises(
        InvalidInput, match=r"the scores are of toy \(digest d1\), not of toy \(digest d2\): use scores"
    ):
        scores.require_dataset("toy", "d2")
    with pytest.raises(InvalidInput, match="are of the data set 'toy', not of 'cifar10'"):
        scores.require_dataset("cifar10")
    with pytest.raises(
        InvalidInput, match=r"1 of 2 labels are not those of the scores \(first at position 1: 0 is given"
    ):
        scores.require_dataset("toy", "d1", [0, 0])


def test_values_are_read_only(make):
    values = np.array([0.1, 0.2])
    scores = make(values)
    with pytest.raises(ValueError, match="read-only"):
        scores.values[0] = 1
    assert values.flags.writeable


# files


@pytest.mark.parametrize("kind", KINDS)
def test_save_and_load(make, tmp_path, kind):
    rng = np.random.default_rng(0)
    rows = kind in ("features", "correctness")
    values = rng.integers(0, 2, (5, 3) if rows else 5).astype(np.float32 if kind == "features" else np.float64)
    scores = make(
        values, kind, labels=[0, 1, 2, 0, 1], indices=[9, 1, 2, 3, 4], parameters={"model": "m", "n": np.int64(3)}
    )
    again = Scores.load(scores.save(tmp_path / "scores"))
    assert (tmp_path / "scores").is_file()
    assert again.digest == scores.digest
    assert again.values.dtype == scores.values.dtype
    assert again.parameters == {"model": "m", "n": 3}
    assert again.provenance == scores.provenance
    for name in ("values", "labels", "indices"):
        np.testing.assert_array_equal(getattr(again, name), getattr(scores, name))


def test_the_digest_tells_scores_apart(make):
    assert make([0.1, 0.2]).digest == make([0.1, 0.2], parameters={"later": True}).digest
    others = [
        make([0.1, 0.3]),
        make([0.1, 0.2], "loss"),
        make([0.1, 0.2], labels=[0, 1]),
        make([0.1, 0.2], dataset="other"),
    ]
    assert len({scores.digest for scores in (make([0.1, 0.2]), *others)}) == 5


def test_damaged_files(make, tmp_path):
    path = make(np.linspace(0, 1, 999)).save(tmp_path / "scores.npz")
    whole = path.read_bytes()
    for damaged in (whole[:-40], whole[:300], b"", b"PK", whole.replace(whole[2_000:2_004], b"\x01\x02\x03\x04", 1)):
        path.write_bytes(damaged)
        with pytest.raises(InvalidInput, match="is cut short or damaged"):
            Scores.load(path)
    with pytest.raises(StoreError, match=r"cannot read .*missing\.npz"):
        Scores.load(tmp_path / "missing.npz")
    np.savez(tmp_path / "other.npz", values=np.zeros(3))
    with pytest.raises(InvalidInput, match="holds no Scores"):
        Scores.load(tmp_path / "other.npz")
    with pytest.raises(StoreError, match="cannot write"):
        make([0.1]).save(tmp_path / "no" / "folder.npz")
    assert not list(tmp_path.glob(".*draft"))


def test_either_format_is_told_by_its_bytes(make, tmp_path):
    made = make([0.25, 3.0], labels=[1, 0])
    assert read_scores(made.save(tmp_path / "scores.txt")).digest == made.digest
    text = read_scores(made.write_text(tmp_path / "scores.data"), "toy")
    assert (text.values.tolist(), text.labels.tolist(), text.dataset) == ([0.25, 3.0], [1, 0], "toy")
    with pytest.raises(InvalidInput, match=r"scores\.data is a text file, which does not name its data set"):
        read_scores(str(tmp_path / "scores.data"))
    made.write_text(tmp_path / "text.npz")
    with pytest.raises(InvalidInput, match=r"text\.npz holds no Scores, or is cut short or damaged"):
        read_scores(tmp_path / "text.npz", "toy")
    with pytest.raises(StoreError, match=r"cannot read .*missing: No such file"):
        read_scores(tmp_path / "missing", "toy")


def test_published_text(make, tmp_path):
    path = tmp_path / "entropy.txt"
    path.write_text("2 1.5e-21 7\n0 0.25 1\n\n1 3.0 0\n")
    scores = Scores.read_text(path, dataset="cifar10")
    assert scores.values.tolist() == [0.25, 3.0, 1.5e-21]
    assert scores.labels.tolist() == [1, 0, 7]
    assert scores.provenance.inputs == {"file": "entropy.txt"}
    values = np.random.default_rng(0).lognormal(-20, 9, 500)
    made = make(values, labels=np.arange(500) % 7)
    again = Scores.read_text(made.write_text(tmp_path / "out.txt"), dataset="toy", dataset_digest="d1")
    assert again.digest == made.digest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 0.1 1\n1 0.2\n", "line 2: '1 0.2' is not 'index value label'"),
        ("0 0.1 1\n2 0.2 1\n", "index 1 is missing; the indices of 2 lines must be 0..1"),
        ("0 0.1 1\n0 0.2 1\n", "index 0 stands twice"),
        ("1 0.1 1\n2 0.1 1\n", "index 0 is missing"),
        ("", "has no line"),
        ("0 nan 1\n", "1 of 1 entropy scores are not finite"),
    ],
)
def test_text_that_does_not_fit(tmp_path, text, message):
    path = tmp_path / "entropy.txt"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=message):
        Scores.read_text(path, dataset="toy")


def test_what_cannot_be_text(make, tmp_path):
    with pytest.raises(InvalidInput, match="cannot be written as 'index value label'"):
        make([0.1]).write_text(tmp_path / "x.txt")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match="is no text"):
        Scores.read_text(tmp_path / "bytes", dataset="toy")


# forgetting events


@pytest.mark.parametrize(("sequence", "events"), [("0000", 4), ("1111", 0), ("1010", 2), ("0101", 1), ("0011", 0)])
def test_forgetting_sequences_of_the_reference(sequence, events):
    right = np.array([[int(digit)] for digit in sequence])
    assert forgetting_events(right).tolist() == [events]
    assert forgetting_events(np.stack([right, right])).tolist() == [2 * events]
    assert forgetting_events(right, mode="misclassifications").tolist() == [sequence.count("0")]


def test_a_learned_example_is_forgotten_at_most_every_second_time():
    right = np.random.default_rng(0).random((9, 400)) < 0.5
    events, learned = forgetting_events(right), right.any(axis=0)
    assert events[learned].max() <= 9 // 2
    assert (events[~learned] == 9).all()
    plain = [sum(a and not b for a, b in pairwise(column)) for column in right.T.tolist()]
    assert events[learned].tolist() == np.array(plain)[learned].tolist()


def test_events_that_cannot_be_counted():
    with pytest.raises(InvalidInput, match=r"correct has shape \(3,\): \(n_presentations, n_examples\) is needed"):
        forgetting_events([0, 1, 0])
    with pytest.raises(InvalidInput, match="values other than 0 and 1"):
        forgetting_events([[0, 2]])
    with pytest.raises(InvalidInput, match="mode='events' is not known"):
        forgetting_events([[0, 1]], mode="events")
