"""The verbs ``benchtools table list | describe | query | import | export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(
    help="Tabular ground truth: what there is, what it holds, and how to bring your own.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(help="Name or folder of a table.")]


@app.command("list")
def list_() -> None:
    """List every table by name."""
    from benchtools.cli._show import show_rows
    from benchtools.tables import list_tables

    show_rows("Tables", ["name", "where"], [list(row) for row in list_tables().items()])


@app.command()
def describe(name: Name) -> None:
    """Show what a table holds: dataset, split, epochs, seeds, unit and number of values."""
    from benchtools.cli._show import show_frame
    from benchtools.tables import Table

    table = Table.open(name)
    show_frame(table.describe(), f"{table} ({table.path})")
    for note in table.index.notes:
        print(f"note: {note}")
    for key, value in table.index.provenance["inputs"].items():
        print(f"{key}: {value}")


@app.command()
def query(
    name: Name,
    arch: Annotated[str | None, typer.Argument(help="Official string, index or op code.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Dataset, as the table names it.")] = None,
    split: Annotated[str | None, typer.Option(help="Split, as the table names it.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs of the schedule.")] = None,
    seed: Annotated[str | None, typer.Option(help="A number, or mean.")] = None,
    metric: Annotated[str, typer.Option(help="accuracy, train_time_s, latency_s, params_m or macs_m.")] = "accuracy",
    best: Annotated[int, typer.Option(help="Without ARCH: how many of the best to show.", min=1)] = 5,
) -> None:
    """Show all that is known of ARCH; or, with the coordinates of a column, ARCH's value, or the best architectures."""
    import numpy as np

    from benchtools.cli._show import show_rows
    from benchtools.errors import InvalidInput, NotFound
    from benchtools.tables import Column, Table, parse_seed

    table = Table.open(name)
    chosen = metric != "accuracy" or any(value is not None for value in (dataset, split, epochs, seed))
    if not chosen and arch is not None:
        print(table.lookup(arch))
        return
    if not chosen:
        raise InvalidInput("name an architecture, or a column by --dataset, --split, --epochs and --seed")
    column = Column(metric, dataset, split, epochs, parse_seed(seed))
    values = table.column_named(column)
    if arch is not None:
        value = float(values[table.rows([arch])[0]])
        if np.isnan(value):
            raise NotFound(f"{column} of {table.name} has no value for {arch}: that run is missing")
        print(f"{value!r} {column.unit}")
        return
    order = np.argsort(-values, kind="stable")[:best]  # NaN last
    rows = [
        [str(table.indices[row]), f"{values[row]:.4f}", table.space.to_string(int(table.indices[row]))] for row in order
    ]
    show_rows(f"best by {column} of {table.name}", ["index", column.unit, "architecture"], rows)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet file with a row per architecture.")],
    space: Annotated[str, typer.Option(help="Space of the architectures, such as nasbench201.")],
    map: Annotated[  # noqa: A002 - the name of the option
        list[str],
        typer.Option(
            help="COLUMN=[metric:]dataset/split/epochs/seed/unit, with - for what does not apply; or a .toml file with "
            "such lines under [columns]. Repeatable."
        ),
    ],
    key: Annotated[str, typer.Option(help="Column with official strings, indices or op codes.")] = "arch",
    name: Annotated[str | None, typer.Option(help="Name of the table. Default: the file's.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to. Default: the cache, by name.")] = None,
) -> None:
    """Make a table of a file; its columns are mapped explicitly and nothing is guessed from their names."""
    from benchtools.cli._show import show_frame
    from benchtools.tables import import_table, parse_mapping

    table = import_table(file, space=space, mapping=parse_mapping(map), key=key, name=name, out=out)
    show_frame(table.describe(), f"{table} ({table.path})")
    for note in table.index.notes:
        print(f"note: {note}")


@app.command()
def export(
    name: Name, file: Annotated[Path, typer.Argument(help="Where to write: a name that ends in .csv or .parquet.")]
) -> None:
    """Write a whole table to a CSV or Parquet file."""
    from benchtools.cli._show import show_files
    from benchtools.tables import Table

    show_files([Table.open(name).export(file)])
