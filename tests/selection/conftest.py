"""What the tests of selection share: SYNTHETIC scores."""

import numpy as np
import pytest

from benchtools.scoring import Scores


@pytest.fixture
def make():
    """Return a function that wraps values as scores of a data set called toy."""

    def scores(values, kind="entropy", labels=None, **options):
        return Scores(values, **{"kind": kind, "dataset": "toy", "dataset_digest": "d1", "labels": labels, **options})

    return scores


@pytest.fixture
def entropies(make):
    """Return 2,000 SYNTHETIC entropies over many powers of ten, of ten classes of unequal sizes."""
    rng = np.random.default_rng(1)
    labels = rng.choice(10, 2_000, p=np.arange(1, 11) / 55)
    return make(np.minimum(rng.lognormal(-9, 5, 2_000), 2.3), labels=labels)
