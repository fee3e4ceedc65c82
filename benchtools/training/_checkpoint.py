"""A training on disk: everything that its next epoch depends on, in one file that is whole or not there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import torch

from benchtools.errors import InvalidInput, StoreError
from benchtools.files import whole
from benchtools.networks._weights import read_pickle

__all__ = ["check_place", "read_checkpoint", "write_checkpoint"]

FORMAT = 1
PARTS = ("identity", "network", "optimiser", "scaler", "randomness", "generators", "epochs", "callbacks")


def check_place(file: Path) -> None:
    """Raise before the work starts if a checkpoint could not be written at its end."""
    if not file.parent.is_dir():
        raise StoreError(f"there is no folder {file.parent} for the checkpoint: make it, or choose another place")
    if file.is_dir():
        raise StoreError(f"{file} is a folder: a checkpoint is a file; name one within it")


def write_checkpoint(file: Path, parts: Mapping[str, Any]) -> None:
    """Write a checkpoint; the one before stays until the new one is complete."""
    with whole(file) as draft:
        try:
            torch.save({"benchtools": FORMAT, **parts}, draft)
        except RuntimeError as error:  # how torch reports a full disk
            raise StoreError(f"cannot write {file}: {error}") from error


def read_checkpoint(file: Path, identity: Mapping[str, Any], names: Collection[str] = PARTS) -> dict[str, Any] | None:
    """Return the parts of a checkpoint, which has those `names`; None where there is none yet.

    Raises
    ------
    InvalidInput
        If it is of another training; the message says what differs.
    StoreError, UnsafePickle
        If it cannot be read.
    """
    if not file.exists():
        return None
    parts = read_pickle(file)
    if not isinstance(parts, dict) or parts.get("benchtools") != FORMAT or not set(names) <= set(parts):
        raise InvalidInput(f"{file} is no checkpoint of benchtools in format {FORMAT}: name another, or remove it")
    then = parts["identity"]
    for name, value in identity.items():
        if then.get(name) != value:
            raise InvalidInput(
                f"the checkpoint {file} is of another training: {name} was {then.get(name)!r}, and is {value!r} now; "
                "remove it to start anew, or give what it was made with"
            )
    return parts
