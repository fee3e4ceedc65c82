"""Pearson's r."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from benchtools.ranking._evaluate import evaluate
from benchtools.ranking._input import Vector
from benchtools.ranking._resampling import column_sums
from benchtools.ranking._result import Estimate
from benchtools.ranking._statistic import STATISTICS, Counts, Resampler, Statistic
from benchtools.ranking._spearman import cosine

__all__ = ["pearson"]


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
    0.9762
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
    scaled: Vector = deviations / np.abs(deviations).max()
    return scaled - scaled.mean()


def _kernel(x: Vector, y: Vector) -> float:
    return cosine(_centred(x), _centred(y))


def _resampler(truth: Vector, proxies: Sequence[Vector]) -> Resampler:
    """Evaluate resamples as weighted moments about their own means."""
    vectors = [_centred(values) for values in (truth, *proxies)]

    def resampler(counts: Counts) -> Vector:
        weights = counts.astype(np.float64)
        deviations, squares = zip(*(_moments(values, weights) for values in vectors), strict=True)
        weighted = weights * deviations[0]
        out = np.empty((counts.shape[1], len(proxies)))
        for column, (deviation, square) in enumerate(zip(deviations[1:], squares[1:], strict=True)):
            out[:, column] = column_sums(weighted * deviation) / np.sqrt(squares[0] * square)
        return np.clip(out, -1.0, 1.0)

    return resampler


def _moments(values: Vector, weights: Vector) -> tuple[Vector, Vector]:
    """Deviations from each resample's mean and their sum of squares, NaN where a resample is constant."""
    n = len(values)
    means = values @ weights / n
    deviations = values[:, None] - means
    squares = column_sums(weights * deviations * deviations)
    squares[squares <= n * (n * np.finfo(np.float64).eps * means) ** 2] = np.nan
    return deviations, squares


def _leave_one_out(x: Vector, y: Vector) -> Vector:
    """Return r without each architecture: each sum of squares or products loses a multiple of its own term."""
    x, y = _centred(x), _centred(y)
    loss = len(x) / (len(x) - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        values: Vector = (x @ y - loss * x * y) / np.sqrt((x @ x - loss * x * x) * (y @ y - loss * y * y))
    return values


PEARSON = Statistic("pearson", _kernel, _centred, resampler=_resampler, leave_one_out=_leave_one_out)
STATISTICS.register(PEARSON.name, PEARSON)
