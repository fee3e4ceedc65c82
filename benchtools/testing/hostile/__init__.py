"""Hostile pickles, damaged archives, and an independent reading of archives: for tests of readers.

Whoever writes a reader of files that strangers give out can run it on `hostile_pickles` and on what `mutate` makes of a
good file. A reader must refuse them with an error of its own, or return what `read_numbers` finds. All numbers made
here are SYNTHETIC.
"""

from __future__ import annotations

from benchtools.testing.hostile._archives import ARCHIVES, DIRECTORIES, Archive, make_archive
from benchtools.testing.hostile._bombs import ODD_FILES, compressed_bombs, odd_containers
from benchtools.testing.hostile._containers import rewrap, unwrap
from benchtools.testing.hostile._damage import MUTATIONS, mutate, mutate_files, splice
from benchtools.testing.hostile._judge import Verdict, judge, watched
from benchtools.testing.hostile._pickles import Hostile, hostile_pickles, with_hostile
from benchtools.testing.hostile._reading import Numbers, numbers_of, read_numbers

__all__ = [
    "ARCHIVES",
    "Archive",
    "DIRECTORIES",
    "Hostile",
    "MUTATIONS",
    "Numbers",
    "ODD_FILES",
    "Verdict",
    "compressed_bombs",
    "hostile_pickles",
    "judge",
    "make_archive",
    "mutate",
    "mutate_files",
    "numbers_of",
    "odd_containers",
    "read_numbers",
    "rewrap",
    "splice",
    "unwrap",
    "watched",
    "with_hostile",
]
