"""benchtools published"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["published"]


def published(
    out: Annotated[Path | None, typer.Option(help="Write the tables as CSV files to this folder.")] = None,
) -> None:
    """The papers' tables: printed correlations recomputed, acceleration and accuracy kept of every row."""
    from benchtools import experiments
    from benchtools.cli._show import show_files, show_frame
    from benchtools.ranking import write_text

    frames = {
        "correlations": experiments.published_correlations(),
        "acceleration": experiments.published_acceleration(),
        "flags": experiments.published_flags(),
    }
    titles = ("Printed correlations, recomputed", "Acceleration ratio and accuracy kept", "Flags")
    for frame, title in zip(frames.values(), titles, strict=True):
        show_frame(frame, title)
        print()
    if out is not None:
        from benchtools.errors import StoreError

        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot make the folder {out}: {error.strerror}") from error
        show_files([write_text(out / f"{name}.csv", frame.to_csv(index=False)) for name, frame in frames.items()])
