"""What an architecture is: parse, print, enumerate, sample, neighbours, canonical form. One file per space."""

from benchtools.spaces._base import SPACES, Space, get_space, list_spaces
from benchtools.spaces.nasbench201 import NASBench201

__all__ = ["SPACES", "NASBench201", "Space", "get_space", "list_spaces"]
