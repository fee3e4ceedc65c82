"""A study in numbers: what proxies find, and what they save."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchtools.errors import NotFound
from benchtools.experiments.oneshot._plan import FULL
from benchtools.experiments.oneshot._result import StudyResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TimeFit", "summarise", "time_fits"]


def summarise(study: StudyResult) -> pd.DataFrame:
    """Return a row for each algorithm and proxy.

    Returns
    -------
    DataFrame
        ``algorithm``, ``method``, ``k``, ``share`` of the training examples; over the seeds ``accuracy`` (mean, [%]),
        ``std`` (of a sample, [%]; NaN for one seed), ``best`` [%], ``regret`` (mean, [%]), ``rank`` (median), ``n``
        (seeds that did not diverge), ``degenerate`` (how many found such a cell), ``search_s`` (mean, [s]), ``ratio``
        (of the mean search time to that on all examples), ``ratio_cpu`` (the same of processor time) and ``difference``
        (of the mean accuracy to that on all examples, [%]), these three NaN where the study has no search on all
        examples; ``spearman`` (mean over the seeds of that between shared weights and table; NaN where nothing was
        ranked).

    References
    ----------
    S0 (paper 000), Tables 2 to 6; S3 (paper 003), Table 1.

    Examples
    --------
    >>> list(summarise(StudyResult.load("oneshot-cifar10"))["ratio"][:1])
    [1.0]
    """
    import pandas as pd

    rows = []
    for algorithm in study.plan.algorithms:
        own = study.frame[study.frame["algorithm"] == algorithm]
        full = own[(own["method"] == FULL) & (own["status"] == "done")]
        for proxy in study.plan.proxies:
            k = proxy.k or study.n_pool
            found = own[(own["method"] == proxy.method) & (own["k"] == k)]
            done = found[found["status"] == "done"]
            values = done["accuracy"].to_numpy(float)
            n = len(values)
            rows.append(
                {
                    "algorithm": algorithm, "method": proxy.method, "k": k, "share": k / study.n_pool,
                    "accuracy": values.mean() if n else np.nan, "std": values.std(ddof=1) if n > 1 else np.nan,
                    "best": values.max() if n else np.nan, "regret": done["regret"].mean(),
                    "rank": done["rank"].median(), "n": n, "degenerate": int((done["degenerate"] != "").sum()),
                    "search_s": done["search_s"].mean(),
                    "ratio": done["search_s"].mean() / full["search_s"].mean() if len(full) else np.nan,
                    "ratio_cpu": (
                        done["search_cpu_s"].mean() / full["search_cpu_s"].mean() if len(full) else np.nan
                    ),
                    "difference": values.mean() - full["accuracy"].mean() if n and len(full) else np.nan,
                    "spearman": done["spearman"].mean(),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


class TimeFit(NamedTuple):
    """A line through the search times of an algorithm, ``T(r) = intercept + slope r``.

    Attributes
    ----------
    algorithm : str
        The algorithm.
    intercept, slope : float
        In search times on all examples.
    r_squared : float
        Share of the variance that the line explains.
    n : int
        Searches that it goes through.
    """

    algorithm: str
    intercept: float
    slope: float
    r_squared: float
    n: int


def time_fits(study: StudyResult, by: str = "search_s") -> list[TimeFit]:
    """Fit a line to the search times of each algorithm, by least squares over all searches.

    `by` is ``search_s``, seconds on the clock, or ``search_cpu_s``, processor time, on which other work on the machine
    does not bear.

    A search whose steps all shrink with the proxy has the intercept 0 and the slope 1; what does not, such as the
    training of ENAS's controller, makes the intercept.

    Raises
    ------
    NotFound
        If the study has no search on all examples, or all have one size.

    References
    ----------
    S0 (paper 000), section 5: search times at 25, 50 and 75 %.
    """
    fits = []
    for algorithm in study.plan.algorithms:
        own = study.frame[(study.frame["algorithm"] == algorithm) & (study.frame["status"] == "done")]
        share = own["k"].to_numpy(float) / study.n_pool
        full = own.loc[own["method"] == FULL, by].to_numpy(float)
        if not len(full) or len(set(share.tolist())) < 2:
            raise NotFound(
                f"{algorithm} was not searched on all examples and on a part of them: add the proxy 'full', and "
                "another, to the study"
            )
        times = own[by].to_numpy(float) / full.mean()
        slope, intercept = np.polyfit(share, times, 1)
        rest = times - intercept - slope * share
        spread = times - times.mean()
        fits.append(
            TimeFit(algorithm, float(intercept), float(slope), float(1 - rest @ rest / (spread @ spread)), len(own))
        )
    return fits
