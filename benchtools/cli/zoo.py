"""The verbs ``benchtools zoo sample | init-config | run | report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(
    help="A zoo of random networks under reduced settings (c/r/s/e): which setting keeps its order, and what it saves.",
    no_args_is_help=True,
)


@app.command("init-config")
def init_config(
    out: Annotated[Path | None, typer.Option(help="Write it to this file. Default: print it.")] = None,
) -> None:
    """Print a configuration with comments: small enough to run in a minute."""
    from benchtools.cli._show import write_example
    from benchtools.experiments.reduced import EXAMPLE

    write_example(EXAMPLE, out)


@app.command()
def sample(
    n: Annotated[int, typer.Argument(help="How many.")] = 50,
    seed: Annotated[int, typer.Option(help="Seed of the random numbers.")] = 0,
    space: Annotated[str, typer.Option(help="Name of a space.")] = "zoo13",
) -> None:
    """Print random networks, a string a line."""
    from benchtools.experiments.reduced import sample_zoo

    for arch in sample_zoo(n, rng=seed, space=space):
        print(arch)


@app.command()
def run(
    config: Annotated[Path, typer.Argument(help="A configuration (benchtools zoo init-config).")],
    store: Annotated[Path, typer.Option(help="File of results; it is made, or gone on with.")],
    workers: Annotated[int, typer.Option(help="Processes.")] = 1,
    device: Annotated[
        list[str] | None,
        typer.Option(help="cpu, cuda:0 ...; workers take them in turn. Repeatable. Default: a GPU if there is one."),
    ] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Make trials that failed before again.")] = False,
) -> None:
    """Train what the store does not hold yet; run it again to go on after a break."""
    from benchtools.cli._show import progress_bar
    from benchtools.experiments.reduced import read_plan, run_zoo

    plan = read_plan(config)
    print(
        f"{plan.name}: {len(plan.archs)} networks x {len(plan.all_settings())} settings x {len(plan.seeds)} seeds = "
        f"{plan.n_trials:,} trials"
    )
    with progress_bar() as progress:
        summary, zoo = run_zoo(plan, store, workers=workers, devices=device, retry=retry, progress=progress)
    print(summary)
    if zoo is None:
        print(f"some trials failed: benchtools runs list {store} --status failed")
        raise typer.Exit(1)


@app.command()
def report(
    source: Annotated[
        str, typer.Argument(help="A configuration with --store, a recorded zoo such as zoo13-digits, or a folder.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the report.")],
    store: Annotated[Path | None, typer.Option(help="The file of results of a configuration.")] = None,
    resamples: Annotated[int, typer.Option(help="Bootstrap resamples.")] = 1_999,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.")] = 0,
    save: Annotated[Path | None, typer.Option(help="Keep plan and trials in this folder too.")] = None,
) -> None:
    """Write a report: rho against acceleration, each factor, the order of the networks, good settings."""
    import pandas as pd

    from benchtools.cli._show import progress_bar, show_files, show_frame
    from benchtools.experiments.reduced import ZooResult, read_plan
    from benchtools.reports import write_zoo_report
    from benchtools.runs import Store

    if store is None:
        zoo = ZooResult.load(source)
    else:
        zoo = ZooResult.from_store(read_plan(source), Store(store, create=False))
    with progress_bar() as progress:
        paths = write_zoo_report(zoo, out, n_resamples=resamples, rng=seed, progress=progress)
    found = pd.read_csv(out / "summary.csv")  # what the page shows
    columns = ["setting", "rho", "low", "high", "tolerant", "kendall", "acceleration", "acceleration_s", "front"]
    show_frame(found[columns], f"{len(zoo.plan.archs)} networks against the original setting {zoo.plan.original}")
    if zoo.n_diverged:
        print(f"{zoo.n_diverged} trainings diverged: they count as 0 % and rank last")
    if save is not None:
        paths.append(zoo.save(save))
    show_files(paths)
