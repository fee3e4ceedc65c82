"""The verb ``benchtools quickstart``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["quickstart"]


def quickstart(
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("benchtools-report"),
) -> None:
    """Rank what you have at hand against the real NAS-Bench-201, and write a report: nothing to download."""
    from benchtools.cli._show import progress_bar, show_files, show_report
    from benchtools.experiments import quickstart as run
    from benchtools.reports import write_report

    with progress_bar() as progress:
        report = run(progress=progress)
        paths = write_report(report, out)
    show_report(report)
    show_files(paths)
