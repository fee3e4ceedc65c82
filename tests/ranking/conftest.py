"""Vectors for the tests of statistics."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def tied_cases():
    """Return a function that yields pairs of short vectors with many ties, none of them constant."""

    def make(number, *, seed=0, smallest=3, largest=14):
        rng = np.random.default_rng(seed)
        while number:
            n, levels = int(rng.integers(smallest, largest + 1)), rng.integers(2, 14, size=2)
            x, y = (rng.integers(-level, level, size=n) / 4 for level in levels)
            if np.ptp(x) > 0 and np.ptp(y) > 0:
                number -= 1
                yield x, y

    return make


@pytest.fixture(scope="session")
def accuracies():
    """Return a function that makes correlated accuracies [%], rounded to 0.01 as in published tables."""

    def make(n, *, seed=0, correlation=0.8, spread=1.0):
        rng = np.random.default_rng(seed)
        skill = rng.normal(size=n)
        noise = rng.normal(size=n)
        proxy = correlation * skill + np.sqrt(1 - correlation**2) * noise
        return np.round(93 + spread * skill, 2), np.round(80 + spread * proxy, 2)

    return make
