"""One search in one call."""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np

from benchtools.datasets import load_dataset
from benchtools.errors import NotFound
from benchtools.experiments._examples import choose_within
from benchtools.experiments.oneshot._plan import FULL, Proxy
from benchtools.experiments.oneshot._search import SPLIT_SEED
from benchtools.experiments.oneshot._trials import open_judge_of
from benchtools.progress import Progress, silent
from benchtools.search.one_shot import How, Judge, OneShotResult, recipe_for, split_data
from benchtools.selection import Selection

__all__ = ["default_truth", "search"]

EMBEDDED = "nasbench201-slice"
"""The table that comes with benchtools."""
TRUTHS = {
    "cifar100": "cifar100/x-valid/200/mean",
    "imagenet16-120": "ImageNet16-120/x-valid/200/mean",
}
SMALL = {"width": 8, "n_cells": 1}


def default_truth(space: str, dataset: str) -> tuple[str, str] | None:
    """Return name and column of the embedded table that judge a search by default, None for a space without one.

    Data sets that the table does not have are judged by CIFAR-10.

    Examples
    --------
    >>> default_truth("nasbench201", "digits")
    ('nasbench201-slice', 'cifar10-valid/x-valid/200/mean')
    """
    if space != "nasbench201":
        return None
    return EMBEDDED, TRUTHS.get(dataset, "cifar10-valid/x-valid/200/mean")


def search(
    algorithm: str,
    *,
    space: str = "nasbench201",
    dataset: str = "digits",
    data: str | PathLike[str] | None = None,
    proxy: Selection | str = FULL,
    scores: str | PathLike[str] | None = None,
    preset: str = "short",
    table: str | None = None,
    truth: str | None = None,
    width: int | None = None,
    n_cells: int | None = None,
    resolution: int | None = None,
    how: How = "halves",
    rng: int = 0,
    device: str | None = None,
    checkpoint: str | PathLike[str] | None = None,
    progress: Progress = silent,
    **changes: Any,
) -> OneShotResult:
    """Search a space with shared weights on a data set or a proxy of it, and look the result up in a table.

    Parameters
    ----------
    algorithm : str
        ``darts_v1``, ``darts_v2``, ``gdas``, ``enas``, ``random_ws``, ``setn``, ``pc_darts``, or a plug-in's.
    space : str, default "nasbench201"
        Also ``nasbench201_v5``, ``nats_size``, ``oneshot1_s1``, ``_s2``, ``_s3``.
    dataset, data : str, path
        Name of a data set, and where it is.
    proxy : Selection or str, default "full"
        Examples to search on: a selection, ``METHOD:K`` such as ``random:300``, or all.
    scores : path, optional
        File of the scores that the proxy's method reads.
    preset : str, default "short"
        Numbers of the search (`recipe_for`). ``short`` is for a first look: ten epochs, and where nothing else is
        given a small supernet of 8 channels and one cell a stage.
    table, truth : str, optional
        Name or folder of a table, and the column that judges. By default `default_truth`: of other spaces none.
    width, n_cells : int, optional
        Of the supernet; its own defaults, 16 channels and 5 cells a stage (3 in NAS-Bench-1Shot1), by default.
    resolution, how, rng, device, checkpoint, progress
        As in `benchtools.search.one_shot.run_one_shot` and `split_data`.
    **changes
        Numbers of the search to be as given: ``epochs=50``.

    Returns
    -------
    OneShotResult
        Printed, it says what was found, and what the table says of it.

    Raises
    ------
    NotFound
        If there is no such algorithm, space, data set, preset, table or column, or a table is named without a column.
    InvalidInput
        If something does not fit.

    Examples
    --------
    >>> found = search("gdas", proxy="random:200", width=2, epochs=1)
    >>> found.truth["table"], found.final["rank"] >= 1
    ('nasbench201-slice', True)
    """
    from benchtools.search.one_shot import run_one_shot

    recipe = recipe_for(algorithm, preset, **changes)
    judge = _judge(space, dataset, table, truth)
    images = load_dataset(dataset, None if data is None else str(data), progress=progress)
    examples: Any = proxy
    if isinstance(proxy, str):
        wanted, pool = Proxy.parse(proxy), np.arange(len(images.train_labels))
        if wanted.k is None:
            examples = None
        else:
            wanted.require(len(pool), scores is not None)
            place = None if scores is None else str(scores)
            examples = choose_within(images, pool, wanted.k, method=wanted.method, scores=place, seed=rng)
    small = SMALL if preset == "short" and space != "nats_size" else {}
    given = {"width": width, "n_cells": n_cells}
    options = {**small, **{name: value for name, value in given.items() if value is not None}}
    return run_one_shot(
        algorithm, split_data(images, examples, how=how, rng=SPLIT_SEED), space=space, recipe=recipe, rng=rng,
        judge=judge, options=options, resolution=resolution, device=device, checkpoint=checkpoint, progress=progress,
    )  # fmt: skip


def _judge(space: str, dataset: str, table: str | None, truth: str | None) -> Judge | None:
    if table is None and truth is None:
        usual = default_truth(space, dataset)
        return None if usual is None else open_judge_of(space, *usual)
    if table is None or truth is None:
        raise NotFound(
            "a table and its column that judges are named together: table='nasbench201-slice', "
            "truth='cifar10-valid/x-valid/200/mean' (--table, --truth); benchtools table describe shows the columns"
        )
    return open_judge_of(space, table, truth)
