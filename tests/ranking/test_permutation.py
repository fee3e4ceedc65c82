"""Permutation p-values against all permutations and against SciPy."""

import itertools

import numpy as np
import pytest
from scipy import stats

from benchtools.errors import ConstantInputWarning, InvalidInput
from benchtools.ranking import permutation_pvalue

EXACT = {
    "spearman": lambda x, y: stats.spearmanr(x, y).statistic,
    "kendall": lambda x, y: stats.kendalltau(x, y).statistic,
}


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_all_permutations_of_five(name, alternative):
    """Values tie with the observed one, also where rounding makes them differ in the last bit."""
    x, y = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([1.0, 3.0, 2.0, 5.0, 5.0])
    observed = EXACT[name](x, y)
    values = np.array([EXACT[name](x, y[list(order)]) for order in itertools.permutations(range(5))])
    greater, less = (values >= observed - 1e-9).mean(), (values <= observed + 1e-9).mean()
    expected = {"greater": greater, "less": less, "two-sided": min(1, 2 * min(greater, less))}[alternative]
    estimate = permutation_pvalue(name, x, y, alternative=alternative, n_permutations=2_000)
    assert estimate.pvalue == pytest.approx(expected, abs=0.045)
    assert estimate.statistic == pytest.approx(observed, abs=1e-12)
    assert (estimate.name, estimate.n) == (name, 5)


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_against_scipy(alternative, accuracies):
    x, y = accuracies(20, seed=3, correlation=0.3)
    y = -y
    expected = stats.permutation_test(
        (y,),
        lambda values: stats.spearmanr(x, values).statistic,
        permutation_type="pairings",
        alternative=alternative,
        n_resamples=2_000,
        rng=1,
    ).pvalue
    ours = permutation_pvalue("spearman", x, y, alternative=alternative).pvalue
    assert ours == pytest.approx(expected, abs=5 * np.sqrt(0.25 / 2_000))


@pytest.mark.parametrize(("name", "parameters"), [("pearson", {}), ("precision_at_k", {"k": 5}), ("regret", {"k": 5})])
def test_is_uniform_under_the_hypothesis(name, parameters):
    """A p-value of at most 0.2 comes in at most a fifth of unrelated pairs."""
    rng = np.random.default_rng(2)
    pvalues = [
        permutation_pvalue(name, *rng.normal(size=(2, 20)), n_permutations=99, rng=rng, **parameters).pvalue
        for _ in range(100)
    ]
    assert np.mean(np.array(pvalues) <= 0.2) < 0.2 + 4 * np.sqrt(0.2 * 0.8 / 100)


def test_is_never_zero_and_counts_itself():
    x = np.arange(30)
    assert permutation_pvalue("spearman", x, x, alternative="greater", n_permutations=99).pvalue == 0.01
    assert permutation_pvalue("spearman", x, x, n_permutations=99).pvalue == 0.02
    assert permutation_pvalue("spearman", x, x, alternative="less", n_permutations=99).pvalue == 1


def test_of_a_constant_is_nan():
    with pytest.warns(ConstantInputWarning, match="x is constant.*spearman is NaN"):
        assert np.isnan(permutation_pvalue("spearman", [1, 1, 1], [1, 2, 3], n_permutations=9).pvalue)


def test_is_repeatable(accuracies):
    x, y = accuracies(15, correlation=0.1)
    state = np.random.get_state()  # noqa: NPY002
    first, second, other = (permutation_pvalue("kendall", x, y, n_permutations=99, rng=seed) for seed in (1, 1, 2))
    assert first == second
    assert first.pvalue != other.pvalue
    assert all(np.array_equal(a, b) for a, b in zip(np.random.get_state(), state, strict=True))  # noqa: NPY002


def test_messages():
    with pytest.raises(InvalidInput, match="alternative='more' is not known: choose one of two-sided, greater, less"):
        permutation_pvalue("spearman", [1, 2, 3], [1, 2, 3], alternative="more")
    with pytest.raises(InvalidInput, match="must be a whole number of at least 1"):
        permutation_pvalue("spearman", [1, 2, 3], [1, 2, 3], n_permutations=0)
