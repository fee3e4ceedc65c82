"""The verbs ``benchtools table list | describe | query | import | fetch | verify | export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd

    from benchtools.tables import Table

__all__ = ["app"]

app = typer.Typer(
    help="Tabular ground truth: what there is, what it holds, and how to bring your own.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(help="Name or folder of a table.")]
View = Annotated[str | None, typer.Option(help="Space of NAS-Bench-1Shot1 to see it through: oneshot1_s1, _s2 or _s3.")]


@app.command("list")
def list_() -> None:
    """List every table by name."""
    from benchtools.cli._show import show_rows
    from benchtools.tables import list_tables

    show_rows("Tables", ["name", "where"], [list(row) for row in list_tables().items()])


@app.command()
def describe(
    name: Name,
    view: View = None,
    all: Annotated[  # noqa: A002 - the name of the option
        bool, typer.Option("--all", help="A line for every metric, instead of one for all that are alike.")
    ] = False,
) -> None:
    """Show what a table holds: dataset, split, epochs, seeds, unit and number of values."""
    from benchtools.cli._show import show_frame

    table = _opened(name, view)
    frame = table.describe()
    show_frame(frame if all else _merged(frame), f"{table} ({table.path})")
    for note in table.index.notes:
        print(f"note: {note}")
    for key, value in table.index.provenance["inputs"].items():
        print(f"{key}: {value}")


def _opened(name: str, view: str | None) -> Table:
    from benchtools.tables import Table

    table = Table.open(name)
    return table if view is None else table.view(view)


def _merged(frame: pd.DataFrame) -> pd.DataFrame:
    """Join the lines that differ in metric and unit only, and put those of a dataset together."""
    frame = frame.assign(metric=frame["metric"] + " [" + frame["unit"] + "]").drop(columns="unit")
    keys = [column for column in frame.columns if column != "metric"]
    merged = frame.groupby(keys, sort=False)["metric"].agg(", ".join).reset_index()
    merged.insert(4, "metric", merged.pop("metric"))
    order = {dataset: place for place, dataset in enumerate(dict.fromkeys(merged["dataset"]))}
    return merged.sort_values(
        ["dataset", "epochs", "split"],
        key=lambda column: column.map(order) if column.name == "dataset" else column.map(_by_size), kind="stable",
    )  # fmt: skip


def _by_size(text: str) -> tuple[int, str]:
    return (int(text) if text.isdecimal() else 0, text)


@app.command()
def query(
    name: Name,
    arch: Annotated[str | None, typer.Argument(help="Official string, index or op code.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Dataset, as the table names it.")] = None,
    split: Annotated[str | None, typer.Option(help="Split, as the table names it.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs of the schedule.")] = None,
    seed: Annotated[str | None, typer.Option(help="A number, or mean.")] = None,
    after: Annotated[int | None, typer.Option(help="After so many epochs of the schedule. Default: all.")] = None,
    metric: Annotated[str, typer.Option(help="accuracy, loss, train_time_s, latency_s, params_m ...")] = "accuracy",
    best: Annotated[int, typer.Option(help="Without ARCH: how many of the best to show.", min=1)] = 5,
    max_params_m: Annotated[
        float | None, typer.Option(help="Without ARCH: at most so many million parameters.")
    ] = None,
    max_macs_m: Annotated[float | None, typer.Option(help="Without ARCH: at most so many million MACs.")] = None,
    view: View = None,
) -> None:
    """Show all that is known of ARCH; or, with the coordinates of a column, ARCH's value, or the best architectures."""
    from benchtools.cli._show import show_rows
    from benchtools.errors import InvalidInput, NotFound
    from benchtools.tables import Column, parse_seed

    if arch is not None and (max_params_m is not None or max_macs_m is not None):
        raise InvalidInput("--max-params-m and --max-macs-m limit the best architectures: leave out ARCH")
    table = _opened(name, view)
    chosen = metric != "accuracy" or any(value is not None for value in (dataset, split, epochs, seed))
    if not chosen and arch is not None:
        print(table.lookup(arch, after=after))
        return
    if not chosen:
        raise InvalidInput("name an architecture, or a column by --dataset, --split, --epochs and --seed")
    column = Column(metric, dataset, split, epochs, parse_seed(seed))
    if arch is not None:
        value = float(table.column_named(column, after=after)[table.row(arch)])
        if value != value:
            raise NotFound(f"{column} of {table.name} has no value for {arch}: that run is missing")
        print(f"{value!r} {column.unit}")
        return
    choices = table.best(
        best, dataset=dataset, split=split, epochs=epochs, seed=column.seed, metric=metric, after=after,
        max_params_m=max_params_m, max_macs_m=max_macs_m,
    )  # fmt: skip
    rows = [[str(choice.index), f"{choice.value:.4f}", choice.arch] for choice in choices]
    show_rows(f"best by {column} of {table.name}", ["index", column.unit, "architecture"], rows)


@app.command("import")
def import_(
    kind_or_file: Annotated[
        str,
        typer.Argument(
            help="Kind of an official archive (nasbench201, nats-tss, nats-sss, nasbench101), followed by its path; or "
            "a CSV or Parquet file with a row per architecture."
        ),
    ],
    path: Annotated[
        Path | None, typer.Argument(help="The archive: a file, or NATS-Bench's '-simple' directory.")
    ] = None,
    space: Annotated[str | None, typer.Option(help="CSV, Parquet: space of the architectures: nasbench201.")] = None,
    map: Annotated[  # noqa: A002 - the name of the option
        list[str] | None,
        typer.Option(
            help="CSV, Parquet: COLUMN=[metric:]dataset/split/epochs/seed/unit, with - for what does not apply; or a "
            ".toml file with such lines under [columns]. Repeatable."
        ),
    ] = None,
    key: Annotated[str, typer.Option(help="CSV, Parquet: column with official strings, indices or op codes.")] = "arch",
    name: Annotated[str | None, typer.Option(help="Name of the table. Default: the kind, or the file's name.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to. Default: the cache, by name.")] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Archive: architectures may be missing.")] = False,
    sha256: Annotated[str | None, typer.Option(help="Archive: the digest that the file must have.")] = None,
) -> None:
    """Make a table of an official archive, or of a file whose columns are mapped explicitly: nothing is guessed."""
    from benchtools.cli._show import progress_bar, show_frame
    from benchtools.errors import InvalidInput
    from benchtools.tables import import_archive

    if path is not None:
        if space is not None or map:
            raise InvalidInput("--space and --map are for CSV and Parquet files: the columns of an archive are known")
        with progress_bar() as progress:
            table = import_archive(
                kind_or_file, path, name=name, out=out, partial=partial, sha256=sha256, progress=progress
            )
    else:
        if partial or sha256 is not None:
            raise InvalidInput("--partial and --sha256 are for archives: a CSV or Parquet file is taken as it is")
        table = _import_file(kind_or_file, space, map, key, name, out)
    show_frame(_merged(table.describe()), f"{table} ({table.path})")
    for note in table.index.notes:
        print(f"note: {note}")


def _import_file(
    file: str, space: str | None, mapping: list[str] | None, key: str, name: str | None, out: Path | None
) -> Table:
    from benchtools.errors import InvalidInput
    from benchtools.tables import KINDS, import_table, parse_mapping

    if file in KINDS:
        raise InvalidInput(
            f"the path of the archive is missing: benchtools table import {file} PATH, with {KINDS[file].what}"
        )
    if space is None or not mapping:
        raise InvalidInput(
            f"{file} is no kind of archive ({', '.join(KINDS)}), so a CSV or Parquet file: say by --space what its "
            "architectures are of, and by --map what its columns are"
        )
    return import_table(file, space=space, mapping=parse_mapping(mapping), key=key, name=name, out=out)


@app.command()
def fetch(
    name: Annotated[str | None, typer.Argument(help="Name of an official archive. Without it: list them.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to keep it in. Default: the cache.")] = None,
    url: Annotated[
        list[str] | None,
        typer.Option(help="Address to try first, of a copy within your laboratory, say. Repeatable."),
    ] = None,
) -> None:
    """Download an official archive and check it, going on where an earlier try broke off; or list the archives."""
    from benchtools.cli._show import progress_bar, show_rows
    from benchtools.tables import fetch_archive, list_archives

    listed = list_archives(out=out)
    if name is None:
        rows = [[a.name, a.file, a.size_text, a.digest_text, state] for a, state in listed]
        show_rows("Official archives", ["name", "file", "size", "digest", "state"], rows)
        return
    with progress_bar() as progress:
        path = fetch_archive(name, out=out, mirrors=url, progress=progress)
    print(f"{path} is complete. Make a table of it by:")
    print(next(archive.import_command(path) for archive, _ in listed if archive.name == name))


@app.command()
def verify(
    name: Name,
    against: Annotated[Path, typer.Option(help="The archive that the table came from.")],
    sample: Annotated[int | None, typer.Option(help="Compare so many architectures. Default: all.", min=1)] = None,
    rng: Annotated[int, typer.Option(help="Seed of the sample.")] = 0,
) -> None:
    """Compare every number with the official API's answer on the archive, bit for bit (extra: apis)."""
    from benchtools.cli._show import progress_bar, show_rows
    from benchtools.tables import verify_table

    with progress_bar() as progress:
        result = verify_table(name, against, sample=sample, rng=rng, progress=progress)
    show_rows("Equal to the last bit", ["what", "numbers"], [[k, f"{n}"] for k, n in sorted(result.by_kind.items())])
    print(result)
    if not result.passed:
        raise typer.Exit(1)


@app.command()
def export(
    name: Name,
    file: Annotated[Path, typer.Argument(help="Where to write: a name that ends in .csv, .parquet or .arrow.")],
    curves: Annotated[bool, typer.Option("--curves", help="The values after each single epoch too.")] = False,
) -> None:
    """Write a whole table to a CSV, Parquet or Arrow file, for pandas or DuckDB."""
    from benchtools.cli._show import show_files
    from benchtools.tables import Table

    show_files([Table.open(name).export(file, curves=curves)])
