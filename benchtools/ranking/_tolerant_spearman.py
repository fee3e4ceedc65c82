"""Spearman's rho that ignores small differences of accuracy."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.errors import InvalidInput, WrongType
from benchtools.ranking._dominance import Plane, count_below, place_points
from benchtools.ranking._evaluate import evaluate
from benchtools.ranking._input import Vector, is_number
from benchtools.ranking._ranks import Order, centred_ranks
from benchtools.ranking._result import Estimate
from benchtools.ranking._statistic import STATISTICS, Statistic

__all__ = ["tolerant_spearman"]

SLACK = 1e-9  # 95.15 - 95.00 is 0.15000000000000568 in binary: within 0.15
DEFAULT_TOLERANCE = 0.15  # [%], EcoNAS appendix B


def tolerant_spearman(
    x: ArrayLike,
    y: ArrayLike,
    tolerance: float,
    *,
    confidence: float | None = None,
    rng: np.random.Generator | int = 0,
    nan_policy: str = "raise",
) -> Estimate:
    r"""Spearman's rho in which pairs that differ by at most `tolerance` in **both** vectors do not count.

    EcoNAS (appendix B, tolerance 0.15 %) asks that such a pair have no ranking difference. The relation
    :math:`M(i, j)`: :math:`|x_i - x_j| \le b` and :math:`|y_i - y_j| \le b` is not transitive, so it cannot be turned
    into ties. Instead its pairs are taken out of the rank differences,

    .. math:: d_i = \tfrac12 \sum_{j:\,\lnot M(i,j)} [\operatorname{sgn}(x_i - x_j) - \operatorname{sgn}(y_i - y_j)],
       \qquad \rho_b = \frac{S_x^2 + S_y^2 - \sum_i d_i^2}{2 S_x S_y},

    with :math:`S_x^2, S_y^2` the sums of squared centred midranks, clipped at 1. At tolerance 0 it equals `spearman`,
    ties included; without ties it is :math:`1 - 6 \sum d_i^2 / (n(n^2-1))`. The published text gives no formula: this
    definition is ours.

    Parameters
    ----------
    x, y : array_like of real numbers, shape (n_archs,)
        One value per architecture in each, both in the unit of `tolerance` (accuracies in %).
    tolerance : float
        Differences up to this do not count, decided with a slack of 1e-9 (none at tolerance 0).
    confidence : float, optional
        Level of a jackknife interval (up to 50 left-out groups, Student's t on Fisher's z).
    rng, nan_policy
        As in `spearman`.

    Returns
    -------
    Estimate
        ``statistic`` at most 1; NaN where a vector is constant.

    Raises
    ------
    InvalidInput
        If `tolerance` is negative or not finite, and as `spearman` does.

    Warns
    -----
    ConstantInputWarning
        If a vector is constant.

    Notes
    -----
    O(n log n) time whatever the tolerance: the sums over M are counts of points in rectangles. A tolerance at which
    most pairs agree with each other leaves little to compare, and the value approaches 1.

    Examples
    --------
    >>> original = [95.27, 94.58, 94.50, 93.00]
    >>> reduced = [86.21, 82.42, 82.50, 80.00]
    >>> round(tolerant_spearman(original, reduced, 0).statistic, 6)
    0.8
    >>> round(tolerant_spearman(original, reduced, 0.15).statistic, 6)
    1.0
    """
    return evaluate(
        TOLERANT_SPEARMAN, x, y, confidence=confidence, rng=rng, nan_policy=nan_policy,
        parameters={"tolerance": tolerance},
    )  # fmt: skip


def check_tolerance(tolerance: float) -> float:
    """Return `tolerance` as a float of at least 0; refuse anything else."""
    if not is_number(tolerance):
        raise WrongType(f"tolerance={tolerance!r} must be a number of at least 0, in the unit of the vectors")
    if not np.isfinite(tolerance) or tolerance < 0:
        raise InvalidInput(f"tolerance={tolerance!r} must be at least 0 and finite, such as 0.15 [%]")
    return float(tolerance)


def _kernel(x: Vector, y: Vector, tolerance: float = DEFAULT_TOLERANCE) -> float:
    tolerance = check_tolerance(tolerance)
    u, v = centred_ranks(Order.of(x)), centred_ranks(Order.of(y))
    square_u, square_v = u @ u, v @ v
    if square_u == 0 or square_v == 0:
        return float("nan")
    difference = u - v
    if tolerance > 0:
        difference = difference - _tolerated(place_points(x, y), tolerance + SLACK)
    return float(min(1.0, (square_u + square_v - difference @ difference) / (2 * np.sqrt(square_u * square_v))))


def _tolerated(plane: Plane, reach: float) -> Vector:
    """Return the sum over j with M(i, j) of sign(x_i - x_j) - sign(y_i - y_j), for every i, shape ``(n,)``."""
    (left, right), (bottom, top) = _window(plane.x, reach), _window(plane.y, reach)
    queries = [
        (bottom, [left, plane.x_low, right]),
        (top, [left, plane.x_low, right]),
        (plane.y_low, [left, right]),
    ]
    (sw, s, se), (nw, n, ne), (w, e) = count_below(plane.heights, queries)
    inside = ne - nw - se + sw
    smaller_x, smaller_y = n - nw - s + sw, e - w - se + sw
    equal_x, equal_y = _ties_within(plane, left, right, bottom, top)
    sums = np.empty(len(left))
    sums[plane.index] = (2 * smaller_x + equal_x - inside) - (2 * smaller_y + equal_y - inside)
    return sums


def _window(values: Vector, reach: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return, for every value, the sorted positions that bound the values within `reach` of it."""
    ordered = np.sort(values)
    return np.searchsorted(ordered, values - reach, "left"), np.searchsorted(ordered, values + reach, "right")


def _ties_within(
    plane: Plane, left: NDArray[np.int64], right: NDArray[np.int64], bottom: NDArray[np.int64], top: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count, for every point, those of equal x in its y window, and those of equal y in its x window.

    Ties in x stand in y order and the other way round, so (group, position in the other order) is a sorted key.
    """
    n = len(plane.x)
    keys_x = plane.x_low * n + plane.heights
    at_height = np.argsort(plane.heights)
    keys_y = (plane.y_low * n + np.arange(n))[at_height]
    x_base, y_base = plane.x_low * n, plane.y_low * n
    equal_x = np.searchsorted(keys_x, x_base + top) - np.searchsorted(keys_x, x_base + bottom)
    equal_y = np.searchsorted(keys_y, y_base + right) - np.searchsorted(keys_y, y_base + left)
    return equal_x, equal_y


TOLERANT_SPEARMAN = Statistic("tolerant_spearman", _kernel, interval="jackknife")
STATISTICS.register(TOLERANT_SPEARMAN.name, TOLERANT_SPEARMAN)
