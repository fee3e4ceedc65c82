"""Methods that rank: entropy, loss, forgetting, both tails; and the draws of random and class_random."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchtools.errors import ConstantInputWarning, InvalidInput
from benchtools.scoring import Scores
from benchtools.selection import (
    class_random,
    entropy_bottom,
    entropy_top,
    forgetting,
    loss_easy,
    loss_hard,
    random,
    two_tailed,
)
from benchtools.selection._balance import apportion, equal_shares

values_and_k = st.lists(st.integers(0, 6), min_size=2, max_size=30).flatmap(
    lambda values: st.tuples(st.just(values), st.integers(1, len(values)))
)


def plain(values, k, sign):
    """Return the k best by a full sort, ties by index."""
    return sorted(range(len(values)), key=lambda index: (sign * values[index], index))[:k]


@pytest.mark.filterwarnings("ignore:all .* scores are")
@given(values_and_k)
def test_against_a_full_sort(case):
    values, k = case
    for function, kind, sign in (
        (entropy_top, "entropy", -1), (entropy_bottom, "entropy", 1), (loss_easy, "loss", 1),
        (loss_hard, "reconstruction_loss", -1),
    ):  # fmt: skip
        chosen = function(Scores(values, kind=kind, dataset="toy"), k=k)
        assert chosen.indices.tolist() == plain(values, k, sign)
        assert chosen.scores.tolist() == [values[index] for index in chosen.indices]


def test_bottom_is_top_of_the_negatives_and_both_are_nested(entropies, make):
    values = entropies.values
    mirrored = make(values.max() - values)
    for k in (1, 10, 500, 2_000):
        few = entropy_bottom(entropies, k=k).indices
        np.testing.assert_array_equal(few, entropy_top(mirrored, k=k).indices)
        np.testing.assert_array_equal(few, entropy_bottom(entropies, k=2_000).indices[:k])
        both = {*few.tolist(), *(entropy_top(entropies, k=2_000 - k).indices.tolist() if k < 2_000 else [])}
        assert both == set(range(2_000))


@pytest.mark.parametrize("k", [1, 37, 199])
def test_easy_and_hard_part_the_data(make, k):
    scores = make(np.random.default_rng(2).gamma(1, 1, 200), "loss")
    easy, hard = loss_easy(scores, k=k).indices.tolist(), loss_hard(scores, k=200 - k).indices.tolist()
    assert sorted(easy + hard) == list(range(200))


@pytest.mark.parametrize("balance", [False, True])
def test_the_peers_directions_agree(make, balance):
    """DeepCore, uncertainty.py: with and without balance the opposite ends are taken."""
    scores = make([0.1, 0.9, 0.2, 0.8], labels=[0, 0, 1, 1])
    assert sorted(entropy_top(scores, k=2, balance=balance).indices.tolist()) == [1, 3]
    assert sorted(entropy_bottom(scores, k=2, balance=balance).indices.tolist()) == [0, 2]


# both tails


@pytest.mark.parametrize("beta", [0, 0.1, 0.5, 0.9, 1])
def test_two_tails(entropies, beta):
    chosen = two_tailed(entropies, k=150, beta=beta)
    low = round(beta * 150)
    bottom, top = entropy_bottom(entropies, k=150).indices, entropy_top(entropies, k=150).indices
    np.testing.assert_array_equal(chosen.indices, np.concatenate([bottom[:low], top[: 150 - low]]))
    assert len(two_tailed(entropies, k=2_000, beta=beta)) == 2_000


@pytest.mark.parametrize("beta", [-0.1, 1.1, float("nan"), "0.9"])
def test_beta_that_does_not_fit(entropies, beta):
    with pytest.raises(InvalidInput, match=rf"beta={beta!r} must be"):
        two_tailed(entropies, k=5, beta=beta)


# forgetting


def test_never_learned_examples_rank_hardest(make):
    """DeepCore, forgetting.py: they get 0 events and look unforgettable. `forgetting_events` gives them the most."""
    from benchtools.scoring import forgetting_events

    right = np.array([[0, 0, 0, 0, 0], [1, 1, 1, 1, 1], [1, 0, 1, 0, 1], [0, 1, 0, 1, 1]]).T
    assert forgetting(make(forgetting_events(right), "forgetting"), k=2).indices.tolist() == [0, 2]


def test_ties_of_forgetting_are_a_random_draw(make):
    scores = make(np.r_[np.zeros(990), np.arange(1, 11)], "forgetting")
    first, second = (forgetting(scores, k=110, rng=seed).indices for seed in (1, 2))
    assert first[:10].tolist() == second[:10].tolist() == list(range(999, 989, -1))
    assert set(first[10:].tolist()) != set(second[10:].tolist())
    assert 300 < np.mean(first[10:]) < 690
    np.testing.assert_array_equal(forgetting(scores, k=40, rng=1).indices, first[:40])
    assert forgetting(scores, k=13, ties="index").indices[10:].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("function", "kind", "rule"),
    [
        (entropy_top, "entropy", "the lower index"), (entropy_bottom, "entropy", "the lower index"),
        (two_tailed, "entropy", "the lower index"), (loss_easy, "loss", "the lower index"),
        (loss_hard, "loss", "the lower index"), (forgetting, "forgetting", "a random order by rng"),
    ],
)  # fmt: skip
def test_constant_scores_say_what_decides(make, function, kind, rule):
    with pytest.warns(ConstantInputWarning, match=f"all 5 scores are 2: {rule} alone decides what") as caught:
        chosen = function(make([2.0] * 5, kind), k=2)
    assert caught[0].filename == __file__
    assert chosen.notes == (str(caught[0].message),)
    with pytest.raises(InvalidInput, match="ties='first' is not known: choose one of index, random"):
        function(make([2.0] * 5, kind), k=2, ties="first")


# draws


def test_random_takes_each_with_the_same_chance(make):
    scores = make(np.zeros(20))
    counts = np.zeros(20)
    rng = np.random.default_rng(4)
    for _ in range(400):
        counts[random(scores, k=5, rng=rng).indices] += 1
    assert abs(counts / 400 - 0.25).max() < 4 * np.sqrt(0.25 * 0.75 / 400)
    np.testing.assert_array_equal(random(scores, k=3, rng=9).indices, random(scores, k=9, rng=9).indices[:3])


@given(st.lists(st.integers(1, 50), min_size=1, max_size=12), st.data())
def test_shares(sizes, data):
    sizes = np.array(sizes)
    k = data.draw(st.integers(1, int(sizes.sum())))
    shares = apportion(k, sizes)
    assert shares.sum() == k
    assert (abs(shares - k * sizes / sizes.sum()) < 1).all()
    assert (shares <= sizes).all()
    if k < len(sizes):
        with pytest.raises(InvalidInput, match=f"k={k} is smaller than the {len(sizes)} classes: balance=True gives"):
            equal_shares(k, sizes)
        return
    equal = equal_shares(k, sizes)
    assert equal.sum() == k
    assert ((equal == sizes) | (equal >= equal.max() - 1)).all()
    assert (equal <= sizes).all()


def test_class_random_is_proportional_and_says_what_it_leaves_out(entropies, make):
    chosen = class_random(entropies, k=333)
    sizes = np.bincount(entropies.labels)
    assert (abs(np.bincount(chosen.labels, minlength=10) - 333 * sizes / 2_000) < 1).all()
    assert np.bincount(class_random(entropies, k=200, balance=True).labels).tolist() == [20] * 10
    with pytest.warns(UserWarning, match="k=2 is smaller than the 3 classes: 1 of them are left out"):
        assert len(class_random(make(np.zeros(6), labels=[0, 0, 1, 1, 2, 2]), k=2)) == 2


def test_balanced_prefixes_are_balanced(entropies):
    chosen = entropy_top(entropies, k=200, balance=True)
    for k in (10, 50, 200):
        assert np.ptp(np.bincount(chosen.labels[:k], minlength=10)) == 0
    small = entropies.labels == 0
    everything = entropy_top(entropies, k=1_900, balance=True)
    assert (everything.labels == 0).sum() == small.sum()
