"""Reconstruction loss of each example."""

from __future__ import annotations

from torch import Tensor

from benchtools.datasets import Batch
from benchtools.errors import InvalidInput
from benchtools.scoring._baseline import Baseline
from benchtools.scoring._scores import Scores
from benchtools.training import Reconstruction

__all__ = ["reconstruction_loss"]


def reconstruction_loss(baseline: Baseline, *, split: str = "train") -> Scores:
    """Return the mean squared error of each example's pixels (from 0 to 1), not augmented.

    Parameters
    ----------
    baseline : Baseline
        A trained autoencoder.
    split : str, default "train"
        Part or split of its data set.

    Raises
    ------
    InvalidInput
        If the network gives no images, or a loss is not finite.

    References
    ----------
    S0 (paper 000), equations 3 and 4.

    Examples
    --------
    >>> from benchtools.datasets import load_dataset
    >>> from benchtools.scoring import train_baseline
    >>> baseline = train_baseline(load_dataset("digits"), "autoencoder", epochs=1, indices=range(200), rng=0)
    >>> reconstruction_loss(baseline)
    Scores(reconstruction_loss of digits, 1,442)
    """
    measure = Reconstruction(baseline.dataset)

    def function(batch: Batch) -> Tensor:
        outputs = baseline.network(batch.images)
        if outputs.shape != batch.images.shape:
            raise InvalidInput(
                f"{baseline!r} gives outputs of the shape {tuple(outputs.shape)} for images of "
                f"{tuple(batch.images.shape)}: a reconstruction loss needs an autoencoder"
            )
        return measure.per_image(outputs, batch).double()

    return baseline.scores(baseline.rows(function, split), "reconstruction_loss", split)
