"""What statistics refuse, and how they say it."""

import warnings

import numpy as np
import pandas as pd
import pytest

from benchtools.errors import BenchtoolsError, ConstantInputWarning, InvalidInput, WrongType
from benchtools.ranking import (
    Estimate,
    Interval,
    best_rank_at_k,
    bootstrap_interval,
    jackknife_interval,
    kendall,
    monotonicity,
    pearson,
    permutation_pvalue,
    precision_at_k,
    regret,
    spearman,
    tolerant_spearman,
    top_k_overlap,
    weighted_kendall,
)

CORRELATIONS = {
    "spearman": spearman,
    "pearson": pearson,
    "kendall": kendall,
    "weighted_kendall": weighted_kendall,
    "tolerant_spearman": lambda x, y, **kwargs: tolerant_spearman(x, y, 0.15, **kwargs),
}
PICKS = {
    "top_k_overlap": lambda x, y, **kwargs: top_k_overlap(x, y, 2, **kwargs),
    "precision_at_k": lambda x, y, **kwargs: precision_at_k(x, y, 2, **kwargs),
    "best_rank_at_k": lambda x, y, **kwargs: best_rank_at_k(x, y, 2, **kwargs),
    "regret": lambda x, y, **kwargs: regret(x, y, 2, **kwargs),
}
RESAMPLED = {
    "bootstrap_interval": lambda x, y: bootstrap_interval("spearman", x, y, n_resamples=9),
    "jackknife_interval": lambda x, y: jackknife_interval("spearman", x, y),
    "permutation_pvalue": lambda x, y: permutation_pvalue("spearman", x, y, n_permutations=9),
}
STATISTICS = CORRELATIONS | PICKS
EVERY = STATISTICS | RESAMPLED
GOOD = [1.0, 2.0, 4.0, 3.0]


def names_of(name):
    return ("truth", "proxy") if name in ("precision_at_k", "best_rank_at_k", "regret") else ("x", "y")


@pytest.mark.parametrize("name", EVERY)
class TestEvery:
    def test_lengths_differ(self, name):
        first, second = names_of(name)
        message = f"the vectors differ in length: {first} has 4, {second} has 3; give one value per architecture"
        with pytest.raises(InvalidInput, match=message):
            EVERY[name](GOOD, GOOD[:3])

    @pytest.mark.parametrize("n", [0, 1, 2])
    def test_too_few(self, name, n):
        with pytest.raises(InvalidInput, match=f"n = {n} architectures: at least 3 are needed"):
            EVERY[name](np.arange(float(n)), np.arange(float(n)))

    @pytest.mark.parametrize(
        ("bad", "dtype"),
        [
            (["1", "2", "3", "4"], "<U1"),
            ([True, False, True, True], "bool"),
            ([1.0, None, 2.0, 3.0], "object"),
            ([1j, 2, 3, 4], "complex128"),
            (np.array(GOOD, dtype=object), "object"),
            (np.array([1, 2, 3, 4], dtype="M8[s]"), "datetime64"),
            (pd.Series(["1", "2", "3", "4"], dtype=object), "object"),
            (pd.Series([True, False, None, True], dtype="boolean"), "object"),
        ],
    )
    def test_wrong_dtype_is_named(self, name, bad, dtype):
        first, second = names_of(name)
        with pytest.raises(WrongType, match=f"{first} has dtype {dtype}.*: real numbers are needed"):
            EVERY[name](bad, GOOD)
        with pytest.raises(TypeError, match=f"{second} has dtype {dtype}"):
            EVERY[name](GOOD, bad)

    def test_non_finite_values_are_counted_and_located(self, name):
        first, second = names_of(name)
        bad = [1.0, np.nan, np.inf, -np.inf]
        message = rf"{second} has 3 non-finite values \(1 NaN, 2 infinite\) at positions 1, 2, 3: remove them"
        with pytest.raises(InvalidInput, match=message):
            EVERY[name](GOOD, bad)
        many = np.full(9, np.nan)
        with pytest.raises(InvalidInput, match=rf"{first} has 9 .* at positions 0, 1, 2, 3, 4, \.\.\.: remove"):
            EVERY[name](many, np.arange(9.0))

    def test_misaligned_series_are_refused(self, name):
        first, second = names_of(name)
        x, y = pd.Series(GOOD, index=list("abcd")), pd.Series(GOOD, index=list("dcba"))
        with pytest.raises(InvalidInput, match=rf"{first} and {second} are pandas Series .*{second}\.reindex\({first}"):
            EVERY[name](x, y)
        EVERY[name](x, y[::-1])
        EVERY[name](x, y.to_numpy())

    def test_masked_values_are_refused(self, name):
        """A mask would be dropped without a word."""
        masked = np.ma.masked_greater(np.array(GOOD), 3.5)
        with pytest.raises(InvalidInput, match="1 masked values: fill them with NaN first"):
            EVERY[name](masked, GOOD)


@pytest.mark.parametrize("name", STATISTICS)
class TestStatistics:
    @pytest.mark.parametrize("shape", [(2, 2), (4, 1), (1, 4), ()])
    def test_other_shapes_are_refused(self, name, shape):
        bad = np.ones(shape) if shape == () else np.array(GOOD).reshape(shape)
        with pytest.raises(InvalidInput, match=r"has shape .*: a vector of shape"):
            STATISTICS[name](bad, GOOD)

    def test_omit_drops_and_reports(self, name):
        x = [1.0, np.nan, 2.0, 4.0, 3.0, np.inf]
        y = [2.0, 5.0, 1.0, 4.0, 3.0, 6.0]
        estimate = STATISTICS[name](x, y, nan_policy="omit")
        expected = STATISTICS[name]([1.0, 2.0, 4.0, 3.0], [2.0, 1.0, 4.0, 3.0])
        assert (estimate.n, estimate.n_dropped) == (4, 2)
        assert (expected.n, expected.n_dropped) == (4, 0)
        assert estimate.statistic == expected.statistic
        with pytest.raises(InvalidInput, match=r"n = 1 architectures \(3 of 4 dropped as not finite\): at least 3"):
            STATISTICS[name]([1.0, np.nan, np.inf, 2.0], [1.0, 2.0, 3.0, np.nan], nan_policy="omit")

    @pytest.mark.parametrize("policy", ["propagate", None, "Omit"])
    def test_unknown_nan_policy(self, name, policy):
        with pytest.raises(InvalidInput, match=f"nan_policy={policy!r} is not known: choose one of raise, omit"):
            STATISTICS[name](GOOD, GOOD, nan_policy=policy)

    @pytest.mark.parametrize(
        "kind", [np.int8, np.uint16, np.int64, np.float16, np.float32, np.longdouble, "Float64", "Int32", list, tuple]
    )
    def test_real_numbers_of_any_kind_give_the_same(self, name, kind):
        y = [2, 1, 4, 3]
        if isinstance(kind, str):
            x = pd.Series([1, 2, 4, 3], dtype=kind)
        else:
            x = kind([1, 2, 4, 3]) if kind in (list, tuple) else np.array([1, 2, 4, 3], dtype=kind)
        assert STATISTICS[name](x, y).statistic == STATISTICS[name](GOOD, np.array(y, dtype=float)).statistic

    def test_missing_values_of_pandas(self, name):
        x = pd.Series([1.0, None, 2.0, 4.0, 3.0], dtype="Float64")
        y = [2.0, 5.0, 1.0, 4.0, 3.0]
        with pytest.raises(InvalidInput, match=r"has 1 non-finite values \(1 NaN, 0 infinite\) at positions 1"):
            STATISTICS[name](x, y)
        assert STATISTICS[name](x, y, nan_policy="omit").n_dropped == 1

    @pytest.mark.parametrize(("confidence", "hint"), [(95, "0.95"), (90, "0.9"), (99.9, "0.999")])
    def test_percent_as_confidence_gets_the_hint(self, name, confidence, hint):
        with pytest.raises(InvalidInput, match=rf"confidence={confidence} must lie .* did you mean {hint}\?"):
            STATISTICS[name](GOOD, [1.0, 3.0, 2.0, 4.0], confidence=confidence)

    def test_the_inputs_stay_as_they_are(self, name):
        x, y = np.array([3.0, 1.0, 2.0, 2.0]), np.array([1.0, 1.0, 3.0, 2.0])
        STATISTICS[name](x, y)
        assert x.tolist() == [3, 1, 2, 2]
        assert y.tolist() == [1, 1, 3, 2]


@pytest.mark.parametrize("name", CORRELATIONS)
class TestConstants:
    def test_are_nan_with_a_warning_at_the_caller(self, name):
        with pytest.warns(
            ConstantInputWarning, match=rf"y is constant \(5\): it has no order, so {name} is NaN"
        ) as seen:
            estimate = CORRELATIONS[name](GOOD, [5] * 4)
        assert np.isnan(estimate.statistic)
        assert [warning.filename for warning in seen] == [__file__]

    def test_with_an_interval_are_nan_throughout(self, name):
        with pytest.warns(ConstantInputWarning, match="x is constant"):
            estimate = CORRELATIONS[name]([5.5] * 6, [1, 2, 3, 4, 5, 6], confidence=0.9)
        assert np.isnan([estimate.statistic, estimate.interval.low, estimate.interval.high]).all()

    def test_varied_vectors_do_not_warn(self, name):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            CORRELATIONS[name](GOOD, [5, 5, 5, 6])


@pytest.mark.parametrize("name", PICKS)
def test_picks_of_constants_are_numbers_without_a_warning(name):
    assert np.isfinite(PICKS[name](GOOD, [5] * 4).statistic)


class TestMonotonicityInput:
    def test_messages(self):
        with pytest.raises(InvalidInput, match="n = 2 architectures: at least 3 are needed"):
            monotonicity([1, 2])
        with pytest.raises(InvalidInput, match=r"values has 1 non-finite values .* at positions 2"):
            monotonicity([1, 2, np.nan])
        with pytest.raises(WrongType, match="values has dtype <U1"):
            monotonicity(["a", "b", "c"])


class TestEstimate:
    def test_prints_and_converts(self, accuracies):
        estimate = spearman(*accuracies(30), confidence=0.95, n_resamples=200)
        assert float(estimate) == estimate.statistic
        assert str(estimate).startswith(f"spearman = {estimate.statistic:.4f} (n = 30), 95% interval [")
        assert str(Estimate("kendall", -0.5, 4)) == "kendall = -0.5000 (n = 4)"

    def test_goes_through_a_dictionary(self, accuracies):
        for estimate in (spearman(*accuracies(9), confidence=0.9, n_resamples=50), Estimate("x", 0.5, 3, pvalue=0.1)):
            assert Estimate.from_dict(estimate.to_dict()) == estimate
        assert isinstance(Estimate.from_dict(spearman(*accuracies(9), confidence=0.9).to_dict()).interval, Interval)

    def test_every_error_has_the_one_root(self):
        assert issubclass(InvalidInput, BenchtoolsError)
        assert issubclass(InvalidInput, ValueError)
        assert issubclass(WrongType, TypeError)
