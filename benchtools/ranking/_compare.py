"""Several proxies against one truth: every statistic, what cannot be told apart, and what each would pick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.errors import InvalidInput, WrongType
from benchtools.progress import Progress, silent
from benchtools.provenance import Provenance, digest_array
from benchtools.ranking._bootstrap import interval_of
from benchtools.ranking._input import Fractional, Vector, check_confidence, check_count, paired, warn_constant
from benchtools.ranking._jackknife import jackknife_of
from benchtools.ranking._kendall import KENDALL
from benchtools.ranking._pearson import PEARSON
from benchtools.ranking._picks import Picks, picks_of, picks_resampler
from benchtools.ranking._report import Difference, Pick, RankReport
from benchtools.ranking._resampling import bootstrap_distribution, check_resamples
from benchtools.ranking._result import Estimate
from benchtools.ranking._spearman import SPEARMAN
from benchtools.ranking._statistic import Statistic, bind, leave_one_out, resampler_of
from benchtools.ranking._tolerant_spearman import TOLERANT_SPEARMAN, check_tolerance
from benchtools.ranking._weighted_kendall import WEIGHTED_KENDALL

__all__ = ["compare"]

PICK_NAMES = dict(zip(Picks._fields, ("top_k_overlap", "precision_at_k", "best_rank_at_k", "regret"), strict=True))
Cost = float | ArrayLike


def compare(
    truth: ArrayLike,
    proxies: Mapping[str, ArrayLike],
    *,
    archs: Sequence[str] | None = None,
    truth_name: str = "truth",
    k: Fractional = 10,
    tolerance: float | Mapping[str, float] | None = None,
    costs: Mapping[str, Cost] | None = None,
    truth_cost: Cost | None = None,
    confidence: float = 0.95,
    n_resamples: int = 9_999,
    rng: np.random.Generator | int = 0,
    nan_policy: str = "raise",
    notes: Sequence[str] = (),
    inputs: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> RankReport:
    """Compare proxies with the truth on the same architectures.

    Parameters
    ----------
    truth : array_like, shape (n_archs,)
        The expensive way's value of every architecture; larger is better.
    proxies : mapping of str to array_like, each of shape (n_archs,)
        The cheap ways' values; larger is taken as better, so negate a loss.
    archs : sequence of str, shape (n_archs,), optional
        Names of the architectures; by default their positions.
    truth_name : str, default "truth"
        What reports call the truth.
    k : int or float, default 10
        Number (or share) of architectures picked, for the top-k statistics.
    tolerance : float or mapping of str to float, optional
        Tolerance of `tolerant_spearman`, for all proxies or for those named, in the unit of truth and proxy (%). By
        default the tolerant rho is not computed: for a parameter count, say, it has no meaning.
    costs : mapping of str to float or array_like, optional
        What evaluating all architectures by a proxy costs, in seconds, or per architecture, shape ``(n_archs,)``.
    truth_cost : float or array_like, optional
        The same for the truth; the acceleration ratio of a proxy is the truth's total cost over its own.
    confidence : float, default 0.95
        Level of all intervals.
    n_resamples : int, default 9999
        Bootstrap resamples; all proxies share them, so that differences are paired.
    rng : numpy.random.Generator or int, default 0
        Source of randomness.
    nan_policy : {"raise", "omit"}, default "raise"
        Whether a non-finite value is an error, or drops its architecture for every proxy.
    notes : sequence of str
        Remarks that reports show.
    inputs : mapping of str to str, optional
        Provenance of the vectors, added to their digests.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.

    Returns
    -------
    RankReport
        Pearson, Spearman and top-k statistics have bootstrap intervals (BCa for the first two), Kendall, weighted
        Kendall and the tolerant rho jackknife intervals. Differences of Spearman's rho between proxies have paired
        percentile intervals and bootstrap p-values with Holm's correction [1]_ over all pairs.

    Raises
    ------
    InvalidInput
        For vectors that do not pair, no proxy, and arguments outside their range.

    Warns
    -----
    ConstantInputWarning
        For every constant vector: its correlations are NaN.

    References
    ----------
    .. [1] S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Stat. 6 (1979), 65-70.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> truth = rng.normal(90, 2, size=60)
    >>> proxies = {"12 epochs": truth + rng.normal(0, 1, 60), "parameters": truth + rng.normal(0, 4, 60)}
    >>> report = compare(truth, proxies, k=5, n_resamples=999)
    >>> round(report.estimates["12 epochs"]["spearman"].statistic, 2)
    0.85
    >>> report.differences[0].distinguishable
    True
    """
    check_confidence(confidence)
    check_resamples(n_resamples)
    confidence, n_resamples = float(confidence), int(n_resamples)  # NumPy's own cannot all be written as JSON
    if not proxies:
        raise InvalidInput("no proxy is given: pass a mapping of names to vectors")
    for name in proxies:
        if not isinstance(name, str):
            raise WrongType(f"a proxy is called {name!r} ({type(name).__name__}): names must be text")
    if truth_name in proxies:
        raise InvalidInput(f"{truth_name!r} names the truth and a proxy: choose another truth_name")
    vectors, keep = paired({truth_name: truth, **proxies}, nan_policy)
    values = vectors.pop(truth_name)
    names = _names(archs, keep)
    k = check_count("k", k, len(values))
    spent, truth_spent = _costs(costs or {}, truth_cost, proxies, keep)
    warn_constant({truth_name: values, **vectors}, "every correlation")
    tolerances = _tolerances(tolerance, proxies)

    stage = _Intervals(values, vectors, k, confidence, n_resamples, rng, progress)
    estimates: dict[str, dict[str, Estimate]] = {}
    for position, name in enumerate(vectors):
        progress("statistics", position, len(vectors))
        estimates[name] = stage.estimates(position, int((~keep).sum()))
        if name in tolerances:
            tolerant = bind(TOLERANT_SPEARMAN, {"tolerance": tolerances[name]})
            estimates[name][tolerant.name] = stage.jackknifed(tolerant, vectors[name], int((~keep).sum()))
    progress("statistics", len(vectors), len(vectors))
    digests = {name: digest_array(array) for name, array in {truth_name: values, **vectors}.items()}
    return RankReport(
        truth_name=truth_name,
        truth=values,
        proxies=vectors,
        archs=names,
        estimates=estimates,
        differences=stage.differences(),
        picks=tuple(
            _pick(values, name, vectors[name], names, size) for name in vectors for size in dict.fromkeys((1, k))
        ),
        costs_s=spent,
        truth_cost_s=truth_spent,
        settings={
            "k": k,
            "tolerance": dict(tolerances),
            "confidence": confidence,
            "n_resamples": n_resamples,
            "seed": int(rng) if isinstance(rng, (int, np.integer)) else None,
            "n_dropped": int((~keep).sum()),
        },
        notes=(*notes, *_too_few(n_resamples, len(vectors), confidence)),
        provenance=Provenance.now({**(inputs or {}), **{f"sha256 of {name}": d for name, d in digests.items()}}),
    )


class _Intervals:
    """One pass over the resamples for all proxies, and what is read off it."""

    def __init__(
        self,
        truth: Vector,
        proxies: dict[str, Vector],
        k: int,
        confidence: float,
        n_resamples: int,
        rng: np.random.Generator | int,
        progress: Progress,
    ) -> None:
        self.truth, self.proxies, self.k, self.confidence, self.rng = truth, proxies, k, confidence, rng
        vectors = list(proxies.values())
        resamplers = [resampler_of(part, truth, vectors) for part in (PEARSON, SPEARMAN)]
        self.pearson, self.spearman, self.picks = bootstrap_distribution(
            len(truth), [*resamplers, picks_resampler(truth, vectors, k)], n_resamples, rng, progress
        )

    def estimates(self, position: int, n_dropped: int) -> dict[str, Estimate]:
        """Return the statistics of the proxy at `position`, by name."""
        proxy = list(self.proxies.values())[position]
        n = len(self.truth)
        found = {}
        for part, distribution in ((PEARSON, self.pearson), (SPEARMAN, self.spearman)):
            value = part.kernel(self.truth, proxy)
            left_out = leave_one_out(part, self.truth, proxy)
            interval = interval_of(distribution[:, position], value, self.confidence, "bca", left_out)
            found[part.name] = Estimate(part.name, value, n, n_dropped, interval)
        for part in (KENDALL, WEIGHTED_KENDALL):
            found[part.name] = self.jackknifed(part, proxy, n_dropped)
        observed = picks_of(self.truth, proxy, self.k)
        for column, (field, name) in enumerate(PICK_NAMES.items()):
            values = self.picks[:, len(PICK_NAMES) * position + column]
            interval = interval_of(values, getattr(observed, field), self.confidence, "percentile")
            found[name] = Estimate(name, getattr(observed, field), n, n_dropped, interval)
        return found

    def jackknifed(self, statistic: Statistic, proxy: Vector, n_dropped: int) -> Estimate:
        """Return a statistic of one proxy with its jackknife interval."""
        interval = jackknife_of(statistic, self.truth, proxy, self.confidence, self.rng)
        return Estimate(statistic.name, statistic.kernel(self.truth, proxy), len(self.truth), n_dropped, interval)

    def differences(self) -> tuple[Difference, ...]:
        """Return the paired differences of Spearman's rho between all pairs of proxies."""
        names = list(self.proxies)
        rho = [SPEARMAN.kernel(self.truth, proxy) for proxy in self.proxies.values()]
        pairs = list(combinations(range(len(rho)), 2))
        resampled = [self.spearman[:, a] - self.spearman[:, b] for a, b in pairs]
        pvalues = [_bootstrap_pvalue(values) for values in resampled]
        level = round(1 - self.confidence, 12)
        found = []
        for (a, b), values, pvalue, adjusted in zip(pairs, resampled, pvalues, _holm(pvalues), strict=True):
            interval = interval_of(values, rho[a] - rho[b], self.confidence, "percentile")
            found.append(Difference(names[a], names[b], rho[a] - rho[b], interval, pvalue, adjusted, level))
        return tuple(found)


def _too_few(n_resamples: int, n_proxies: int, confidence: float) -> list[str]:
    """Say so where even the clearest difference cannot pass Holm's correction."""
    pairs = n_proxies * (n_proxies - 1) // 2
    needed = int(np.ceil(2 * pairs / (1 - confidence) - 1e-6)) - 1
    if n_resamples >= needed:
        return []
    return [f"{n_resamples} resamples are too few to tell any of {pairs} pairs apart: at least {needed} are needed."]


def _bootstrap_pvalue(differences: Vector) -> float:
    """Two-sided p-value of no difference: twice the share of resamples on the rarer side of zero; never 0."""
    finite = differences[np.isfinite(differences)]
    if not len(finite):
        return float("nan")
    rarer = min(np.count_nonzero(finite <= 0), np.count_nonzero(finite >= 0))
    return float(min(1.0, 2 * (1 + rarer) / (1 + len(finite))))


def _holm(pvalues: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values, in the order given; NaN stays and does not count."""
    values = np.array(pvalues, dtype=np.float64)
    order = np.argsort(values)[: np.count_nonzero(np.isfinite(values))]
    factors = len(order) - np.arange(len(order))
    values[order] = np.minimum(1.0, np.maximum.accumulate(values[order] * factors))
    return [float(value) for value in values]


def _names(archs: Sequence[str] | None, keep: NDArray[np.bool_]) -> tuple[str, ...]:
    if archs is None:
        return tuple(str(position) for position in np.flatnonzero(keep))
    if len(archs) != len(keep):
        raise InvalidInput(f"archs has {len(archs)} names for {len(keep)} architectures: give one each")
    return tuple(str(arch) for arch, kept in zip(archs, keep, strict=True) if kept)


def _tolerances(tolerance: float | Mapping[str, float] | None, proxies: Mapping[str, object]) -> dict[str, float]:
    if tolerance is None:
        return {}
    if not isinstance(tolerance, Mapping):
        return dict.fromkeys(proxies, check_tolerance(tolerance))
    if unknown := [name for name in tolerance if name not in proxies]:
        raise InvalidInput(f"tolerance names {', '.join(unknown)}, which is no proxy: there is {', '.join(proxies)}")
    return {name: check_tolerance(value) for name, value in tolerance.items()}


def _costs(
    costs: Mapping[str, Cost],
    truth_cost: Cost | None,
    proxies: Mapping[str, object],
    keep: NDArray[np.bool_],
) -> tuple[dict[str, float], float | None]:
    if unknown := [name for name in costs if name not in proxies]:
        raise InvalidInput(f"costs name {', '.join(unknown)}, which is no proxy: there is {', '.join(proxies)}")
    if costs and truth_cost is None:
        raise InvalidInput("costs are given but no truth_cost: the acceleration ratio needs both")
    spent = {name: _total(cost, keep, f"cost of {name}") for name, cost in costs.items()}
    truth_spent = None if truth_cost is None else _total(truth_cost, keep, "truth_cost")
    if truth_spent == 0:
        raise InvalidInput("truth_cost is 0 seconds: nothing can be cheaper, give what the truth costs or no costs")
    return spent, truth_spent


def _total(cost: Cost, keep: NDArray[np.bool_], name: str) -> float:
    values = np.asarray(cost, dtype=np.float64)
    if values.ndim and values.shape != keep.shape:
        raise InvalidInput(f"{name} has shape {values.shape}: give a number, or one per architecture {keep.shape}")
    bad = keep & ~((values >= 0) & np.isfinite(values))
    if bad.any():
        where = f" at position {np.flatnonzero(bad)[0]}" if values.ndim else ""
        wrong = values[bad][0] if values.ndim else values
        raise InvalidInput(f"{name} must be finite and at least 0 seconds, not {wrong:g}{where}")
    return float(values[keep].sum() if values.ndim else values)


def _pick(truth: Vector, proxy_name: str, proxy: Vector, archs: Sequence[str], k: int) -> Pick:
    chosen = np.argsort(-proxy, kind="stable")[:k]
    best = int(chosen[np.argmax(truth[chosen])])
    last = proxy[chosen[-1]]
    return Pick(
        proxy=proxy_name,
        k=k,
        arch=archs[best],
        truth=float(truth[best]),
        rank=1 + int(np.count_nonzero(truth > truth[best])),
        regret=float(truth.max() - truth[best]),
        n_tied=int(np.count_nonzero(proxy == last)) - int(np.count_nonzero(proxy[chosen] == last)),
    )
