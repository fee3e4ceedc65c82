"""The architectures that a proxy would pick, with ties broken at random and what follows from that in expectation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from benchtools.ranking._input import Fractional, Vector, check_count
from benchtools.ranking._ranks import Order
from benchtools.ranking._statistic import Counts, Resampler

__all__ = ["DEFAULT_K", "Picks", "field_resampler", "picks_curves", "picks_of", "picks_resampler"]

DEFAULT_K = 10  # of a statistic that is called by its name, without k


class Picks(NamedTuple):
    """What the best k of a proxy are worth; every field is an expectation over random tie-breaks."""

    overlap: float
    """Share of the picks that the truth's best k holds too."""
    precision: float
    """Share of the picks that are among the truth's best `top`."""
    best_rank: float
    """Rank by truth of the best pick, 1 the best."""
    regret: float
    """Best truth less the best pick's, in the unit of the truth."""


@dataclass(frozen=True)
class _Descending:
    """A vector in descending order, its ties in descending order of another vector."""

    index: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, values: Vector, then: Vector) -> _Descending:
        index = np.lexsort((-then, -values))
        order = Order.of(-values[index])
        return cls(index, order.spread(order.starts), order.spread(order.ends))


class _Truth:
    """The truth side, shared by all proxies."""

    def __init__(self, truth: Vector) -> None:
        self.values = truth
        self.order = _Descending.of(truth, truth)
        self.above = np.empty(len(truth), dtype=np.int64)  # sorted position where the group of an architecture starts
        self.upto = np.empty(len(truth), dtype=np.int64)  # and where it ends
        self.above[self.order.index] = self.order.starts
        self.upto[self.order.index] = self.order.ends


class _Draw:
    """The truth within one resample: how many copies stand above every architecture."""

    def __init__(self, truth: _Truth, counts: NDArray[np.int64]) -> None:
        self.truth = truth
        self.counts = counts
        self.copies = np.concatenate(([0], np.cumsum(counts[truth.order.index])))
        self.best = truth.values[truth.order.index[np.searchsorted(self.copies, 0, side="right") - 1]]

    def ranks(self, archs: NDArray[np.int64]) -> NDArray[np.int64]:
        return self.copies[self.truth.above[archs]] + 1

    def share_in_best(self, archs: NDArray[np.int64], k: int) -> Vector:
        """Probability of each copy to be among the truth's best k."""
        above, upto = self.copies[self.truth.above[archs]], self.copies[self.truth.upto[archs]]
        share: Vector = np.clip(k - above, 0, upto - above) / np.maximum(upto - above, 1)
        return share


def _evaluate(draw: _Draw, order: _Descending, k: int, top: int) -> Picks:
    archs, number, in_full, places = _boundary(draw.counts, order, k)
    tied = number[in_full:]
    share = np.ones(len(archs))
    share[in_full:] = places / tied.sum()
    ranks, truth = draw.ranks(archs), draw.truth.values[archs]
    overlap = number @ np.minimum(share, draw.share_in_best(archs, k)) / k
    precision = number @ (share * (ranks <= top)) / k

    best_ranks, best_truths = ranks[in_full:], truth[in_full:]  # of the picks, by the best of those tied that is picked
    if in_full:
        best_ranks = np.minimum(best_ranks, ranks[:in_full].min())
        best_truths = np.maximum(best_truths, truth[:in_full].max())
    if len(tied) == 1 or places == tied.sum():
        best_rank, best_truth = float(best_ranks[0]), best_truths[0]
    else:
        chance = _chance_of_best(tied, places)
        best_rank, best_truth = float(chance @ best_ranks), chance @ best_truths
    # chances add up to one but for rounding, which must not leave the range
    return Picks(
        min(1.0, float(overlap)),
        min(1.0, float(precision)),
        max(1.0, best_rank),
        max(0.0, float(draw.best - best_truth)),
    )


def _boundary(
    counts: NDArray[np.int64], order: _Descending, k: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], int, int]:
    """Return the drawn architectures down to the group that holds the k-th copy, and how often each was drawn.

    Also how many of them are picked in full, and how many copies of the last group are.
    """
    n = len(counts)
    size = min(n, 4 * k + 64)  # enough unless many tie
    while True:
        number = counts[order.index[:size]]
        copies = np.cumsum(number)
        last = int(np.searchsorted(copies, k))
        if size == n or (last < size and order.ends[last] <= size):
            break
        size = n
    start, end = int(order.starts[last]), int(order.ends[last])
    drawn = number[:end] > 0
    places = k - (int(copies[start - 1]) if start else 0)
    return order.index[:end][drawn], number[:end][drawn], int(np.count_nonzero(drawn[:start])), places


def _chance_of_best(number: NDArray[np.int64], places: int) -> Vector:
    """Chance that each tied architecture, the best first, is the best of `places` copies drawn without replacement."""
    total = int(number.sum())
    remaining = total - np.concatenate(([0], np.cumsum(number)))
    with np.errstate(invalid="ignore"):
        log_none = (
            special.gammaln(remaining + 1.0) - special.gammaln(remaining - places + 1.0)
            - special.gammaln(total + 1.0) + special.gammaln(total - places + 1.0)
        )  # fmt: skip
    none = np.where(remaining >= places, np.exp(np.minimum(log_none, 0.0)), 0.0)
    chance: Vector = none[:-1] - none[1:]
    chance /= chance.sum()
    return chance


def picks_of(truth: Vector, proxy: Vector, k: Fractional, top: Fractional | None = None) -> Picks:
    """Return what the best `k` of `proxy` are worth by `truth`, both of shape ``(n,)``."""
    k = check_count("k", k, len(truth))
    top = k if top is None else check_count("top", top, len(truth))
    return picks_curves(truth, [proxy], [(k, top)])[0][0]


def picks_curves(truth: Vector, proxies: Sequence[Vector], sizes: Sequence[tuple[int, int]]) -> list[list[Picks]]:
    """Return, for every proxy, its picks at each (k, top) of `sizes`; every vector is sorted once."""
    draw = _Draw(_Truth(truth), np.ones(len(truth), dtype=np.int64))
    orders = [_Descending.of(proxy, truth) for proxy in proxies]
    return [[_evaluate(draw, order, k, top) for k, top in sizes] for order in orders]


def picks_resampler(
    truth: Vector, proxies: Sequence[Vector], k: Fractional, top: Fractional | None = None
) -> Resampler:
    """Return the resampler of all fields of `Picks`: proxy-major outputs, shape ``(n_resamples, 4 * n_proxies)``."""
    k = check_count("k", k, len(truth))
    best = k if top is None else check_count("top", top, len(truth))
    side = _Truth(truth)
    orders = [_Descending.of(proxy, truth) for proxy in proxies]

    def resampler(counts: Counts) -> Vector:
        rows = []
        for column in np.ascontiguousarray(counts.T):
            draw = _Draw(side, column)
            rows.append([value for order in orders for value in _evaluate(draw, order, k, best)])
        return np.array(rows)

    return resampler


def field_resampler(field: str) -> Callable[..., Resampler]:
    """Return the resampler factory of one field of `Picks`."""
    column = Picks._fields.index(field)

    def factory(
        truth: Vector, proxies: Sequence[Vector], k: Fractional = DEFAULT_K, top: Fractional | None = None
    ) -> Resampler:
        whole = picks_resampler(truth, proxies, k, top)
        return lambda counts: whole(counts)[:, column :: len(Picks._fields)]

    return factory
