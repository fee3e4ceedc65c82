"""Get an official archive: from the first address that delivers it, checked before it takes its name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from urllib.parse import urlsplit

from benchtools.errors import InvalidInput, StoreError
from benchtools.files import make_folder
from benchtools.progress import Progress, silent
from benchtools.tables._home import locked
from benchtools.tables.fetching._download import Expected, download
from benchtools.tables.fetching._http import MirrorFailed
from benchtools.tables.fetching._official import DRIVE_QUOTA, Archive, archives_home, find_archive
from benchtools.tables.fetching._partial import Partial
from benchtools.tables.fetching._unpack import unpack

__all__ = ["fetch_archive", "fetch_file"]


def fetch_archive(
    name: str,
    *,
    out: str | PathLike[str] | None = None,
    mirrors: Sequence[str] | None = None,
    progress: Progress = silent,
) -> Path:
    """Download an official archive, or go on with an interrupted download, and return its path.

    The file takes its name only once its size and digest are right, as far as they are known (`list_archives`). What
    arrives before an interruption is kept as ``NAME.part`` and gone on from. A file that is there already, perhaps put
    there by hand, is checked and not downloaded again. ``-simple`` archives are unpacked into a folder, which appears
    when all of it is there; the tar file stays beside it.

    Parameters
    ----------
    name : str
        Name of an archive, as `list_archives` gives it.
    out : path-like, optional
        Folder to keep it in; by default the cache.
    mirrors : sequence of str, optional
        Addresses to try before the known ones: copies within a laboratory, say. The digest is checked all the same.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.

    Returns
    -------
    pathlib.Path
        The file or unpacked folder, for `import_archive`.

    Raises
    ------
    NotFound
        If there is no archive of that name.
    InvalidInput
        If a mirror is no http or https address.
    StoreError
        If no address delivers the archive; the message says what was wrong with each, and how to get it by hand. Also
        if there is no room, the folder cannot be written, another process is fetching the same archive, or a file of
        that name is another one.

    Examples
    --------
    >>> fetch_archive("nasbench102-full")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    benchtools.errors.NotFound: no official archive is called 'nasbench102-full': there is nasbench201-v1_1, ...
    """
    return fetch_file(
        find_archive(name), archives_home() if out is None else Path(out), mirrors=mirrors, progress=progress
    )


def fetch_file(
    archive: Archive, folder: Path, *, mirrors: Sequence[str] | None = None, progress: Progress = silent
) -> Path:
    """Download what an entry of any catalogue describes into `folder`; all else as `fetch_archive`."""
    addresses = list(dict.fromkeys([*map(_checked, mirrors or ()), *archive.mirrors]))
    folder = make_folder(folder)
    target, result = folder / archive.file, folder / archive.result
    if _is_there(archive, target):
        return result
    if not os.access(folder, os.W_OK):
        raise StoreError(f"cannot write to the folder {folder}: choose another by --out; nothing was downloaded")
    with locked(target, wait=False):
        if not _is_there(archive, target):  # another process may have got it in the meantime
            if target.exists():
                _check_present(archive, target)
            else:
                _get(archive, addresses, target, progress)
            if archive.records:
                unpack(target, result, records=archive.records, progress=progress)
    return result


def _is_there(archive: Archive, target: Path) -> bool:
    if archive.records:  # a folder appears only when all of it is there
        return target.with_name(archive.result).is_dir()
    if target.exists():
        _check_present(archive, target)
        return True
    return False


def _get(archive: Archive, addresses: Sequence[str], target: Path, progress: Progress) -> None:
    partial = Partial(target)
    _check_room(archive, target.parent, partial)
    expected = Expected(archive.file, archive.size, archive.exact)
    failures = []
    for url in addresses:
        reason = _try(url, archive, partial, expected, progress)
        if reason is None:
            partial.move_to(target)
            return
        failures.append(f"  {_shown(url)}: {reason}")
    tried = "\n".join(["No address delivered it:", *failures]) if failures else "No address is known for it."
    raise StoreError(f"cannot download {archive.file}. {tried}\n{_by_hand(archive, target)}")


def _try(url: str, archive: Archive, partial: Partial, expected: Expected, progress: Progress) -> str | None:
    """Return what was wrong with an address; None if the file is there and right."""
    wrong: str | None = None
    for _ in range(2):
        resumed = partial.origin(url) is not None
        try:
            download(url, partial, expected, progress)
        except MirrorFailed as error:
            return str(error)
        wrong = archive.fault(partial.path)
        if wrong is None:
            return None
        partial.discard()
        if not resumed:  # else the bytes of an earlier run may be to blame: once more, all of it
            break
    return f"what it delivers is damaged or another file: {wrong}; it was deleted"


def _check_present(archive: Archive, path: Path) -> None:
    if wrong := archive.fault(path):
        raise StoreError(
            f"{path} is there already, and is not {archive.name}: {wrong}. Move it away and fetch again; it was not "
            "touched"
        )


def _check_room(archive: Archive, folder: Path, partial: Partial) -> None:
    needed = archive.size * (2 if archive.records else 1) - partial.size
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return
    if free < needed:
        raise StoreError(
            f"{archive.name} needs {needed / 1e9:,.1f} GB more in {folder}, and {free / 1e9:,.1f} GB are free: make "
            "room, or choose another folder by --out"
        )


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        fits = False
    if not fits:
        raise InvalidInput(
            f"{url!r} is no address to download from: it must start with http:// or https://. For a file on this "
            "machine no download is needed: benchtools table import KIND PATH"
        )
    return url


def _shown(url: str) -> str:
    """Return an address without the user's name and password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _by_hand(archive: Archive, target: Path) -> str:
    pages = [*archive.pages, *archive.mirrors]
    if any(page.startswith("https://drive.google.com") for page in pages):
        pages.append(f"({DRIVE_QUOTA})")
    steps = [
        f"  1. get {archive.file} from one of these (they are described at {archive.readme}):",
        *(f"       {page}" for page in pages),
        f"     its size is {archive.size_text}, its digest: {archive.digest_text}",
        f"  2. put it at {target}",
        f"  3. check {'and unpack it' if archive.records else 'it'}: {archive.fetch_command(target.parent)}",
        f"  4. go on with: {archive.import_command(target.with_name(archive.result))}",
    ]
    return "\n".join(["To get it by hand:", *steps])
