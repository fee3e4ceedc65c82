"""A download that is not finished: its bytes, and what they are the beginning of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from benchtools.files import write_text

__all__ = ["Origin", "Partial"]


@dataclass(frozen=True)
class Origin:
    """What the bytes of a download are of.

    Attributes
    ----------
    address : str
        Digest of the address; the address itself may hold a password.
    etag, modified : str or None
        The server's name for this state of the file, and its time.
    total : int or None
        Bytes of the whole file, where the server says it.
    """

    address: str
    etag: str | None
    modified: str | None
    total: int | None

    @property
    def validator(self) -> str | None:
        """What the server can compare before it sends the rest: a strong ETag, else the time."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified

    def same_file(self, other: Origin) -> bool:
        """Return whether nothing says that `other` is another state of the file."""
        pairs = ((self.etag, other.etag), (self.modified, other.modified), (self.total, other.total))
        return self.address == other.address and all(a is None or b is None or a == b for a, b in pairs)


class Partial:
    """The files ``NAME.part`` and ``NAME.part.json`` beside the target of a download."""

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def origin(self, url: str) -> Origin | None:
        """Return what the bytes are of; None if there are none, or none that came from `url`."""
        if not self.size:
            return None
        try:
            origin = Origin(**json.loads(self._note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return origin if origin.address == address_digest(url) else None

    def begin(self, origin: Origin) -> None:
        """Throw away the bytes, and note what will arrive."""
        self.discard()
        write_text(self._note, json.dumps(asdict(origin)))

    def discard(self) -> None:
        """Delete both files."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def move_to(self, target: Path) -> None:
        """Give the bytes their final name; whatever had it is replaced."""
        self.path.replace(target)
        self._note.unlink(missing_ok=True)


def address_digest(url: str) -> str:
    """Return the SHA-256 of an address."""
    return hashlib.sha256(url.encode()).hexdigest()
