"""How long work reports that it advances: the library calls back, the command line draws."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Progress", "silent"]

Progress = Callable[[str, int, int], None]
"""Called as ``progress(stage, done, total)``, from the thread that started the work."""


def silent(stage: str, done: int, total: int) -> None:
    """Report nothing."""
