"""The verbs ``benchtools data list | fetch | describe``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["app"]

app = typer.Typer(help="Image data sets: what there is, how to get it, and what it holds.", no_args_is_help=True)


@app.command("list")
def list_(
    out: Annotated[Path | None, typer.Option(help="Folder to look for official files in. Default: the cache.")] = None,
) -> None:
    """List every data set that can be read, and the official files that can be fetched."""
    from benchtools.cli._show import show_rows
    from benchtools.datasets import list_datasets, list_official

    show_rows("Data sets", ["name", "what"], [list(row) for row in list_datasets().items()])
    rows = [
        [name, file.file, file.size_text, file.digest_text, state, official.note]
        for name, official, state in list_official(out=out)
        for file in official.files
    ]
    show_rows("Official files", ["fetch", "file", "size", "digest", "state", "note"], rows)


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="Name of a data set, or nasbench201-splits.")],
    out: Annotated[Path | None, typer.Option(help="Folder to keep the files in. Default: the cache.")] = None,
    url: Annotated[
        list[str] | None,
        typer.Option(help="Address to try first: of the file, or, ending in /, of a folder of the files. Repeatable."),
    ] = None,
) -> None:
    """Download an official data set and check it, going on where an earlier try broke off."""
    from benchtools.cli._show import progress_bar
    from benchtools.datasets import fetch_dataset, list_official

    with progress_bar() as progress:
        path = fetch_dataset(name, out=out, mirrors=url, progress=progress)
    official = next(official for found, official, _ in list_official() if found == name)
    print(f"{path} is complete. See what it holds by:")
    print(official.files[0].import_command(path if path.is_file() else path / official.files[0].file))


@app.command()
def describe(
    name: Annotated[str, typer.Argument(help="Name of a data set, as `benchtools data list` shows it.")],
    path: Annotated[Path | None, typer.Argument(help="Where it is. Default: where fetch puts it.")] = None,
    labels: Annotated[str | None, typer.Option(help="cifar100: fine or coarse.")] = None,
    resolution: Annotated[int | None, typer.Option(help="folder: height and width to keep [pixels].")] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="folder: leave out images that cannot be read.")] = False,
    partial: Annotated[bool, typer.Option("--partial", help="Files may hold fewer images than the official.")] = False,
    splits: Annotated[str | None, typer.Option(help="nasbench201, or an official file of splits.")] = None,
    sha256: Annotated[str | None, typer.Option(help="The digest that the data set must have.")] = None,
) -> None:
    """Read a data set, and show its images, classes, splits, mean, deviation and digest."""
    from benchtools.cli._show import progress_bar
    from benchtools.datasets import load_dataset

    given: dict[str, Any] = {
        "labels": labels, "resolution": resolution, "skip_bad": skip_bad or None, "partial": partial or None,
    }  # fmt: skip
    options = {option: value for option, value in given.items() if value is not None}
    with progress_bar() as progress:
        dataset = load_dataset(name, path, splits=splits, sha256=sha256, progress=progress, **options)
    print(dataset.name)
    for what, value in dataset.describe().items():
        print(f"{what}: {value}")
