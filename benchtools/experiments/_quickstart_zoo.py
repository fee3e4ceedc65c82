"""A tiny zoo, trained live on real digits."""

from __future__ import annotations

import os
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from benchtools.progress import Progress, silent

if TYPE_CHECKING:
    from benchtools.experiments.reduced import ZooResult

__all__ = ["quickstart_zoo"]


def quickstart_zoo(folder: str | PathLike[str], *, progress: Progress = silent) -> ZooResult:
    """Train six networks of zoo13 on digits, in an original setting and in six reduced ones: about half a minute.

    Parameters
    ----------
    folder : path
        Where the configuration (``zoo.yaml``) and the store (``zoo.db``) are kept. What the store holds already is not
        trained again.
    progress : callable
        Called with ``("trials", done, all)``.

    Raises
    ------
    MissingTorch
        If torch is not installed.
    BenchtoolsError
        If a training failed; ``benchtools runs list`` on the store says why.
    """
    from benchtools.errors import BenchtoolsError
    from benchtools.experiments.reduced import EXAMPLE, read_plan, run_zoo
    from benchtools.files import make_folder, write_text
    from benchtools.training import as_device

    device = str(as_device())
    place = make_folder(folder)
    plan = read_plan(write_text(Path(place) / "zoo.yaml", EXAMPLE))
    store = Path(place) / "zoo.db"
    workers = 1 if device != "cpu" else min(2, os.cpu_count() or 1)
    summary, zoo = run_zoo(plan, store, workers=workers, devices=[device], progress=progress)
    if zoo is None:
        raise BenchtoolsError(f"some trials failed ({summary}): benchtools runs list {store} --status failed")
    return zoo
