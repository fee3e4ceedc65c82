"""Which differences between proxies are no larger than what another seed makes."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from benchtools.experiments.oneshot import Proxy
from benchtools.reports._study_panels import FULL

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Pair", "name_of", "pairs_of", "smallest_within"]


class Pair(NamedTuple):
    """Two proxies of one algorithm."""

    first: str
    second: str
    difference: float
    """Mean accuracy of the first less that of the second [%]."""
    spread: float
    """Standard deviation over the seeds, pooled over both [%]."""

    @property
    def within(self) -> bool:
        """Whether the difference is no larger than the spread."""
        return abs(self.difference) <= self.spread


def name_of(method: str, k: int) -> str:
    """Return the name of a proxy as a plan has it: ``random:300``, or ``full``."""
    return str(Proxy(method, None if method == FULL else int(k)))


def pairs_of(summary: pd.DataFrame, algorithm: str) -> list[Pair]:
    """Return an algorithm's pairs of two methods of one size, and of a proxy and all examples (the second then).

    Where one of the two has no standard deviation, the pair is left out.

    Parameters
    ----------
    summary : pandas.DataFrame
        Of `benchtools.experiments.oneshot.summarise`.
    algorithm : str
        Its name.

    Examples
    --------
    >>> import pandas as pd
    >>> summary = pd.DataFrame({"algorithm": "gdas", "method": ["full", "p1", "p1"], "k": [900, 300, 600],
    ...                         "accuracy": [93.0, 92.0, 92.5], "std": [0.6, 0.8, 0.8]})
    >>> [(pair.first, pair.second, round(pair.spread, 3), pair.within) for pair in pairs_of(summary, "gdas")]
    [('p1:300', 'full', 0.707, False), ('p1:600', 'full', 0.707, True)]
    """
    rows = [row for row in summary.itertuples() if row.algorithm == algorithm and math.isfinite(row.std)]
    rows.sort(key=lambda row: bool(row.method == FULL))
    return [
        Pair(
            name_of(one.method, one.k), name_of(other.method, other.k), float(one.accuracy - other.accuracy),
            math.sqrt((one.std**2 + other.std**2) / 2),
        )
        for one, other in combinations(rows, 2) if one.k == other.k or other.method == FULL
    ]  # fmt: skip


def smallest_within(summary: pd.DataFrame, algorithm: str) -> str | None:
    """Return the smallest proxy whose mean is at most the spread below that of all examples; None without one.

    Of equally small ones it is the most accurate.
    """
    own = summary[summary["algorithm"] == algorithm].sort_values(["k", "accuracy"], ascending=[True, False])
    near = {p.first for p in pairs_of(summary, algorithm) if p.second == FULL and -p.difference <= p.spread}
    names = (name_of(row.method, row.k) for row in own.itertuples())
    return next((name for name in names if name in near), None)
