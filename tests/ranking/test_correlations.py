"""Spearman, Pearson, Kendall and weighted Kendall against SciPy, ties included."""

import numpy as np
import pytest
from scipy import stats

from benchtools.errors import ConstantInputWarning
from benchtools.ranking import kendall, monotonicity, pearson, spearman, weighted_kendall
from benchtools.ranking._kendall import KENDALL
from benchtools.ranking._pearson import PEARSON
from benchtools.ranking._spearman import SPEARMAN

AGAINST_SCIPY = [
    (spearman, stats.spearmanr),
    (pearson, stats.pearsonr),
    (kendall, stats.kendalltau),
    (weighted_kendall, stats.weightedtau),
]
by_name = pytest.mark.parametrize(("ours", "scipys"), AGAINST_SCIPY, ids=[ours.__name__ for ours, _ in AGAINST_SCIPY])


@by_name
def test_small_tied_vectors(ours, scipys, tied_cases):
    for x, y in tied_cases(2_000):
        assert ours(x, y).statistic == pytest.approx(scipys(x, y).statistic, abs=1e-12)


@by_name
def test_large_vectors(ours, scipys, accuracies):
    x, y = accuracies(20_000, seed=4)
    assert ours(x, y).statistic == pytest.approx(scipys(x, y).statistic, abs=1e-12)
    assert ours(x, -y).statistic == pytest.approx(scipys(x, -y).statistic, abs=1e-12)


def test_kendall_counts_pairs(tied_cases):
    """The definition itself, so that not only SciPy vouches for SciPy."""
    for x, y in tied_cases(300, seed=1):
        signs_x, signs_y = (np.sign(v[:, None] - v) for v in (x, y))
        expected = (signs_x * signs_y).sum() / np.sqrt((signs_x**2).sum() * (signs_y**2).sum())
        assert kendall(x, y).statistic == pytest.approx(expected, abs=1e-12)


def test_spearman_without_ties_is_the_classical_formula():
    rng = np.random.default_rng(0)
    for n in (3, 4, 10, 101):
        x, y = rng.permutation(n), rng.permutation(n)
        expected = 1 - 6 * ((x - y) ** 2).sum() / (n * (n**2 - 1))
        assert spearman(x, y).statistic == pytest.approx(expected, abs=1e-14)


def test_pearson_of_extreme_magnitudes():
    x = np.array([1.0, 2.0, 4.0, 7.0])
    y = np.array([2.0, 1.0, 5.0, 6.0])
    expected = stats.pearsonr(x, y).statistic
    for scale in (1e-300, 1e-160, 1e160, 1e300):
        assert pearson(x * scale, y).statistic == pytest.approx(expected, abs=1e-12)
    assert pearson(x + 1e9, y - 1e9).statistic == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("statistic", [SPEARMAN, PEARSON, KENDALL], ids=lambda statistic: statistic.name)
def test_leave_one_out_of_tied_vectors(statistic, tied_cases):
    """Closed forms against leaving out, also where what is left is constant."""
    for x, y in tied_cases(700, seed=2, smallest=4):
        expected = [statistic.kernel(np.delete(x, i), np.delete(y, i)) for i in range(len(x))]
        np.testing.assert_allclose(statistic.leave_one_out(x, y), expected, rtol=0, atol=1e-9)


def test_leave_one_out_of_pearson_where_one_value_dominates():
    """Regression: the difference of two sums cancelled: 1e-9 where NaN was due, and NaN where 1e-9 was."""
    for x in ([90.1, 90.2, 90.1, 90.1], [0.0, 0.0, 0.0, 1e9], [1e9, 1.0, 2.0, 4.0]):
        x, y = np.array(x), np.array([1.74, 1.37, 1.0, 1.45])
        expected = [PEARSON.kernel(np.delete(x, i), np.delete(y, i)) for i in range(4)]
        np.testing.assert_allclose(PEARSON.leave_one_out(x, y), expected, rtol=0, atol=1e-9)


class TestMonotonicity:
    @pytest.mark.parametrize("m", [3, 4, 5, 30])
    def test_sorted_and_reversed(self, m):
        values = np.sort(np.random.default_rng(m).normal(size=m))
        assert monotonicity(values).statistic == pytest.approx(1, abs=1e-15)
        assert monotonicity(values[::-1]).statistic == pytest.approx(-1, abs=1e-15)
        assert monotonicity(values).n == m
        assert monotonicity(values).name == "monotonicity"

    @pytest.mark.parametrize(("m", "step"), [(4, 0.2), (5, 0.1)])
    def test_takes_multiples_of_a_step(self, m, step):
        rng = np.random.default_rng(0)
        found = {round(monotonicity(rng.permutation(m)).statistic / step, 9) for _ in range(1_000)}
        assert all(value == int(value) for value in found)
        assert {-1 / step, 0.0, 1 / step} <= found

    def test_against_scipy(self, tied_cases):
        for x, _ in tied_cases(300, seed=3):
            expected = stats.spearmanr(x, np.arange(len(x))).statistic
            assert monotonicity(x).statistic == pytest.approx(expected, abs=1e-12)

    def test_constant_is_nan_with_a_warning(self):
        with pytest.warns(ConstantInputWarning, match=r"constant \(0.5\)"):
            assert np.isnan(monotonicity([0.5, 0.5, 0.5]).statistic)
