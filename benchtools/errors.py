"""Every error that benchtools raises on purpose: one root, leaves that are also the fitting builtin."""

from __future__ import annotations

import pickle

__all__ = [
    "BenchtoolsError",
    "ConstantInputWarning",
    "InvalidInput",
    "NotFound",
    "StoreError",
    "UnsafePickle",
    "WrongType",
]


class BenchtoolsError(Exception):
    """Root of all benchtools errors: the command line prints it without a traceback and exits with 2."""


class InvalidInput(BenchtoolsError, ValueError):
    """A value that does not fit; the message says what was given, what is valid and what to do."""


class WrongType(InvalidInput, TypeError):
    """A value of the wrong type or dtype (text where numbers are needed, say)."""


class NotFound(BenchtoolsError, KeyError):
    """A name, column or architecture that does not exist; the message says what does."""

    def __str__(self) -> str:  # KeyError would print the repr of the message
        return str(self.args[0]) if self.args else ""


class StoreError(BenchtoolsError, OSError):
    """A table or file that cannot be read or written."""


class UnsafePickle(BenchtoolsError, pickle.UnpicklingError):
    """A pickle that asks for anything outside the reader's allow-list, or is no pickle at all."""


class ConstantInputWarning(UserWarning):
    """An input without variation has no order: the statistic is NaN."""
