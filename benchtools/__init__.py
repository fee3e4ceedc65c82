"""Tell whether a cheaper way of evaluating architectures keeps the order that the expensive way gives.

The rooms (``benchtools.spaces``, ``benchtools.ranking``, ``benchtools.tables`` ...) load at first use.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"
__all__ = [
    "datasets",
    "errors",
    "experiments",
    "networks",
    "provenance",
    "ranking",
    "registry",
    "reports",
    "runs",
    "scoring",
    "search",
    "selection",
    "spaces",
    "tables",
    "testing",
    "training",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"benchtools.{name}")
    raise AttributeError(f"module 'benchtools' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
