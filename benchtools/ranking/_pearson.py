"""Pearson's r."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from benchtools.ranking._evaluate import evaluate
from benchtools.ranking._input import Vector
from benchtools.ranking._result import Estimate
from benchtools.ranking._spearman import cosine
from benchtools.ranking._statistic import STATISTICS, Counts, Resampler, Statistic

__all__ = ["pearson"]

CANCELLED = 1e-4  # share of a sum of squares below which a difference is not trusted


def pearson(
    x: ArrayLike,
    y: ArrayLike,
    *,
    confidence: float | None = None,
    n_resamples: int = 9_999,
    rng: np.random.Generator | int = 0,
    nan_policy: str = "raise",
) -> Estimate:
    r"""Pearson's linear correlation, with its sign.

    .. math:: r = \frac{\sum_i (x_i - \bar x)(y_i - \bar y)}
                       {\sqrt{\sum_i (x_i - \bar x)^2 \sum_i (y_i - \bar y)^2}}

    It measures a straight line, not an order: the "correlation score" printed in *Data Proxy Generation for Fast and
    Efficient NAS* (Tables 2 and 3) is this one.

    Parameters
    ----------
    x, y : array_like of real numbers, shape (n_archs,)
        One value per architecture in each.
    confidence, n_resamples, rng, nan_policy
        As in `spearman`; the interval is a bootstrap (BCa) interval over architectures.

    Returns
    -------
    Estimate
        ``statistic`` in [-1, 1]; NaN where a vector is constant.

    Raises
    ------
    InvalidInput
        As `spearman` does.

    Warns
    -----
    ConstantInputWarning
        If a vector is constant.

    Examples
    --------
    >>> round(pearson([1, 2, 3, 5], [1, 2, 3, 8]).statistic, 4)
    0.973
    """
    return evaluate(
        PEARSON, x, y, confidence=confidence, n_resamples=n_resamples, rng=rng, nan_policy=nan_policy
    )  # fmt: skip


def _centred(values: Vector) -> Vector:
    """Return deviations from the mean, scaled to at most 1 so that squares neither overflow nor vanish."""
    if (values == values[0]).all():
        return np.zeros_like(values)
    deviations = values / np.abs(values).max()
    deviations = deviations - deviations.mean()
    deviations = deviations / np.abs(deviations).max()
    centred: Vector = deviations - deviations.mean()
    return centred


def _kernel(x: Vector, y: Vector) -> float:
    return cosine(_centred(x), _centred(y))


def _resampler(truth: Vector, proxies: Sequence[Vector]) -> Resampler:
    """Evaluate resamples as weighted moments, one matrix product per block.

    Where a resample holds so little of a vector's variation that the moments cancel (or none of it, so that r is NaN),
    it is evaluated for itself.
    """
    n, p = len(truth), len(proxies)
    x = _centred(truth)
    ys = np.stack([_centred(proxy) for proxy in proxies])
    moments = np.vstack([x, x * x, ys, ys * ys, ys * x])

    def resampler(counts: Counts) -> Vector:
        sums = moments @ counts.astype(np.float64) / n
        mean_x, mean_y = sums[0], sums[2 : 2 + p]
        square_x = sums[1] - mean_x**2
        square_y = sums[2 + p : 2 + 2 * p] - mean_y**2
        products = sums[2 + 2 * p :] - mean_x * mean_y
        floor_x, floor_y = CANCELLED * sums[1], CANCELLED * sums[2 + p : 2 + 2 * p]
        with np.errstate(invalid="ignore", divide="ignore"):
            out: Vector = np.clip(products / np.sqrt(square_x * square_y), -1.0, 1.0)
        for proxy, column in zip(*np.nonzero((square_x <= floor_x) | (square_y <= floor_y)), strict=True):
            rows = np.repeat(np.arange(n), counts[:, column])
            out[proxy, column] = _kernel(x[rows], ys[proxy, rows])
        return out.T

    return resampler


def _leave_one_out(x: Vector, y: Vector) -> Vector:
    """Return r without each architecture: each sum of squares or products loses a multiple of its own term.

    Where one architecture holds nearly all of a sum of squares the difference cancels: it is left out for real. There
    is one such architecture in a vector at most.
    """
    u, v = _centred(x), _centred(y)
    loss = len(x) / (len(x) - 1)
    left_x, left_y = u @ u - loss * u * u, v @ v - loss * v * v
    with np.errstate(invalid="ignore", divide="ignore"):
        values: Vector = (u @ v - loss * u * v) / np.sqrt(left_x * left_y)
    for i in np.flatnonzero((left_x < CANCELLED * (u @ u)) | (left_y < CANCELLED * (v @ v))):
        values[i] = _kernel(np.delete(x, i), np.delete(y, i))
    return values


PEARSON = Statistic("pearson", _kernel, _centred, resampler=_resampler, leave_one_out=_leave_one_out)
STATISTICS.register(PEARSON.name, PEARSON)
