"""The register of one-shot algorithms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchtools.registry import Registry

if TYPE_CHECKING:
    from benchtools.search.one_shot._algorithm import Algorithm

__all__ = ["ALGORITHMS"]

ALGORITHMS: Registry[type[Algorithm]] = Registry("one-shot search", "benchtools.one_shot")
