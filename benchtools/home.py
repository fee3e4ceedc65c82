"""Where benchtools keeps what it has built on this machine."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["home_folder"]


def home_folder(part: str) -> Path:
    """Return ``$BENCHTOOLS_HOME/part``, else the folder `part` of the user's cache; it may not exist yet."""
    if home := os.environ.get("BENCHTOOLS_HOME"):
        return Path(home).expanduser() / part
    from platformdirs import user_cache_path

    return user_cache_path("benchtools") / part
