"""EcoNAS's reduced settings: fewer channels, lower resolution, fewer examples, fewer epochs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import total_ordering
from itertools import pairwise
from typing import Any

from benchtools.errors import InvalidInput
from benchtools.training._fields import with_lists, with_tuples

__all__ = ["Levels", "Setting"]

FORM = re.compile(r"c(\d+)r(\d+)s(\d+)e(\d+)(?::([A-Za-z_][A-Za-z0-9_-]*))?")


@dataclass(frozen=True)
class Levels:
    """What the levels of each factor stand for; level 0 is the original.

    Attributes
    ----------
    c : tuple of int
        Channels of the first stage, falling.
    r : tuple of int
        Height and width of the images [pixels], falling.
    s : tuple of float
        Share of the training examples, falling from 1.
    e : int
        Epochs of the original setting.

    Notes
    -----
    The default are EcoNAS's: its code fixes both ends (c 36 and 9, r 32 and 8, 600 epochs); the levels between are
    geometric, rounded, and not published: c1, c3, r1 and r3 are our choice, and so are s1 to s4.

    References
    ----------
    S1 (paper 001), sections 3.1 and D.

    Examples
    --------
    >>> Levels()
    Levels(c=(36, 25, 18, 13, 9), r=(32, 23, 16, 11, 8), s=(1.0, 0.5, 0.25, 0.125, 0.0625), e=600)
    >>> Levels.geometric(channels=16, resolution=8, smallest=4, epochs=30).r
    (8, 7, 6, 5, 4)
    """

    c: tuple[int, ...] = (36, 25, 18, 13, 9)
    r: tuple[int, ...] = (32, 23, 16, 11, 8)
    s: tuple[float, ...] = (1.0, 0.5, 0.25, 0.125, 0.0625)
    e: int = 600

    def __post_init__(self) -> None:
        for name in "crs":
            given = getattr(self, name)
            levels = tuple(float(value) if name == "s" else value for value in given)
            object.__setattr__(self, name, levels)
            falling = all(first > second > 0 for first, second in pairwise(levels))
            if not levels or levels[0] <= 0 or not falling:
                raise InvalidInput(f"levels of {name} must fall and be above 0; {list(given)} was given")
            if name != "s" and not all(isinstance(value, int) for value in levels):
                raise InvalidInput(f"levels of {name} must be whole numbers; {list(given)} was given")
        if self.s[0] != 1:
            raise InvalidInput(f"level 0 of s is all examples, a share of 1; {self.s[0]:g} was given")
        if self.e < 1:
            raise InvalidInput(f"e, the epochs of the original setting, must be at least 1; {self.e} was given")

    @classmethod
    def geometric(
        cls, *, channels: int, resolution: int, smallest: int | None = None, epochs: int, n: int = 5
    ) -> Levels:
        """Return `n` levels of each factor: channels down to a quarter, as EcoNAS's, pixels down to `smallest`.

        Parameters
        ----------
        channels, resolution, epochs : int
            Of the original setting.
        smallest : int, optional
            Lowest resolution [pixels]; a quarter by default.
        n : int, default 5
            Levels of c, r and s; the shares of s are halved from level to level.

        Raises
        ------
        InvalidInput
            If there is no room for so many different levels.
        """
        least = resolution // 4 if smallest is None else smallest
        steps = [level / max(1, n - 1) for level in range(n)]
        return cls(
            tuple(round(channels * 4**-step) for step in steps),
            tuple(round(resolution * (least / resolution) ** step) for step in steps),
            tuple(2.0**-level for level in range(n)),
            epochs,
        )

    def original(self) -> Setting:
        """Return the setting that nothing is reduced in."""
        return Setting(e=self.e)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON holds them."""
        return with_lists(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Levels:
        """Return the levels of what `to_dict` gave."""
        return cls(**with_tuples(fields))


@total_ordering
@dataclass(frozen=True)
class Setting:
    """A setting ``c4r4s0e60``: levels of channels, resolution and sample, and a number of epochs.

    Attributes
    ----------
    c, r, s : int
        Levels, 0 for the original.
    e : int
        Epochs.
    sample : str
        How the examples are sampled: ``random``, or the name of a selection method, printed behind a colon:
        ``c0r0s3e60:p1``.

    Raises
    ------
    InvalidInput
        If a number is out of range.

    References
    ----------
    S1 (paper 001), section 3.1.

    Examples
    --------
    >>> setting = Setting.parse("c4r4s0e60")
    >>> setting.channels(), setting.resolution(), setting.share(), setting.e
    (9, 8, 1.0, 60)
    >>> setting.acceleration(), str(setting), Setting.parse("c0r0s0e600").acceleration()
    (2560.0, 'c4r4s0e60', 1.0)
    """

    c: int = 0
    r: int = 0
    s: int = 0
    e: int = 600
    sample: str = "random"

    def __post_init__(self) -> None:
        if min(self.c, self.r, self.s) < 0 or self.e < 1:
            raise InvalidInput(f"levels are 0 or more, and epochs 1 or more; {self} was given")

    @classmethod
    def parse(cls, text: str) -> Setting:
        """Return the setting that a text stands for.

        Raises
        ------
        InvalidInput
            If a letter, level or its order does not fit.
        """
        found = FORM.fullmatch(text.strip())
        if found is None:
            raise InvalidInput(
                f"{text!r} is no setting: the letters c, r, s with a level each (0 is the original) and e with epochs "
                "are needed, in this order, such as c4r4s0e60, or c0r0s2e60:p1 for examples chosen by p1"
            )
        c, r, s, e, sample = found.groups()
        return cls(int(c), int(r), int(s), int(e), sample or "random")

    def __str__(self) -> str:
        chosen = "" if self.sample == "random" else f":{self.sample}"
        return f"c{self.c}r{self.r}s{self.s}e{self.e}{chosen}"

    def __lt__(self, other: object) -> bool:
        """Order by c, r, s, then the more epochs first: what is reduced more comes later."""
        if not isinstance(other, Setting):
            return NotImplemented
        return self._order() < other._order()

    def _order(self) -> tuple[int | bool | str, ...]:
        return (self.c, self.r, self.s, -self.e, self.sample != "random", self.sample)

    def check(self, levels: Levels) -> None:
        """Raise `InvalidInput` for a level that does not exist, and for more epochs than the original."""
        for name in "crs":
            level, known = getattr(self, name), getattr(levels, name)
            if level >= len(known):
                raise InvalidInput(
                    f"{self} asks for {name}{level}: there are the levels {name}0 to {name}{len(known) - 1}, "
                    f"{', '.join(f'{value:g}' for value in known)}"
                )
        if self.e > levels.e:
            raise InvalidInput(f"{self} has more epochs than the original setting, which has {levels.e}")

    def channels(self, levels: Levels | None = None) -> int:
        """Return the channels of the first stage."""
        return self._of(levels).c[self.c]

    def resolution(self, levels: Levels | None = None) -> int:
        """Return the height and width of the images [pixels]."""
        return self._of(levels).r[self.r]

    def share(self, levels: Levels | None = None) -> float:
        """Return the share of the training examples."""
        return self._of(levels).s[self.s]

    def is_original(self, levels: Levels | None = None) -> bool:
        """Return whether nothing is reduced."""
        return (self.c, self.r, self.s, self.e) == (0, 0, 0, (levels or Levels()).e)

    def acceleration(self, levels: Levels | None = None, *, macs: float | None = None) -> float:
        """Return the cost of the original setting over the cost of this one.

        Parameters
        ----------
        levels : Levels, optional
            EcoNAS's by default.
        macs : float, optional
            Multiply-accumulates of the original network over those of the reduced one, counted. By default the square
            of the channels' ratio times that of the pixels', as of convolutions alone.

        Returns
        -------
        float
            Ratio of MACs x share of examples x epochs; 1 for the original.
        """
        of = self._of(levels)
        network = (of.c[0] / of.c[self.c]) ** 2 * (of.r[0] / of.r[self.r]) ** 2 if macs is None else macs
        return network / of.s[self.s] * (of.e / self.e)

    def _of(self, levels: Levels | None) -> Levels:
        of = levels or Levels()
        self.check(of)
        return of
