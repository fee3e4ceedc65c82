"""Contract tests that the author of a plug-in inherits: one class per kind of part, run by pytest."""

from benchtools.testing._space import SpaceContract
from benchtools.testing._statistic import StatisticContract

__all__ = ["SpaceContract", "StatisticContract"]
