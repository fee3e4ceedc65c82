"""What a zoo gave: accuracies by setting, network and seed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput, NotFound, StoreError
from benchtools.experiments._recorded import find_recorded, list_with
from benchtools.experiments.reduced._plan import ZooPlan
from benchtools.files import make_folder, whole, write_text
from benchtools.provenance import Provenance
from benchtools.registry import did_you_mean
from benchtools.training import Setting

if TYPE_CHECKING:
    import pandas as pd

    from benchtools.runs import Store, Trial

__all__ = ["ZooResult", "list_recorded", "load"]

Numbers = NDArray[np.float64]
COLUMNS = ("setting", "arch", "seed", "status", "accuracy", "loss", "train_accuracy", "train_s", "macs_m", "params_m",
           "n_examples")  # fmt: skip
DIVERGED = 0.0
"""Accuracy [%] that a diverged training counts as: below every other, so that it ranks last."""


@dataclass(frozen=True, eq=False)
class ZooResult:
    """A zoo's accuracies in the original setting and in the reduced ones.

    Attributes
    ----------
    plan : ZooPlan
        What was trained.
    frame : pandas.DataFrame
        A row for each trial: setting, arch, seed, status (``done`` or ``diverged``), accuracy [%], loss,
        train_accuracy [%], train_s [s], macs_m and params_m [millions], n_examples.
    provenance : Provenance
        Versions that trained it.
    notes : tuple of str
        Remarks that reports show.

    Raises
    ------
    InvalidInput
        If a trial of the plan is missing.

    Examples
    --------
    >>> zoo = ZooResult.load("zoo13-digits")
    >>> zoo.accuracies.shape, round(zoo.acceleration("c4r0s0e6"), 2)
    ((26, 24, 2), 9.77)
    """

    plan: ZooPlan
    frame: pd.DataFrame
    provenance: Provenance = field(default_factory=Provenance.now)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        missing = [name for name in COLUMNS if name not in self.frame.columns]
        if missing:
            raise InvalidInput(f"the frame has no column {', '.join(missing)}: it needs {', '.join(COLUMNS)}")
        wanted = {
            (str(setting), arch, seed)
            for setting in self.plan.all_settings() for arch in self.plan.archs for seed in self.plan.seeds
        }  # fmt: skip
        found = list(zip(self.frame["setting"], self.frame["arch"], self.frame["seed"].astype(int), strict=True))
        if len(set(found)) != len(found):
            raise InvalidInput("a trial stands twice in the frame: a setting, network and seed have one row")
        if lacking := wanted - set(found):
            setting, _, seed = min(lacking)
            raise InvalidInput(
                f"{len(lacking):,} of {len(wanted):,} trials are missing, such as {setting} with the seed {seed}: run "
                "the plan to its end (benchtools zoo run), and retry what failed (benchtools runs retry)"
            )

    @classmethod
    def from_store(cls, plan: ZooPlan, store: Store, trials: Iterable[Trial] | None = None) -> ZooResult:
        """Return the results of a plan that a store holds; its trials are worked out unless they are given.

        Raises
        ------
        InvalidInput
            If trials are missing.
        """
        import pandas as pd

        from benchtools.experiments.reduced._trials import load_data, plan_trials

        known = {record.trial.id: record.result for record in store.results(kind="zoo")}
        rows, made = [], None
        for trial in plan_trials(plan, load_data(plan)) if trials is None else trials:
            result = known.get(trial.id)
            if result is None or result.status == "failed":
                continue
            made = made or result.provenance
            row = {"setting": trial.setting, "arch": trial.arch, "seed": trial.seed, "status": result.status}
            rows.append({**row, **{name: result.metrics.get(name, np.nan) for name in COLUMNS[4:]}})
        frame = pd.DataFrame(rows, columns=list(COLUMNS))
        return cls(plan, frame, Provenance(**made) if made else Provenance.now())

    @cached_property
    def accuracies(self) -> Numbers:
        """Accuracies [%], shape (n_settings, n_archs, n_seeds), the original setting first; diverged ones 0."""
        found = self._cube("accuracy")
        return np.where(self.diverged, DIVERGED, found)

    @cached_property
    def diverged(self) -> NDArray[np.bool_]:
        """Which trainings diverged, in the same shape."""
        found: NDArray[np.bool_] = np.asarray(self._ordered["status"] == "diverged").reshape(
            self._cube("accuracy").shape
        )
        return found

    @property
    def n_diverged(self) -> int:
        """Trainings that diverged: they rank last."""
        return int(self.diverged.sum())

    def mean(self, setting: Setting | str | None = None) -> Numbers:
        """Return the mean over seeds of each network [%], shape (n_archs,), in the original or another setting.

        Raises
        ------
        NotFound
            If the setting was not run.
        """
        means: Numbers = self.accuracies[self.place(setting)].mean(axis=1)
        return means

    def seconds(self, setting: Setting | str | None = None) -> float:
        """Return the time of all trainings of a setting [s], on the machine that made them."""
        return float(np.nansum(self._cube("train_s")[self.place(setting)]))

    def macs(self, setting: Setting | str | None = None) -> float:
        """Return the multiply-accumulates of all trainings of a setting [millions]: MACs x examples x epochs."""
        place = self.place(setting)
        per_image, n = self._cube("macs_m")[place], self._cube("n_examples")[place]
        return float(np.nansum(per_image * n)) * self.plan.all_settings()[place].e

    def acceleration(self, setting: Setting | str, by: str = "macs") -> float:
        """Return the cost of the original setting over that of another, counted in MACs or in measured seconds.

        Parameters
        ----------
        setting : Setting or str
            The reduced setting.
        by : {"macs", "seconds"}
            What is counted.
        """
        if by not in ("macs", "seconds"):
            raise InvalidInput(f"by={by!r} is not known: choose macs or seconds")
        cost = self.macs if by == "macs" else self.seconds
        own = cost(setting)
        return cost() / own if own > 0 else float("nan")

    def place(self, setting: Setting | str | None) -> int:
        """Return the position of a setting, 0 for the original; raise `NotFound` for one that was not run."""
        settings = [str(one) for one in self.plan.all_settings()]
        name = settings[0] if setting is None else str(setting)
        if name not in settings:
            raise NotFound(
                f"the zoo was not trained in {name}: there is {', '.join(settings)}.{did_you_mean(name, settings)}"
            )
        return settings.index(name)

    @cached_property
    def _ordered(self) -> pd.DataFrame:
        """The frame in the order of the plan."""
        plan = self.plan
        order = [
            (str(setting), arch, seed) for setting in plan.all_settings() for arch in plan.archs for seed in plan.seeds
        ]
        return self.frame.set_index(["setting", "arch", "seed"]).loc[order]

    def _cube(self, column: str) -> Numbers:
        shape = (len(self.plan.all_settings()), len(self.plan.archs), len(self.plan.seeds))
        return np.asarray(self._ordered[column], np.float64).reshape(shape)

    def save(self, folder: str | PathLike[str]) -> Path:
        """Write ``trials.csv`` and ``zoo.json`` (plan, versions, notes) to a folder, and return it."""
        place = make_folder(folder)
        with whole(place / "trials.csv") as draft:
            self.frame.to_csv(draft, index=False)
        plan = {
            **self.plan.to_dict(),
            "data": None,
            "scores": {name: Path(p).name for name, p in self.plan.scores.items()},
        }
        about = {"plan": plan, "provenance": self.provenance.to_dict(), "notes": list(self.notes)}
        write_text(place / "zoo.json", json.dumps(about, indent=1) + "\n")
        return place

    @classmethod
    def load(cls, source: str | PathLike[str]) -> ZooResult:
        """Return a recorded zoo by name (`list_recorded`), or the one that `save` wrote to a folder.

        Raises
        ------
        NotFound
            If there is none.
        StoreError
            If the folder cannot be read.
        """
        import pandas as pd

        folder = find_recorded(source, "zoo.json", "zoo")
        try:
            about: Mapping[str, Any] = json.loads((folder / "zoo.json").read_text(encoding="utf-8"))
            with (folder / "trials.csv").open(encoding="utf-8") as file:
                frame = pd.read_csv(file)
            plan = ZooPlan.from_dict(about["plan"])
            return cls(plan, frame, Provenance(**about["provenance"]), tuple(about["notes"]))
        except (OSError, KeyError, ValueError) as error:
            if isinstance(error, InvalidInput):
                raise
            raise StoreError(f"cannot read the zoo {source}: {type(error).__name__}: {error}") from error


def list_recorded() -> list[str]:
    """Return the names of the zoos that come with benchtools."""
    return list_with("zoo.json")


def load(source: str | PathLike[str]) -> pd.DataFrame:
    """Return a zoo's trials as a frame: a row for each setting, network and seed.

    Parameters
    ----------
    source : str or path
        Name of a recorded zoo (`list_recorded`), or a folder that `ZooResult.save` wrote.

    Returns
    -------
    pandas.DataFrame
        See `ZooResult.frame`.

    Raises
    ------
    NotFound
        If there is none.
    """
    return ZooResult.load(source).frame
