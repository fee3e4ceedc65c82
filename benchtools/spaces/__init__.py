"""What an architecture is: parse, print, enumerate, sample, neighbours, canonical form. One file per space."""

from benchtools.spaces._base import SPACES, Space, get_space, list_spaces
from benchtools.spaces._nasbench101_cell import NASBench101Cell
from benchtools.spaces._nasbench101_moves import mutate_cell, random_cell
from benchtools.spaces.nasbench101 import NASBench101
from benchtools.spaces.nasbench201 import NASBench201
from benchtools.spaces.nats_size import NATSSize
from benchtools.spaces.oneshot1 import OneShot1

__all__ = [
    "SPACES",
    "NASBench101",
    "NASBench101Cell",
    "NASBench201",
    "NATSSize",
    "OneShot1",
    "Space",
    "get_space",
    "list_spaces",
    "mutate_cell",
    "random_cell",
]
