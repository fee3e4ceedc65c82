"""How many architectures a correlation needs."""

import math

import pytest
from scipy import stats

from benchtools.errors import InvalidInput
from benchtools.ranking import models_needed


def half_width(rho, n, confidence):
    """Half the length of Bonett and Wright's interval."""
    reach = stats.norm.ppf((1 + confidence) / 2) * math.sqrt((1 + rho**2 / 2) / (n - 3))
    z = math.atanh(rho)
    return (math.tanh(z + reach) - math.tanh(z - reach)) / 2


@pytest.mark.parametrize("rho", [-0.95, -0.3, 0.0, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("width", [0.01, 0.05, 0.2, 0.6, 0.99])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_is_the_smallest_number(rho, width, confidence):
    n = models_needed(rho, width, confidence=confidence)
    assert n >= 4
    assert half_width(rho, n, confidence) <= width
    assert n == 4 or half_width(rho, n - 1, confidence) > width


@pytest.mark.parametrize("width", [0.02, 0.1, 0.3])
def test_closed_form_without_correlation(width):
    """At rho = 0 the half width is tanh(q / sqrt(n - 3))."""
    quantile = stats.norm.ppf(0.975)
    assert models_needed(0, width) == math.ceil(3 + (quantile / math.atanh(width)) ** 2)


def test_examples_counted_by_hand():
    assert models_needed(0.9, 0.05) == next(n for n in range(4, 1_000) if half_width(0.9, n, 0.95) <= 0.05) == 86
    assert models_needed(-0.9, 0.05) == 86


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1.0, 0.05), "rho=1.0 must lie between -1 and 1, both excluded"),
        ((float("nan"), 0.05), "rho=nan must lie between -1 and 1"),
        ((0.5, 0), "half_width=0 must lie between 0 and 1, such as 0.05"),
        ((0.5, 5), "half_width=5 must lie between 0 and 1, such as 0.05"),
    ],
)
def test_messages(arguments, message):
    with pytest.raises(InvalidInput, match=message):
        models_needed(*arguments)


def test_confidence_of_95_gets_the_hint():
    with pytest.raises(InvalidInput, match=r"did you mean 0.95\?"):
        models_needed(0.5, 0.05, confidence=95)
