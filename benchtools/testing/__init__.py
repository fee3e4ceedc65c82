"""Contract tests that the author of a plug-in inherits, and writers of synthetic archives.

A contract is one class per kind of part, run by pytest. `benchtools.testing.synthetic` tells of the archives.
"""

from typing import TYPE_CHECKING

from benchtools.lazy import load_later
from benchtools.testing._selector import SelectorContract
from benchtools.testing._space import SpaceContract
from benchtools.testing._statistic import StatisticContract
from benchtools.testing._synthetic_nasbench101 import write_nasbench101
from benchtools.testing._synthetic_write import nats_record, write_nasbench201, write_nats_directory, write_nats_file

if TYPE_CHECKING:
    from benchtools.testing._one_shot import OneShotContract
    from benchtools.testing._plain_supernet import PlainSupernet201

__all__ = [
    "OneShotContract",
    "PlainSupernet201",
    "SelectorContract",
    "SpaceContract",
    "StatisticContract",
    "nats_record",
    "write_nasbench101",
    "write_nasbench201",
    "write_nats_directory",
    "write_nats_file",
]

__getattr__ = load_later(__name__, {"_one_shot": ("OneShotContract",), "_plain_supernet": ("PlainSupernet201",)})
