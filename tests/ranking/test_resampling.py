"""Counts of resamples, the quick evaluation from counts, and the hierarchical bootstrap."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from benchtools import ranking
from benchtools.errors import ConstantInputWarning, InvalidInput, WrongType
from benchtools.ranking import STATISTICS, bootstrap_interval
from benchtools.ranking._bootstrap import interval_of
from benchtools.ranking._picks import Picks, picks_of, picks_resampler
from benchtools.ranking._resampling import (
    bootstrap_distribution,
    column_sums,
    draw_counts,
    hierarchical_distribution,
)
from benchtools.ranking._statistic import bind


def drawn(n, n_resamples, seed=0):
    return np.concatenate([block.copy() for block in draw_counts(n, n_resamples, np.random.default_rng(seed))], axis=1)


class TestDrawCounts:
    @pytest.mark.parametrize("n", [3, 5, 16, 17, 100, 1_000, 20_000])
    def test_columns_sum_to_n(self, n):
        counts = drawn(n, 53)
        assert counts.shape == (n, 53)
        assert counts.dtype == np.int32
        assert (counts.sum(axis=0) == n).all()
        assert counts.min() >= 0

    def test_all_compositions_of_three(self):
        """All ten outcomes, with the multinomial probabilities: a chi-square test."""
        counts = drawn(3, 100_000)
        outcomes = [c for c in itertools.product(range(4), repeat=3) if sum(c) == 3]
        observed = [(outcome == counts.T).all(axis=1).sum() for outcome in outcomes]
        expected = [math.factorial(3) / math.prod(map(math.factorial, c)) / 27 * 100_000 for c in outcomes]
        assert stats.chisquare(observed, expected).pvalue > 1e-4

    @pytest.mark.parametrize("n", [5, 18, 40, 300])
    def test_a_count_is_binomial(self, n):
        """Also of the last architecture: those drawn one by one favour nobody."""
        counts = drawn(n, 60_000, seed=n)
        for row in (0, n // 2, n - 1):
            observed = np.bincount(np.minimum(counts[row], 5), minlength=6)
            law = stats.binom(n, 1 / n)
            expected = np.append(law.pmf(range(5)), law.sf(4)) * 60_000
            assert stats.chisquare(observed, expected).pvalue > 1e-4

    @pytest.mark.parametrize("n", [5, 18, 40, 300])
    def test_mean_variance_and_covariance_are_multinomial(self, n):
        """Within five standard errors; the table of 2^-16 adds less than that."""
        counts = drawn(n, 60_000, seed=n + 1).astype(float)
        assert counts.mean() == 1
        error = np.sqrt((1 - 1 / n) / 60_000)
        assert np.abs(counts.mean(axis=1) - 1).max() < 5 * error
        deviations = counts - 1
        variance = (deviations**2).mean()
        assert variance == pytest.approx(1 - 1 / n, abs=0.005)
        products = (deviations[:-1] * deviations[1:]).mean(axis=1)  # of 60,000 draws; 1/245 is a standard error
        assert np.abs(products + 1 / n).max() < 5 / np.sqrt(60_000)

    def test_is_repeatable_and_leaves_the_global_state_alone(self):
        state = np.random.get_state()  # noqa: NPY002
        assert np.array_equal(drawn(50, 30, seed=1), drawn(50, 30, seed=1))
        assert not np.array_equal(drawn(50, 30, seed=1), drawn(50, 30, seed=2))
        assert all(np.array_equal(a, b) for a, b in zip(np.random.get_state(), state, strict=True))  # noqa: NPY002


@pytest.mark.parametrize("rows", [1, 127, 128, 129, 300])
def test_column_sums(rows):
    matrix = np.random.default_rng(rows).integers(-1_000, 1_000, size=(rows, 7))
    assert column_sums(matrix).tolist() == [sum(column) for column in matrix.T.tolist()]
    assert column_sums(matrix.astype(np.int32)).dtype == np.int32


PARTS = [
    ("spearman", {}),
    ("pearson", {}),
    ("top_k_overlap", {"k": 7}),
    ("precision_at_k", {"k": 5, "top": 9}),
    ("best_rank_at_k", {"k": 4}),
    ("regret", {"k": 4}),
]


@pytest.mark.parametrize(("name", "parameters"), PARTS, ids=[name for name, _ in PARTS])
@pytest.mark.parametrize("decimals", [0, 1, 12])
def test_resamplers_equal_the_kernel_on_repeated_vectors(name, parameters, decimals):
    """Over tiny and middling n, three proxies, ties by rounding, and blocks of two widths."""
    rng = np.random.default_rng(decimals)
    part = bind(STATISTICS.get(name), parameters)
    for n in (10, 33, 290):
        truth = np.round(rng.normal(size=n), decimals)
        proxies = [np.round(truth + rng.normal(size=n), decimals) for _ in range(2)] + [-truth]
        resampler = part.resampler(truth, proxies)
        for width in (9, 4):
            counts = next(draw_counts(n, width, rng))
            rows = [np.repeat(np.arange(n), column) for column in counts.T]
            expected = [[part.kernel(truth[row], proxy[row]) for proxy in proxies] for row in rows]
            np.testing.assert_allclose(resampler(counts), expected, rtol=0, atol=1e-10)


def test_picks_resampler_holds_all_fields_proxy_by_proxy(accuracies):
    truth, first = accuracies(30)
    counts = next(draw_counts(30, 6, np.random.default_rng(0)))
    values = picks_resampler(truth, [first, -first], 5, 8)(counts)
    assert values.shape == (6, 8)
    for row, column in zip(values, counts.T, strict=True):
        rows = np.repeat(np.arange(30), column)
        expected = [v for proxy in (first, -first) for v in picks_of(truth[rows], proxy[rows], 5, 8)]
        np.testing.assert_allclose(row, expected, atol=1e-12)
    assert Picks._fields == ("overlap", "precision", "best_rank", "regret")


def test_spearman_resampler_is_exact_for_large_n(accuracies):
    """Products of doubled ranks pass 2^31, sums of them 2^53."""
    x, y = accuracies(300_000)
    counts = next(draw_counts(300_000, 2, np.random.default_rng(0)))
    values = STATISTICS.get("spearman").resampler(x, [y])(counts)
    rows = np.repeat(np.arange(len(x)), counts[:, 1])
    assert values[1, 0] == pytest.approx(stats.spearmanr(x[rows], y[rows]).statistic, abs=1e-12)


@pytest.mark.parametrize("name", ["spearman", "pearson"])
def test_the_sample_itself_as_a_resample(name, tied_cases):
    """Spearman to the last bit: BCa compares resamples with the observed value, and equals count half."""
    part = STATISTICS.get(name)
    for x, y in tied_cases(300, seed=11):
        (value,) = part.resampler(x, [y])(np.ones((len(x), 1), dtype=np.int32))[0]
        assert value == (part.kernel(x, y) if name == "spearman" else pytest.approx(part.kernel(x, y), abs=1e-12))


def test_resamples_are_paired_between_statistics(accuracies):
    """Rows belong to the same draws: the difference of a proxy and itself is zero, of two resamplers too."""
    x, y = accuracies(40)
    spearman = STATISTICS.get("spearman").resampler
    first, second = bootstrap_distribution(40, [spearman(x, [y, y]), spearman(x, [y])], 1_500, rng=3)
    assert first.shape == (1_500, 2)
    assert (first[:, 0] == first[:, 1]).all()
    assert (first[:, 0] == second[:, 0]).all()


def test_progress_is_called_to_the_end(accuracies):
    calls = []
    bootstrap_interval("spearman", *accuracies(300), n_resamples=500, progress=lambda *call: calls.append(call))
    assert [done for _, done, _ in calls] == sorted({done for _, done, _ in calls})
    assert calls[-1] == ("bootstrap", 500, 500)
    assert len(calls) > 1


SCIPY = {
    "spearman": lambda x, y, axis: pearson_of(stats.rankdata(x, axis=axis), stats.rankdata(y, axis=axis)),
    "pearson": lambda x, y, axis: pearson_of(x, y),
}


def pearson_of(x, y):
    x, y = (v - v.mean(axis=-1, keepdims=True) for v in (x, y))
    return (x * y).sum(axis=-1) / np.sqrt((x * x).sum(axis=-1) * (y * y).sum(axis=-1))


class TestInterval:
    @pytest.mark.parametrize("name", SCIPY)
    @pytest.mark.parametrize("method", ["BCa", "percentile", "basic"])
    def test_equals_scipys_to_monte_carlo_error(self, name, method, accuracies):
        """Limits of 9,999 resamples have a standard error of about 0.0025 here; 0.015 is six of the difference."""
        x, y = accuracies(35, seed=2)
        expected = stats.bootstrap(
            (x, y), SCIPY[name], paired=True, vectorized=True, method=method, n_resamples=9_999, rng=1
        ).confidence_interval
        interval = bootstrap_interval(name, x, y, method=method.lower(), rng=1)
        assert interval.low == pytest.approx(expected.low, abs=0.015)
        assert interval.high == pytest.approx(expected.high, abs=0.015)
        assert interval.method == f"bootstrap ({method.lower()})"
        assert (interval.confidence, interval.n_resamples) == (0.95, 9_999)

    def test_bca_formula_equals_scipys_on_one_distribution(self, accuracies):
        """No Monte-Carlo error: SciPy's own resamples, given to ours."""
        x, y = accuracies(35, seed=3, correlation=0.5)
        scipys = stats.bootstrap((x, y), SCIPY["pearson"], paired=True, vectorized=True, n_resamples=999, rng=1)
        left_out = np.array([stats.pearsonr(np.delete(x, i), np.delete(y, i)).statistic for i in range(35)])
        ours = interval_of(scipys.bootstrap_distribution, stats.pearsonr(x, y).statistic, 0.95, "bca", left_out)
        assert ours.low == pytest.approx(scipys.confidence_interval.low, abs=1e-9)
        assert ours.high == pytest.approx(scipys.confidence_interval.high, abs=1e-9)

    def test_the_public_statistics_give_the_same_interval(self, accuracies):
        from benchtools.ranking import precision_at_k, spearman

        x, y = accuracies(40)
        interval = spearman(x, y, confidence=0.9, n_resamples=700, rng=5).interval
        assert interval == bootstrap_interval("spearman", x, y, confidence=0.9, n_resamples=700, rng=5)
        interval = precision_at_k(x, y, 8, confidence=0.9, n_resamples=700, rng=5).interval
        assert interval == bootstrap_interval("precision_at_k", x, y, confidence=0.9, n_resamples=700, rng=5, k=8)
        assert interval.method == "bootstrap (percentile)"

    def test_any_function_will_do(self, accuracies):
        x, y = accuracies(35)
        ours = bootstrap_interval(lambda x, y: stats.spearmanr(x, y).statistic, x, y, n_resamples=1_500, rng=2)
        named = bootstrap_interval("spearman", x, y, n_resamples=1_500, rng=2)
        assert (ours.low, ours.high) == pytest.approx((named.low, named.high), abs=1e-9)

    def test_parameters_reach_a_function(self):
        interval = bootstrap_interval(lambda x, y, shift: shift, [1, 2, 3, 4], [1, 2, 3, 4], n_resamples=20, shift=4)
        assert (interval.low, interval.high) == (4, 4)

    def test_wider_confidence_is_a_wider_interval(self, accuracies):
        x, y = accuracies(60)
        widths = [
            np.ptp([limits.low, limits.high])
            for limits in (bootstrap_interval("spearman", x, y, confidence=c) for c in (0.5, 0.9, 0.99))
        ]
        assert widths == sorted(widths)
        assert widths[0] > 0

    def test_undefined_resamples_are_dropped_and_counted(self):
        """Of three architectures, all of x = (0, 0, 1) are equal in 1/27 + 8/27 = a third of the resamples."""
        interval = bootstrap_interval("spearman", [0, 0, 1], [1, 2, 3], n_resamples=9_000, method="percentile")
        assert interval.n_resamples == pytest.approx(6_000, abs=300)

    def test_of_a_constant_is_nan(self):
        with pytest.warns(ConstantInputWarning, match="x is constant.*spearman is NaN"):
            interval = bootstrap_interval("spearman", [1, 1, 1, 1], [1, 2, 3, 4], n_resamples=50)
        assert np.isnan([interval.low, interval.high]).all()
        assert interval.n_resamples == 0

    def test_is_repeatable_and_a_generator_moves_on(self, accuracies):
        x, y = accuracies(30)
        state = np.random.get_state()  # noqa: NPY002
        for name, kwargs in (("spearman", {}), ("regret", {"k": 3}), ("kendall", {})):
            first, second, other = (
                bootstrap_interval(name, x, y, n_resamples=200, rng=seed, **kwargs) for seed in (1, 1, 2)
            )
            assert first == second != other
        rng = np.random.default_rng(1)
        first = bootstrap_interval("spearman", x, y, n_resamples=200, rng=rng)
        assert first == bootstrap_interval("spearman", x, y, n_resamples=200, rng=1)
        assert first != bootstrap_interval("spearman", x, y, n_resamples=200, rng=rng)
        assert all(np.array_equal(a, b) for a, b in zip(np.random.get_state(), state, strict=True))  # noqa: NPY002

    @pytest.mark.parametrize(
        ("kwargs", "message"),
        [
            ({"confidence": 95}, r"confidence=95 must lie between 0 and 1, such as 0.95; did you mean 0.95\?"),
            ({"confidence": 1.0}, r"confidence=1.0 must lie between 0 and 1"),
            ({"confidence": 0}, r"confidence=0 must lie between 0 and 1"),
            ({"confidence": float("nan")}, r"confidence=nan must lie between 0 and 1"),
            ({"confidence": "0.95"}, r"confidence='0.95' must be a number between 0 and 1"),
            ({"n_resamples": 0}, r"n_resamples=0 must be a whole number of at least 1"),
            ({"n_resamples": 1.5}, r"n_resamples=1.5 must be"),
            ({"n_resamples": True}, r"n_resamples=True must be"),
            ({"n_resamples": None}, r"n_resamples=None must be"),
            ({"n_resamples": float("nan")}, r"n_resamples=nan must be"),
            ({"method": "BCA"}, r"method='BCA' is not known: choose one of bca, percentile, basic"),
            ({"tolerance": 0.1}, r"spearman has no parameter 'tolerance': it takes none"),
        ],
    )
    def test_messages(self, kwargs, message):
        with pytest.raises(InvalidInput, match=message):
            bootstrap_interval("spearman", [1, 2, 3, 4], [1, 2, 4, 3], **kwargs)

    def test_unknown_parameters_and_statistics(self):
        with pytest.raises(InvalidInput, match="tolerant_spearman has no parameter 'tolerence': it takes tolerance"):
            bootstrap_interval("tolerant_spearman", [1, 2, 3], [1, 3, 2], tolerence=0.1)
        with pytest.raises(InvalidInput, match=r"statistic=3: give a name \(.*spearman.*\) or a function"):
            bootstrap_interval(3, [1, 2, 3], [1, 3, 2])


class TestHierarchical:
    @pytest.fixture
    def runs(self, accuracies):
        return accuracies(40, seed=1)

    def test_one_seed_is_the_bootstrap_of_architectures(self, runs):
        """The same distribution: Kolmogorov-Smirnov of two sets of 3,000 resamples."""
        x, y = runs
        part = STATISTICS.get("spearman")
        ours = hierarchical_distribution(part, x[:, None], y[:, None], 3_000, 1, lambda *_: None)
        (plain,) = bootstrap_distribution(40, [part.resampler(x, [y])], 3_000, rng=2)
        assert stats.ks_2samp(ours, plain[:, 0]).pvalue > 0.001

    def test_one_seed_gives_the_same_interval(self, runs):
        x, y = runs
        matrix = bootstrap_interval("spearman", x[:, None], y, n_resamples=4_000, rng=1)
        vector = bootstrap_interval("spearman", x, y, n_resamples=20_000, rng=1)
        assert (matrix.low, matrix.high) == pytest.approx((vector.low, vector.high), abs=0.02)
        assert matrix.method == vector.method == "bootstrap (bca)"

    def test_noisy_seeds_widen_it(self, runs):
        """Equal runs leave the interval as it is, noisy ones of the same mean widen it."""
        x, y = runs
        noise = np.array([-2.0, 0.0, 2.0])
        still = bootstrap_interval("spearman", np.tile(x[:, None], 3), y, n_resamples=2_000, method="percentile")
        noisy = bootstrap_interval("spearman", x[:, None] + noise, y, n_resamples=2_000, method="percentile")
        plain = bootstrap_interval("spearman", x, y, n_resamples=20_000, method="percentile")
        assert (still.low, still.high) == pytest.approx((plain.low, plain.high), abs=0.02)
        assert noisy.high - noisy.low > 1.3 * (plain.high - plain.low)

    def test_missing_runs_are_never_drawn(self):
        """Runs are powers of two, so a mean tells which were drawn; all and only the present ones are."""
        nan = np.nan
        runs = np.array([[1, nan, 4], [nan, nan, 16], [64, nan, nan], [nan, 256, 512]], dtype=float)
        y = np.arange(4.0)
        seen = {position: set() for position in range(4)}

        def note(means, positions):
            for mean, position in zip(means, positions, strict=True):
                seen[int(position)].add(float(mean))
            return 0.0

        bootstrap_interval(note, runs, y, n_resamples=300, method="percentile")
        assert seen == {0: {1, 2.5, 4}, 1: {16}, 2: {64}, 3: {256, 384, 512}}

    def test_variance_of_a_mean_of_runs(self):
        """Means of R runs drawn with replacement have the variance of the runs over R."""
        rng = np.random.default_rng(0)
        runs = np.array([[0.0, 3.0, 6.0]] * 200)
        part = STATISTICS.get("spearman")
        means = []
        hierarchical_distribution(
            type(part)("note", lambda x, y: means.append(x) or 0.0), runs, runs[:, :1], 200, rng, lambda *_: None
        )
        assert np.mean(means) == pytest.approx(3, abs=0.05)
        assert np.var(means) == pytest.approx(6 / 3, abs=0.05)

    @pytest.mark.parametrize(
        ("x", "error", "message"),
        [
            ([["a", "b"]] * 4, WrongType, "x has dtype <U1: real numbers are needed"),
            ([[True, False]] * 4, WrongType, "x has dtype bool: real numbers are needed"),
            ([[1, np.inf]] * 4, InvalidInput, "x has infinite values: remove them"),
            (
                [[1, 2], [np.nan, np.nan], [3, 4], [5, 6]],
                InvalidInput,
                r"x has no run for 1 .* \(first at row 1",
            ),
            ([[1, 2]] * 3, InvalidInput, "differ in length: x has 3, y has 4"),
            (np.empty((4, 0)), InvalidInput, r"x has shape \(4, 0\): shape \(n_archs,\) or \(n_archs, n_seeds\)"),
        ],
    )
    def test_messages(self, x, error, message):
        y = np.arange(8.0).reshape(4, 2)
        with pytest.raises(error, match=message):
            bootstrap_interval("spearman", x, y, n_resamples=10)

    def test_three_axes_are_refused(self):
        with pytest.raises(InvalidInput, match=r"x has shape \(4, 2, 2\)"):
            bootstrap_interval("spearman", np.ones((4, 2, 2)), np.ones((4, 2)), n_resamples=10)


def test_a_function_of_ours_stands_for_its_statistic(accuracies):
    x, y = accuracies(40)
    by_name = bootstrap_interval("spearman", x, y, n_resamples=99)
    assert bootstrap_interval(ranking.spearman, x, y, n_resamples=99) == by_name
    assert bootstrap_interval(lambda a, b: ranking.spearman(a, b).statistic, x, y, n_resamples=99) == by_name
