"""What a server answers, in plain words: a stream of bytes, or why there is none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from requests import Response, Session

__all__ = [
    "LIMITS",
    "Dropped",
    "Limits",
    "MirrorFailed",
    "chunks",
    "first_byte",
    "is_page",
    "open_session",
    "opened",
    "refuse_status",
    "whole_size",
]

CHUNK = 2**18
PASSING = {408, 425, 429, 500, 502, 503, 504}  # a later try may succeed
HTML = re.compile(rb"\s*(<!doctype html|<html)", re.IGNORECASE)
TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Limits:
    """Where patience ends."""

    connect_s: float = 15.0
    read_s: float = 60.0
    redirects: int = 10
    tries: int = 4  # in a row that bring less than `worthwhile` bytes
    worthwhile: int = 2**20
    attempts: int = 50  # in all
    wait_s: float = 1.0  # before the next try; doubled with each that brings nothing


LIMITS = Limits()


class MirrorFailed(Exception):
    """An address does not give the file; the text says why."""


class Dropped(MirrorFailed):
    """It did not give the file this time; another try may."""


def open_session() -> Session:
    """Return a session that asks for files as they are, and follows a bounded number of redirects."""
    from requests import Session

    from benchtools import __version__

    session = Session()
    session.max_redirects = LIMITS.redirects
    session.headers.update({"User-Agent": f"benchtools/{__version__}", "Accept-Encoding": "identity"})
    return session


def opened(session: Session, url: str, headers: Mapping[str, str]) -> Response:
    """Return the answer of an address, its body still to be read."""
    from requests import exceptions

    try:
        return session.get(url, headers=headers, stream=True, timeout=(LIMITS.connect_s, LIMITS.read_s))
    except exceptions.TooManyRedirects:
        raise MirrorFailed(f"it redirects more than {LIMITS.redirects} times, perhaps in a circle") from None
    except (exceptions.InvalidSchema, exceptions.MissingSchema, exceptions.InvalidURL):
        raise MirrorFailed("it redirects to what is no http or https address") from None
    except exceptions.SSLError:
        raise MirrorFailed("its certificate cannot be trusted") from None
    except exceptions.ConnectTimeout:
        raise Dropped(f"no connection within {LIMITS.connect_s:g} s") from None
    except exceptions.Timeout:
        raise Dropped(f"no answer within {LIMITS.read_s:g} s") from None
    except exceptions.RequestException as error:
        raise Dropped(f"it cannot be reached ({_reason(error)})") from None


def _reason(error: BaseException | None) -> str:
    """Return what the system says at the bottom of a chain of errors."""
    text = type(error).__name__
    while error is not None:
        if isinstance(error, OSError) and error.strerror:
            text = error.strerror
        elif isinstance(error, ConnectionError):  # of the system: the server hung up
            text = str(error)
        error = error.__cause__ or error.__context__
    return text


def refuse_status(response: Response, *, resuming: bool) -> None:
    """Raise an error unless the answer is a file, or the rest of one that was asked for."""
    status = response.status_code
    if status in PASSING:
        raise Dropped(f"it answers with status {status} {response.reason}")
    if status != 200 and not (status == 206 and resuming):
        raise MirrorFailed(f"it answers with status {status} {response.reason}")
    if response.headers.get("Content-Type", "").lower().startswith("text/html"):
        raise MirrorFailed(is_page(next(chunks(response, 0), b"")))


def is_page(start: bytes) -> str:
    """Say that a web page came in place of the file, such as Google Drive's on its quota."""
    title = TITLE.search(start)
    named = f" ({' '.join(title.group(1).decode('utf-8', 'replace').split())[:80]!r})" if title else ""
    return f"it delivers a web page{named}, not the file"


def whole_size(response: Response) -> int | None:
    """Return the bytes of the whole file, where the headers say it."""
    if response.status_code in (206, 416):
        text = response.headers.get("Content-Range", "").rpartition("/")[2]
    else:
        text = response.headers.get("Content-Length", "")
    return int(text) if text.isdecimal() else None


def first_byte(response: Response) -> int | None:
    """Return the place in the whole file of the first byte that is sent."""
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(found.group(1)) if found else None


def chunks(response: Response, arrived: int) -> Iterator[bytes]:
    """Give the bytes as they were sent: nothing is decompressed."""
    from urllib3.exceptions import HTTPError, ReadTimeoutError

    while True:
        try:
            chunk = response.raw.read(CHUNK, decode_content=False)
        except ReadTimeoutError:
            raise Dropped(f"nothing arrived for {LIMITS.read_s:g} s after {arrived:,} bytes") from None
        except (HTTPError, OSError):
            raise Dropped(f"the connection broke after {arrived:,} bytes") from None
        if not chunk:
            return
        arrived += len(chunk)
        yield chunk
