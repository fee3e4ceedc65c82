"""Cross-entropy loss of each example."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from benchtools.datasets import Batch
from benchtools.scoring._baseline import Baseline
from benchtools.scoring._scores import Scores

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
        If a loss is not finite.

    References
    ----------
    S0 (paper 000), equations 1 and 2.

    Examples
    --------
    >>> from benchtools.datasets import load_dataset
    >>> from benchtools.scoring import train_baseline
    >>> baseline = train_baseline(load_dataset("digits"), "resnet20", epochs=1, options={"width": 4}, rng=0)
    >>> loss(baseline)
    Scores(loss of digits, 1,442)
    """

    def function(batch: Batch) -> Tensor:
        return functional.cross_entropy(baseline.network(batch.images).double(), batch.labels, reduction="none")

    return baseline.scores(baseline.rows(function, split), "loss", split, **baseline.accuracies)
