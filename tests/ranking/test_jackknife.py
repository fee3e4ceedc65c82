"""Jackknife intervals: the formula, the scale, and how often they hold the truth."""

import numpy as np
import pytest
from scipy import stats

from benchtools.errors import ConstantInputWarning, InvalidInput
from benchtools.ranking import jackknife_interval, kendall, tolerant_spearman, weighted_kendall


def test_formula_on_fishers_scale(accuracies):
    x, y = accuracies(30)
    z = np.arctanh([stats.kendalltau(np.delete(x, i), np.delete(y, i)).statistic for i in range(30)])
    error = np.sqrt(29 / 30 * ((z - z.mean()) ** 2).sum())
    reach = stats.t.ppf(0.95, 29) * error
    centre = np.arctanh(stats.kendalltau(x, y).statistic)
    interval = jackknife_interval("kendall", x, y, confidence=0.9)
    assert (interval.low, interval.high) == pytest.approx(np.tanh([centre - reach, centre + reach]), abs=1e-9)
    assert (interval.method, interval.n_resamples, interval.confidence) == ("jackknife", 30, 0.9)


def test_a_mean_difference_gets_students_interval(accuracies):
    """On the plain scale the jackknife of a mean is the textbook t interval.

    Regression: the range of a function was taken to be [-1, 1], and its values were clipped to it.
    """
    x, y = accuracies(30)
    interval = jackknife_interval(lambda x, y: np.mean(x - y), x, y)
    expected = stats.ttest_rel(x, y).confidence_interval(0.95)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


@pytest.mark.parametrize(
    "function", [kendall, weighted_kendall, lambda x, y, **kw: tolerant_spearman(x, y, 0.15, **kw)]
)
def test_the_public_statistics_give_it(function, accuracies):
    x, y = accuracies(60)
    estimate = function(x, y, confidence=0.95)
    assert estimate.interval.low < estimate.statistic < estimate.interval.high
    assert estimate.interval.method == "jackknife"
    assert estimate.interval.low > 0.2


def test_many_architectures_are_left_out_in_fifty_groups(accuracies):
    x, y = accuracies(1_000)
    interval = jackknife_interval("weighted_kendall", x, y, rng=1)
    assert interval.n_resamples == 50
    assert interval == jackknife_interval("weighted_kendall", x, y, rng=1)
    assert interval != jackknife_interval("weighted_kendall", x, y, rng=2)
    closed = jackknife_interval("kendall", x, y)
    grouped = jackknife_interval(lambda x, y: stats.kendalltau(x, y).statistic, x, y)
    assert closed.n_resamples == 1_000
    assert (grouped.high - grouped.low) / (closed.high - closed.low) == pytest.approx(1, abs=0.35)


def test_coverage_of_kendalls_tau():
    """Of 300 normal samples of 40, about 95 % of the intervals hold tau = 2/pi asin(rho)."""
    rng = np.random.default_rng(7)
    tau = 2 / np.pi * np.arcsin(0.6)
    held = 0
    for _ in range(300):
        x, y = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=40).T
        interval = jackknife_interval("kendall", x, y)
        held += interval.low <= tau <= interval.high
    assert 0.91 < held / 300 < 0.985


def test_coverage_of_weighted_kendalls_tau_in_groups():
    """The truth is that of a very large sample."""
    rng = np.random.default_rng(8)

    def draw(n):
        return rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=n).T

    truth = np.mean([stats.weightedtau(*draw(300)).statistic for _ in range(150)])
    intervals = [jackknife_interval("weighted_kendall", *draw(300)) for _ in range(50)]
    assert np.mean([interval.low <= truth <= interval.high for interval in intervals]) > 0.8


def test_perfect_order_and_constants():
    interval = jackknife_interval("kendall", np.arange(10), np.arange(10))
    assert (interval.low, interval.high) == pytest.approx((1, 1), abs=1e-12)
    with pytest.warns(ConstantInputWarning, match="x is constant.*kendall is NaN"):
        constant = jackknife_interval("kendall", np.zeros(10), np.arange(10))
    assert np.isnan([constant.low, constant.high]).all()


def test_confidence_is_checked():
    with pytest.raises(InvalidInput, match=r"confidence=95 .* did you mean 0.95\?"):
        jackknife_interval("kendall", [1, 2, 3, 4], [1, 2, 4, 3], confidence=95)
