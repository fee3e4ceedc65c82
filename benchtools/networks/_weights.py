"""Weights from a file that a user names: safetensors, or pickles of torch that may hold tensors only."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchtools.errors import InvalidInput, StoreError, UnsafePickle

__all__ = ["load_weights", "read_pickle", "read_weights"]

NESTS = ("state_dict", "model_state_dict", "model", "network")
SUFFIXES = (".safetensors", ".pth", ".pt")


def read_weights(path: str | PathLike[str]) -> dict[str, Tensor]:
    """Read tensors by name; nothing of the file is executed.

    Parameters
    ----------
    path : path
        A ``.safetensors``, ``.pth`` or ``.pt`` file. The weights may lie within ``state_dict``, ``model_state_dict``,
        ``model`` or ``network``, and may carry the prefix ``module.`` of parallel training.

    Raises
    ------
    InvalidInput
        If the suffix is another, or the file holds anything else than tensors by name.
    StoreError
        If it cannot be read.
    UnsafePickle
        If it is a pickle that asks for anything else than tensors.

    Examples
    --------
    >>> import tempfile, torch
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     torch.save({"state_dict": {"module.bias": torch.zeros(2)}}, f"{folder}/weights.pth")
    ...     read_weights(f"{folder}/weights.pth")
    {'bias': tensor([0., 0.])}
    """
    file = Path(path)
    if file.suffix not in SUFFIXES:
        raise InvalidInput(f"{file} must end in one of {', '.join(SUFFIXES)}: the suffix tells how it is read")
    if not file.is_file():
        raise StoreError(f"there is no file {file}: name one with weights")
    found: Any = _read_safetensors(file) if file.suffix == ".safetensors" else read_pickle(file)
    for nest in NESTS:
        if isinstance(found, Mapping) and isinstance(found.get(nest), Mapping):
            found = found[nest]
            break
    if not isinstance(found, Mapping) or not found or not all(isinstance(value, Tensor) for value in found.values()):
        raise InvalidInput(f"{file} holds no tensors by name: save network.state_dict() alone")
    return {str(name).removeprefix("module."): value for name, value in found.items()}


def load_weights(network: nn.Module, path: str | PathLike[str], *, skip: tuple[str, ...] = ()) -> None:
    """Load a network's weights from a file, all of them or none.

    Parameters
    ----------
    network : torch.nn.Module
        It is changed; its dtypes and devices stay.
    path : path
        See `read_weights`.
    skip : tuple of str
        Beginnings of names that are neither taken from the file nor asked of it: ``("fc.",)`` for another head.

    Raises
    ------
    InvalidInput
        If names or shapes differ, or a weight is not finite; the message lists the first of them.

    Examples
    --------
    >>> import tempfile, torch
    >>> layer, other = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     torch.save(layer.state_dict(), f"{folder}/weights.pth")
    ...     load_weights(other, f"{folder}/weights.pth")
    >>> torch.equal(layer.weight, other.weight)
    True
    """
    own = network.state_dict()
    given = {name: value for name, value in read_weights(path).items() if not name.startswith(skip or ("\0",))}
    wanted = {name for name in own if not name.startswith(skip or ("\0",))}
    missing = sorted(name for name in wanted - set(given) if not name.endswith("num_batches_tracked"))
    surplus = sorted(set(given) - wanted)
    kind = type(network).__name__
    if missing or surplus:
        raise InvalidInput(
            f"{path} does not fit {kind}: {len(missing)} weights are missing ({_first(missing)}) and {len(surplus)} "
            f"are not its own ({_first(surplus)})"
        )
    for name, value in given.items():
        if value.shape != own[name].shape:
            raise InvalidInput(
                f"{path} does not fit {kind}: {name} has the shape {tuple(value.shape)}, and must have "
                f"{tuple(own[name].shape)}"
            )
        if not bool(torch.isfinite(value).all()):
            raise InvalidInput(f"{path}: {name} has values that are not finite")
    network.load_state_dict({**own, **given})


def _read_safetensors(file: Path) -> dict[str, Tensor]:
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file
    except ModuleNotFoundError as error:
        raise StoreError(f'{file} needs safetensors: pip install "benchtools[train]"') from error
    try:
        return load_file(file)
    except (OSError, SafetensorError) as error:
        raise StoreError(f"cannot read {file} as safetensors: {error}; the file is damaged, or another kind") from error


def read_pickle(file: Path) -> Any:
    """Read a file that ``torch.save`` wrote, if it holds tensors and plain values only."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pickle protocols that torch does not write itself
            return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise UnsafePickle(
            f"{file} holds more than tensors and plain values, and is not unpickled: save network.state_dict() alone "
            f"({str(error).splitlines()[0][:120]})"
        ) from error
    except Exception as error:  # damaged files raise EOFError, RuntimeError, KeyError, ... in torch
        raise StoreError(f"cannot read {file}: {error}; the file is damaged, or another kind") from error


def _first(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "") if names else "none"
