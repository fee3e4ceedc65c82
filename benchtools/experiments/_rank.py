"""The first main job: whether a file of scores keeps the order of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput, NotFound, WrongType
from benchtools.progress import Progress, silent
from benchtools.provenance import digest_file
from benchtools.ranking import RankReport, compare
from benchtools.tables import Column, Table
from benchtools.tables._tabular import read_frame, read_keys, read_vector

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["rank_scores"]


def rank_scores(
    scores: str | PathLike[str],
    table: Table,
    truth: Column,
    *,
    key: str = "arch",
    proxies: Sequence[str] | None = None,
    costs: Sequence[str] | None = None,
    truth_cost: str | None = None,
    nan_policy: str = "raise",
    k: int | float = 10,
    tolerance: float | None = None,
    confidence: float = 0.95,
    n_resamples: int = 9_999,
    rng: np.random.Generator | int = 0,
    progress: Progress = silent,
) -> RankReport:
    """Compare the columns of a file of scores with a column of a table.

    Parameters
    ----------
    scores : path-like
        A CSV or Parquet file: a column of architectures (official strings, indices or op codes) and one column per
        proxy, larger is better.
    table : Table
        The ground truth.
    truth : Column
        The column of the table that is the truth.
    key : str, default "arch"
        The column of the file with the architectures.
    proxies : sequence of str, optional
        The columns that are proxies; by default all but `key` and the columns of costs.
    costs : sequence of str, optional
        Columns of the file with the cost of each architecture, in seconds: "COLUMN" for all proxies, or
        "PROXY=COLUMN" for one.
    truth_cost : str, optional
        The column of the file with the truth's cost, in seconds; by default the table's training time of the same
        dataset and epochs (of one run, also where the truth is a mean of several).
    nan_policy : {"raise", "omit"}, default "raise"
        Whether an empty score is an error, or drops its architecture for every proxy.
    k, tolerance, confidence, n_resamples, rng, progress
        As in `benchtools.ranking.compare`.

    Returns
    -------
    RankReport

    Raises
    ------
    InvalidInput
        For unknown architectures, duplicates, text and empty values; row and value are named.
    NotFound
        For columns and architectures that do not exist.
    """
    truth_values = table.column_named(truth)
    file = Path(scores).name
    frame = read_frame(scores, key)
    columns = _cost_columns(frame, costs or ())
    names = _proxy_names(frame, key, proxies, {*columns.values(), *([truth_cost] if truth_cost else [])}, file)
    columns = _cost_per_proxy(columns, names)
    indices = read_keys(frame, key, table.space, file)
    rows = _rows(table, indices, frame[key], file)
    try:
        vectors = {name: read_vector(frame, name, file) for name in names}
    except WrongType as error:
        hint = "" if proxies else "; or name the columns that are proxies by --proxy (proxies=)"
        raise WrongType(f"{error}{hint}") from None
    archs = [table.space.to_string(index) for index in indices.tolist()]
    _check_truth(truth_values[rows], truth, table, archs)
    if nan_policy == "raise":
        for name, values in vectors.items():
            _check_finite(values, name, frame[key], file)
    return compare(
        truth_values[rows],
        vectors,
        archs=archs,
        truth_name=f"{truth} of {table.name}",
        k=k,
        tolerance=tolerance,
        costs={name: read_vector(frame, column, file) for name, column in columns.items()},
        truth_cost=_truth_cost(frame, truth_cost, file, table, truth, rows) if columns else None,
        confidence=confidence,
        n_resamples=n_resamples,
        rng=rng,
        nan_policy=nan_policy,
        inputs={
            "scores": f"{file} sha256 {digest_file(scores)}",
            "table": f"{table.name} sha256 {table.index.sha256}",
            "truth": f"{truth} [{truth.unit}]",
        },
        progress=progress,
    )


def _cost_columns(frame: pd.DataFrame, costs: Sequence[str]) -> dict[str, str]:
    """Read "COLUMN" (for all proxies, kept under the empty name) and "PROXY=COLUMN"."""
    columns: dict[str, str] = {}
    for entry in costs:
        proxy, _, column = ("", "", entry) if entry in frame.columns else entry.rpartition("=")
        if proxy in columns:
            raise InvalidInput(f"two costs are given for {proxy or 'all proxies'}: {columns[proxy]!r} and {column!r}")
        columns[proxy] = column
    return columns


def _cost_per_proxy(columns: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    own = {proxy: column for proxy, column in columns.items() if proxy}
    if unknown := [proxy for proxy in own if proxy not in names]:
        raise InvalidInput(f"a cost is given for {', '.join(unknown)}, which is no proxy: there is {', '.join(names)}")
    return dict.fromkeys(names, columns[""]) | own if "" in columns else own


def _proxy_names(
    frame: pd.DataFrame, key: str, proxies: Sequence[str] | None, cost_columns: set[str], file: str
) -> list[str]:
    if proxies:
        return list(dict.fromkeys(proxies))
    names = [str(column) for column in frame.columns if column != key and column not in cost_columns]
    if not names:
        raise InvalidInput(f"{file} has no column of scores beside {key!r}: add one per proxy")
    return names


def _rows(table: Table, indices: NDArray[np.int64], keys: pd.Series, file: str) -> NDArray[np.int64]:
    missing = np.flatnonzero(~np.isin(indices, table.indices))
    if len(missing):
        raise NotFound(
            f"{len(missing)} architectures of {file} are not in the table {table.name}, the first in row "
            f"{missing[0] + 1}: {keys.iloc[missing[0]]}"
        )
    return np.searchsorted(table.indices, indices)


def _check_truth(values: NDArray[np.float64], truth: Column, table: Table, archs: Sequence[str]) -> None:
    missing = np.flatnonzero(np.isnan(values))
    if len(missing):
        raise InvalidInput(
            f"{truth} of {table.name} has no value for {len(missing)} of these {len(values)} architectures, the first "
            f"in row {missing[0] + 1}: {archs[missing[0]]}; choose another seed (or mean), or leave them out"
        )


def _check_finite(values: NDArray[np.float64], name: str, keys: pd.Series, file: str) -> None:
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        what = "empty or NaN" if np.isnan(values[bad[0]]) else f"{values[bad[0]]}"
        raise InvalidInput(
            f"the column {name!r} of {file} has {len(bad)} values that are not finite, the first in row {bad[0] + 1} "
            f"({keys.iloc[bad[0]]}): {what}; fill or remove these rows, or drop them with --nan omit"
        )


def _truth_cost(
    frame: pd.DataFrame, column: str | None, file: str, table: Table, truth: Column, rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    if column is not None:
        return read_vector(frame, column, file)
    seeds = {c.seed for c in table.siblings("train_time_s", truth.dataset, None) if c.epochs == truth.epochs}
    for seed in (None, truth.seed, "mean"):  # one number for all runs, that of the run, or the mean over runs
        if seed in seeds or (seed == "mean" and seeds):
            return table.column(metric="train_time_s", dataset=truth.dataset, epochs=truth.epochs, seed=seed)[rows]
    there = [str(other) for other in table.columns if other.metric == "train_time_s"]
    raise NotFound(
        f"the table {table.name} has no training time for {truth.dataset} at {truth.epochs} epochs, which the "
        f"acceleration ratio needs (it has {', '.join(there) or 'none at all'}): name a column of {file} with the "
        "truth's cost in seconds by --truth-cost"
    )
