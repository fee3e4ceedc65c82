"""Whether a reader did right: it refused with an error of its own and left nothing, or was right."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchtools.errors import BenchtoolsError
from benchtools.tables import import_archive
from benchtools.tables._column import Column
from benchtools.tables._writer import write_table
from benchtools.testing.hostile._reading import Number, Numbers, numbers_of, read_numbers

__all__ = ["Verdict", "judge", "watched"]

MAX_SECONDS = 60


class Verdict(NamedTuple):
    """How an import ended.

    Attributes
    ----------
    outcome : str
        "refused" or "equal", which are right; anything else says what is wrong.
    detail : str
        The message of the error, or where numbers differ.
    """

    outcome: str
    detail: str

    @property
    def right(self) -> bool:
        """Whether the reader did what it must."""
        return self.outcome in ("refused", "equal")


class _TooLong(BaseException):
    """No `Exception`: a reader that turns those into errors of its own lets it pass."""


def judge(
    what: str,
    kind: str,
    path: Path,
    folder: Path,
    *,
    originals: Sequence[Numbers] = (),
    sha256: str | None = None,
    replace: bool = True,
) -> Verdict:
    """Import an archive that may be damaged, and say whether that ended as it must.

    It must be refused with a message, and nothing be left on disk; or the table must equal an independent reading.

    Parameters
    ----------
    what, kind : str
        One of `ARCHIVES`, and the kind for `import_archive`.
    path : pathlib.Path
        The archive.
    folder : pathlib.Path
        An empty folder for the table.
    originals : sequence of mapping, optional
        Numbers of the good archives that it was made of, if a checksum guards them: no others may come out, and those
        of one architecture are of one archive.
    sha256 : str, optional
        Digest of the good archive: nothing may come out.
    replace : bool
        Whether there is a table already at the target.
    """
    target = folder / "table"
    if replace:
        write_table(target, name="old", space="nasbench201", keys=np.arange(3), notes=(), provenance={},
                    columns={Column("loss", "x", "y", 1, 1): np.arange(3.0)})  # fmt: skip
    before = _contents(target)
    try:
        with _limited_time(MAX_SECONDS):
            table = import_archive(kind, path, out=target, partial=True, sha256=sha256)
    except BenchtoolsError as error:
        return _judge_refusal(str(error), before, folder)
    except _TooLong:
        return Verdict("too long", f"{MAX_SECONDS} s")
    except Exception as error:
        return Verdict("traceback", f"{type(error).__name__}: {error!s:.300}")
    if left := sorted({file.name for file in folder.iterdir()} - {"table", ".table.lock"}):
        return Verdict("leftovers", ", ".join(left))
    if sha256 is not None:
        return Verdict("not refused", "its digest is not the one that was given")
    return _compare(what, path, numbers_of(table), originals)


def _judge_refusal(message: str, before: dict[str, bytes], folder: Path) -> Verdict:
    left = {file.name for file in folder.iterdir()} - {".table.lock"} - ({"table"} if before else set())
    if left:
        return Verdict("leftovers", f"{', '.join(sorted(left))} after: {message:.200}")
    if _contents(folder / "table") != before:
        return Verdict("old table harmed", message)
    if len(message) < 20 or "more memory than there is" in message:
        return Verdict("poor message", message)
    return Verdict("refused", message)


def _contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()} if folder.exists() else {}


def _compare(what: str, path: Path, found: Numbers, originals: Sequence[Numbers]) -> Verdict:
    try:
        expected = read_numbers(what, path)
    except Exception as error:
        return Verdict("wrong answer", f"read, but Python's own unpickler says {type(error).__name__}: {error!s:.200}")
    if originals and what != "nasbench101" and not _made_of(found, originals):  # whole rows of that may go unnoticed
        return Verdict("wrong answer", f"a checksum did not help: {_difference(found, originals[0])}")
    if found != expected:
        return Verdict("wrong answer", _difference(found, expected))
    return Verdict("equal", "")


def _made_of(found: Numbers, originals: Sequence[Numbers]) -> bool:
    """Whether each architecture has all numbers of one original: a whole record in a file of its own may be changed."""
    good = [_by_architecture(numbers) for numbers in originals]
    mine = _by_architecture(found)
    return any(set(numbers) == set(mine) for numbers in good) and all(
        any(numbers.get(index) == record for numbers in good) for index, record in mine.items()
    )


def _by_architecture(numbers: Numbers) -> dict[int, dict[Number, float]]:
    records: dict[int, dict[Number, float]] = {}
    for (measured, index), value in numbers.items():
        records.setdefault(index, {})[measured] = value
    return records


def _difference(found: Numbers, expected: Numbers) -> str:
    places = [key for key in {**expected, **found} if found.get(key) != expected.get(key)]
    return f"{len(places)} numbers, such as {places[0]}: {found.get(places[0])} instead of {expected.get(places[0])}"


@contextmanager
def _limited_time(seconds: int) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


_seen: list[str] | None = None
_is_hooked = False
RUNS = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "subprocess.Popen", "pickle.find_class")


@contextmanager
def watched(canary: Path) -> Iterator[list[str]]:
    """Give a list of what was run while the block lasted: processes, look-ups of globals, odd imports, the canary."""
    global _seen, _is_hooked  # an audit hook cannot be taken away again
    if not _is_hooked:
        sys.addaudithook(_notice)
        _is_hooked = True
    seen: list[str] = []
    _seen = seen
    try:
        yield seen
    finally:
        _seen = None
        if canary.exists():
            seen.append(f"{canary.name} exists")


def _notice(event: str, arguments: tuple[Any, ...]) -> None:
    if _seen is None:
        return
    odd_import = event == "import" and str(arguments[0]).partition(".")[0] in ("torch", "antigravity", "this")
    if event in RUNS or odd_import:
        _seen.append(f"{event} {arguments!r:.100}")
