"""Cross-entropy loss of each example."""

from __future__ import annotations

import torch
from torch import Tensor

from benchtools.datasets import Batch
from benchtools.scoring._baseline import Baseline
from benchtools.scoring._scores import Scores
from benchtools.scoring._softmax import from_largest

__all__ = ["loss"]


def loss(baseline: Baseline, *, split: str = "train") -> Scores:
    """Return the cross-entropy of each example with its label [nats], in float64, not augmented.

    Parameters
    ----------
    baseline : Baseline
        A trained classifier; of paper 000, a pretrained ``resnet18`` that was trained further.
    split : str, default "train"
        Part or split of its data set.

    Raises
    ------
    InvalidInput
        If the network is no classifier of the data set, or a loss is not finite.

    References
    ----------
    S0 (paper 000), equations 1 and 2.

    Examples
    --------
    >>> from benchtools.datasets import load_dataset
    >>> from benchtools.scoring import train_baseline
    >>> digits, small = load_dataset("digits"), {"width": 4}
    >>> baseline = train_baseline(digits, epochs=1, options=small, indices=range(200), rng=0)
    >>> loss(baseline)
    Scores(loss of digits, 1,442)
    """

    def function(batch: Batch) -> Tensor:
        differences, rest = from_largest(baseline.logits_of(batch.images))
        return torch.log1p(rest) - differences.gather(1, batch.labels[:, None])[:, 0]

    return baseline.scores(baseline.rows(function, split), "loss", split, **baseline.accuracies)
