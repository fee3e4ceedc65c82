"""A report as files."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from benchtools.files import make_folder, write_text
from benchtools.ranking import RankReport
from benchtools.reports._html import render_html
from benchtools.reports._latex import render_latex

__all__ = ["write_report"]


def write_report(report: RankReport, out: str | PathLike[str]) -> list[Path]:
    """Write ``report.html``, ``report.csv``, ``report.tex`` and ``report.json`` to the folder `out`.

    Everything is rendered before the first file is written. ``report.json`` is what `RankReport.load` reads.

    Raises
    ------
    StoreError
        If the folder cannot be written to.
    """
    folder = Path(out)
    texts = {
        "report.html": render_html(report),
        "report.csv": report.to_frame().to_csv(index=False, lineterminator="\n"),
        "report.tex": render_latex(report),
        "report.json": report.to_json(vectors=True) + "\n",
    }
    make_folder(folder)
    return [write_text(folder / name, text) for name, text in texts.items()]
