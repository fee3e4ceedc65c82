"""NATS-Bench's size space: five numbers of channels, each one of 8, 16, ..., 64; 32,768 networks of one topology."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput
from benchtools.spaces._base import SPACES, Space
from benchtools.spaces._keys import index_or_text

__all__ = ["NATSSize"]

CHANNELS = tuple(range(8, 65, 8))  # what a slot may hold
SLOTS = ("cell 1", "residual block 1", "cell 2", "residual block 2", "cell 3")  # in the order of the string
WEIGHTS = len(CHANNELS) ** np.arange(len(SLOTS) - 1, -1, -1)  # what one step in a slot adds to the index


class NATSSize(Space):
    """The 32,768 networks of NATS-Bench's size space S_S [1]_, in the official index order.

    A key is the official string of five numbers of channels (``8:16:24:32:64``), or an index (an int, or text of at
    most five digits). The index is the position in the lexicographic product: the last slot changes fastest.

    Attributes
    ----------
    topology : str
        The cell that all networks share, as a string of NAS-Bench-201.

    References
    ----------
    .. [1] X. Dong, L. Liu, K. Musial and B. Gabrys, "NATS-Bench: Benchmarking NAS Algorithms for Architecture Topology
       and Size", IEEE TPAMI 44(7), 2022, section 3.3.

    Examples
    --------
    >>> space = NATSSize()
    >>> space.parse("8:8:8:16:8"), space.to_string(32_767)
    (8, '64:64:64:64:64')
    >>> space.channels[11].tolist()
    [8, 8, 8, 16, 32]
    """

    name = "nats_size"
    size = len(CHANNELS) ** len(SLOTS)
    topology = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|"

    @cached_property
    def channels(self) -> NDArray[np.int64]:
        """Numbers of channels of all networks in index order, shape ``(32768, 5)``; read-only."""
        steps = np.arange(self.size)[:, None] // WEIGHTS % len(CHANNELS)
        channels = np.array(CHANNELS)[steps]
        channels.flags.writeable = False
        return channels

    def parse(self, key: str | int) -> int:
        """Return the official index of the network that `key` names.

        Raises
        ------
        InvalidInput
            If `key` is no official string or index of this space.
        """
        found = index_or_text(key, name=self.name, size=self.size, valid=_VALID)
        if isinstance(found, int):
            return found
        slots = found.split(":")
        if len(slots) == 1 or not all(slot.isascii() and slot.isdecimal() for slot in slots):
            raise InvalidInput(f"{key!r} is no architecture of {self.name}: give {_VALID}")
        if len(slots) != len(SLOTS):
            raise InvalidInput(f"{key!r} has {len(slots)} numbers of channels, not {len(SLOTS)}: give {_VALID}")
        index = 0
        for position, (slot, weight) in enumerate(zip(slots, WEIGHTS.tolist(), strict=True)):
            if slot not in _STEPS:
                raise InvalidInput(
                    f"{slot} channels in {key!r}, for {SLOTS[position]}, are not of {self.name}: valid are "
                    f"{', '.join(map(str, CHANNELS))}"
                )
            index += weight * _STEPS[slot]
        return index

    def to_string(self, index: int) -> str:
        """Return the official string of the network at `index`."""
        return ":".join(map(str, self.channels[self.parse(index)].tolist()))

    def canonical(self, index: int) -> str:
        """Return the official string: no two networks of this space are the same function."""
        return self.to_string(index)

    def neighbours(self, index: int) -> NDArray[np.int64]:
        """Return the 35 networks that differ from `index` in the channels of one slot, sorted, shape ``(35,)``."""
        index = self.parse(index)
        steps = index // WEIGHTS % len(CHANNELS)
        others = index + (np.arange(len(CHANNELS)) - steps[:, None]) * WEIGHTS[:, None]
        return np.unique(others[others != index])


_STEPS = {str(channels): step for step, channels in enumerate(CHANNELS)}
_VALID = "five numbers of channels such as '8:16:24:32:64', each one of 8, 16, ..., 64, or an index 0..32767"

SPACES.register(NATSSize.name, NATSSize())
