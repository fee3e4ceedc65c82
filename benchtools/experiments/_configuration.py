"""Configuration files: YAML that is checked key by key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from benchtools.errors import InvalidInput, StoreError
from benchtools.registry import did_you_mean

__all__ = ["beside", "check_keys", "read_yaml"]


def read_yaml(path: str | PathLike[str], hint: str) -> dict[str, Any]:
    """Return the keys and values of a YAML file; `hint` is the command that shows what it holds.

    Raises
    ------
    StoreError
        If the file cannot be read.
    InvalidInput
        If it is no YAML, or holds no keys.
    """
    import yaml

    try:
        given = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(given, dict):
        raise InvalidInput(f"{path} holds no keys: {hint} shows what it holds")
    return given


def check_keys(what: str, given: Mapping[str, Any], known: Sequence[str]) -> None:
    """Raise `InvalidInput` if `given` is no mapping, or has a key that is not known."""
    if not isinstance(given, Mapping):
        raise InvalidInput(f"{what} must hold the keys {', '.join(known)}; {given!r} was given")
    for key in given:
        if key not in known:
            raise InvalidInput(
                f"{what} has no key {key!r}: there is {', '.join(known)}.{did_you_mean(str(key), list(known))}"
            )


def beside(path: str | PathLike[str], place: str) -> str:
    """Return a path that a configuration file names, relative to that file."""
    return str(Path(path).parent / Path(place).expanduser())
