"""`compare` against plain computations by hand, on small SYNTHETIC vectors."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from benchtools.errors import ConstantInputWarning, InvalidInput, WrongType
from benchtools.ranking import compare

TRUTH = np.array([90.0, 91.0, 92.0, 93.0, 94.0, 94.0, 80.0, 85.0])
QUICK = {"n_resamples": 49, "k": 2}


def holm(pvalues):
    """Return Holm's adjusted p-values, written as in his paper: step down, and never decrease."""
    adjusted, largest = {}, 0.0
    for step, (place, pvalue) in enumerate(sorted(enumerate(pvalues), key=lambda pair: pair[1])):
        largest = max(largest, (len(pvalues) - step) * pvalue)
        adjusted[place] = min(1.0, largest)
    return [adjusted[place] for place in range(len(pvalues))]


def test_every_estimate_is_that_of_scipy(report):
    for name, scores in report.proxies.items():
        found = {key: estimate.statistic for key, estimate in report.estimates[name].items()}
        assert found["pearson"] == pytest.approx(stats.pearsonr(report.truth, scores).statistic, abs=1e-12)
        assert found["spearman"] == pytest.approx(stats.spearmanr(report.truth, scores).statistic, abs=1e-12)
        assert found["kendall"] == pytest.approx(stats.kendalltau(report.truth, scores).statistic, abs=1e-12)
        weighted = stats.weightedtau(report.truth, scores, rank=True).statistic
        assert found["weighted_kendall"] == pytest.approx(weighted, abs=1e-9)
        picked = np.argsort(-scores)[:5]
        assert len(set(np.round(scores, 9))) == len(scores)  # no ties among the scores: the picks are clear
        assert found["regret"] == pytest.approx(report.truth.max() - report.truth[picked].max())
        assert found["best_rank_at_k"] == 1 + (report.truth > report.truth[picked].max()).sum()
        assert ("tolerant_spearman" in found) == (name == "near")
        assert {estimate.n for estimate in report.estimates[name].values()} == {60}


def test_differences_are_paired_and_corrected_by_holm(make_report):
    report = make_report(("a", "b", "c", "d"), n_resamples=999, seed=8)
    pairs = [(pair.first, pair.second) for pair in report.differences]
    assert pairs == list(combinations("abcd", 2))
    rho = {name: stats.spearmanr(report.truth, scores).statistic for name, scores in report.proxies.items()}
    for pair in report.differences:
        assert pair.statistic == pytest.approx(rho[pair.first] - rho[pair.second], abs=1e-12)
        assert pair.interval.low <= pair.interval.high
        assert pair.level == 0.05
        assert pair.distinguishable == (pair.adjusted <= 0.05)
        assert 2 / 1_000 <= pair.pvalue <= 1  # never 0
    pvalues = [pair.pvalue for pair in report.differences]
    assert [pair.adjusted for pair in report.differences] == pytest.approx(holm(pvalues))
    assert len(set(pvalues)) > 2
    apart = {(pair.first, pair.second) for pair in report.differences if pair.adjusted <= 0.05}
    assert report.indistinguishable() == [pair for pair in pairs if pair not in apart]
    assert ("a", "d") in apart
    assert len(apart) < len(pairs)


def test_pairing_is_what_tells_close_proxies_apart():
    """The intervals of two proxies overlap, and yet on every resample one is ahead."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=80)
    noise = rng.normal(size=80)
    report = compare(truth, {"less": truth + noise, "more": truth + 1.25 * noise}, n_resamples=199, k=5)
    less, more = (report.estimates[name]["spearman"].interval for name in ("less", "more"))
    assert more.high > less.low
    (pair,) = report.differences
    assert pair.distinguishable
    assert pair.interval.low > 0


def test_identical_proxies_cannot_be_told_apart(report):
    scores = report.proxies["near"]
    twins = compare(report.truth, {"one": scores, "two": scores.copy(), "up": np.exp(scores / 10)}, **QUICK)
    assert twins.indistinguishable() == [("one", "two"), ("one", "up"), ("two", "up")]
    for pair in twins.differences:
        assert (pair.statistic, pair.pvalue, pair.adjusted) == (0.0, 1.0, 1.0)
        assert (pair.interval.low, pair.interval.high) == (0.0, 0.0)


def test_picks_by_hand():
    proxy = np.array([1.0, 9.0, 3.0, 7.0, 2.0, 0.0, 8.0, 8.0])
    report = compare(TRUTH, {"p": proxy}, archs=list("abcdefgh"), **QUICK)
    first, best = report.picks
    assert (first.k, first.arch, first.truth, first.rank, first.regret, first.n_tied) == (1, "b", 91.0, 5, 3.0, 0)
    # the second place is shared by g (80) and h (85): the first in the input is taken, and one is left out
    assert (best.k, best.arch, best.truth, best.rank, best.regret, best.n_tied) == (2, "b", 91.0, 5, 3.0, 1)
    assert report.estimates["p"]["regret"].statistic == pytest.approx(3.0)
    assert report.best() == [4, 5]
    assert report.estimates["p"]["top_k_overlap"].statistic == 0.0


def test_ties_of_a_proxy_are_an_expectation_in_the_statistics():
    proxy = np.array([0.0, 0.0, 0.0, 5.0, 9.0, 5.0, 5.0, 0.0])  # first e; then one of d (93), f (94), g (80)
    report = compare(TRUTH, {"p": proxy}, **QUICK)
    found = report.estimates["p"]
    assert found["top_k_overlap"].statistic == pytest.approx((1 + 1 / 3) / 2)  # the best two are e and f
    assert found["regret"].statistic == 0.0
    lonely = compare(TRUTH, {"p": np.where(np.arange(8) < 4, 1.0, 0.0)}, n_resamples=49, k=1).estimates["p"]
    assert lonely["regret"].statistic == pytest.approx(94 - np.mean([90, 91, 92, 93]))
    assert lonely["best_rank_at_k"].statistic == pytest.approx(np.mean([6, 5, 4, 3]))


def test_acceleration(make_report):
    costs = {"near": np.full(60, 2.0), "middle": 40.0, "far": 0}
    report = make_report(costs=costs, truth_cost=np.full(60, 10.0))
    assert report.truth_cost_s == 600.0
    assert report.costs_s == {"near": 120.0, "middle": 40.0, "far": 0.0}
    assert [report.acceleration(name) for name in report.proxies] == [5.0, 15.0, np.inf]
    assert make_report().acceleration("near") is None
    assert make_report(truth_cost=5.0).acceleration("near") is None


def test_costs_of_dropped_architectures_do_not_count(report):
    scores = report.proxies["near"].copy()
    scores[3] = np.nan
    cost = np.ones(60)
    cost[3] = np.nan
    found = compare(report.truth, {"p": scores}, costs={"p": cost}, truth_cost=cost * 2, nan_policy="omit", **QUICK)
    assert (found.costs_s["p"], found.truth_cost_s, found.n) == (59.0, 118.0, 59)
    assert "3" not in found.archs
    assert found.settings["n_dropped"] == found.estimates["p"]["kendall"].n_dropped == 1


def test_tolerances(report):
    for_all = compare(report.truth, report.proxies, tolerance=0.5, **QUICK)
    assert for_all.settings["tolerance"] == dict.fromkeys(report.proxies, 0.5)
    assert all("tolerant_spearman" in estimates for estimates in for_all.estimates.values())
    for_one = compare(report.truth, report.proxies, tolerance={"far": 0.0}, **QUICK)
    assert [name for name, found in for_one.estimates.items() if "tolerant_spearman" in found] == ["far"]
    plain = for_one.estimates["far"]
    assert plain["tolerant_spearman"].statistic == pytest.approx(plain["spearman"].statistic, abs=1e-12)


def test_a_constant_proxy_warns_and_is_nan(report):
    with pytest.warns(
        ConstantInputWarning, match=r"flat is constant \(7\): it has no order, so every correlation is NaN"
    ):
        found = compare(report.truth, {"flat": np.full(60, 7.0), "near": report.proxies["near"]}, **QUICK)
    flat = found.estimates["flat"]
    for name in ("pearson", "spearman", "kendall", "weighted_kendall"):
        assert np.isnan(flat[name].statistic)
        assert np.isnan(flat[name].interval.low)
    assert flat["regret"].statistic > 0  # all tie: an expectation over random picks, not an optimist's zero
    (pair,) = found.differences
    assert np.isnan([pair.statistic, pair.pvalue, pair.adjusted, pair.interval.low]).all()
    assert not pair.distinguishable
    assert found.ranked() == ["near", "flat"]


def test_three_architectures_are_enough():
    assert compare([1.0, 2.0, 3.0], {"p": [1.0, 3.0, 2.0]}, k=1, n_resamples=19).n == 3


def test_the_sign_is_not_hidden(report):
    found = compare(report.truth, {"up": report.truth, "down": -report.truth}, **QUICK)
    assert found.ranked() == ["up", "down"]
    assert found.estimates["down"]["pearson"].statistic == pytest.approx(-1)
    assert found.estimates["down"]["spearman"].interval.high < 0


def test_the_same_seed_gives_the_same_and_another_does_not(make_report):
    intervals = [make_report(rng=seed).estimates["far"]["spearman"].interval for seed in (1, 1, 2)]
    assert intervals[0] == intervals[1] != intervals[2]


def test_progress_runs_to_the_end(report):
    seen = []
    compare(report.truth, report.proxies, progress=lambda *step: seen.append(step), **QUICK)
    assert seen[-1] == ("statistics", 3, 3)
    assert len({stage for stage, _, _ in seen}) >= 2


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"proxies": {}}, InvalidInput, "no proxy is given: pass a mapping of names to vectors"),
        ({"truth_name": "p"}, InvalidInput, "'p' names the truth and a proxy: choose another truth_name"),
        ({"proxies": {7: TRUTH}}, WrongType, r"a proxy is called 7 \(int\): names must be text"),
        ({"archs": ["a"]}, InvalidInput, "archs has 1 names for 8 architectures: give one each"),
        ({"proxies": {"p": TRUTH[1:]}}, InvalidInput, "differ in length: truth has 8, p has 7"),
        ({"costs": {"p": 1.0}}, InvalidInput, "costs are given but no truth_cost: the acceleration ratio needs both"),
        ({"costs": {"q": 1.0}, "truth_cost": 1.0}, InvalidInput, "costs name q, which is no proxy: there is p"),
        ({"costs": {"p": -1.0}, "truth_cost": 1.0}, InvalidInput, "cost of p must be finite and at least 0 .*, not -1"),
        ({"costs": {"p": np.r_[-1, np.ones(7)]}, "truth_cost": 1.0}, InvalidInput, "cost of p .* not -1 at position 0"),
        ({"costs": {"p": np.ones(3)}, "truth_cost": 1.0}, InvalidInput, r"cost of p has shape \(3,\): give a number"),
        ({"costs": {"p": 1.0}, "truth_cost": np.nan}, InvalidInput, "truth_cost must be finite"),
        ({"costs": {"p": 1.0}, "truth_cost": 0.0}, InvalidInput, "truth_cost is 0 seconds: nothing can be cheaper"),
        ({"tolerance": {"q": 0.1}}, InvalidInput, "tolerance names q, which is no proxy: there is p"),
        ({"tolerance": -0.1}, InvalidInput, "tolerance=-0.1 must be at least 0"),
        ({"confidence": 95}, InvalidInput, "confidence=95 must lie between 0 and 1, .* did you mean 0.95"),
        ({"n_resamples": 0}, InvalidInput, "n_resamples=0"),
        ({"k": 9}, InvalidInput, r"k=9 must be a whole number in 1..8"),
        ({"nan_policy": "drop"}, InvalidInput, "nan_policy='drop' is not known: choose one of raise, omit"),
        ({"proxies": {"p": np.full(8, np.nan)}}, InvalidInput, r"p has 8 non-finite values \(8 NaN, 0 infinite\)"),
        ({"proxies": {"p": list("abcdefgh")}}, WrongType, "p has dtype <U1: real numbers are needed"),
    ],
)  # fmt: skip
def test_bad_arguments(change, error, message):
    options = {"proxies": {"p": TRUTH[::-1].copy()}, **QUICK} | change
    with pytest.raises(error, match=message):
        compare(TRUTH, **options)


def test_too_few_resamples_for_the_pairs_are_noted():
    """With m pairs the smallest p after Holm is 2 m / (resamples + 1)."""
    truth = np.arange(30.0)
    proxies = {"same": truth, "noise": np.random.default_rng(0).normal(size=30), "turned": -truth}
    few, enough = (compare(truth, proxies, k=1, n_resamples=n) for n in (118, 119))
    assert few.notes == ("118 resamples are too few to tell any of 3 pairs apart: at least 119 are needed.",)
    assert not any(pair.distinguishable for pair in few.differences)
    assert enough.notes == ()
    assert ("same", "turned") not in enough.indistinguishable()


def test_an_undefined_proxy_is_not_said_to_be_told_apart():
    """Its pairs are neither told apart nor not: no report may claim that all are."""
    truth = np.arange(30.0)
    with pytest.warns(ConstantInputWarning, match="flat is constant"):
        found = compare(truth, {"same": truth, "flat": np.ones(30)}, k=1, n_resamples=99)
    assert found.indistinguishable() == []
    assert not found.all_distinguishable()
    assert "All proxies can be told apart" not in found.to_html()
    both = compare(truth, {"same": truth, "turned": -truth}, k=1, n_resamples=99)
    assert both.all_distinguishable()
    assert "All proxies can be told apart" in both.to_html()
    assert not compare(truth, {"same": truth}, k=1, n_resamples=9).all_distinguishable()
