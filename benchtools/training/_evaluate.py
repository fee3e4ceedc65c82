"""The mean loss and the accuracy of a network on batches."""

from __future__ import annotations

from torch import nn

from benchtools.datasets import Batches
from benchtools.errors import InvalidInput
from benchtools.training._losses import CrossEntropy, Loss
from benchtools.training._modes import looking_at
from benchtools.training._result import Evaluation
from benchtools.training._running import Running

__all__ = ["evaluate"]


def evaluate(network: nn.Module, batches: Batches, *, loss: Loss | None = None) -> Evaluation:
    """Return a network's loss and accuracy; its batch norms use their statistics, and nothing is changed.

    Parameters
    ----------
    network : torch.nn.Module
        On the device of the batches; it is left in the mode it was in.
    batches : Batches
        Commonly with ``shuffle=False``.
    loss : callable, optional
        See `Loss`; cross-entropy without smoothing by default.

    Returns
    -------
    Evaluation
        Loss, accuracy [%] and number of images.

    Raises
    ------
    InvalidInput
        If there is no batch.

    Examples
    --------
    >>> from benchtools.datasets import load_dataset
    >>> from benchtools.networks import resnet20
    >>> batches = Batches(load_dataset("digits"), split="test", batch_size=100, generator=0, shuffle=False)
    >>> found = evaluate(resnet20(10, channels=1, width=4, rng=0), batches)
    >>> found.n_images, 0 <= found.accuracy <= 100
    (355, True)
    """
    if not len(batches):
        raise InvalidInput(f"{batches} give no batch: use a smaller batch size, or drop_last=False")
    measure = CrossEntropy() if loss is None else loss
    running = Running()
    with looking_at(network):
        for batch in batches:
            outputs = network(batch.images)
            running.add(outputs, batch.labels, measure(outputs, batch))
    return Evaluation(*running.means(), running.n_images)
