"""A file from one address: resumed where it broke off, and bounded in time, tries and bytes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchtools.errors import StoreError
from benchtools.progress import Progress
from benchtools.tables.fetching import _http
from benchtools.tables.fetching._http import Dropped, MirrorFailed
from benchtools.tables.fetching._partial import Origin, Partial, address_digest

if TYPE_CHECKING:
    from requests import Response, Session

__all__ = ["Expected", "download"]


@dataclass(frozen=True)
class Expected:
    """What is known of the file: the name for progress, the bytes (rounded unless exact)."""

    name: str
    size: int
    exact: bool

    @property
    def most(self) -> int:
        """Bytes that are written at most, whatever arrives."""
        return self.size if self.exact else 2 * self.size


def download(url: str, partial: Partial, expected: Expected, progress: Progress) -> None:
    """Get the whole file into `partial`, going on from what is there if it came from the same address.

    Raises
    ------
    MirrorFailed
        If the address does not deliver it; what has arrived is kept where it may be resumed.
    StoreError
        If it cannot be written.
    """
    reason, fruitless = "", 0
    with _http.open_session() as session:
        for _ in range(_http.LIMITS.attempts):
            before = partial.size
            try:
                _attempt(session, url, partial, expected, progress)
            except Dropped as error:
                reason = str(error)
            else:
                return
            fruitless = 0 if partial.size - before >= _http.LIMITS.worthwhile else fruitless + 1
            if fruitless >= _http.LIMITS.tries:
                break
            time.sleep(min(_http.LIMITS.wait_s * 2**fruitless, 30.0))
    kept = f"; {partial.size:,} bytes are kept, and the next fetch goes on from there" if partial.origin(url) else ""
    raise MirrorFailed(f"{reason}, again and again{kept}")


def _attempt(session: Session, url: str, partial: Partial, expected: Expected, progress: Progress) -> None:
    origin = partial.origin(url)
    start = partial.size if origin else 0
    if origin and start == (expected.size if expected.exact else origin.total):
        return  # all of it had arrived, and was not checked yet
    headers = {"Range": f"bytes={start}-"} if start else {}
    if origin and origin.validator:
        headers["If-Range"] = origin.validator
    with _http.opened(session, url, headers) as response:
        if response.status_code == 416 and start:
            if _http.whole_size(response) == start:
                return
            partial.discard()
            raise Dropped("it has no bytes behind those that had arrived (status 416)")
        _http.refuse_status(response, resuming=bool(start))
        found = Origin(
            address_digest(url),
            response.headers.get("ETag"),
            response.headers.get("Last-Modified"),
            _http.whole_size(response),
        )
        if expected.exact and found.total not in (None, expected.size):
            raise MirrorFailed(f"its file has {found.total:,} bytes, not {expected.size:,}: it is another one")
        if response.status_code != 206:
            start = 0  # a server that does not resume, or has another state of the file, sends all of it
        elif origin and (not origin.same_file(found) or _http.first_byte(response) != start):
            partial.discard()
            raise Dropped("the file changed while it was being downloaded")
        if not start:
            partial.begin(found)
        _copy(response, partial, start, expected, progress)
    total = expected.size if expected.exact else found.total
    if total is not None and partial.size < total:
        raise Dropped(f"the connection ended after {partial.size:,} of {total:,} bytes")


def _copy(response: Response, partial: Partial, start: int, expected: Expected, progress: Progress) -> None:
    arrived = start
    with _writing(partial), open(partial.path, "ab") as file:
        for chunk in _http.chunks(response, arrived):
            if not arrived and _http.HTML.match(chunk):
                raise MirrorFailed(_http.is_page(chunk))
            arrived += len(chunk)
            if arrived > expected.most:
                raise MirrorFailed(f"it sends more than {expected.most:,} bytes: it is another file")
            file.write(chunk)
            done = arrived // 10**6
            progress(f"downloading {expected.name} [MB]", done, max(expected.size // 10**6, done))


@contextmanager
def _writing(partial: Partial) -> Iterator[None]:
    """Keep the bytes when the connection or the disk gives up; delete those that are of no use."""
    try:
        yield
    except Dropped:
        raise
    except MirrorFailed:
        partial.discard()
        raise
    except OSError as error:
        raise StoreError(
            f"cannot write {partial.path} ({error.strerror or error}): make room, or choose another folder by --out; "
            f"{partial.size:,} bytes are kept"
        ) from error
