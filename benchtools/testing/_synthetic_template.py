"""Records written at the speed of copying: the opcodes once, then only the numbers of each architecture."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchtools.testing._synthetic_pickle import ArchIndex, ArchName, ShapePickler, integer, latin, text
from benchtools.testing._synthetic_plan import TrialPlan
from benchtools.testing._synthetic_record import Recipe, State, assemble

__all__ = ["Opcodes", "RecordPickler", "Template", "Wrap"]

Ints = NDArray[np.int64]
Opcodes = tuple[bytes, Ints]
"""A part of a pickle, and where objects begin in it: protocol 4 ends a frame only there."""

Wrap = Callable[[OrderedDict[str, State]], Any]
"""From the record of NATS-Bench to the object that the archive holds."""


@dataclass(frozen=True)
class Template:
    """The opcodes of a record with gaps.

    Attributes
    ----------
    body : ndarray of uint8
        The opcodes.
    float_bytes, slots : ndarray of int
        Positions of the eight bytes of each float in `body`, and the number that goes there.
    moved_bytes, entries : ndarray of int
        Positions of the four bytes of each memo entry that depends on what was written before, and the entry.
    gaps : list of tuple
        Position of a byte to replace; ``"index"``, ``"arch"`` or ``"scalar"``; the number that goes there.
    starts : ndarray of int
        Where objects begin.
    n_entries : int
        Memo entries that a record adds.
    """

    body: NDArray[np.uint8]
    float_bytes: Ints
    slots: Ints
    moved_bytes: Ints
    entries: Ints
    gaps: list[tuple[int, str, int]]
    starts: Ints
    n_entries: int

    @classmethod
    def of(cls, pickler: ShapePickler) -> Template:
        """Return what a slotted pickler wrote."""
        floats = np.array(pickler.floats, dtype=np.int64).reshape(-1, 2)
        moved = np.array(pickler.moved, dtype=np.int64).reshape(-1, 2)
        return cls(
            body=np.frombuffer(bytes(pickler.out), dtype=np.uint8),
            float_bytes=(floats[:, :1] + np.arange(8)).ravel(),
            slots=floats[:, 1],
            moved_bytes=(moved[:, :1] + np.arange(4)).ravel(),
            entries=moved[:, 1],
            gaps=pickler.gaps,
            starts=np.array(pickler.starts, dtype=np.int64),
            n_entries=pickler.count - pickler.base,
        )

    def fill(
        self, numbers: NDArray[np.float64], index: int, arch: str, protocol: int, base: int = 0
    ) -> Opcodes:  # fmt: skip
        """Return the pickle of a record and where objects begin in it.

        Parameters
        ----------
        numbers : ndarray, shape (n_slots,)
            Of the architecture.
        index, arch, protocol : int, str, int
            What goes into the other gaps.
        base : int
            Number of memo entries before it.
        """
        body = self.body.copy()
        body[self.float_bytes] = numbers.astype(">f8")[self.slots].view(np.uint8)
        body[self.moved_bytes] = (self.entries + base).astype("<u4").view(np.uint8)
        made = {"index": integer(index), "arch": text(arch, protocol)}
        pieces: list[bytes | memoryview] = []
        lengths, done = [], 0
        whole = body.data
        for position, what, slot in self.gaps:
            piece = made.get(what) or latin(float(numbers[slot]), protocol)
            pieces += [whole[done:position], piece]
            lengths.append(len(piece) - 1)
            done = position + 1
        positions = np.array([position for position, _, _ in self.gaps])
        grown = np.concatenate([[0], np.cumsum(lengths)])
        return b"".join([*pieces, whole[done:]]), self.starts + grown[np.searchsorted(positions, self.starts)]


class RecordPickler:
    """Pickles the records of a recipe, one after another into one stream or each by itself.

    Parameters
    ----------
    recipe : Recipe
        Of the archive.
    protocol : {2, 4}
        Of the pickles.
    wrap : callable, optional
        From a record to the object that the archive holds.

    Attributes
    ----------
    count : int
        Memo entries of the stream so far.
    """

    def __init__(self, recipe: Recipe, protocol: int, wrap: Wrap | None = None) -> None:
        self.recipe, self.protocol, self.wrap = recipe, protocol, wrap
        self.count = 0
        self._memo: dict[int | str, int] = {}  # of what all records share: the names of attributes, say
        self._shared: set[int | str] = set()  # the identities of that; of all other strings they may be reused
        self._primed = False  # whether a record was written, so that all that is shared has its entry
        self._alone: dict[tuple[TrialPlan, ...], Template] = {}
        self._within: dict[tuple[TrialPlan, ...], Template] = {}

    def alone(self, index: int) -> Opcodes:
        """Return a record with a memo of its own."""
        return self._fill(self._alone, index, ShapePickler(self.protocol, slotted=True))[0]

    def within(self, index: int) -> Opcodes:
        """Return the next record of the stream."""
        if self._primed and self.count >= 256:  # entries below 256 have shorter opcodes
            gaps = ShapePickler(self.protocol, slotted=True, memo=self._memo, base=self.count, movable=True)
            opcodes, n_entries = self._fill(self._within, index, gaps)
            self.count += n_entries
            return opcodes
        self._shared = self._common(self.recipe.plans(index))
        record = self.recipe.record(index)
        self._primed = True
        return self.emit(lambda pickler: pickler.save(self.wrap(record) if self.wrap else record))

    def emit(self, action: Callable[[ShapePickler], object]) -> Opcodes:
        """Return what `action` writes as the next part of the stream."""
        pickler = ShapePickler(self.protocol, memo=self._memo, base=self.count)
        action(pickler)
        self.count = pickler.count
        self._memo = {key: entry for key, entry in pickler.memo.items() if isinstance(key, str) or key in self._shared}
        return bytes(pickler.out), np.array(pickler.starts, dtype=np.int64)

    def _fill(
        self, templates: dict[tuple[TrialPlan, ...], Template], index: int, pickler: ShapePickler
    ) -> tuple[Opcodes, int]:  # fmt: skip
        """Return a record and the number of its memo entries; `pickler` writes a template where there is none yet."""
        plans = self.recipe.plans(index)
        if plans not in templates:
            pickler.save(self._blank(plans))
            templates[plans] = Template.of(pickler)
        template = templates[plans]
        arch, numbers = self.recipe.archs.to_string(index), self.recipe.numbers(index)
        return template.fill(numbers, index, arch, self.protocol, pickler.base), template.n_entries

    def _blank(self, plans: tuple[TrialPlan, ...]) -> Any:
        """Return a record whose numbers are those of their slots."""
        slots = map(float, range(sum(plan.size for plan in plans)))
        record = assemble(ArchIndex(0), ArchName("?"), plans, slots, net_last=self.recipe.net_last)
        return self.wrap(record) if self.wrap else record

    def _common(self, plans: tuple[TrialPlan, ...]) -> set[int | str]:
        """Return the identities of the strings that two records have in common."""
        records = self._blank(plans), self._blank(plans)  # both alive, so that no identity is used twice
        memos = []
        for record in records:
            pickler = ShapePickler(self.protocol)
            pickler.save(record)
            memos.append(pickler.memo)
        return memos[0].keys() & memos[1].keys()
