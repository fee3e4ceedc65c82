"""The verbs ``benchtools runs list | show | export | retry``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["app"]

app = typer.Typer(help="Stores of trials: what is done, what failed and why, and as a table.", no_args_is_help=True)

StorePath = Annotated[Path, typer.Argument(metavar="STORE", help="The file that a sweep writes.")]
DIGITS = 12
"""Of an id, in lists."""


@app.command("list")
def list_(
    store: StorePath,
    status: Annotated[str | None, typer.Option(help="List trials that are done, diverged or failed.")] = None,
    kind: Annotated[str | None, typer.Option(help="Of this kind of trial only.")] = None,
) -> None:
    """Count results by kind and setting, or list the trials of a status."""
    from benchtools.cli._show import show_rows
    from benchtools.runs import Store

    with Store(store, create=False) as opened:
        if status is None:
            counts = opened.counts()
        else:
            records = opened.results(kind, status)
    if status is None:
        places = dict.fromkeys(key[:2] for key in counts if kind in (None, key[0]))
        rows = [
            [*place, *(f"{counts.get((*place, one), 0):,}" for one in ("done", "diverged", "failed"))]
            for place in places
        ]
        show_rows(f"{store}", ["kind", "setting", "done", "diverged", "failed"], rows)
        return
    failed = status == "failed"
    rows = []
    for trial, result in records:
        last = (result.error or "").strip().rpartition("\n")[2]
        end = [last] if failed else [_numbers(result.metrics)]
        row = [trial.id[:DIGITS], trial.kind, trial.arch, trial.dataset, trial.setting, f"{trial.seed}"]
        rows.append([*row, f"{result.seconds:.1f}", *end])
    headers = ["id", "kind", "arch", "data set", "setting", "seed", "seconds", "error" if failed else "metrics"]
    show_rows(f"{len(rows):,} {status} in {store}", headers, rows)


@app.command()
def show(
    store: StorePath,
    prefix: Annotated[str, typer.Argument(metavar="ID", help="First digits of a trial's id.")],
    rows: Annotated[int, typer.Option(min=0, help="Rows of the curve to show, from its end.")] = 5,
) -> None:
    """Show a trial: its fields, metrics, the end of its curve, and the traceback of its failure."""
    from benchtools.cli._show import show_rows
    from benchtools.runs import Store

    with Store(store, create=False) as opened:
        trial, result = opened.get(prefix.lower())
    print(f"trial {trial.id}: {result.status} after {result.seconds:.1f} s")
    for name, value in trial.to_dict().items():
        if name != "details":
            print(f"{name}: {value}")
    for title, values in (("details", trial.details), ("metrics", result.metrics)):
        if values:
            show_rows(title, ["name", "value"], [[name, _cell(value)] for name, value in values.items()])
    curve = result.curve[len(result.curve) - min(rows, len(result.curve)) :]
    if curve:
        headers = list(dict.fromkeys(name for row in curve for name in row))
        title = f"curve, last {len(curve)} of {len(result.curve)} rows"
        show_rows(title, headers, [[_cell(row.get(name, "-")) for name in headers] for row in curve])
    for name, value in result.provenance.items():
        print(f"{name}: {value}")
    if result.error:
        print(result.error.rstrip())


@app.command()
def export(
    store: StorePath,
    out: Annotated[Path, typer.Option(help="File to write: .csv, .json (with curves) or .parquet.")],
) -> None:
    """Write all results to a file, a row for each trial."""
    from benchtools.cli._show import show_files
    from benchtools.runs import Store

    with Store(store, create=False) as opened:
        show_files([opened.export(out)])


@app.command()
def retry(
    store: StorePath,
    ids: Annotated[list[str] | None, typer.Argument(help="First digits of ids. Default: all that failed.")] = None,
) -> None:
    """Forget failures, so that the next sweep does these trials again."""
    from benchtools.errors import InvalidInput
    from benchtools.runs import Store

    with Store(store, create=False) as opened:
        if ids:
            found = [opened.get(prefix.lower()) for prefix in ids]
            for trial, result in found:
                if result.status != "failed":
                    raise InvalidInput(f"trial {trial.id[:DIGITS]} is {result.status}: only failed trials are retried")
            n = opened.forget(trial.id for trial, _ in found)
        else:
            n = opened.forget(opened.ids("failed"))
    print(f"{n:,} failed trial{'' if n == 1 else 's'} forgotten: the next sweep does them again")


def _cell(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _numbers(metrics: Any) -> str:
    return ", ".join(f"{name} {value:.6g}" for name, value in metrics.items())
