"""The verbs ``benchtools search baselines | list``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(
    help="Searches on a table alone: what a search without shared weights finds for its budget.",
    no_args_is_help=True,
)


@app.command("list")
def list_() -> None:
    """Print the names of the searches, one a line."""
    from benchtools.search import list_searches

    for name in list_searches():
        print(name)


@app.command()
def baselines(
    table: Annotated[str, typer.Option(help="Name or folder of a table (benchtools table list).")],
    dataset: Annotated[str, typer.Option(help="Dataset of the searched accuracy, as the table names it.")],
    split: Annotated[str, typer.Option(help="Split of the searched accuracy, as the table names it.")],
    epochs: Annotated[int, typer.Option(help="Epochs of the schedule.")],
    seed: Annotated[str, typer.Option(help="Seed: a number, or mean.")],
    budget: Annotated[int, typer.Option(help="Evaluations of each run.")],
    out: Annotated[Path, typer.Option(help="Folder for the CSV files and the picture.")],
    runs: Annotated[int, typer.Option(help="Independent runs.")] = 500,
    algorithm: Annotated[
        list[str] | None,
        typer.Option(help="A search (benchtools search list); repeatable. Default: all that the options allow."),
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option(help="Column that the result is judged by: dataset/split/epochs/seed. Default: the searched one."),
    ] = None,
    lower_epochs: Annotated[
        list[int] | None, typer.Option(help="A cheaper schedule of the table, for successive_halving; repeatable.")
    ] = None,
    population: Annotated[int | None, typer.Option(help="Of regularised_evolution. Default: 100.")] = None,
    sample: Annotated[int | None, typer.Option(help="Of regularised_evolution: tournaments. Default: 25.")] = None,
    rng: Annotated[int, typer.Option(help="Seed of the random numbers.")] = 0,
    nan: Annotated[str, typer.Option(help="Architectures without a value: raise, or omit them.")] = "raise",
) -> None:
    """Run random search, regularised evolution, local search and successive halving; regret against the budget."""
    import pandas as pd

    from benchtools.cli._show import progress_bar, show_files, show_frame
    from benchtools.reports import write_searches
    from benchtools.search import get_search, list_searches, run_searches
    from benchtools.tables import Column, Table, parse_seed

    source, column = Table.open(table), Column("accuracy", dataset, split, epochs, parse_seed(seed))
    names = algorithm or [name for name in list_searches() if lower_epochs or not get_search(name).ladder]
    evolution = {"population": population, "sample": sample}
    given = {name: value for name, value in evolution.items() if value is not None}
    with progress_bar() as progress:
        found = run_searches(
            source, names, column, budget=budget, n_runs=runs, rng=rng, nan_policy=nan,
            judge=None if judge is None else Column.parse(judge), lower_epochs=lower_epochs or (),
            options={"regularised_evolution": given} if given else None, progress=progress,
        )  # fmt: skip
        paths = write_searches(found, out)
    judged = found[0].judge
    show_frame(
        pd.concat([each.summary() for each in found]), f"regret [%] of {runs} runs on {column}, judged by {judged}"
    )
    if any(each.seconds is None for each in found):
        print(f"{source.name} has no times of training for this: nothing is shown against seconds")
    show_files(paths)
