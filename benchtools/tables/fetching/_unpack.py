"""A tar file of records into a folder: files only, nowhere else, and all of it or nothing."""

from __future__ import annotations

import os
import re
import shutil
import tarfile
from pathlib import Path, PurePosixPath

from benchtools.errors import StoreError
from benchtools.progress import Progress, silent

__all__ = ["unpack"]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
RECORD = re.compile(r"\d+\.pickle\.pbz2")


def unpack(tar: Path, folder: Path, *, records: int, progress: Progress = silent) -> Path:
    """Unpack an uncompressed tar file that holds one folder of plain files, and return `folder`.

    Nothing but the bytes of the members is taken from the tar file: no owner, no mode, no time, no link, no place.
    (The filters of `tarfile` do the same and more, but Python 3.11.0 to 3.11.3 lack them.)

    Parameters
    ----------
    tar : pathlib.Path
        The tar file; it stays.
    folder : pathlib.Path
        Where the files belong; it appears when all of them are there.
    records : int
        Number of files ``000000.pickle.pbz2`` that there must be.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.

    Raises
    ------
    StoreError
        If the tar file is damaged or incomplete, holds anything else, or the folder cannot be written.
    """
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.draft")
    try:
        draft.mkdir()
        found = _write_members(tar, draft, records, progress)
        if found != records:
            raise StoreError(f"{tar.name} holds {found:,} records, not {records:,}: get it again; nothing was unpacked")
        draft.replace(folder)
    except tarfile.TarError as error:
        raise StoreError(f"{tar.name} is no intact tar file ({error}): get it again; nothing was unpacked") from error
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(f"cannot unpack {tar.name} into {folder} ({error.strerror or error})") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _write_members(tar: Path, draft: Path, records: int, progress: Progress) -> int:
    left, found = tar.stat().st_size, 0  # files that are not compressed are together no larger than the tar file
    with tarfile.open(tar, "r:") as archive:
        for member in archive:
            if member.isdir():
                continue
            name = _file_name(tar, member)
            left -= member.size
            if left < 0:
                raise StoreError(f"{tar.name} says that its files are larger than itself: nothing was unpacked")
            content = archive.extractfile(member)
            if content is None:  # never for a plain file
                raise StoreError(f"{tar.name} has no bytes for {name}: nothing was unpacked")
            with content, open(draft / name, "xb") as file:
                shutil.copyfileobj(content, file)
            found += RECORD.fullmatch(name) is not None
            progress(f"unpacking {tar.name}", found, max(records, found))
    return found


def _file_name(tar: Path, member: tarfile.TarInfo) -> str:
    """Return the last part of a member's name, if it is a plain file in one folder."""
    place = PurePosixPath(member.name)
    plain = member.isreg() and not member.issparse()
    if (
        not plain
        or place.is_absolute()
        or ".." in place.parts
        or len(place.parts) > 2
        or not NAME.fullmatch(place.name)
    ):
        raise StoreError(
            f"{tar.name} holds {member.name!r}, and should hold one folder of plain files only: nothing was unpacked"
        )
    return place.name
