"""A zoo under reduced settings as files."""

from __future__ import annotations

import io
from os import PathLike
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from benchtools.experiments.reduced import ZooResult
from benchtools.files import make_folder, whole
from benchtools.progress import Progress, silent
from benchtools.reports._factors import draw_factors
from benchtools.reports._rank_flow import draw_rank_flow
from benchtools.reports._reduced_acceleration import draw_reduced_acceleration
from benchtools.reports._style import styled
from benchtools.reports._zoo_found import ZooFound
from benchtools.reports._zoo_html import render_zoo_html
from benchtools.reports._zoo_latex import render_zoo_latex

__all__ = ["write_zoo_report"]

DPI = 150


def write_zoo_report(
    zoo: ZooResult,
    folder: str | PathLike[str],
    *,
    margin: float = 0.05,
    n_resamples: int = 9_999,
    rng: np.random.Generator | int = 0,
    progress: Progress = silent,
) -> list[Path]:
    """Write a report of a zoo to a folder: a page, tables and figures.

    ``report.html`` needs no other file; ``summary.csv`` holds what `summarise` returns, ``trials.csv`` every training,
    ``report.tex`` a table; ``acceleration.png``, ``factors.png`` (unless no two settings differ in one factor alone)
    and ``rank-flow.png`` the figures. Everything is rendered before the first file is written.

    Parameters
    ----------
    zoo : ZooResult
        What was trained.
    folder : str or path
        It is made if needed.
    margin : float, default 0.05
        How far below the best rho the rho of the chosen setting may be (`reduced_acceleration_data`).
    n_resamples, rng, progress
        As in `benchtools.experiments.reduced.compare_settings`.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    InvalidInput
        If no setting has a rho, or `margin` or `n_resamples` is out of range.
    StoreError
        If the folder cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = write_zoo_report(ZooResult.load("zoo13-digits"), folder, n_resamples=99)
    >>> paths[0].name
    'report.html'
    """
    found = ZooFound.of(zoo, n_resamples=n_resamples, rng=rng, margin=margin, progress=progress)
    figures = {"acceleration": draw_reduced_acceleration(found.headline)}
    if found.timed is not None:
        figures["seconds"] = draw_reduced_acceleration(found.timed)
    if found.factors is not None:
        figures["factors"] = draw_factors(found.factors)
    figures["rank-flow"] = draw_rank_flow(found.flow)
    contents = {
        "report.html": render_zoo_html(found, figures).encode(),
        "summary.csv": found.summary.to_csv(index=False, lineterminator="\n").encode(),
        "trials.csv": zoo.frame.to_csv(index=False, lineterminator="\n").encode(),
        "report.tex": render_zoo_latex(found).encode(),
    }
    contents |= {f"{name}.png": _png(figure) for name, figure in figures.items() if name != "seconds"}
    place = make_folder(folder)
    for name, content in contents.items():
        with whole(place / name) as draft:
            draft.write_bytes(content)
    return [place / name for name in contents]


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    with styled():
        figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()
