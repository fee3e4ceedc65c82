"""Softmax entropy of each example."""

from __future__ import annotations

from torch import Tensor, nn

from benchtools.datasets import Batch
from benchtools.scoring._baseline import Baseline
from benchtools.scoring._scores import Scores

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
        From 0 to ln(n_classes). Of log-probabilities, so that a certain answer gives a tiny number, not 0.

    References
    ----------
    S3 (paper 003), equation 1.

    Examples
    --------
    >>> import torch
    >>> softmax_entropy(torch.tensor([[0.0, 0.0], [60.0, 0.0]]))
    tensor([6.9315e-01, 5.3415e-25], dtype=torch.float64)
    """
    logs = nn.functional.log_softmax(logits.double(), 1)
    return -(logs.exp() * logs).sum(1)


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
        If an entropy is not finite: the network has diverged.

    References
    ----------
    S3 (paper 003), equation 1.

    Examples
    --------
    >>> from benchtools.datasets import load_dataset
    >>> from benchtools.scoring import train_baseline
    >>> baseline = train_baseline(load_dataset("digits"), "resnet20", epochs=1, options={"width": 4}, rng=0)
    >>> entropy(baseline)
    Scores(entropy of digits, 1,442)
    """

    def function(batch: Batch) -> Tensor:
        return softmax_entropy(baseline.network(batch.images))

    return baseline.scores(baseline.rows(function, split), "entropy", split, **baseline.accuracies)
