"""How well each reduced setting keeps the zoo's order, and what it saves."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from benchtools.errors import ConstantInputWarning, InvalidInput
from benchtools.experiments.reduced._result import ZooResult
from benchtools.progress import Progress, silent
from benchtools.ranking import RankReport, bootstrap_interval, compare, spearman
from benchtools.training import Setting

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["compare_settings", "consensus", "pareto_front", "seeds_interval", "summarise"]

TOLERANCE = 0.15  # [%], S1 appendix B


def compare_settings(
    zoo: ZooResult,
    *,
    tolerance: float = TOLERANCE,
    confidence: float = 0.95,
    n_resamples: int = 9_999,
    rng: np.random.Generator | int = 0,
    progress: Progress = silent,
) -> RankReport:
    """Return the comparison of every reduced setting with the original one, over the means of the seeds.

    Parameters
    ----------
    zoo : ZooResult
        What was trained.
    tolerance : float, default 0.15
        Of the tolerant rho [%].
    confidence, n_resamples, rng, progress
        As in `benchtools.ranking.compare`: intervals are over networks.

    Returns
    -------
    RankReport
        Its costs are the measured seconds.
    """
    original, *reduced = zoo.plan.all_settings()
    notes = list(zoo.notes)
    if zoo.n_diverged:
        notes.append(f"{zoo.n_diverged} of {zoo.plan.n_trials} trainings diverged: they count as 0 % and rank last.")
    return compare(
        zoo.mean(),
        {str(setting): zoo.mean(setting) for setting in reduced},
        archs=list(zoo.plan.archs),
        truth_name=f"the original setting {original}",
        tolerance=tolerance,
        k=min(10, max(1, len(zoo.plan.archs) // 4)),
        costs={str(setting): zoo.seconds(setting) for setting in reduced},
        truth_cost=zoo.seconds(),
        confidence=confidence,
        n_resamples=n_resamples,
        rng=rng,
        notes=notes,
        inputs={"zoo": zoo.plan.name},
        progress=progress,
    )


def summarise(
    zoo: ZooResult,
    report: RankReport | None = None,
    *,
    n_resamples: int = 2_000,
    rng: np.random.Generator | int = 0,
) -> pd.DataFrame:
    """Return a row for each reduced setting, the highest rho first.

    Parameters
    ----------
    zoo : ZooResult
        What was trained.
    report : RankReport, optional
        Of `compare_settings`; by default it is made.
    n_resamples, rng
        Of the interval over networks and seeds.

    Returns
    -------
    pandas.DataFrame
        setting; c, r, s, e, sample; channels, resolution, share; rho, low, high (interval over networks), low_seeds,
        high_seeds (over networks and seeds, `seeds_interval`), tolerant, kendall, regret [%]; acceleration (in MACs x
        examples x epochs), acceleration_s (in measured seconds), nominal (by the levels alone); front (whether no other
        setting is better in both rho and acceleration); diverged (trainings).
    """
    import pandas as pd

    found = compare_settings(zoo) if report is None else report
    rows = []
    for name in found.ranked():
        setting, levels = Setting.parse(name), zoo.plan.levels
        estimates = found.estimates[name]
        rho = estimates["spearman"]
        low, high = seeds_interval(zoo, setting, n_resamples=n_resamples, rng=rng)
        rows.append({
            "setting": name, "c": setting.c, "r": setting.r, "s": setting.s, "e": setting.e, "sample": setting.sample,
            "channels": setting.channels(levels), "resolution": setting.resolution(levels),
            "share": setting.share(levels), "rho": rho.statistic, "low": rho.limits[0], "high": rho.limits[1],
            "low_seeds": low, "high_seeds": high, "tolerant": estimates["tolerant_spearman"].statistic,
            "kendall": estimates["kendall"].statistic, "regret": estimates["regret"].statistic,
            "acceleration": zoo.acceleration(setting), "acceleration_s": zoo.acceleration(setting, "seconds"),
            "nominal": setting.acceleration(levels),
            "diverged": int(zoo.diverged[zoo.place(setting)].sum()),
        })  # fmt: skip
    frame = pd.DataFrame(rows)
    frame.insert(frame.columns.get_loc("diverged"), "front", pareto_front(frame["acceleration"], frame["rho"]))
    return frame


def seeds_interval(
    zoo: ZooResult,
    setting: Setting | str,
    *,
    confidence: float = 0.95,
    n_resamples: int = 2_000,
    rng: np.random.Generator | int = 0,
) -> tuple[float, float]:
    """Return a percentile interval of rho from resampled networks, each with resampled seeds.

    Parameters
    ----------
    zoo : ZooResult
        What was trained.
    setting : Setting or str
        A reduced setting.
    confidence, n_resamples, rng
        Level, resamples and randomness.

    Returns
    -------
    tuple of float
        Lower and upper limit; NaN with fewer than two seeds, or where accuracies are constant.

    See Also
    --------
    benchtools.ranking.bootstrap_interval : of matrices, the hierarchical bootstrap.
    """
    truth, proxy = zoo.accuracies[0], zoo.accuracies[zoo.place(setting)]
    if truth.shape[1] < 2 or len(truth) < 3:
        return math.nan, math.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConstantInputWarning)
        found = bootstrap_interval(
            "spearman", truth, proxy, confidence=confidence, n_resamples=n_resamples, method="percentile", rng=rng
        )
    return found.low, found.high


def pareto_front(acceleration: Iterable[float], rho: Iterable[float]) -> list[bool]:
    """Return which settings are good: no other is at least as fast and keeps the order better, or the reverse.

    Parameters
    ----------
    acceleration, rho : iterable of float, of n each
        Larger is better; a setting whose rho is NaN is never good.

    Examples
    --------
    >>> pareto_front([10, 20, 30, 15], [0.9, 0.8, 0.85, 0.7])
    [True, False, True, False]
    """
    points = list(zip(map(float, acceleration), map(float, rho), strict=True))

    def better(other: tuple[float, float], one: tuple[float, float]) -> bool:
        return other != one and other[0] >= one[0] and other[1] >= one[1]

    return [not math.isnan(one[1]) and not any(better(other, one) for other in points) for one in points]


def consensus(summary: pd.DataFrame) -> float:
    """Return Spearman's rho of the plain and the tolerant rho over all settings: 0.96 in S1, appendix B.

    Raises
    ------
    InvalidInput
        If there are fewer than three settings.
    """
    if len(summary) < 3:
        raise InvalidInput(f"a consensus is of at least three settings; {len(summary)} were run")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConstantInputWarning)
        kept = summary[["rho", "tolerant"]].dropna()
        return float(spearman(kept["rho"], kept["tolerant"]).statistic) if len(kept) > 2 else math.nan
