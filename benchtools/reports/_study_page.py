"""A study of searches on proxy data as files."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from benchtools.errors import InvalidInput, NotFound
from benchtools.experiments.oneshot import StudyResult, summarise
from benchtools.files import make_folder, write_text
from benchtools.progress import Progress, silent
from benchtools.reports._plot_selection import write_pictures
from benchtools.reports._study_accuracy import draw_study_accuracy, study_accuracy_data
from benchtools.reports._study_html import Views, render_study_html
from benchtools.reports._study_latex import render_study_latex
from benchtools.reports._study_time import TIMES, StudyTimeData, draw_study_time, study_time_data
from benchtools.reports._study_trajectory import draw_study_trajectories, study_trajectory_data

__all__ = ["write_study_report"]


def write_study_report(
    study: StudyResult, folder: str | PathLike[str], *, by: str = "search_s", progress: Progress = silent
) -> list[Path]:
    """Write a report of a study to a folder: a page, tables and figures.

    ``index.html`` needs no other file; ``summary.csv`` holds what `summarise` returns, ``summary.tex`` a table in the
    form of paper 000's; ``accuracy.png``, ``time.png`` (where an algorithm was searched on all examples and on a part
    of them) and ``trajectories.png`` the figures. The page is rendered before the first file is written.

    Parameters
    ----------
    study : StudyResult
        What was searched.
    folder : str or path
        It is made if needed.
    by : {"search_s", "search_cpu_s"}, default "search_s"
        Times of the figure: seconds on the clock, or processor time; the page tells the fit of both.
    progress : callable
        Called with ``("report", figures drawn, all)``.

    Returns
    -------
    list of Path
        The files, the page first.

    Raises
    ------
    InvalidInput
        If every search diverged, or `by` is not known.
    StoreError
        If the folder cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = write_study_report(StudyResult.load("oneshot-cifar10"), folder)
    >>> [path.name for path in paths]
    ['index.html', 'summary.csv', 'summary.tex', 'accuracy.png', 'time.png', 'trajectories.png']
    """
    if by not in TIMES:
        raise InvalidInput(f"by={by!r} is not known: choose {' or '.join(TIMES)}")
    summary, times = summarise(study), _times(study, by)
    accuracy, trajectories = study_accuracy_data(study), study_trajectory_data(study)
    figures = {}
    n = 3 if times else 2
    figures["accuracy"] = Views(draw_study_accuracy(accuracy), draw_study_accuracy(accuracy, columns=1))
    progress("report", 1, n)
    if times:
        figures["time"] = Views(draw_study_time(times[0]), draw_study_time(times[0], columns=1))
        progress("report", 2, n)
    figures["trajectories"] = Views(
        draw_study_trajectories(trajectories), draw_study_trajectories(trajectories, columns=1)
    )
    texts = {
        "index.html": render_study_html(study, summary, times, figures),
        "summary.csv": summary.to_csv(index=False, lineterminator="\n"),
        "summary.tex": render_study_latex(study, summary),
    }
    place = make_folder(folder)
    paths = [write_text(place / name, text) for name, text in texts.items()]
    paths += write_pictures({name: views.broad for name, views in figures.items()}, place)
    progress("report", n, n)
    return paths


def _times(study: StudyResult, by: str) -> list[StudyTimeData]:
    """Return the times of the figure, then the others; none where those of the figure are not known."""
    found = []
    for kind in sorted(TIMES, key=lambda kind: kind != by):
        try:
            found.append(study_time_data(study, by=kind))
        except NotFound:
            break
    return found
