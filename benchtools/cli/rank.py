"""The verb ``benchtools rank``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["rank"]


def rank(
    scores: Annotated[Path, typer.Argument(help="CSV or Parquet file: a column of architectures, one per proxy.")],
    table: Annotated[str, typer.Option(help="Name or folder of a table (benchtools table list).")],
    dataset: Annotated[str, typer.Option(help="Dataset of the truth, as the table names it.")],
    split: Annotated[str, typer.Option(help="Split of the truth, as the table names it.")],
    epochs: Annotated[int, typer.Option(help="Epochs of the truth's schedule.")],
    seed: Annotated[str, typer.Option(help="Seed of the truth: a number, or mean.")],
    view: Annotated[str | None, typer.Option(help="Space of 1Shot1 through which to see the table.")] = None,
    key: Annotated[str, typer.Option(help="Column with official strings, indices or op codes.")] = "arch",
    proxy: Annotated[list[str] | None, typer.Option(help="Column that is a proxy; repeatable. Default: all.")] = None,
    tolerance: Annotated[
        float | None, typer.Option(help="Ignore differences up to this in truth and proxy, such as 0.15 percent.")
    ] = None,
    cost: Annotated[
        list[str] | None,
        typer.Option(
            help="Column with a proxy's cost in seconds: COLUMN for all proxies, or PROXY=COLUMN; repeatable."
        ),
    ] = None,
    truth_cost: Annotated[
        str | None, typer.Option(help="Column with the truth's cost in seconds. Default: the table's training time.")
    ] = None,
    k: Annotated[float, typer.Option(help="Architectures picked, a number or a share below 1.")] = 10,
    confidence: Annotated[float, typer.Option(help="Level of the intervals.")] = 0.95,
    resamples: Annotated[int, typer.Option(help="Bootstrap resamples.")] = 9_999,
    rng: Annotated[int, typer.Option(help="Seed of the resampling.")] = 0,
    nan: Annotated[str, typer.Option(help="Empty scores: raise, or omit their architectures.")] = "raise",
    json: Annotated[Path | None, typer.Option(help="Write the findings to this JSON file.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write report.html, .csv, .tex and .json to this folder.")] = None,
) -> None:
    """Do these scores keep the order of the table? Larger scores are taken as better."""
    from benchtools.cli._show import progress_bar, show_files, show_report
    from benchtools.errors import StoreError
    from benchtools.experiments import rank_scores
    from benchtools.files import write_text
    from benchtools.tables import Column, Table, parse_seed

    if json is not None and not json.parent.is_dir():
        raise StoreError(f"cannot write {json}: its folder does not exist")
    truth_table = Table.open(table) if view is None else Table.open(table).view(view)
    truth = Column("accuracy", dataset, split, epochs, parse_seed(seed))
    with progress_bar() as progress:
        report = rank_scores(
            scores, truth_table, truth, key=key, proxies=proxy, costs=cost, truth_cost=truth_cost,
            nan_policy=nan, k=k, tolerance=tolerance, confidence=confidence, n_resamples=resamples, rng=rng,
            progress=progress,
        )  # fmt: skip
        paths = []
        if out is not None:
            from benchtools.reports import write_report

            paths += write_report(report, out)
        if json is not None:
            paths.append(write_text(json, report.to_json() + "\n"))
    show_report(report)
    show_files(paths)
