"""Get an official data set: by the downloader of archives, into a folder of its own."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from benchtools.datasets._catalogue import CATALOGUE, Official, find_official
from benchtools.errors import InvalidInput
from benchtools.home import home_folder
from benchtools.progress import Progress, silent
from benchtools.tables.fetching._fetch import fetch_file

__all__ = ["fetch_dataset", "list_official"]


def fetch_dataset(
    name: str,
    *,
    out: str | PathLike[str] | None = None,
    mirrors: Sequence[str] | None = None,
    progress: Progress = silent,
) -> Path:
    """Download the files of an official data set, or go on with an interrupted download.

    Each file takes its name only once its size and digest are right. Files that are there already, perhaps put there by
    hand, are checked and not downloaded again. Nothing is unpacked: the readers take the files as they are.

    Parameters
    ----------
    name : str
        Name of a data set, as `list_official` gives it.
    out : path-like, optional
        Folder to keep the files in; by default ``datasets/NAME`` in the cache, where `load_dataset` looks.
    mirrors : sequence of str, optional
        Addresses to try before the known ones: of the file, or, where it ends in ``/``, of the folder that holds the
        files under their official names. Digests are checked all the same.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.

    Returns
    -------
    pathlib.Path
        What `load_dataset` reads: the file, or the folder of several files.

    Raises
    ------
    NotFound
        If no data set of that name can be fetched.
    InvalidInput
        If a mirror is no http or https address, or one file where several are needed.
    StoreError
        As `benchtools.tables.fetch_archive`; the message says how to get the file by hand.

    Examples
    --------
    >>> fetch_dataset("cifar-10")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    benchtools.errors.NotFound: no data set to fetch is called 'cifar-10': there is cifar10, ... Did you mean 'cifar10'?
    """
    official = find_official(name)
    several = len(official.files) > 1
    for mirror in mirrors or ():
        if several and not mirror.endswith("/"):
            raise InvalidInput(
                f"{name} has {len(official.files)} files: give the address of the folder that holds them, ending in /; "
                f"{mirror!r} is that of one file"
            )
    folder = home_folder("datasets") / name if out is None else Path(out)
    for file in official.files:
        addresses = [mirror + file.file if mirror.endswith("/") else mirror for mirror in mirrors or ()]
        fetch_file(file, folder, mirrors=addresses, progress=progress)
    return folder if several else folder / official.files[0].file


def list_official(*, out: str | PathLike[str] | None = None) -> list[tuple[str, Official, str]]:
    """Return the name of every official data set, the set, and a word on its state in `out` (by default the cache).

    Examples
    --------
    >>> name, official, state = list_official(out="an-empty-folder")[0]
    >>> name, official.size, state
    ('cifar10', 170498071, 'absent')
    """
    home = home_folder("datasets")
    return [
        (name, official, official.state(home / name if out is None else Path(out)))
        for name, official in CATALOGUE.items()
    ]
