"""A one-shot search, from the first weights to the architecture."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import torch

from benchtools.errors import InvalidInput
from benchtools.networks import make_supernet
from benchtools.progress import Progress, silent
from benchtools.provenance import Provenance
from benchtools.search.one_shot._algorithm import Algorithm
from benchtools.search.one_shot._data import SearchData
from benchtools.search.one_shot._degenerate import degenerate
from benchtools.search.one_shot._held_out import Feed
from benchtools.search.one_shot._inherited import Ranking, inherited_correlation
from benchtools.search.one_shot._judge import Judge
from benchtools.search.one_shot._names import get_algorithm
from benchtools.search.one_shot._recipe import SearchRecipe
from benchtools.search.one_shot._result import OneShotResult
from benchtools.training import as_device
from benchtools.training._checkpoint import check_place, read_checkpoint, write_checkpoint
from benchtools.training._running import Running

__all__ = ["run_one_shot"]

PARTS = ("identity", "algorithm", "feed", "epochs")


def run_one_shot(
    algorithm: str,
    data: SearchData,
    *,
    space: str,
    recipe: SearchRecipe,
    rng: int,
    judge: Judge | None = None,
    ranking: Ranking | None = None,
    options: Mapping[str, Any] | None = None,
    resolution: int | None = None,
    device: torch.device | str | None = None,
    checkpoint: str | PathLike[str] | None = None,
    progress: Progress = silent,
) -> OneShotResult:
    """Search a space by weights that its architectures share.

    Parameters
    ----------
    algorithm : str
        Name of an algorithm (`list_algorithms`).
    data : SearchData
        Examples of the weights, and of the architecture (`split_data`).
    space : str
        Name of a space, see `benchtools.networks.make_supernet`.
    recipe : SearchRecipe
        How (`recipe_for`).
    rng : int
        Seed of first weights, order, augmentation and what the algorithm draws.
    judge : Judge, optional
        A table that says what each epoch's architecture is worth. It does not bear on the search.
    ranking : Ranking, optional
        Architectures to rank by their shared weights at some epochs; needs `judge`.
    options : mapping, optional
        Of the supernet: ``{"width": 16, "n_cells": 5}``.
    resolution : int, optional
        Pixels of the images; native by default.
    device : torch.device or str, optional
        A GPU if there is one, by default.
    checkpoint : path, optional
        File that is written after each epoch. If it exists, the search goes on behind its last epoch, on a CPU with
        the same result, bit by bit, as one that was never interrupted.
    progress : callable
        Called with ``("search", epochs made, all)``.

    Returns
    -------
    OneShotResult
        A row for each epoch. Where a loss or an alpha is not finite, the search ends: `stopped` says why, and the
        state is kept beside the checkpoint, in ``NAME.stopped``.

    Raises
    ------
    NotFound
        If there is no such algorithm or space.
    InvalidInput
        If the algorithm does not search this space, the table is of another one or lacks accuracies of what is to be
        ranked, the examples do not fill a batch, or the checkpoint is of another search.
    StoreError, UnsafePickle
        If the checkpoint cannot be read or written.

    Examples
    --------
    >>> from benchtools.datasets import load_dataset
    >>> from benchtools.search.one_shot import recipe_for, split_data
    >>> recipe = recipe_for("gdas", "short", epochs=1)
    >>> data = split_data(load_dataset("digits"), np.arange(200))
    >>> small = {"width": 2, "n_cells": 1}
    >>> found = run_one_shot("gdas", data, space="nasbench201", recipe=recipe, rng=0, options=small)
    >>> len(found.epochs), found.arch.count("~")
    (1, 6)
    """
    kind = get_algorithm(algorithm)
    if not space.startswith(kind.spaces):
        raise InvalidInput(f"{algorithm} does not search {space}: it searches {', '.join(kind.spaces)}")
    if judge is not None:
        judge.require(space)
    if ranking is not None:
        if judge is None:
            raise InvalidInput("a ranking is compared with a table: pass judge= too")
        ranking.require(judge.accuracies(ranking.archs))
    file = None if checkpoint is None else Path(checkpoint)
    if file is not None:
        check_place(file)
    made = {**kind.supernet_options, **(options or {})}
    first, *orders, draws = np.random.default_rng(rng).integers(2**31, size=5).tolist()
    where = as_device(device)
    supernet = make_supernet(space, len(data.classes), rng=first, channels=data.dataset.channels, **made).to(where)
    settings = {
        "recipe": recipe.to_dict(), "options": made, "resolution": resolution, "rng": rng,
        "n_weights": len(data.weights), "n_held_out": len(data.held_out), "n_classes": len(data.classes),
    }  # fmt: skip
    search = _Search(
        kind(supernet, recipe, np.random.default_rng(draws)),
        Feed(data, recipe, supernet, device=where, resolution=resolution, seeds=orders),
        judge,
        ranking,
        {"algorithm": algorithm, "space": space, "images": data.dataset.digest, "examples": data.digest, **settings},
    )
    stopped = search.run(file, progress)
    inputs = {"dataset": data.dataset.digest, "examples": data.digest, "device": str(where)}
    return OneShotResult(
        algorithm, space, data.dataset.name, tuple(search.epochs), settings,
        None if judge is None else judge.to_dict(), stopped, Provenance.now(inputs),
    )  # fmt: skip


class _Search:
    """A search while it runs."""

    def __init__(
        self,
        algorithm: Algorithm,
        feed: Feed,
        judge: Judge | None,
        ranking: Ranking | None,
        identity: Mapping[str, Any],
    ) -> None:
        self.algorithm, self.feed, self.judge, self.ranking = algorithm, feed, judge, ranking
        self.identity = dict(identity)
        self.epochs: list[dict[str, Any]] = []

    def run(self, file: Path | None, progress: Progress) -> str | None:
        """Make all epochs that are left; return why it stopped before, if it did."""
        n = self.algorithm.recipe.epochs
        parts = None if file is None else read_checkpoint(file, self.identity, PARTS)
        if parts is not None:
            self.algorithm.load_state_dict(parts["algorithm"])
            self.feed.load_state_dict(parts["feed"])
            self.epochs = parts["epochs"]
        while len(self.epochs) < n:
            stopped = self.epoch(len(self.epochs))
            if stopped is not None:
                if file is not None:
                    write_checkpoint(file.with_name(f"{file.name}.stopped"), self.state())
                return stopped
            if file is not None:
                write_checkpoint(file, self.state())
            progress("search", len(self.epochs), n)
        return None

    def state(self) -> dict[str, Any]:
        return {
            "identity": self.identity, "algorithm": self.algorithm.state_dict(), "feed": self.feed.state_dict(),
            "epochs": self.epochs,
        }  # fmt: skip

    def epoch(self, epoch: int) -> str | None:
        """Make an epoch and add its row; return why the search cannot go on, if so."""
        algorithm, device = self.algorithm, self.algorithm.device
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        algorithm.supernet.train()
        start, cpu, running = perf_counter(), process_time(), Running()
        algorithm.start_epoch(epoch)
        for batch, held_out in self.feed.training(pairs=algorithm.steps_architecture):
            logits, loss = algorithm.step(batch, held_out)
            running.add(logits, batch.labels, loss)
        if (bad := running.first_non_finite()) is not None:
            return f"the loss is {bad[1]} in epoch {epoch}, step {bad[0]}: try a lower learning rate"
        notes = algorithm.end_epoch(self.feed)
        loss_mean, accuracy = running.means()  # waits for the device
        middle, cpu = perf_counter(), process_time() - cpu
        alphas = algorithm.alpha_values()
        if not all(np.isfinite(values).all() for values in alphas.values()):
            return f"an alpha is not finite at the end of epoch {epoch}: try a lower alpha_lr"
        if bad_notes := [name for name, value in notes.items() if not math.isfinite(value)]:
            return f"{bad_notes[0]} is {notes[bad_notes[0]]} in epoch {epoch}: try a lower alpha_lr"
        arch = algorithm.derive(self.feed)
        row: dict[str, Any] = {
            "epoch": epoch, "lr": algorithm.recipe.lr_at(epoch), "arch": arch,
            "degenerate": degenerate(algorithm.supernet.space, arch),
            "alphas": {kind: values.tolist() for kind, values in alphas.items()},
            "entropy": _entropy(alphas), "train_loss": loss_mean, "train_accuracy": accuracy,
            "held_out_accuracy": float(self.feed.accuracies([arch], None)[0]), **notes,
        }  # fmt: skip
        if self.judge is not None:
            verdict = self.judge.verdict(arch)
            row |= {name: getattr(verdict, name) for name in ("accuracy", "regret", "rank", "accuracies")}
            if self.ranking is not None and self.ranking.is_due(epoch, algorithm.recipe.epochs):
                archs = list(self.ranking.archs)
                shared = self.feed.accuracies(archs, self.ranking.n_batches)
                row |= inherited_correlation(shared, self.judge.accuracies(archs))
        row |= {
            "search_s": middle - start, "search_cpu_s": cpu, "look_s": perf_counter() - middle,
            "peak_mb": _peak_mb(device),
        }  # fmt: skip
        self.epochs.append(row)
        return None


def _entropy(alphas: Mapping[str, np.ndarray]) -> float:
    """Return the mean entropy of the decisions' softmax [nats]; NaN without alphas."""
    entropies: list[float] = []
    for values in alphas.values():
        shares = np.exp(values - values.max(1, keepdims=True))
        shares /= shares.sum(1, keepdims=True)
        entropies += (-(shares * np.log(shares + (shares == 0))).sum(1)).tolist()
    return float(np.mean(entropies)) if entropies else math.nan


def _peak_mb(device: torch.device) -> float:
    """Return the most memory [MB]: of the epoch on a GPU, of the process so far elsewhere; NaN where nobody knows."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    if sys.platform == "win32":
        return math.nan
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)
