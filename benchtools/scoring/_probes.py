"""Probe networks, and on which examples each of them is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchtools.datasets import Batch, Dataset
from benchtools.errors import InvalidInput
from benchtools.progress import Progress, silent
from benchtools.scoring._baseline import Baseline
from benchtools.scoring._checks import as_source
from benchtools.scoring._scores import Scores
from benchtools.scoring._train_baseline import train_baseline

__all__ = ["PROBES", "correctness", "train_probes"]

PROBES: tuple[Mapping[str, Any], ...] = (
    {"width": 32, "kernel": 5, "multiplier": 4},
    {"width": 8, "kernel": 3, "multiplier": 2},
)
"""The most complex and the lightest of the twelve ResNet-20 of S2 (paper 002), the most complex first."""


def train_probes(
    dataset: Dataset,
    *,
    rng: np.random.Generator | int,
    probes: Sequence[Mapping[str, Any]] = PROBES,
    holdout: float = 0.1,
    name: str = "probe",
    progress: Progress = silent,
    **how: Any,
) -> list[Baseline]:
    """Train probe networks on all but a held-out part of the training examples.

    Parameters
    ----------
    dataset : Dataset
        The data set.
    rng : numpy.random.Generator or int
        Source of the held-out part, and of all that a training draws.
    probes : sequence of mapping
        Options of each network, the most complex first.
    holdout : float, default 0.1
        Share of the training examples that is held out: 5,000 of CIFAR's. 0 for the paper's way, which takes the test
        part for importances.
    name : str, default "probe"
        The preset.
    progress : callable
        Called with ``("training", steps made, all steps)``, network by network.
    **how
        As `train_baseline` takes it: ``epochs``, ``recipe``, ``batch_size``, ``device`` ...

    Returns
    -------
    list of Baseline
        In the order of `probes`; their `indices` are the examples that they saw.

    Raises
    ------
    InvalidInput
        If there are fewer than two probes, or the share does not fit.

    Examples
    --------
    >>> from benchtools.datasets import load_dataset
    >>> small = [{"width": 8}, {"width": 4}]
    >>> upper, lower = train_probes(load_dataset("digits"), probes=small, epochs=1, holdout=0.9, rng=0)
    >>> len(upper.indices)
    144
    """
    _check_number(probes)
    source = as_source(rng)
    n = len(dataset.train_labels)
    n_out = round(holdout * n) if 0 <= holdout < 1 else n
    if n_out == n or (holdout and not n_out):
        raise InvalidInput(
            f"holdout must be a share from 0 to below 1 that leaves examples on both sides; {holdout} of {n:,} "
            "was given"
        )
    seen = np.sort(source.permutation(n)[n_out:]) if n_out else None
    return [
        train_baseline(
            dataset, name, rng=int(source.integers(2**31)), options=options, indices=seen, progress=progress, **how
        )
        for options in probes
    ]


def correctness(probes: Sequence[Baseline], *, eval_split: str = "held-out") -> Scores:
    """Return on which examples each probe network is right, a column per probe.

    Parameters
    ----------
    probes : sequence of Baseline
        The most complex first, trained on the same examples.
    eval_split : str, default "held-out"
        ``"held-out"`` for the training examples that no probe saw, else a part or split of the data set: ``"test"``,
        as the paper does, hands its labels to the proxy.

    Returns
    -------
    Scores
        ``parameters["accuracies"]`` has the accuracy of each probe on them [%].

    Raises
    ------
    InvalidInput
        If there are fewer than two, they do not belong together, are no classifiers or have diverged, or no example was
        held out.

    References
    ----------
    S2 (paper 002), Algorithm 1.

    Examples
    --------
    >>> from benchtools.datasets import load_dataset
    >>> small = [{"width": 8}, {"width": 4}]
    >>> correctness(train_probes(load_dataset("digits"), probes=small, epochs=1, holdout=0.9, rng=0))
    Scores(correctness of digits, 1,298 x 2)
    """
    _check_number(probes)
    first = probes[0]
    if any(probe.dataset.digest != first.dataset.digest for probe in probes):
        raise InvalidInput("the probe networks are of different data sets: train them on the same")
    indices = None
    split = eval_split
    if eval_split == "held-out":
        split = "train"
        n = len(first.dataset.train_labels)
        seen = [np.arange(n) if probe.indices is None else probe.indices for probe in probes]
        indices = np.setdiff1d(np.arange(n), np.concatenate(seen))
        if not len(indices):
            raise InvalidInput(
                "the probe networks have seen every training example: train them with a holdout, or take "
                "eval_split='test', which lets its labels leak into the proxy"
            )
    columns = [probe.rows(_right(probe), split, indices) for probe in probes]
    right = np.stack(columns, 1)
    accuracies = (100 * right.mean(0)).tolist()
    options = [dict(probe.parameters.get("options", {})) for probe in probes]
    seeds = [probe.parameters.get("seed") for probe in probes]
    return first.scores(
        right, "correctness", split, indices, eval_split=eval_split, accuracies=accuracies, probes=options, seeds=seeds
    )


def _check_number(probes: Sequence[Any]) -> None:
    if len(probes) < 2:
        raise InvalidInput(f"an order needs at least two probe networks; the number given is {len(probes)}")


def _right(probe: Baseline) -> Any:
    def function(batch: Batch) -> Tensor:
        logits = probe.logits_of(batch.images)
        right = (logits.argmax(1) == batch.labels).to(torch.float64)
        return right.masked_fill(~logits.isfinite().all(1), torch.nan)  # which `Scores` refuse

    return function
