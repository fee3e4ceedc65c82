"""What an architecture is: parse, print, enumerate, sample, neighbours, canonical form. One file per space."""

from benchtools.spaces._base import SPACES, Space, get_space, list_spaces
from benchtools.spaces._nasbench101_cell import NASBench101Cell
from benchtools.spaces._nasbench101_moves import mutate_cell, random_cell
from benchtools.spaces._zoo13_cell import ZooArch, ZooCell
from benchtools.spaces.nasbench101 import NASBench101
from benchtools.spaces.nasbench201 import NASBench201
from benchtools.spaces.nats_size import NATSSize
from benchtools.spaces.oneshot1 import OneShot1
from benchtools.spaces.zoo13 import OPERATIONS as ZOO13_OPERATIONS
from benchtools.spaces.zoo13 import Zoo13

__all__ = [
    "SPACES",
    "ZOO13_OPERATIONS",
    "NASBench101",
    "NASBench101Cell",
    "NASBench201",
    "NATSSize",
    "OneShot1",
    "Space",
    "Zoo13",
    "ZooArch",
    "ZooCell",
    "get_space",
    "list_spaces",
    "mutate_cell",
    "random_cell",
]
