"""Whether a sequence rises: the entropy of monotonicity of EcoNAS."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from benchtools.ranking._input import paired, warn_constant
from benchtools.ranking._result import Estimate
from benchtools.ranking._spearman import SPEARMAN

__all__ = ["monotonicity"]


def monotonicity(values: ArrayLike) -> Estimate:
    r"""Spearman's rho of a sequence with its positions: :math:`\rho_e` of EcoNAS (appendix D).

    The values are :math:`\rho_{sp}` at the successive levels of one reduction factor, the other factors fixed.

    Parameters
    ----------
    values : array_like of real numbers, shape (n_levels,)
        The sequence, in the order of the levels; at least 3.

    Returns
    -------
    Estimate
        ``statistic`` is 1 for a rising sequence, -1 for a falling one, NaN for a constant one.

    Raises
    ------
    InvalidInput
        If there are fewer than 3 values, or one is not finite.

    Warns
    -----
    ConstantInputWarning
        If all values are equal.

    Examples
    --------
    >>> round(monotonicity([0.71, 0.80, 0.79, 0.86, 0.90]).statistic, 6)
    0.9
    """
    vectors, _ = paired({"values": values})
    warn_constant(vectors, "monotonicity")
    sequence = vectors["values"]
    return Estimate("monotonicity", SPEARMAN.kernel(sequence, np.arange(len(sequence))), len(sequence))
