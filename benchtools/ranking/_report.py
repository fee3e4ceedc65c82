"""The report of a comparison: numbers first, and the ways to show and keep them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchtools.errors import InvalidInput, StoreError
from benchtools.files import write_text
from benchtools.provenance import Provenance
from benchtools.ranking._input import Vector
from benchtools.ranking._result import Estimate, Interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Difference", "Pick", "RankReport"]

FORMAT = "benchtools rank report"
VERSION = 1


@dataclass(frozen=True)
class Difference:
    """Spearman's rho of one proxy less that of another, on the same resamples.

    Attributes
    ----------
    first, second : str
        The proxies.
    statistic : float
        rho of the first less rho of the second.
    interval : Interval
        Paired percentile interval.
    pvalue, adjusted : float
        Two-sided bootstrap p-value of no difference, and after Holm's correction over all pairs.
    level : float
        The level that `adjusted` is compared with.
    """

    first: str
    second: str
    statistic: float
    interval: Interval
    pvalue: float
    adjusted: float
    level: float

    @property
    def distinguishable(self) -> bool:
        """Whether the two proxies can be told apart."""
        return self.adjusted <= self.level


@dataclass(frozen=True)
class Pick:
    """The best architecture, by truth, among the best k of a proxy (ties of the proxy: the first in the input).

    Attributes
    ----------
    proxy : str
        The proxy.
    k : int
        How many it picks.
    arch : str
        The best of them.
    truth, regret : float
        Its truth, and what is lost against the best of all, in the unit of the truth.
    rank : int
        Its rank by truth, 1 the best.
    n_tied : int
        How many architectures were left out although the proxy scores them like the last one picked.
    """

    proxy: str
    k: int
    arch: str
    truth: float
    rank: int
    regret: float
    n_tied: int


@dataclass(frozen=True, eq=False)
class RankReport:
    """Proxies against a truth; made by `compare`.

    Attributes
    ----------
    truth_name : str
        What the truth is.
    truth : ndarray of float64, shape (n_archs,)
        Its values.
    proxies : mapping of str to ndarray of float64, each of shape (n_archs,)
        The proxies' values.
    archs : tuple of str, shape (n_archs,)
        Names of the architectures.
    estimates : mapping of str to mapping of str to Estimate
        By proxy and statistic.
    differences : tuple of Difference
        Every pair of proxies.
    picks : tuple of Pick
        For every proxy, its first choice and the best of its first k.
    costs_s : mapping of str to float
        Seconds that a proxy costs, where known.
    truth_cost_s : float or None
        Seconds that the truth costs.
    settings : mapping
        k, tolerance, confidence, n_resamples, seed, n_dropped.
    notes : tuple of str
        Remarks.
    provenance : Provenance
        Versions and digests of the inputs.
    """

    truth_name: str
    truth: Vector
    proxies: Mapping[str, Vector]
    archs: tuple[str, ...]
    estimates: Mapping[str, Mapping[str, Estimate]]
    differences: tuple[Difference, ...]
    picks: tuple[Pick, ...]
    costs_s: Mapping[str, float]
    truth_cost_s: float | None
    settings: Mapping[str, Any]
    notes: tuple[str, ...]
    provenance: Provenance

    @property
    def n(self) -> int:
        """Number of architectures."""
        return len(self.truth)

    def acceleration(self, proxy: str) -> float | None:
        """Return the truth's cost over the proxy's; None where unknown, infinity where the proxy costs nothing."""
        if proxy not in self.costs_s or self.truth_cost_s is None:
            return None
        return self.truth_cost_s / self.costs_s[proxy] if self.costs_s[proxy] > 0 else math.inf

    def ranked(self) -> list[str]:
        """Return the proxies by Spearman's rho, the highest first, undefined ones last."""
        return sorted(self.proxies, key=lambda name: _last_if_nan(self.estimates[name]["spearman"].statistic))

    def best(self) -> list[int]:
        """Return the positions of the architectures with the highest truth."""
        return np.flatnonzero(self.truth == self.truth.max()).tolist()

    def indistinguishable(self) -> list[tuple[str, str]]:
        """Return the pairs of proxies that these architectures cannot tell apart by Spearman's rho."""
        return [(pair.first, pair.second) for pair in self.differences if pair.adjusted > pair.level]

    def all_distinguishable(self) -> bool:
        """Return whether there are pairs of proxies, and each can be told apart; an undefined rho cannot."""
        return bool(self.differences) and all(pair.distinguishable for pair in self.differences)

    def __str__(self) -> str:
        width = max(len(name) for name in self.proxies)
        confidence = f"{self.settings['confidence']:.0%}"
        lost = f"regret@{self.settings['k']}"
        best = ", ".join(self.archs[position] for position in self.best()[:3])
        lines = [
            f"{self.n} architectures against {self.truth_name}; best {self.truth.max():.4f}: {best}",
            f"{'proxy':<{width}}  {'rho':>7} {confidence + ' interval':>19} {'tau':>7} {lost:>10}",
        ]
        for name in self.ranked():
            rho, tau, regret = (self.estimates[name][s] for s in ("spearman", "kendall", "regret"))
            limits = f"[{rho.limits[0]:.4f}, {rho.limits[1]:.4f}]"
            lines.append(
                f"{name:<{width}}  {rho.statistic:>7.4f} {limits:>19} {tau.statistic:>7.4f} {regret.statistic:>10.4f}"
            )
        if pairs := self.indistinguishable():
            lines.append("not told apart: " + "; ".join(f"{first} and {second}" for first, second in pairs))
        return "\n".join([*lines, *self.notes])

    def to_frame(self) -> pd.DataFrame:
        """Return a row per proxy and statistic: value, low, high, confidence, method, n, n_dropped, acceleration."""
        import pandas as pd

        rows = []
        for proxy, estimates in self.estimates.items():
            for name, estimate in estimates.items():
                interval = estimate.interval or Interval(math.nan, math.nan, math.nan, "", 0)
                rows.append({
                    "proxy": proxy, "statistic": name, "value": estimate.statistic, "low": interval.low,
                    "high": interval.high, "confidence": interval.confidence, "method": interval.method,
                    "n": estimate.n, "n_dropped": estimate.n_dropped, "acceleration": self.acceleration(proxy),
                })  # fmt: skip
        return pd.DataFrame(rows).astype({"acceleration": "float64"})

    def to_dict(self, vectors: bool = False) -> dict[str, Any]:
        """Return the report as plain data; with the vectors themselves if `vectors`."""
        fields: dict[str, Any] = {
            "format": FORMAT,
            "version": VERSION,
            "n": self.n,
            "truth_name": self.truth_name,
            "best": [{"arch": self.archs[i], "truth": float(self.truth[i])} for i in self.best()],
            "estimates": {
                proxy: {name: estimate.to_dict() for name, estimate in estimates.items()}
                for proxy, estimates in self.estimates.items()
            },
            "differences": [asdict(d) | {"distinguishable": d.distinguishable} for d in self.differences],
            "picks": [asdict(pick) for pick in self.picks],
            "costs_s": dict(self.costs_s),
            "truth_cost_s": self.truth_cost_s,
            "acceleration": {proxy: self.acceleration(proxy) for proxy in self.costs_s},
            "settings": dict(self.settings),
            "notes": list(self.notes),
            "provenance": self.provenance.to_dict(),
        }
        if vectors:
            fields["truth"] = self.truth.tolist()
            fields["proxies"] = {name: values.tolist() for name, values in self.proxies.items()}
            fields["archs"] = list(self.archs)
        return fields

    def to_json(self, vectors: bool = False) -> str:
        """Return the report as JSON; NaN and infinity are null. `load` needs it with `vectors`."""
        return json.dumps(_plain(self.to_dict(vectors)), indent=None if vectors else 1, allow_nan=False)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write everything, vectors included, to a JSON file that `load` reads; whole or not at all."""
        return write_text(path, self.to_json(vectors=True) + "\n")

    @classmethod
    def load(cls, path: str | PathLike[str]) -> RankReport:
        """Return the report that `save` wrote.

        Raises
        ------
        StoreError
            If the file cannot be read.
        InvalidInput
            If it holds no report with its vectors.
        """
        try:
            fields = json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise StoreError(f"cannot read {path}: {error.strerror}") from error
        except ValueError as error:
            raise InvalidInput(f"{path} is no JSON: {error}") from error
        if not isinstance(fields, dict) or fields.get("format") != FORMAT:
            raise InvalidInput(f"{path} is no rank report: it was not written by RankReport.save")
        version = fields.get("version")
        if isinstance(version, int) and version > VERSION:
            raise InvalidInput(f"{path} was written by a newer benchtools (version {version}): upgrade")
        if "truth" not in fields:
            raise InvalidInput(f"{path} is a summary without the vectors: load the file that RankReport.save wrote")
        try:
            return cls._from_dict(fields)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput(f"{path} is damaged ({type(error).__name__}: {error}): save the report again") from error

    @classmethod
    def _from_dict(cls, fields: dict[str, Any]) -> RankReport:
        return cls(
            truth_name=fields["truth_name"],
            truth=_vector(fields["truth"]),
            proxies={name: _vector(values) for name, values in fields["proxies"].items()},
            archs=tuple(fields["archs"]),
            estimates={
                proxy: {name: Estimate.from_dict(_with_nan(estimate)) for name, estimate in estimates.items()}
                for proxy, estimates in fields["estimates"].items()
            },
            differences=tuple(_difference(entry) for entry in fields["differences"]),
            picks=tuple(Pick(**entry) for entry in fields["picks"]),
            costs_s=fields["costs_s"],
            truth_cost_s=fields["truth_cost_s"],
            settings=fields["settings"],
            notes=tuple(fields["notes"]),
            provenance=Provenance(**fields["provenance"]),
        )

    def to_html(self) -> str:
        """Return one self-contained page; see `benchtools.reports.render_html`."""
        from benchtools import reports

        return reports.render_html(self)

    def to_latex(self) -> str:
        """Return a LaTeX table; see `benchtools.reports.render_latex`."""
        from benchtools import reports

        return reports.render_latex(self)

    def plot(self, kind: str = "forest", **options: Any) -> Figure:
        """Draw a figure: "forest", "scatter", "acceleration" or "top_k"; see `benchtools.reports.plot`."""
        from benchtools import reports

        return reports.plot(self, kind, **options)


def _last_if_nan(value: float) -> float:
    return math.inf if math.isnan(value) else -value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _vector(values: list[float]) -> Vector:
    return np.array(values, dtype=np.float64)


def _with_nan(fields: dict[str, Any]) -> dict[str, Any]:
    """Turn null back into NaN where a number is meant."""
    restored = dict(fields)
    if restored["statistic"] is None:
        restored["statistic"] = math.nan
    if restored.get("interval"):
        limits = restored["interval"]
        restored["interval"] = limits | {key: math.nan for key in ("low", "high") if limits[key] is None}
    return restored


def _difference(entry: dict[str, Any]) -> Difference:
    fields = _with_nan({key: value for key, value in entry.items() if key != "distinguishable"})
    interval = Interval(**fields.pop("interval"))
    missing = {key: math.nan for key in ("pvalue", "adjusted") if fields[key] is None}
    return Difference(**fields | missing, interval=interval)
