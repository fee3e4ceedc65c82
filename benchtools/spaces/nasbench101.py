"""NAS-Bench-101: cells of up to seven vertices and nine edges, three operations, 423,624 up to isomorphism."""

from __future__ import annotations

import re
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput
from benchtools.spaces._base import SPACES, Space
from benchtools.spaces._keys import index_or_text
from benchtools.spaces._nasbench101_cell import NASBench101Cell
from benchtools.spaces._nasbench101_list import SIZE, CellList, cell_list
from benchtools.spaces._nasbench101_moves import mutate_cell, neighbour_codes

__all__ = ["NASBench101"]


class NASBench101(Space):
    """The 423,624 cells of NAS-Bench-101 [1]_, in ascending order of their official hashes: that of the official file.

    A key is an official hash (32 hexadecimal digits), an index (an int, or text of at most six digits), a cell, or a
    cell as text: its matrix row by row, a colon, its operations between commas. Any cell will do that prunes to one of
    the benchmark; isomorphic cells have the same index.

    Hashes and indices need the list of all cells. It is computed at the first use, in about half a minute, and
    kept in the user's cache (8 MB); the list is fixed, so a damaged file is noticed and computed again.

    References
    ----------
    .. [1] C. Ying, A. Klein, E. Christiansen, E. Real, K. Murphy and F. Hutter, "NAS-Bench-101: Towards Reproducible
       Neural Architecture Search", ICML 2019.

    Examples
    --------
    >>> space = NASBench101()
    >>> len(space), space.parse("77000")
    (423624, 77000)
    >>> NASBench101Cell.parse("010001000:input,conv3x3-bn-relu,output").hash  # what `space.parse` takes
    'b49ac8c578b4561d79ac7087988f1c61'
    """

    name = "nasbench101"
    size = SIZE

    @property
    def _list(self) -> CellList:
        return cell_list()

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        """Indices in ascending order of the codes."""
        return np.argsort(self._list.codes)

    def parse(self, key: str | int | NASBench101Cell) -> int:
        """Return the index of the cell that `key` names.

        Raises
        ------
        InvalidInput
            If `key` is no hash, index or cell of this space; for a cell the message says why the benchmark does not
            contain it.
        """
        if isinstance(key, NASBench101Cell):
            return int(self.indices_of(np.array([key.code], dtype=np.uint32))[0])
        found = index_or_text(key, name=self.name, size=self.size, valid=_VALID)
        if isinstance(found, int):
            return found
        if ":" in found:
            return self.parse(NASBench101Cell.parse(found))
        if not re.fullmatch("[0-9a-fA-F]{32}", found):
            raise InvalidInput(f"{key!r} is no architecture of {self.name}: give {_VALID}")
        high, low = int(found[:16], 16), int(found[16:], 16)
        index = int(np.searchsorted(self._list.hashes[:, 0], np.uint64(high)))
        if index == self.size or self._list.hashes[index].tolist() != [high, low]:
            raise InvalidInput(
                f"no cell of {self.name} has the hash {found!r}: is it of another benchmark, or mistyped?"
            )
        return index

    def indices_of(self, codes: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Return the indices of canonical codes (`NASBench101Cell.code`), shape ``(n_codes,)``.

        Raises
        ------
        InvalidInput
            If one of them is no canonical code of a cell.
        """
        places = np.minimum(np.searchsorted(self.codes, codes, sorter=self._order), self.size - 1)
        indices = self._order[places]
        wrong = np.flatnonzero(self.codes[indices] != codes)
        if len(wrong):
            raise InvalidInput(f"{codes[wrong[0]]} is no canonical code of a cell: take them from NASBench101Cell.code")
        return indices

    @property
    def codes(self) -> NDArray[np.uint32]:
        """Canonical codes of all cells in index order, shape ``(423624,)``; read-only."""
        return self._list.codes

    def cell(self, index: int) -> NASBench101Cell:
        """Return the cell at `index`, pruned: of its isomorphic forms the one that the official enumeration kept."""
        return NASBench101Cell.from_code(int(self.codes[self.parse(index)]))

    def to_string(self, index: int) -> str:
        """Return the official hash of the cell at `index`."""
        high, low = self._list.hashes[self.parse(index)].tolist()
        return f"{high:016x}{low:016x}"

    def canonical(self, index: int) -> str:
        """Return the official hash: the space holds one cell of each isomorphism class."""
        return self.to_string(index)

    def neighbours(self, index: int) -> NDArray[np.int64]:
        """Return the sorted indices of the cells that differ from `index` in one decision.

        A decision is the operation of a vertex; an edge; or a vertex of one predecessor and one successor, together
        with its two edges.
        """
        return np.sort(self.indices_of(neighbour_codes(int(self.codes[self.parse(index)]))))

    def mutate(self, index: int, *, rng: np.random.Generator | int, rate: float = 1.0) -> int:
        """Return the index of a mutant, made as the published evolutionary search makes it: see `mutate_cell`.

        That search keeps the loose ends of a cell, which its index forgets: for a run like theirs, hand on the mutant
        of `mutate_cell`. The mutant may be the cell itself.
        """
        return self.parse(mutate_cell(self.cell(index), rng=rng, rate=rate))


_VALID = (
    "an official hash of 32 hexadecimal digits, an index 0..423623, or a cell such as "
    "'010001000:input,maxpool3x3,output'"
)

SPACES.register(NASBench101.name, NASBench101())
