"""What the searches of a study found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchtools.errors import InvalidInput, StoreError
from benchtools.experiments._recorded import find_recorded, list_with
from benchtools.experiments.oneshot._plan import Proxy, StudyPlan
from benchtools.files import make_folder, whole, write_text
from benchtools.provenance import Provenance

if TYPE_CHECKING:
    import pandas as pd

    from benchtools.runs import Store, Trial

__all__ = ["StudyResult", "list_recorded", "load"]

KEYS = ("algorithm", "method", "k", "seed")
SEARCH = ("arch", "degenerate", "accuracy", "regret", "rank", "best_seen_accuracy", "held_out_accuracy",
          "train_accuracy", "entropy", "search_s", "search_cpu_s", "look_s", "peak_mb", "n_weights", "spearman",
          "kendall", "tolerant", "spearman_best", "top_k", "n_archs")  # fmt: skip
EPOCH = ("epoch", "arch", "degenerate", "accuracy", "regret", "rank", "entropy", "train_loss", "train_accuracy",
         "held_out_accuracy", "search_s", "search_cpu_s", "look_s", "spearman", "kendall", "tolerant", "spearman_best",
         "top_k")  # fmt: skip


@dataclass(frozen=True, eq=False)
class StudyResult:
    """Searches on proxies, and what a table says of the architectures that they found.

    Attributes
    ----------
    plan : StudyPlan
        What was searched.
    frame : pandas.DataFrame
        A row for each search: ``algorithm``, ``method`` and ``k`` of the proxy (k is the number of examples, of
        ``full`` too), ``seed``, ``status`` (done or diverged), and of the last epoch ``arch``, ``degenerate``,
        ``accuracy`` [%], ``regret`` [%], ``rank``, ``best_seen_accuracy`` [%] (of the epoch that the supernet liked
        best), ``held_out_accuracy`` and ``train_accuracy`` of the supernet [%], ``entropy`` [nats], ``search_s`` (all
        steps), ``search_cpu_s`` and ``look_s`` [s], ``peak_mb`` [MB], ``n_weights`` (examples that weights were trained
        on); and correlations with the table, ``spearman`` and others of `inherited_correlation`, NaN where nothing was
        ranked.
    trajectories : pandas.DataFrame
        A row for each epoch of each search.
    best : float
        The table's largest accuracy [%].
    n_pool : int
        Training examples that there were at all.
    provenance : Provenance
        Versions that searched.
    notes : tuple of str
        Remarks that reports show.

    Raises
    ------
    InvalidInput
        If a search of the plan is missing.
    """

    plan: StudyPlan
    frame: pd.DataFrame
    trajectories: pd.DataFrame
    best: float
    n_pool: int
    provenance: Provenance = field(default_factory=Provenance.now)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        found = {tuple(row) for row in self.frame[["algorithm", "method", "k", "seed"]].itertuples(index=False)}
        wanted = {
            (algorithm, proxy.method, proxy.k or self.n_pool, seed)
            for algorithm in self.plan.algorithms for proxy in self.plan.proxies for seed in self.plan.seeds
        }  # fmt: skip
        if lacking := wanted - found:
            algorithm, method, k, seed = min(lacking)
            raise InvalidInput(
                f"{len(lacking):,} of {len(wanted):,} searches are missing, such as {algorithm} on {method}:{k} with "
                f"the seed {seed}: run the study to its end (benchtools search run), and retry what failed "
                "(benchtools runs retry)"
            )

    @classmethod
    def from_store(cls, plan: StudyPlan, store: Store, trials: Iterable[Trial] | None = None) -> StudyResult:
        """Return the results of a plan that a store holds; its trials are worked out unless they are given.

        Raises
        ------
        InvalidInput
            If searches are missing.
        """
        import pandas as pd

        from benchtools.experiments.oneshot._trials import load_data, open_judge, plan_trials, pool_of

        dataset = load_data(plan)
        n_pool = len(pool_of(plan, dataset))
        known = {record.trial.id: record.result for record in store.results(kind="search")}
        rows: list[dict[str, Any]] = []
        epochs: list[dict[str, Any]] = []
        made = None
        for trial in plan_trials(plan, dataset) if trials is None else trials:
            result = known.get(trial.id)
            if result is None or result.status == "failed":
                continue
            made = made or result.provenance
            proxy = Proxy.parse(trial.setting)
            key = dict(zip(KEYS, (trial.arch, proxy.method, proxy.k or n_pool, trial.seed), strict=True))
            last = result.curve[-1] if result.curve else {}
            values = {**last, **result.metrics}
            rows.append({**key, "status": result.status, **{name: values.get(name, np.nan) for name in SEARCH}})
            epochs += [{**key, **{name: row.get(name, np.nan) for name in EPOCH}} for row in result.curve]
        frame = pd.DataFrame(rows, columns=[*KEYS, "status", *SEARCH])
        trajectories = pd.DataFrame(epochs, columns=[*KEYS, *EPOCH])
        provenance = Provenance(**made) if made else Provenance.now()
        return cls(plan, frame, trajectories, open_judge(plan).best, n_pool, provenance)

    def save(self, folder: str | PathLike[str]) -> Path:
        """Write ``searches.csv``, ``trajectories.csv`` and ``study.json`` to a folder, and return it."""
        place = make_folder(folder)
        for name, frame in (("searches", self.frame), ("trajectories", self.trajectories)):
            with whole(place / f"{name}.csv") as draft:
                frame.to_csv(draft, index=False, float_format="%.6g")
        plan = {
            **self.plan.to_dict(), "data": None, "table": Path(self.plan.table).name,
            "scores": {name: Path(p).name for name, p in self.plan.scores.items()},
        }  # fmt: skip
        about = {
            "plan": plan, "best": self.best, "n_pool": self.n_pool, "provenance": self.provenance.to_dict(),
            "notes": list(self.notes),
        }  # fmt: skip
        write_text(place / "study.json", json.dumps(about, indent=1) + "\n")
        return place

    def with_notes(self, *notes: str) -> StudyResult:
        """Return it with further notes."""
        return replace(self, notes=(*self.notes, *notes))

    @classmethod
    def load(cls, source: str | PathLike[str]) -> StudyResult:
        """Return a recorded study by name (`list_recorded`), or the one that `save` wrote to a folder.

        Raises
        ------
        NotFound
            If there is none.
        StoreError
            If the folder cannot be read.
        """
        import pandas as pd

        folder = find_recorded(source, "study.json", "study")
        try:
            about: Mapping[str, Any] = json.loads((folder / "study.json").read_text(encoding="utf-8"))
            frames = []
            for name in ("searches", "trajectories"):
                with (folder / f"{name}.csv").open(encoding="utf-8") as file:
                    frames.append(pd.read_csv(file, dtype={"degenerate": str}))
                frames[-1]["degenerate"] = frames[-1]["degenerate"].fillna("")
            plan = StudyPlan.from_dict(about["plan"])
            return cls(
                plan, frames[0], frames[1], about["best"], about["n_pool"], Provenance(**about["provenance"]),
                tuple(about["notes"]),
            )  # fmt: skip
        except (OSError, KeyError, ValueError, TypeError) as error:
            if isinstance(error, InvalidInput):
                raise
            raise StoreError(f"cannot read the study {source}: {type(error).__name__}: {error}") from error


def list_recorded() -> list[str]:
    """Return the names of the studies that come with benchtools."""
    return list_with("study.json")


def load(source: str | PathLike[str]) -> pd.DataFrame:
    """Return a study's searches as a frame; see `StudyResult.load` and `StudyResult.frame`."""
    return StudyResult.load(source).frame
