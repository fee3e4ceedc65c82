"""How many architectures a correlation needs."""

from __future__ import annotations

import math

from scipy import special

from benchtools.errors import InvalidInput
from benchtools.ranking._input import check_confidence

__all__ = ["models_needed"]


def models_needed(rho: float, half_width: float, *, confidence: float = 0.95) -> int:
    r"""Return the number of architectures at which the interval of Spearman's rho is narrow enough.

    On Fisher's z = artanh(rho) the variance of Spearman's rho is about :math:`(1 + \rho^2/2)/(n - 3)` [1]_. The limits
    tanh(z - d) and tanh(z + d), with d the normal quantile times the standard error, lie `half_width` from their
    midpoint or less for the n that is returned, and for no smaller one.

    Parameters
    ----------
    rho : float
        The expected correlation, in (-1, 1).
    half_width : float
        Half the length of the interval, on the scale of rho, in (0, 1).
    confidence : float, default 0.95
        Level of the interval.

    Returns
    -------
    int
        At least 4.

    Raises
    ------
    InvalidInput
        If an argument is outside its range.

    References
    ----------
    .. [1] D. G. Bonett and T. A. Wright, "Sample size requirements for estimating Pearson, Kendall and Spearman
       correlations", Psychometrika 65 (2000), 23-28.

    Examples
    --------
    >>> models_needed(0.9, half_width=0.05)
    86
    """
    if not -1 < rho < 1:
        raise InvalidInput(f"rho={rho!r} must lie between -1 and 1, both excluded")
    if not 0 < half_width < 1:
        raise InvalidInput(f"half_width={half_width!r} must lie between 0 and 1, such as 0.05")
    check_confidence(confidence)
    quantile = float(special.ndtri((1 + confidence) / 2))
    z = math.atanh(rho)

    def half_length(n: int) -> float:
        reach = quantile * math.sqrt((1 + rho**2 / 2) / (n - 3))
        return (math.tanh(z + reach) - math.tanh(z - reach)) / 2

    high = 4
    while half_length(high) > half_width:
        high *= 2
    low = max(4, high // 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if half_length(middle) > half_width else (low, middle)
    return high
