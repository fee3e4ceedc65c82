"""Forgetting events of trainings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchtools.errors import InvalidInput
from benchtools.scoring._baseline import Baseline
from benchtools.scoring._forgetting_events import forgetting_events
from benchtools.scoring._scores import Scores
from benchtools.training import Callback, StepEnd

__all__ = ["Presentations", "forgetting"]


class Presentations(Callback):
    """Keeps whether each example was right at each epoch: on the augmented batch, before the step is made.

    Parameters
    ----------
    n : int
        Images of the training part.
    epochs : int
        Epochs to come.

    Attributes
    ----------
    correct : Tensor of bool, shape (epochs, n)
        False where an example was not presented.

    Examples
    --------
    >>> Presentations(3, 2).correct.shape
    torch.Size([2, 3])
    """

    def __init__(self, n: int, epochs: int) -> None:
        self.correct = torch.zeros(epochs, n, dtype=torch.bool)

    def on_step(self, end: StepEnd) -> None:
        """Keep which images of the batch were right."""
        if self.correct.device != end.outputs.device:
            self.correct = self.correct.to(end.outputs.device)
        self.correct[end.epoch, end.batch.indices] = end.outputs.argmax(1) == end.batch.labels

    def state_dict(self) -> dict[str, Tensor]:
        """Return what was kept."""
        return {"correct": self.correct.cpu()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on behind what was kept."""
        self.correct = state["correct"]

    def of(self, indices: NDArray[np.int64] | None) -> NDArray[np.bool_]:
        """Return what was kept of chosen examples, shape (epochs, n)."""
        found: NDArray[np.bool_] = self.correct.cpu().numpy()
        return found if indices is None else found[:, indices]


def forgetting(baselines: Baseline | Sequence[Baseline], *, mode: str = "transitions") -> Scores:
    """Return how often each training example was forgotten; events of several trainings are summed.

    Parameters
    ----------
    baselines : Baseline or sequence of Baseline
        Classifiers trained from their first weights by `train_baseline`, on the same examples for as many epochs.
    mode : {"transitions", "misclassifications"}
        As in `forgetting_events`.

    Raises
    ------
    InvalidInput
        If a baseline has no record of its training, or two do not belong together.

    References
    ----------
    M. Toneva et al.: An Empirical Study of Example Forgetting during Deep Neural Network Learning. ICLR 2019.

    Examples
    --------
    >>> from benchtools.datasets import load_dataset
    >>> from benchtools.scoring import train_baseline
    >>> digits, small = load_dataset("digits"), {"width": 4}
    >>> baseline = train_baseline(digits, epochs=2, options=small, indices=range(200), rng=0)
    >>> forgetting(baseline)
    Scores(forgetting of digits, 200)
    """
    runs = [baselines] if isinstance(baselines, Baseline) else list(baselines)
    if not runs:
        raise InvalidInput("forgetting needs at least one baseline")
    first = runs[0]
    for run in runs:
        if run.correct is None:
            raise InvalidInput(
                f"{run!r} has no record of its training: forgetting events are counted while a network is trained "
                "from its first weights (train_baseline), not of loaded weights"
            )
        same = run.dataset.digest == first.dataset.digest and np.array_equal(_seen(run), _seen(first))
        if not same or len(run.correct) != len(first.correct):  # type: ignore[arg-type]
            raise InvalidInput("the trainings are not of the same data set, examples and number of epochs")
    events = forgetting_events(np.stack([run.correct for run in runs]), mode=mode)  # type: ignore[misc]
    seeds = [run.parameters.get("seed") for run in runs]
    return first.scores(
        events, "forgetting", indices=first.indices, mode=mode, runs=len(runs), seeds=seeds, **first.accuracies
    )


def _seen(run: Baseline) -> NDArray[np.int64]:
    return np.arange(len(run.dataset.train_labels)) if run.indices is None else run.indices
