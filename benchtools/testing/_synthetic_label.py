"""The label that every synthetic archive carries beside it."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from benchtools.files import write_text

__all__ = ["LABEL", "labelled"]

LABEL = "All numbers in {name} are SYNTHETIC: random, drawn by benchtools.testing.synthetic, measured by nobody.\n"


def labelled(path: str | PathLike[str]) -> Path:
    """Write the label of the archive at `path`, before the archive itself, and return the path."""
    target = Path(path)
    write_text(target.with_name(f"{target.name}.SYNTHETIC.txt"), LABEL.format(name=target.name))
    return target
