"""Overlap, precision, best rank and regret against an enumeration of all tie-breaks."""

import itertools

import numpy as np
import pytest

from benchtools.errors import InvalidInput, WrongType
from benchtools.ranking import best_rank_at_k, precision_at_k, regret, top_k_overlap

ORDERS = {n: np.array(list(itertools.permutations(range(n)))) for n in range(3, 7)}


def all_picks(values, k):
    """Every way to break the ties of `values`, equally likely: the best k of each, shape ``(n_ways, k)``."""
    orders = ORDERS[len(values)]
    return orders[(np.diff(values[orders], axis=1) <= 0).all(axis=1), :k]


def chances(values, k):
    """Chance of each architecture to be among the best k."""
    picks = all_picks(values, k)
    return np.array([(picks == arch).any(axis=1).mean() for arch in range(len(values))])


def ranks(truth):
    return 1 + (truth[:, None] < truth).sum(axis=1)


@pytest.fixture(scope="module")
def cases(tied_cases):
    return [(x, y, k) for x, y in tied_cases(250, seed=7, largest=6) for k in range(1, len(x) + 1)]


def test_precision_is_the_expectation_over_tie_breaks(cases):
    for truth, proxy, k in cases:
        picks = all_picks(proxy, k)
        for top in {1, k, len(truth)}:
            expected = (ranks(truth)[picks] <= top).mean()
            assert precision_at_k(truth, proxy, k, top=top).statistic == pytest.approx(expected, abs=1e-12)
        assert precision_at_k(truth, proxy, k).statistic == precision_at_k(truth, proxy, k, top=k).statistic


def test_best_rank_is_the_expectation_over_tie_breaks(cases):
    for truth, proxy, k in cases:
        expected = ranks(truth)[all_picks(proxy, k)].min(axis=1).mean()
        assert best_rank_at_k(truth, proxy, k).statistic == pytest.approx(expected, abs=1e-12)


def test_regret_is_the_expectation_over_tie_breaks(cases):
    for truth, proxy, k in cases:
        expected = truth.max() - truth[all_picks(proxy, k)].max(axis=1).mean()
        assert regret(truth, proxy, k).statistic == pytest.approx(expected, abs=1e-12)


def test_overlap_is_the_expectation_over_tie_breaks_of_one_vector(cases):
    for _, proxy, k in cases:
        truth = np.random.default_rng(k).permutation(len(proxy)).astype(float)
        best = np.argsort(-truth)[:k]
        expected = np.isin(all_picks(proxy, k), best).mean()
        assert top_k_overlap(truth, proxy, k).statistic == pytest.approx(expected, abs=1e-12)
        assert top_k_overlap(proxy, truth, k).statistic == pytest.approx(expected, abs=1e-12)


def test_overlap_of_two_tied_vectors_lets_the_chances_coincide(cases):
    for x, y, k in cases:
        expected = np.minimum(chances(x, k), chances(y, k)).sum() / k
        assert top_k_overlap(x, y, k).statistic == pytest.approx(expected, abs=1e-12)
        assert top_k_overlap(x, x, k).statistic == pytest.approx(1, abs=1e-12)


def test_without_ties_they_are_about_sets():
    rng = np.random.default_rng(3)
    for n in (5, 40, 1_000):
        truth, proxy = rng.normal(size=n), rng.normal(size=n)
        for k in (1, n // 3, n):
            picks, best = np.argsort(-proxy)[:k], np.argsort(-truth)
            shared = len(set(picks) & set(best[:k])) / k
            position = min(np.flatnonzero(best == pick)[0] for pick in picks)
            assert top_k_overlap(truth, proxy, k).statistic == pytest.approx(shared)
            assert precision_at_k(truth, proxy, k).statistic == pytest.approx(shared)
            assert precision_at_k(truth, proxy, k, top=2 * n // 3).statistic == pytest.approx(
                np.isin(picks, best[: 2 * n // 3]).mean()
            )
            assert best_rank_at_k(truth, proxy, k).statistic == position + 1
            assert regret(truth, proxy, k).statistic == pytest.approx(truth.max() - truth[picks].max(), abs=1e-15)


def test_ties_by_hand():
    """The proxy's second place is tied among the truth's best, third and worst."""
    truth, proxy = [9.0, 8.0, 7.0, 1.0], [5.0, 6.0, 5.0, 5.0]
    assert precision_at_k(truth, proxy, 2).statistic == pytest.approx((1 + 1 / 3) / 2)
    assert best_rank_at_k(truth, proxy, 2).statistic == pytest.approx((1 + 2 + 2) / 3)
    assert regret(truth, proxy, 2).statistic == pytest.approx((0 + 1 + 1) / 3)
    assert regret(truth, proxy, 1).statistic == 1
    assert best_rank_at_k([9.0, 9.0, 7.0], [1.0, 0.0, 0.5], 1).statistic == 1


def test_a_constant_proxy_is_a_draw_at_random():
    """It picks without looking: no NaN, but the expectation of k random picks."""
    truth = np.arange(10.0)
    proxy = np.zeros(10)
    assert precision_at_k(truth, proxy, 3).statistic == pytest.approx(0.3)
    assert top_k_overlap(truth, proxy, 3).statistic == pytest.approx(0.3)
    expected = np.mean([9 - max(picks) for picks in itertools.combinations(range(10), 3)])
    assert regret(truth, proxy, 3).statistic == pytest.approx(expected)
    assert best_rank_at_k(truth, proxy, 3).statistic == pytest.approx(1 + expected)


def test_values_stay_within_their_range(tied_cases):
    """Regression: rounding gave a precision of 1.0000000000000002."""
    for x, y in tied_cases(500, seed=8, smallest=10, largest=40):
        for k in (1, 3, 7, 9):
            for statistic in (precision_at_k, top_k_overlap):
                assert 0 <= statistic(x, y, k).statistic <= 1
            assert regret(x, y, k).statistic >= 0
            assert best_rank_at_k(x, y, k).statistic >= 1


@pytest.mark.parametrize("statistic", [top_k_overlap, precision_at_k, best_rank_at_k, regret])
class TestK:
    def test_a_share_is_rounded_to_architectures(self, statistic, accuracies):
        x, y = accuracies(50)
        assert statistic(x, y, 0.1).statistic == statistic(x, y, 5).statistic == statistic(x, y, 5.0).statistic
        assert statistic(x, y, 0.001).statistic == statistic(x, y, 1).statistic
        assert statistic(x, y, np.int64(7)).statistic == statistic(x, y, 7).statistic

    @pytest.mark.parametrize("k", [0, -1, 5, 2.5, float("nan"), float("inf"), -0.5])
    def test_out_of_range(self, statistic, k):
        with pytest.raises(InvalidInput, match=rf"k={k!r} must be a whole number in 1..4 \(n = 4\), or a share"):
            statistic([4, 3, 2, 1], [4, 3, 1, 2], k)

    @pytest.mark.parametrize("k", [True, "3", None, 1j])
    def test_of_a_wrong_type(self, statistic, k):
        with pytest.raises(WrongType, match="must be a number of architectures or a share of them"):
            statistic([4, 3, 2, 1], [4, 3, 1, 2], k)


def test_top_out_of_range():
    with pytest.raises(InvalidInput, match=r"top=9 must be a whole number in 1..4"):
        precision_at_k([4, 3, 2, 1], [4, 3, 1, 2], 2, top=9)
