"""Settings of all tests."""

from hypothesis import settings

# no time limit per example (CI machines stall), no database on disk, and the same examples in every run
settings.register_profile("benchtools", deadline=None, database=None, derandomize=True)
settings.load_profile("benchtools")
