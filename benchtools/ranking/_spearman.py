"""Spearman's rho."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from benchtools.ranking._dominance import Concordance
from benchtools.ranking._evaluate import evaluate
from benchtools.ranking._input import Vector
from benchtools.ranking._ranks import Order, centred_ranks
from benchtools.ranking._resampling import column_sums
from benchtools.ranking._result import Estimate
from benchtools.ranking._statistic import STATISTICS, Counts, Resampler, Statistic

__all__ = ["spearman"]


def spearman(
    x: ArrayLike,
    y: ArrayLike,
    *,
    confidence: float | None = None,
    n_resamples: int = 9_999,
    rng: np.random.Generator | int = 0,
    nan_policy: str = "raise",
) -> Estimate:
    r"""Spearman's rank correlation: Pearson's correlation of midranks.

    .. math:: \rho = \frac{\sum_i (r_i - \bar r)(s_i - \bar s)}
                          {\sqrt{\sum_i (r_i - \bar r)^2 \sum_i (s_i - \bar s)^2}}

    where :math:`r_i, s_i` are the ranks of :math:`x_i, y_i`, tied values sharing the mean of their ranks. This is
    :math:`\rho_{sp}` of EcoNAS (section 3), with the sign kept.

    Parameters
    ----------
    x, y : array_like of real numbers, shape (n_archs,)
        One value per architecture in each; any unit.
    confidence : float, optional
        Level of a bootstrap (BCa) interval over architectures, such as 0.95; by default no interval.
    n_resamples : int, default 9999
        Resamples for the interval, O(n) each.
    rng : numpy.random.Generator or int, default 0
        Source of randomness for the interval.
    nan_policy : {"raise", "omit"}, default "raise"
        Whether a non-finite value is an error, or drops its architecture (counted in ``n_dropped``).

    Returns
    -------
    Estimate
        ``statistic`` in [-1, 1]; NaN where a vector is constant.

    Raises
    ------
    InvalidInput
        If lengths differ, n < 3, or a value is not finite; `WrongType` for anything but real numbers.

    Warns
    -----
    ConstantInputWarning
        If a vector is constant.

    See Also
    --------
    tolerant_spearman : ignores small differences.
    kendall : counts pairs in the same order.

    References
    ----------
    .. [1] D. Zhou et al., "EcoNAS: Finding Proxies for Economical Neural Architecture Search", CVPR 2020.

    Examples
    --------
    >>> truth = [94.2, 93.1, 91.0, 89.5, 70.3]
    >>> proxy = [60.1, 61.5, 58.0, 57.2, 30.0]
    >>> round(spearman(truth, proxy).statistic, 6)
    0.9
    """
    return evaluate(
        SPEARMAN, x, y, confidence=confidence, n_resamples=n_resamples, rng=rng, nan_policy=nan_policy
    )  # fmt: skip


def cosine(a: Vector, b: Vector) -> float:
    """Return the cosine of the angle between two vectors, kept within [-1, 1]; NaN where one is zero.

    One root of the product, so that equal vectors give exactly 1; squares of ranks do not overflow.
    """
    norm = np.sqrt((a @ a) * (b @ b))
    return float(np.clip(a @ b / norm, -1.0, 1.0)) if norm > 0 else float("nan")


def _scores(values: Vector) -> Vector:
    return centred_ranks(Order.of(values))


def _kernel(x: Vector, y: Vector) -> float:
    return cosine(_scores(x), _scores(y))


class _CountedRanks:
    """A vector's order, and twice its ranks in resamples of which only the counts are known, in O(n).

    An architecture drawn c times is c ties: twice its midrank, less one, is the count before its group of ties plus
    the count up to its end.
    """

    def __init__(self, values: Vector) -> None:
        order = Order.of(values)
        self.index = order.index
        self.has_ties = order.has_ties
        self._starts, self._ends = order.starts[order.group], order.ends[order.group]
        self._upto = np.zeros((len(values) + 1, 0), dtype=np.int32)

    def of(self, counts: Counts, out: Counts) -> Counts:
        """Write the doubled ranks at every sorted position, for counts in sorted order, to `out` and return it."""
        if self._upto.shape[1] != counts.shape[1]:
            self._upto = np.zeros((len(counts) + 1, counts.shape[1]), dtype=counts.dtype)
        upto = self._upto
        np.cumsum(counts, axis=0, out=upto[1:], dtype=counts.dtype)
        if not self.has_ties:
            return np.add(upto[1:], upto[:-1], out=out)
        upto.take(self._starts, axis=0, mode="clip", out=out)
        out += upto.take(self._ends, axis=0, mode="clip")
        return out


def _resampler(truth: Vector, proxies: Sequence[Vector]) -> Resampler:
    """Evaluate resamples in O(n) each.

    With c the counts and a, b the doubled ranks of a resample, sum c a = n^2 whatever was drawn, so the centred sums
    are sum c a^2 - n^3 and sum c a b - n^3: whole numbers, exact below n = 1.3 million. The squares of vectors
    without ties are equal: what was drawn twice ties in all of them.
    """
    n = len(truth)
    first = _CountedRanks(truth)
    others = [_CountedRanks(proxy) for proxy in proxies]
    place = np.empty(n, dtype=np.int64)
    place[first.index] = np.arange(n)
    gathers = [place[other.index] for other in others]  # from truth order to proxy order

    buffers = _Buffers(n, 0)

    def resampler(counts: Counts) -> Vector:
        nonlocal buffers
        if buffers.width != counts.shape[1]:
            buffers = _Buffers(n, counts.shape[1])  # kept from block to block: fresh memory costs more than the sums
        ordered, weighted, drawn, gathered, ranks = buffers.counts
        counts.take(first.index, axis=0, mode="clip", out=ordered)
        np.multiply(ordered, first.of(ordered, out=ranks), out=weighted)
        squares = buffers.centred_sum(weighted, ranks)
        out = np.empty((buffers.width, len(others)))
        for column, (other, gather) in enumerate(zip(others, gathers, strict=True)):
            ordered.take(gather, axis=0, mode="clip", out=drawn)
            weighted.take(gather, axis=0, mode="clip", out=gathered)
            products = buffers.centred_sum(gathered, other.of(drawn, out=ranks))
            other_squares = squares
            if first.has_ties or other.has_ties:
                drawn *= ranks
                other_squares = buffers.centred_sum(drawn, ranks)
            norm = np.sqrt(squares * other_squares)
            out[:, column] = products / np.where(norm > 0, norm, np.nan)
        return out

    return resampler


class _Buffers:
    """Working memory for a block of resamples."""

    def __init__(self, n: int, width: int) -> None:
        self.width = width
        self.counts = np.empty((5, n, width), dtype=np.int32)
        self._products = np.empty((n, width), dtype=np.int64)

    def centred_sum(self, weighted: Counts, ranks: Counts) -> Vector:
        """Return the sums of c a b, less n^3, from c a and b, shape ``(width,)``."""
        np.multiply(weighted, ranks, out=self._products, dtype=np.int64)
        return (column_sums(self._products) - len(ranks) ** 3).astype(np.float64)


def _leave_one_out(x: Vector, y: Vector) -> Vector:
    """Return rho without each architecture: without i, every other centred rank loses sign(x_j - x_i)."""
    by_x, by_y = Order.of(x), Order.of(y)
    u, v = centred_ranks(by_x), centred_ranks(by_y)
    pairs = Concordance.of(x, y)
    products: Vector = u @ v - u * v - _above_less_below(by_x, v) - _above_less_below(by_y, u) + pairs.balance
    squares = [
        w @ w - w * w - 2 * _above_less_below(order, w) + len(w) - ties
        for w, order, ties in ((u, by_x, pairs.ties_x), (v, by_y, pairs.ties_y))
    ]
    with np.errstate(invalid="ignore", divide="ignore"):
        values: Vector = products / np.sqrt(squares[0] * squares[1])
    return values


def _above_less_below(order: Order, weights: Vector) -> Vector:
    """Return the sum over j of sign(x_j - x_i) weights_j, for every i."""
    upto = np.append(0.0, np.cumsum(weights[order.index]))
    return order.spread(upto[-1] - upto[order.ends] - upto[order.starts])


SPEARMAN = Statistic("spearman", _kernel, _scores, resampler=_resampler, leave_one_out=_leave_one_out)
STATISTICS.register(SPEARMAN.name, SPEARMAN)
