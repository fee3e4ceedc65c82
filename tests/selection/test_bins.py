"""P1, P2 and P3 against their closed forms and a plain per-example search of bins."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchtools.errors import ConstantInputWarning, InvalidInput
from benchtools.scoring import Scores
from benchtools.selection import p1, p2, p3
from benchtools.selection._bins import find_bins
from benchtools.selection._draw import draw

METHODS = {"p1": p1, "p2": p2, "p3": p3}
every_method = pytest.mark.parametrize("name", METHODS)


def closed_form(name, heights):
    """Return the mass of each bin that is not empty, by S3's equations and without a common factor taken out."""
    height = np.array(heights, dtype=float)
    weight = {"p1": height.max() - height + 1, "p2": np.ones_like(height), "p3": 1 / height}[name]
    return weight / weight.sum()


def with_heights(heights, width=0.5, gap=1):
    """Return SYNTHETIC entropies with so many in each bin, bins `gap` apart; and the bin of each."""
    bins = np.repeat(np.arange(len(heights)), heights)
    rng = np.random.default_rng(len(bins))
    log = (-20 + gap * bins + rng.uniform(0.1, 0.9, len(bins))) * width
    return 10**log, bins


@every_method
@pytest.mark.parametrize("heights", [[1], [5], [3, 1, 4], [7, 7], [100, 1, 30, 2]])
def test_one_draw_bin_masses(make, name, heights):
    values, bins = with_heights(heights)
    chances = METHODS[name](make(values), k=1, bin_width=0.5).probabilities
    assert chances.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(np.bincount(bins, weights=chances), closed_form(name, heights), rtol=1e-12)
    for bin_ in range(len(heights)):
        assert np.ptp(chances[bins == bin_]) == 0, "uneven within a bin"


@every_method
def test_empty_bins_change_nothing(make, name):
    heights = [4, 9, 1, 30]
    near, far = (METHODS[name](make(with_heights(heights, gap=gap)[0]), k=1, bin_width=0.5) for gap in (1, 7))
    np.testing.assert_array_equal(near.probabilities, far.probabilities)


def test_smaller_bins_have_larger_chances(make):
    values, bins = with_heights([50, 3, 20, 8])
    chances = p1(make(values), k=1, bin_width=0.5).probabilities
    assert chances[bins == 1].max() > chances[bins == 3].max() > chances[bins == 2].max() > chances[bins == 0].max()


@pytest.mark.filterwarnings("ignore:all .* scores are")
@given(
    logs=st.lists(st.floats(-29, 0.8), min_size=1, max_size=40),
    width=st.sampled_from([0.5, 0.25, 0.2, 0.1, 0.3, 1.0, 2.0]),
)
def test_properties_of_bins(logs, width):
    values = 10.0 ** np.array(logs)
    bins = find_bins(values, width)
    assert bins.heights.sum() == len(values)
    assert bins.heights.min() >= 1
    assert (np.diff(bins.first) > 0).all()
    low = bins.first[bins.place]
    log, parts = np.log10(values), round(1 / width)
    edges = [number / parts if abs(parts * width - 1) < 1e-9 else number * width for number in (low, low + 1)]
    assert (edges[0] <= log).all()
    assert (log < edges[1]).all()
    for method in METHODS.values():
        chances = method(Scores(values, kind="entropy", dataset="toy"), k=len(values), bin_width=width, rng=1)
        assert abs(chances.probabilities.sum() - 1) < 1e-12
        assert sorted(chances.indices.tolist()) == list(range(len(values)))


@pytest.mark.parametrize("width", [0.5, 0.25, 0.2])
def test_the_peers_strict_edges(make, width):
    """nabk89, sampler.py: a value exactly on an edge raises. Here it belongs to the bin above."""
    edges = np.arange(-25 * round(1 / width), round(1 / width)) / round(1 / width)
    values = np.array([10.0**edge for edge in edges])
    exact = np.log10(values) == edges
    assert exact.sum() > 20
    bins = find_bins(values[exact], width)
    np.testing.assert_array_equal(bins.first, np.round(edges[exact] / width))
    assert (bins.heights == 1).all()
    assert len(p1(make(values), k=3, bin_width=width)) == 3


def test_the_peers_zero_entropies(make):
    """nabk89, sampler.py: log10(0) is -inf. Here zeros are clamped, counted and told."""
    selection = p1(make([0.0, 0.0, 1e-40, 0.1, 0.2, 0.5]), k=3)
    assert selection.parameters["clamped"] == 3
    assert selection.notes == ("3 entropies below 1e-30 were counted as 1e-30",)
    assert np.ptp(selection.probabilities[:3]) == 0
    untouched = p1(make([1e-30, 0.1]), k=1)
    assert (untouched.parameters["clamped"], untouched.notes) == (0, ())


def test_widths(make):
    values = np.random.default_rng(0).lognormal(-4, 4, 300)
    for dataset, width in (("cifar10", 0.5), ("cifar100", 0.25), ("svhn", 0.2), ("imagenet", 0.25), ("mine", 0.5)):
        default, given_ = (
            p1(make(values, dataset=dataset), k=9),
            p1(make(values, dataset=dataset), k=9, bin_width=width),
        )
        assert default.parameters["bin_width"] == width
        np.testing.assert_array_equal(default.probabilities, given_.probabilities)


@every_method
def test_draws_follow_the_probabilities(make, name):
    """Chi-square of 4,000 first draws over the bins: at a fixed seed, so it cannot fail by chance."""
    heights = [40, 3, 12, 1]
    values, bins = with_heights(heights)
    rng = np.random.default_rng(5)
    chosen = METHODS[name](make(values), k=20, bin_width=0.5, rng=9)
    np.testing.assert_array_equal(chosen.indices, draw(chosen.probabilities, 20, np.random.default_rng(9)))
    first = [draw(chosen.probabilities, 1, rng)[0] for _ in range(4_000)]
    found = np.bincount(bins[first], minlength=len(heights))
    assert stats.chisquare(found, 4_000 * closed_form(name, heights)).pvalue > 0.01


def test_successive_sampling_has_the_law_of_numpys_choice():
    """Pairs drawn in order: P(i, j) = p_i p_j / (1 - p_i)."""
    chances, rng = np.array([0.5, 0.3, 0.15, 0.05]), np.random.default_rng(6)
    pairs = np.array([draw(chances, 2, rng) for _ in range(6_000)])
    expected = chances[:, None] * chances / (1 - chances[:, None])
    np.fill_diagonal(expected, 0)
    found = np.bincount(pairs[:, 0] * 4 + pairs[:, 1], minlength=16)
    off = ~np.eye(4, dtype=bool).ravel()
    assert found[~off].sum() == 0
    assert stats.chisquare(found[off], 6_000 * expected.ravel()[off]).pvalue > 0.01


def test_small_bins_run_out(make):
    """With P1 the chance of a rare example is above 1 / k, so that its bin is taken whole."""
    values, bins = with_heights([3_000, 5, 900])
    chosen = bins[p1(make(values), k=400, bin_width=0.5).indices]
    assert (chosen == 1).sum() == 5
    assert (chosen == 0).sum() <= 3


@every_method
def test_agrees_with_a_search_of_bins_per_example(entropies, name):
    heights = {}
    numbers = [math.floor(math.log10(max(value, 1e-30)) / 0.5) for value in entropies.values.tolist()]
    for number in numbers:
        heights[number] = heights.get(number, 0) + 1
    tallest = max(heights.values())
    weight = {"p1": lambda h: (tallest - h + 1) / h, "p2": lambda h: 1 / h, "p3": lambda h: 1 / h**2}[name]
    plain = np.array([weight(heights[number]) for number in numbers])
    found = METHODS[name](entropies, k=5, bin_width=0.5).probabilities
    np.testing.assert_allclose(found, plain / plain.sum(), rtol=1e-9)


@every_method
def test_a_smaller_k_is_a_prefix(entropies, name):
    few, many = (METHODS[name](entropies, k=k, rng=3).indices for k in (40, 400))
    np.testing.assert_array_equal(few, many[:40])


def test_balanced_chances_are_those_within_the_class(entropies):
    selection = p1(entropies, k=200, balance=True)
    assert np.bincount(selection.labels).tolist() == [20] * 10
    for label in range(10):
        members = entropies.labels == label
        alone = p1(Scores(entropies.values[members], kind="entropy", dataset="toy"), k=1)
        np.testing.assert_allclose(selection.probabilities[members], alone.probabilities / 10, rtol=1e-12)


@every_method
def test_one_bin_is_uniform(make, name):
    with pytest.warns(ConstantInputWarning, match=f"all 4 scores are 0.2: the seed alone decides what {name} selects"):
        selection = METHODS[name](make([0.2] * 4), k=2)
    np.testing.assert_allclose(selection.probabilities, 0.25)
    assert len(selection.notes) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bin_width": 0}, "bin_width=0 must be above 0, in powers of ten"),
        ({"bin_width": -0.5}, "bin_width=-0.5 must be above 0"),
        ({"bin_width": float("nan")}, "bin_width=nan must be above 0"),
        ({"bin_width": 1e-9}, "bin_width=1e-09 must be above 0"),
        ({"bin_width": "wide"}, "bin_width='wide' must be a number"),
        ({"floor": 0}, "floor=0 must be above 0 and below 1"),
    ],
)
def test_parameters_that_do_not_fit(make, options, message):
    with pytest.raises(InvalidInput, match=re.escape(message)):
        p2(make([0.1, 0.2]), k=1, **options)
