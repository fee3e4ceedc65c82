"""The application: its verbs, its version, and how errors reach the user."""

from __future__ import annotations

import sys
import warnings
from typing import Annotated

import typer

from benchtools import __version__
from benchtools.cli import data, published, quickstart, rank, runs, score, search, select, table, zoo
from benchtools.errors import BenchtoolsError

__all__ = ["app", "main"]

app = typer.Typer(
    name="benchtools",
    help="Does a cheaper way of evaluating neural architectures keep the order that the expensive way gives?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("quickstart")(quickstart.quickstart)
app.command("rank")(rank.rank)
app.add_typer(table.app, name="table")
app.add_typer(data.app, name="data")
app.command("score")(score.score)
app.add_typer(select.app, name="select")
app.add_typer(zoo.app, name="zoo")
app.add_typer(runs.app, name="runs")
app.add_typer(search.app, name="search")
app.command("published")(published.published)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"benchtools {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; an error that benchtools raises is one message and exit code 2."""

    def show(message: Warning | str, *_: object, **__: object) -> None:
        typer.echo(f"warning: {message}", err=True)

    with warnings.catch_warnings():
        warnings.showwarning = show
        try:
            app()
        except BenchtoolsError as error:
            typer.echo(f"error: {error}", err=True)
            sys.exit(2)
