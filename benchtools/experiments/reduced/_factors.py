"""How rho changes along each factor."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, NamedTuple

from benchtools.errors import ConstantInputWarning
from benchtools.ranking import monotonicity
from benchtools.training import Setting

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FactorLine", "factor_lines"]

FACTORS = ("c", "r", "s", "e")


class FactorLine(NamedTuple):
    """Settings that differ in one factor alone, the least reduced first.

    Attributes
    ----------
    factor : str
        ``c``, ``r``, ``s`` or ``e``.
    base : str
        The setting with the factor left open: ``c0r0s*e60``.
    levels : list of int
        Levels of the factor; of ``e`` its epochs.
    rho, low, high : list of float
        Spearman's rho and its interval.
    rho_e : float
        `monotonicity` of rho along the line; NaN for fewer than three settings, or a constant rho.
    """

    factor: str
    base: str
    levels: list[int]
    rho: list[float]
    low: list[float]
    high: list[float]
    rho_e: float


def factor_lines(summary: pd.DataFrame, *, shortest: int = 2) -> list[FactorLine]:
    """Return every line of at least `shortest` settings that differ in one factor alone.

    Parameters
    ----------
    summary : pandas.DataFrame
        Of `summarise`.
    shortest : int, default 2
        Fewest settings of a line.

    Notes
    -----
    rho_e is of the order from the least to the most reduced: -1 where rho falls with each reduction.

    References
    ----------
    S1 (paper 001), section D.
    """
    settings = {name: Setting.parse(name) for name in summary["setting"]}
    rows = summary.set_index("setting")
    lines = []
    for factor in FACTORS:
        groups: dict[str, list[str]] = {}
        for name, one in settings.items():
            groups.setdefault(_base(one, factor), []).append(name)
        for base, names in groups.items():
            if len(names) < shortest:
                continue
            names.sort(key=lambda name: getattr(settings[name], factor), reverse=factor == "e")
            rho, low, high = (rows.loc[names, column].astype(float).tolist() for column in ("rho", "low", "high"))
            levels = [int(getattr(settings[name], factor)) for name in names]
            lines.append(FactorLine(factor, base, levels, rho, low, high, _rho_e(rho)))
    return lines


def _base(setting: Setting, factor: str) -> str:
    parts = "".join(f"{name}{'*' if name == factor else getattr(setting, name)}" for name in FACTORS)
    return parts if setting.sample == "random" else f"{parts}:{setting.sample}"


def _rho_e(rho: list[float]) -> float:
    if len(rho) < 3 or any(math.isnan(value) for value in rho):
        return math.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConstantInputWarning)
        return float(monotonicity(rho).statistic)
