"""What every rank statistic keeps, whatever the vectors (hypothesis)."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchtools.ranking import (
    best_rank_at_k,
    kendall,
    pearson,
    precision_at_k,
    regret,
    spearman,
    tolerant_spearman,
    top_k_overlap,
    weighted_kendall,
)

CORRELATIONS = {
    "spearman": spearman,
    "kendall": kendall,
    "weighted_kendall": weighted_kendall,
    "pearson": pearson,
    "tolerant_spearman": lambda x, y: tolerant_spearman(x, y, 0),
}
PICKS = {
    "top_k_overlap": lambda x, y: top_k_overlap(x, y, 2),
    "precision_at_k": lambda x, y: precision_at_k(x, y, 2),
    "best_rank_at_k": lambda x, y: best_rank_at_k(x, y, 2),
    "regret": lambda x, y: regret(x, y, 2),
}
ALL = CORRELATIONS | PICKS
OF_RANKS = {name: ALL[name] for name in ALL if name not in ("pearson", "regret")}

pairs = st.integers(3, 12).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(-4, 4), min_size=n, max_size=n).map(np.array)] * 2)
)
gaps = st.lists(st.floats(1e-3, 1e3), min_size=9, max_size=9)


def varied(*vectors):
    return all(np.ptp(vector) > 0 for vector in vectors)


def value(statistic, x, y):
    return statistic(x, y).statistic


@pytest.mark.parametrize("name", OF_RANKS)
@settings(max_examples=40)
@given(pair=pairs, gaps_x=gaps, gaps_y=gaps)
def test_strictly_increasing_maps_change_nothing(name, pair, gaps_x, gaps_y):
    """The nine possible values are replaced by any nine increasing ones."""
    x, y = pair
    assume(varied(x, y))
    mapped = value(OF_RANKS[name], np.cumsum(gaps_x)[x + 4], np.cumsum(gaps_y)[y + 4])
    assert mapped == pytest.approx(value(OF_RANKS[name], x, y), abs=1e-12)


@settings(max_examples=40)
@given(pair=pairs, gaps_y=gaps)
def test_regret_depends_on_the_order_of_the_proxy_alone(pair, gaps_y):
    truth, proxy = pair
    expected = value(PICKS["regret"], truth, proxy)
    assert value(PICKS["regret"], truth, np.cumsum(gaps_y)[proxy + 4]) == pytest.approx(expected, abs=1e-12)
    assert value(PICKS["regret"], 3 * truth + 7, proxy) == pytest.approx(3 * expected, abs=1e-12)


@settings(max_examples=40)
@given(pair=pairs, scale=st.floats(1e-3, 1e3), shift=st.floats(-1e3, 1e3))
def test_pearson_is_invariant_under_straight_lines(pair, scale, shift):
    x, y = pair
    assume(varied(x, y))
    assert value(pearson, scale * x + shift, y) == pytest.approx(value(pearson, x, y), abs=1e-7)


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=40)
@given(pair=pairs, seed=st.integers(0, 10**6))
def test_relabelling_changes_nothing(name, pair, seed):
    x, y = pair
    assume(varied(x, y))
    order = np.random.default_rng(seed).permutation(len(x))
    assert value(ALL[name], x[order], y[order]) == pytest.approx(value(ALL[name], x, y), abs=1e-12)


@pytest.mark.parametrize("name", CORRELATIONS)
@settings(max_examples=40)
@given(pair=pairs)
def test_one_with_itself_and_minus_one_with_its_negative(name, pair):
    """The sign is never hidden: negating a vector negates the correlation."""
    x, y = pair
    assume(varied(x, y))
    correlation = CORRELATIONS[name]
    assert value(correlation, x, x) == pytest.approx(1, abs=1e-12)
    if name != "weighted_kendall":  # which looks at the best, and the best of -x are the worst of x
        assert value(correlation, x, -x) == pytest.approx(-1, abs=1e-12)
        assert value(correlation, x, -y) == pytest.approx(-value(correlation, x, y), abs=1e-12)
    elif len(set(x.tolist())) == len(x):
        assert value(correlation, x, -x) == pytest.approx(-1, abs=1e-12)


@pytest.mark.parametrize("name", [*CORRELATIONS, "top_k_overlap"])
@settings(max_examples=40)
@given(pair=pairs)
def test_the_vectors_may_change_places(name, pair):
    x, y = pair
    assume(varied(x, y))
    assert value(ALL[name], x, y) == pytest.approx(value(ALL[name], y, x), abs=1e-12)
