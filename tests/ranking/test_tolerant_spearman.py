"""Tolerant Spearman against the quadratic definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchtools.errors import InvalidInput, WrongType
from benchtools.ranking import bootstrap_interval, spearman, tolerant_spearman


def oracle(x, y, tolerance):
    """Definition T-d2, with all pairs written out."""
    dx, dy = x[:, None] - x, y[:, None] - y
    reach = tolerance + 1e-9 if tolerance > 0 else -1.0
    counts = (np.abs(dx) > reach) | (np.abs(dy) > reach)
    r, s = np.sign(dx).sum(axis=1) / 2, np.sign(dy).sum(axis=1) / 2
    d = ((np.sign(dx) - np.sign(dy)) * counts).sum(axis=1) / 2
    return min(1.0, (r @ r + s @ s - d @ d) / (2 * np.sqrt((r @ r) * (s @ s))))


def test_small_tied_vectors(tied_cases):
    rng = np.random.default_rng(9)
    for x, y in tied_cases(2_500, seed=5):
        tolerance = float(rng.choice([0.0, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 3.0, 100.0]))
        value = tolerant_spearman(x, y, tolerance).statistic
        assert value == pytest.approx(oracle(x, y, tolerance), abs=1e-12)
        assert value == pytest.approx(tolerant_spearman(y, x, tolerance).statistic, abs=1e-12)
        assert value <= 1


def test_tolerance_zero_is_scipys_spearman(tied_cases):
    for x, y in tied_cases(2_000, seed=6):
        assert tolerant_spearman(x, y, 0).statistic == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)


@pytest.mark.parametrize("n", [15, 16, 17, 255, 256, 257, 2_000])
@pytest.mark.parametrize("tolerance", [0.01, 0.1, 0.15, 0.3, 10.0])
def test_larger_vectors(n, tolerance, accuracies):
    """Sizes around powers of 16 are where the counting tree grows a level."""
    x, y = accuracies(n, seed=n)
    assert tolerant_spearman(x, y, tolerance).statistic == pytest.approx(oracle(x, y, tolerance), abs=1e-12)


def test_without_ties_it_is_the_classical_formula_of_the_reduced_differences():
    rng = np.random.default_rng(1)
    x, y = rng.permutation(50).astype(float), rng.permutation(50).astype(float)
    dx, dy = x[:, None] - x, y[:, None] - y
    counts = (np.abs(dx) > 4) | (np.abs(dy) > 4)
    d = ((np.sign(dx) - np.sign(dy)) * counts).sum(axis=1) / 2
    expected = 1 - 6 * (d @ d) / (50 * (50**2 - 1))
    assert tolerant_spearman(x, y, 4).statistic == pytest.approx(expected, abs=1e-12)


def test_differences_of_exactly_the_tolerance_do_not_count():
    """95.15 - 95.00 is more than 0.15 in binary; 0.16 counts."""
    assert 95.15 - 95.00 > 0.15
    reduced = [80.00, 80.15, 70.0, 60.0]
    assert spearman([95.15, 95.00, 90.0, 85.0], reduced).statistic == pytest.approx(0.8)
    assert tolerant_spearman([95.15, 95.00, 90.0, 85.0], reduced, 0.15).statistic == 1
    assert tolerant_spearman([95.16, 95.00, 90.0, 85.0], reduced, 0.15).statistic == pytest.approx(0.8)


@pytest.mark.parametrize(("low", "high", "tolerance"), [(80.02, 80.12, 0.1), (80.07, 80.12, 0.05), (80.07, 80.37, 0.3)])
def test_the_slack_is_for_both_directions(low, high, tolerance):
    """Here high - tolerance is above low in binary, and low + tolerance below high."""
    assert high - tolerance > low
    for x, y in ((low, high), (high, low)):
        assert tolerant_spearman([x, y, 70.0, 60.0], [y, x, 70.0, 60.0], tolerance).statistic == 1


def test_both_vectors_must_be_within_the_tolerance():
    assert tolerant_spearman([95.1, 95.0, 90.0, 85.0], [80.0, 81.0, 70.0, 60.0], 0.15).statistic == pytest.approx(0.8)
    assert tolerant_spearman([96.0, 95.0, 90.0, 85.0], [80.0, 80.1, 70.0, 60.0], 0.15).statistic == pytest.approx(0.8)


def test_ecoNAS_table_a1_pair():  # noqa: N802
    """Networks A and B change places by 0.69 and 3.79: more than 0.15, so the pair counts in full."""
    original, reduced = [95.27, 94.58, 93.00], [82.42, 86.21, 90.00]
    assert spearman(original, reduced).statistic == pytest.approx(-1)
    assert tolerant_spearman(original, reduced, 0.15).statistic == pytest.approx(-1)
    swapped = [95.27, 94.58, 93.0, 92.0], [82.42, 86.21, 80.0, 79.0]
    assert tolerant_spearman(*swapped, 0.15).statistic == pytest.approx(0.8)
    assert tolerant_spearman(*swapped, 3.7).statistic == pytest.approx(0.8)
    assert tolerant_spearman(*swapped, 3.79).statistic == 1


def test_is_clipped_at_one():
    """Different ties in the two vectors would give 1.0104."""
    x, y = np.array([1.0, 1.0, 2.0]), np.array([1.0, 1.1, 2.0])
    r, s = np.array([-0.5, -0.5, 1]), np.array([-1.0, 0, 1])
    assert (r @ r + s @ s) / (2 * np.sqrt((r @ r) * (s @ s))) == pytest.approx(1.0104, abs=1e-4)
    assert tolerant_spearman(x, y, 5).statistic == 1


def test_tolerated_pairs_are_not_ties_of_groups():
    """A chain of small steps percolates into one group; only its neighbours are within the tolerance."""
    x = np.arange(100) * 0.1
    y = x[::-1].copy()
    assert tolerant_spearman(x, y, 0.15).statistic == pytest.approx(oracle(x, y, 0.15), abs=1e-12)
    assert tolerant_spearman(x, y, 0.15).statistic < -0.9


@settings(max_examples=150)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(3, 300),
    correlation=st.floats(0, 0.99),
    spread=st.sampled_from([0.3, 1.0, 3.0]),
)
def test_is_not_below_the_plain_rho(seed, n, correlation, spread, accuracies):
    """Observed, not proven: for correlated normal accuracies [%], rounded to 0.01, at a tolerance of 0.15."""
    x, y = accuracies(n, seed=seed, correlation=correlation, spread=spread)
    if np.ptp(x) > 0 and np.ptp(y) > 0:
        assert tolerant_spearman(x, y, 0.15).statistic >= spearman(x, y).statistic - 1e-12


@pytest.mark.parametrize("tolerance", [True, np.True_, "0.15", b"0.15", None, 1j, [0.15]])
def test_tolerance_of_a_wrong_type(tolerance):
    with pytest.raises(WrongType, match=r"tolerance=.* must be a number of at least 0, in the unit of the vectors"):
        tolerant_spearman([1, 2, 3], [1, 3, 2], tolerance)


@pytest.mark.parametrize("tolerance", [-0.1, -1, float("nan"), float("inf")])
def test_tolerance_out_of_range(tolerance):
    message = r"tolerance=\S+ must be at least 0 and finite, such as 0.15 \[%\]"
    with pytest.raises(InvalidInput, match=message):
        tolerant_spearman([1, 2, 3], [1, 3, 2], tolerance)
    with pytest.raises(InvalidInput, match=message):  # by name too
        bootstrap_interval("tolerant_spearman", [1, 2, 3, 4], [1, 3, 2, 4], tolerance=tolerance, n_resamples=5)


def test_numpy_numbers_are_tolerances():
    for tolerance in (np.float32(0.5), np.int64(0), 1, 0.5):
        assert np.isfinite(tolerant_spearman([1, 2, 3], [1, 3, 2], tolerance).statistic)
