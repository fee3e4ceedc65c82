"""What every space does with a key before it looks at the text."""

from __future__ import annotations

import numpy as np

from benchtools.errors import InvalidInput, WrongType

__all__ = ["index_or_text"]


def index_or_text(key: object, *, name: str, size: int, valid: str) -> int | str:
    """Return the index that `key` is, or its stripped text where it is no number.

    Parameters
    ----------
    key : object
        What a user gave: a Python or NumPy integer, or text; text of as many digits as an index may have is an index.
    name, size : str, int
        Of the space, for the messages.
    valid : str
        What a key of the space may be, for the messages.

    Raises
    ------
    InvalidInput
        If `key` is of another type (`WrongType`), or an index outside the space.

    Examples
    --------
    >>> [index_or_text(key, name="ring", size=20, valid="a colour or an index") for key in (7, " 12 ", "red ")]
    [7, 12, 'red']
    """
    if isinstance(key, (bool, np.bool_)) or not isinstance(key, (str, int, np.integer)):
        raise WrongType(f"{key!r} ({type(key).__name__}) is no architecture of {name}: give {valid}")
    if isinstance(key, str):
        text = key.strip()
        if not (text.isascii() and text.isdecimal() and len(text) <= len(str(size - 1))):
            return text
        key = int(text)
    if not 0 <= key < size:
        raise InvalidInput(f"index {key} is outside {name}: valid are 0..{size - 1}")
    return int(key)
