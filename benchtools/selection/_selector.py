"""What a selection method is, and the register of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchtools.errors import WrongType
from benchtools.registry import Registry
from benchtools.scoring._scores import Scores
from benchtools.selection._selection import Selection

__all__ = ["SELECTORS", "Selector", "get_selector", "list_selectors"]


@dataclass(frozen=True)
class Selector:
    """A selection method with what must be known to call it.

    Attributes
    ----------
    name : str
        Its name in the register.
    function : callable
        ``function(scores, *, k, fraction, rng, balance, labels, **parameters) -> Selection``.
    kinds : tuple of str
        Kinds of scores that it reads; empty for any kind.
    needs : tuple of str
        Further scores that it must be given by keyword, each the name of its kind ("features").
    draws : bool
        Whether another seed gives another selection.

    Examples
    --------
    >>> get_selector("p1").kinds
    ('entropy',)
    """

    name: str
    function: Callable[..., Selection]
    kinds: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    draws: bool = False

    def __call__(self, scores: Scores, **options: Any) -> Selection:
        """Call the function."""
        return self.function(scores, **options)

    @property
    def summary(self) -> str:
        """First line of the function's documentation."""
        return (self.function.__doc__ or "").strip().partition("\n")[0]


SELECTORS: Registry[Selector] = Registry("selector", "benchtools.selectors")


def list_selectors() -> list[str]:
    """Return the name of every selector, sorted, plug-ins included.

    Examples
    --------
    >>> "k_center" in list_selectors()
    True
    """
    return SELECTORS.names()


def get_selector(name: str) -> Selector:
    """Return the selector called `name`.

    Raises
    ------
    NotFound
        If there is none; the message lists those that exist.
    WrongType
        If a plug-in's entry point gives no `Selector`.

    Examples
    --------
    >>> get_selector("entropy_top").summary
    'Select the k examples of the highest entropy: the hardest.'
    """
    part: object = SELECTORS.get(name)
    if not isinstance(part, Selector):
        raise WrongType(
            f"the plug-in {name!r} gives a {type(part).__name__}: its entry point benchtools.selectors must name a "
            "benchtools.selection.Selector"
        )
    return part
