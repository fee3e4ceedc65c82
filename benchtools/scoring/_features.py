"""Penultimate features of each example."""

from __future__ import annotations

from torch import Tensor

from benchtools.datasets import Batch
from benchtools.scoring._baseline import Baseline
from benchtools.scoring._scores import Scores

__all__ = ["features"]


def features(baseline: Baseline, *, split: str = "train") -> Scores:
    """Return what enters the classifier for each example, float32, not augmented: what k-center reads.

    Parameters
    ----------
    baseline : Baseline
        A trained network with a method ``features``: pooled outputs of the last stage, 64 of a ResNet-20.
    split : str, default "train"
        Part or split of its data set.

    Raises
    ------
    InvalidInput
        If the network has no features, or one is not finite.

    Examples
    --------
    >>> from benchtools.datasets import load_dataset
    >>> from benchtools.scoring import train_baseline
    >>> digits, small = load_dataset("digits"), {"width": 4}
    >>> baseline = train_baseline(digits, epochs=1, options=small, indices=range(200), rng=0)
    >>> features(baseline)
    Scores(features of digits, 1,442 x 16)
    """

    def function(batch: Batch) -> Tensor:
        return baseline.features_of(batch.images).float()

    return baseline.scores(baseline.rows(function, split), "features", split, **baseline.accuracies)
