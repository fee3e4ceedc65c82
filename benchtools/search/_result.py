"""What searches found: every evaluation of every run, and the regret of the incumbent after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from benchtools.errors import InvalidInput
from benchtools.provenance import Provenance
from benchtools.tables import Column

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["By", "SearchRuns"]

By = Literal["evaluations", "epochs", "seconds"]
STEPS = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
N_TIMES = 5


@dataclass(frozen=True, eq=False)
class SearchRuns:
    """Independent runs of one search on a table.

    All arrays have the shape ``(n_runs, budget)``, evaluations in the order in which they were made.

    Attributes
    ----------
    algorithm, table : str
        Names of the search and the table.
    score : Column
        What the search looks at; of several schedules the last.
    judge : Column
        What the result is judged by.
    archs : ndarray of int64
        Official index of the architecture that was evaluated.
    scores : ndarray of float64
        What the search saw [%].
    epochs : ndarray of int64
        Epochs of the training that gave the score; 0 where the column has none.
    seconds : ndarray of float64, or None
        What the evaluation would have cost [s]: training and, where the table knows it, validation. None where the
        table has no times.
    incumbents : ndarray of int64
        The best architecture so far: of the highest schedule evaluated so far the largest score, of equal ones the
        first.
    incumbent_scores : ndarray of float64
        Its score [%].
    regret : ndarray of float64
        The largest value of `judge` in the table less the incumbent's [%]. It never rises where `judge` is `score` and
        there is one schedule.
    settings : mapping of str to object
        Parameters of the search; ``n_archs`` is the number of architectures that it could choose from.
    provenance : Provenance
        Digests of the columns, and versions.
    """

    algorithm: str
    table: str
    score: Column
    judge: Column
    archs: NDArray[np.int64]
    scores: NDArray[np.float64]
    epochs: NDArray[np.int64]
    seconds: NDArray[np.float64] | None
    incumbents: NDArray[np.int64]
    incumbent_scores: NDArray[np.float64]
    regret: NDArray[np.float64]
    settings: Mapping[str, Any]
    provenance: Provenance

    @property
    def n_runs(self) -> int:
        """Number of runs."""
        return len(self.archs)

    @property
    def budget(self) -> int:
        """Evaluations of each run."""
        return int(self.archs.shape[1])

    def __str__(self) -> str:
        return f"{self.algorithm}: {self.n_runs} runs of {self.budget} evaluations of {self.score} in {self.table}"

    def spent(self, by: By = "evaluations") -> NDArray[np.float64]:
        """Return what each run has spent after each evaluation, shape ``(n_runs, budget)``.

        Raises
        ------
        InvalidInput
            If `by` is not known, or is "seconds" and the table has no times.
        """
        if by not in get_args(By):
            raise InvalidInput(f"by={by!r} is not known: choose one of {', '.join(get_args(By))}")
        if by == "seconds" and self.seconds is None:
            raise InvalidInput(
                f"the table {self.table} has no times of training for {self.score}: choose by='evaluations' or 'epochs'"
            )
        each = np.ones(self.archs.shape) if by == "evaluations" else self.epochs if by == "epochs" else self.seconds
        return np.cumsum(np.asarray(each), axis=1, dtype=np.float64)

    def regret_at(self, at: Sequence[float], by: By = "evaluations") -> NDArray[np.float64]:
        """Return each run's regret once it has spent `at`, shape ``(n_runs, n_at)``; NaN before its first evaluation.

        Raises
        ------
        InvalidInput
            If a run ends before, and as `spent`.
        """
        spent = self.spent(by)
        wanted = np.asarray(at, dtype=np.float64)
        least = float(spent[:, -1].min())
        if wanted.ndim != 1 or not (wanted > 0).all() or (wanted > least).any():
            raise InvalidInput(f"at={at!r} must be numbers above 0 and up to {least:g} {by}, where the first run ends")
        done = np.array([np.searchsorted(run, wanted, side="right") for run in spent])
        found = np.take_along_axis(self.regret, np.maximum(done - 1, 0), axis=1)
        return np.where(done > 0, found, np.nan)

    def summary(self, at: Sequence[float] | None = None, *, by: By = "evaluations") -> pd.DataFrame:
        """Return median and quartiles of the regret over the runs.

        Parameters
        ----------
        at : sequence of float, optional
            After how many evaluations, epochs or simulated seconds; by default evaluations 1, 3, 10, 30 ... and the
            budget, else five equal steps to where the first run ends.
        by : {"evaluations", "epochs", "seconds"}
            What `at` counts.

        Returns
        -------
        DataFrame
            Columns ``algorithm``, `by`, ``median``, ``q25``, ``q75``, ``mean`` [%], and ``n_runs``, the runs that had
            evaluated something by then: the others are left out.

        Raises
        ------
        InvalidInput
            As `regret_at`.
        """
        import pandas as pd

        if at is None:
            at = self._usual(by)
        regret = self.regret_at(at, by)
        there = ~np.isnan(regret)
        rows = []
        for position, spent in enumerate(at):
            values = regret[there[:, position], position]
            low, middle, high = np.quantile(values, [0.25, 0.5, 0.75]) if len(values) else [np.nan] * 3
            mean = values.mean() if len(values) else np.nan
            rows.append((self.algorithm, spent, middle, low, high, mean, len(values)))
        return pd.DataFrame(rows, columns=["algorithm", by, "median", "q25", "q75", "mean", "n_runs"])

    def _usual(self, by: By) -> list[float]:
        spent = self.spent(by)
        if by == "evaluations":
            return [*(step for step in STEPS if step < self.budget), self.budget]
        last = float(spent[:, -1].min())
        return [*(last * step / N_TIMES for step in range(1, N_TIMES)), last]

    def to_frame(self) -> pd.DataFrame:
        """Return every evaluation, a row each; ``spent_s`` is left out where the table has no times."""
        import pandas as pd

        runs, steps = np.indices(self.archs.shape)
        columns = {
            "algorithm": np.full(self.archs.size, self.algorithm),
            "run": runs.ravel(),
            "evaluation": steps.ravel() + 1,
            "arch": self.archs.ravel(),
            "epochs": self.epochs.ravel(),
            "score": self.scores.ravel(),
            "incumbent": self.incumbents.ravel(),
            "incumbent_score": self.incumbent_scores.ravel(),
            "regret": self.regret.ravel(),
        }
        if self.seconds is not None:
            columns["spent_s"] = self.spent("seconds").ravel()
        return pd.DataFrame(columns)
