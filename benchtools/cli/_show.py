"""Tables and progress bars on a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchtools.progress import Progress, silent

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from benchtools.ranking import RankReport

__all__ = ["progress_bar", "show_files", "show_frame", "show_report", "write_example"]

NUMBER = re.compile(r"[-+\d., x\[\]]*|nan|free|mean")
WIDTH_WHEN_PIPED = 2_000  # nothing is cut off or wrapped in a file


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Draw what the library reports on the standard error, and clean up; nothing where it is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_interactive:  # rich would end with an empty line
        yield silent
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield report


def show_rows(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; wide where the output is no terminal, so that nothing is cut off."""
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_WHEN_PIPED)
    console.print(Text(title), soft_wrap=True)
    table = RichTable(box=None)
    for position, header in enumerate(headers):
        numbers = all(NUMBER.fullmatch(row[position]) for row in rows)
        table.add_column(Text(header), justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def show_frame(frame: pd.DataFrame, title: str) -> None:
    """Print a data frame, floats with four digits."""
    rows = [[_cell(value) for value in row] for row in frame.itertuples(index=False)]
    show_rows(title, [str(column) for column in frame.columns], rows)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "-" if value != value else f"{value:.4f}"
    return str(value)


def show_report(report: RankReport) -> None:
    """Print the findings of a report."""
    k = report.settings["k"]
    tolerant = bool(report.settings["tolerance"])
    headers = ["proxy", "rho", f"{report.settings['confidence']:.0%} interval", *(["tolerant"] if tolerant else [])]
    headers += ["tau-b", f"overlap@{k}", f"regret@{k}", *(["acceleration"] if report.costs_s else [])]
    rows = []
    for name in report.ranked():
        found = report.estimates[name]
        rho = found["spearman"]
        row = [name, _cell(rho.statistic), f"[{rho.limits[0]:.4f}, {rho.limits[1]:.4f}]"]
        if tolerant:
            row.append(_cell(found["tolerant_spearman"].statistic) if "tolerant_spearman" in found else "-")
        row += [_cell(found[statistic].statistic) for statistic in ("kendall", "top_k_overlap", "regret")]
        if report.costs_s:
            ratio = report.acceleration(name)
            row.append("-" if ratio is None else "free" if ratio == float("inf") else f"{ratio:.3g}x")
        rows.append(row)
    show_rows(f"{report.n:,} architectures against {report.truth_name}", headers, rows)
    best = report.best()
    more = f" and {len(best) - 1} more" if len(best) > 1 else ""
    print(f"best by truth: {report.truth.max():.4f} at {report.archs[best[0]]}{more}")
    for pick in report.picks:
        if pick.k == 1:
            print(f"{pick.proxy} picks rank {pick.rank}, {pick.truth:.4f} (regret {pick.regret:.4f}): {pick.arch}")
    if pairs := report.indistinguishable():
        print("cannot be told apart: " + "; ".join(f"{first} and {second}" for first, second in pairs))
    elif report.all_distinguishable():
        print("all proxies can be told apart (paired bootstrap, Holm)")
    if report.settings["n_dropped"]:
        print(f"dropped for a missing value: {report.settings['n_dropped']} architectures")
    for note in report.notes:
        print(f"note: {note}")


def show_files(paths: Sequence[Path]) -> None:
    """Say what was written."""
    for path in paths:
        print(f"wrote {path}")


def write_example(text: str, out: Path | None) -> None:
    """Print a configuration, or write it to a file that is not there yet.

    Raises
    ------
    InvalidInput
        If the file exists.
    """
    from benchtools.errors import InvalidInput
    from benchtools.files import write_text

    if out is None:
        print(text, end="")
        return
    if out.exists():
        raise InvalidInput(f"{out} exists: choose another place, or remove it")
    show_files([write_text(out, text)])
