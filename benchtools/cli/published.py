"""The verb ``benchtools published``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["published"]

SHOWN = {
    "paper": "paper",
    "table": "table",
    "method": "method",
    "dataset": "dataset",
    "search_space": "space",
    "nas": "search",
    "proxy_percent": "data %",
    "acceleration": "acceleration",
    "basis": "computed from",
    "baseline_accuracy": "full %",
    "proxy_accuracy": "proxy %",
    "accuracy_kept": "kept",
}


def published(
    out: Annotated[Path | None, typer.Option(help="Write the tables as CSV files to this folder.")] = None,
) -> None:
    """Recompute the papers' tables: printed correlations recomputed, acceleration and accuracy kept of every row."""
    from benchtools import experiments
    from benchtools.cli._show import show_files, show_frame, show_rows
    from benchtools.files import make_folder, write_text

    correlations = experiments.published_correlations()
    acceleration = experiments.published_acceleration()
    flags = experiments.published_flags()
    show_frame(correlations, "Printed correlations of paper 002 beside what its accuracies give")
    print()
    numbers = {flag: str(number) for number, flag in enumerate(flags["flag"].drop_duplicates(), start=1)}
    show_rows(
        "Acceleration ratio and accuracy kept, papers 000 and 003 (full: all data; proxy: reduced data)",
        [*SHOWN.values(), "flags"],
        [[*_cells(row), _marks(row["flag"], numbers)] for _, row in acceleration.iterrows()],
    )
    print("\nFlags")
    for flag, note in flags.drop_duplicates("flag")[["flag", "note"]].itertuples(index=False):
        print(f"{numbers[flag]:>3}  {flag}: {note}")
    if out is not None:
        frames = {"correlations": correlations, "acceleration": acceleration, "flags": flags}
        make_folder(out)
        show_files([write_text(out / f"{name}.csv", frame.to_csv(index=False)) for name, frame in frames.items()])


def _cells(row: pd.Series) -> list[str]:
    formats = {"proxy_percent": "{:.3g}", "acceleration": "{:.2f}", "accuracy_kept": "{:.3f}"}
    cells = []
    for name in SHOWN:
        value = row[name]
        missing = value != value or value is None
        text = formats.get(name, "{:.2f}" if isinstance(value, float) else "{}").format(value)
        cells.append("-" if missing else text)
    return cells


def _marks(flag: str, numbers: dict[str, str]) -> str:
    return ", ".join(numbers[name] for name in str(flag).split("; ") if name in numbers)
