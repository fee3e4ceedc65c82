"""Softmax entropy of each example."""

from __future__ import annotations

import torch
from torch import Tensor

from benchtools.datasets import Batch
from benchtools.scoring._baseline import Baseline
from benchtools.scoring._scores import Scores
from benchtools.scoring._softmax import from_largest

__all__ = ["entropy", "softmax_entropy"]


def softmax_entropy(logits: Tensor) -> Tensor:
    r"""Return the entropy of softmax probabilities [nats], in float64.

    .. math:: H(x) = -\sum_y p_y \ln p_y

    Parameters
    ----------
    logits : Tensor, shape (n, n_classes)
        Outputs before the softmax.

    Returns
    -------
    Tensor of float64, shape (n,)
        From 0 to ln(n_classes). A sure answer gives a tiny number with all its digits, not 0.

    References
    ----------
    S3 (paper 003), equation 1.

    Examples
    --------
    >>> import torch
    >>> softmax_entropy(torch.tensor([[0.0, 0.0], [60.0, 0.0]]))
    tensor([6.9315e-01, 5.3415e-25], dtype=torch.float64)
    """
    differences, rest = from_largest(logits)
    return torch.log1p(rest) + (differences.exp() * -differences).sum(1) / (1 + rest)


def entropy(baseline: Baseline, *, split: str = "train") -> Scores:
    """Return the softmax entropy of each example [nats], not augmented.

    Parameters
    ----------
    baseline : Baseline
        A trained classifier.
    split : str, default "train"
        Part or split of its data set.

    Raises
    ------
    InvalidInput
        If the network is no classifier of the data set, or an entropy is not finite: it has diverged.

    References
    ----------
    S3 (paper 003), equation 1.

    Examples
    --------
    >>> from benchtools.datasets import load_dataset
    >>> from benchtools.scoring import train_baseline
    >>> digits, small = load_dataset("digits"), {"width": 4}
    >>> baseline = train_baseline(digits, epochs=1, options=small, indices=range(200), rng=0)
    >>> entropy(baseline)
    Scores(entropy of digits, 1,442)
    """

    def function(batch: Batch) -> Tensor:
        return softmax_entropy(baseline.logits_of(batch.images))

    return baseline.scores(baseline.rows(function, split), "entropy", split, **baseline.accuracies)
