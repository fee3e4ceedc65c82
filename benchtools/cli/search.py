"""The verbs ``benchtools search run | show | report | init-config | baselines | list``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast

import typer

__all__ = ["app"]

app = typer.Typer(
    help="One-shot searches on proxy data, and searches on a table alone, scored by a table.",
    no_args_is_help=True,
)


@app.command("list")
def list_() -> None:
    """Print the names of the searches: with shared weights (run), and on a table alone (baselines)."""
    from benchtools.lazy import MissingTorch
    from benchtools.search import list_searches, one_shot

    try:
        shared = one_shot.list_algorithms()
    except MissingTorch as error:
        shared = [f"({error})"]
    print(f"run:       {', '.join(shared)}")
    print(f"baselines: {', '.join(list_searches())}")


@app.command("init-config")
def init_config(
    out: Annotated[Path | None, typer.Option(help="Write it to this file. Default: print it.")] = None,
) -> None:
    """Print the configuration of a study with comments: small enough for a few minutes."""
    from benchtools.cli._show import write_example
    from benchtools.experiments.oneshot import EXAMPLE

    write_example(EXAMPLE, out)


@app.command()
def run(
    what: Annotated[str, typer.Argument(help="An algorithm (benchtools search list), or a study (init-config).")],
    space: Annotated[str, typer.Option(help="Name of a space.")] = "nasbench201",
    dataset: Annotated[str, typer.Option(help="Name of a data set (benchtools data list).")] = "digits",
    data: Annotated[Path | None, typer.Option(help="Where the data set is. Default: where fetch puts it.")] = None,
    proxy: Annotated[str, typer.Option(help="METHOD:K, such as random:300, a file of `select`, or full.")] = "full",
    scores: Annotated[Path | None, typer.Option(help="Scores that the proxy's method reads.")] = None,
    preset: Annotated[str, typer.Option(help="Numbers: short, paper000, nasbench201 or 1shot1.")] = "short",
    change: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE, a number of the search: epochs=50. Repeatable.")
    ] = None,
    table: Annotated[str | None, typer.Option(help="Table that judges. Default: the embedded one.")] = None,
    truth: Annotated[str | None, typer.Option(help="Its column: dataset/split/epochs/seed.")] = None,
    width: Annotated[int | None, typer.Option(help="Channels of the supernet.")] = None,
    cells: Annotated[int | None, typer.Option(help="Its cells of a stage.")] = None,
    resolution: Annotated[int | None, typer.Option(help="Pixels of the images. Default: native.")] = None,
    how: Annotated[str, typer.Option(help="How examples are split: halves, order, within or test.")] = "halves",
    seed: Annotated[int, typer.Option(help="Seed of the search.")] = 0,
    checkpoint: Annotated[Path | None, typer.Option(help="File to go on from after a break.")] = None,
    out: Annotated[Path | None, typer.Option(help="Keep the search in this JSON file.")] = None,
    store: Annotated[Path | None, typer.Option(help="Of a study: file of results; made, or gone on with.")] = None,
    workers: Annotated[int, typer.Option(help="Of a study: processes.")] = 1,
    device: Annotated[
        list[str] | None, typer.Option(help="cpu, cuda:0 ...; of a study repeatable. Default: a GPU if there is one.")
    ] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Of a study: make searches that failed before again.")] = False,
) -> None:
    """Search once, and print what was found and what the table says of it; or run a study's searches."""
    from benchtools.cli._settings import json_or_text, name_and_value
    from benchtools.cli._show import progress_bar, show_files
    from benchtools.errors import InvalidInput
    from benchtools.experiments.oneshot import search
    from benchtools.search.one_shot import How

    if what.endswith((".yaml", ".yml")):
        if store is None:
            raise InvalidInput(f"{what} is a study: name the file of its results, such as --store study.db")
        _run_study(Path(what), store, workers, device, retry)
        return
    changes = dict(name_and_value(text, "epochs=50") for text in change or [])
    with progress_bar() as progress:
        found = search(
            what, space=space, dataset=dataset, data=data, proxy=_proxy(proxy), scores=scores, preset=preset,
            table=table, truth=truth, width=width, n_cells=cells, resolution=resolution, how=cast(How, how), rng=seed,
            device=device[0] if device else None, checkpoint=checkpoint, progress=progress,
            **{name: json_or_text(value) for name, value in changes.items()},
        )  # fmt: skip
    print(found)
    if found.truth is None:
        print("no table of this space comes with benchtools: name one by --table and --truth to have it scored")
    elif table is None and dataset not in found.truth["truth"].lower():
        print(f"note: the table is of {found.truth['truth'].split('/')[0]}, and the search saw {dataset}")
    if out is not None:
        show_files([found.save(out)])


def _run_study(config: Path, store: Path, workers: int, device: list[str] | None, retry: bool) -> None:
    from benchtools.cli._show import progress_bar
    from benchtools.experiments.oneshot import read_plan, run_study

    plan = read_plan(config)
    print(
        f"{plan.name}: {len(plan.algorithms)} algorithms x {len(plan.proxies)} proxies x {len(plan.seeds)} seeds = "
        f"{plan.n_trials:,} searches"
    )
    with progress_bar() as progress:
        summary, study = run_study(plan, store, workers=workers, devices=device, retry=retry, progress=progress)
    print(summary)
    if study is None:
        print(f"some searches failed: benchtools runs list {store} --status failed")
        raise typer.Exit(1)


def _proxy(text: str) -> Any:
    """Return a selection where the text names a file, else the text."""
    from benchtools.selection import Selection

    return Selection.load(Path(text)) if Path(text).is_file() else text


@app.command()
def show(
    source: Annotated[str, typer.Argument(help="A search that run --out wrote, a recorded study, or its folder.")],
) -> None:
    """Print a search epoch by epoch, or a study's findings."""
    from benchtools.cli._show import show_frame
    from benchtools.experiments.oneshot import StudyResult, summarise
    from benchtools.search.one_shot import OneShotResult

    if Path(source).is_file():
        found = OneShotResult.load(source)
        columns = ["epoch", "arch", "accuracy", "regret", "rank", "entropy", "train_accuracy", "held_out_accuracy"]
        frame = found.to_frame()
        show_frame(frame[[name for name in columns if name in frame]], f"{found.algorithm} on {found.space}")
        print(found)
        return
    study = StudyResult.load(source)
    show_frame(summarise(study), f"{study.plan.name}: accuracy [%] in {study.plan.truth}, best {study.best:.2f}")
    for note in study.notes:
        print(f"note: {note}")


@app.command()
def report(
    source: Annotated[
        str, typer.Argument(help="A study with --store, a recorded study such as oneshot-cifar10, or its folder.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the report.")],
    store: Annotated[Path | None, typer.Option(help="The file of results of a study.")] = None,
    processor: Annotated[
        bool, typer.Option("--processor", help="Draw processor time, on which other work on the machine does not bear.")
    ] = False,
    save: Annotated[Path | None, typer.Option(help="Keep plan, searches and trajectories in this folder too.")] = None,
) -> None:
    """Write a report: what searches on proxies find, what they cost, and which differences can be trusted."""
    import pandas as pd

    from benchtools.cli._show import progress_bar, show_files, show_frame
    from benchtools.experiments.oneshot import StudyResult, read_plan
    from benchtools.reports import write_study_report
    from benchtools.runs import Store

    if store is None:
        study = StudyResult.load(source)
    else:
        study = StudyResult.from_store(read_plan(source), Store(store, create=False))
    with progress_bar() as progress:
        by = "search_cpu_s" if processor else "search_s"
        paths = write_study_report(study, out, by=by, progress=progress)
    columns = ["algorithm", "method", "k", "accuracy", "std", "difference", "regret", "ratio", "n", "degenerate"]
    found = pd.read_csv(out / "summary.csv")[columns]  # what the page shows
    show_frame(found, f"{study.plan.name}: accuracy [%] in {study.plan.truth}, best {study.best:.2f}")
    if save is not None:
        paths.append(study.save(save))
    show_files(paths)


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
