"""Where to train."""

from __future__ import annotations

import torch

from benchtools.errors import InvalidInput

__all__ = ["as_device"]


def as_device(device: torch.device | str | None = None) -> torch.device:
    """Return a device: the one that is named, else a GPU if there is one, else the CPU.

    Raises
    ------
    InvalidInput
        If it cannot be used here.

    Examples
    --------
    >>> as_device("cpu")
    device(type='cpu')
    """
    try:
        found = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if device is None else device)
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError) as error:  # torch's own
        raise InvalidInput(f"the device {device!r} cannot be used here: choose another, such as 'cpu'") from error
    return found
