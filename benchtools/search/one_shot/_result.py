"""What a one-shot search went through, epoch by epoch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchtools.errors import InvalidInput, StoreError
from benchtools.files import write_text
from benchtools.provenance import Provenance

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OneShotResult"]


@dataclass(frozen=True, eq=False)
class OneShotResult:
    """A one-shot search.

    Attributes
    ----------
    algorithm, space, dataset : str
        What was searched, by what, on what.
    epochs : tuple of dict
        For each epoch: ``epoch`` (from 0), ``lr``, ``arch`` (the architecture that the search would end with),
        ``degenerate`` (see `degenerate`), ``alphas`` (by kind), ``entropy`` (mean over the decisions, [nats]),
        ``train_loss`` [nats] and ``train_accuracy`` [%] of the supernet, ``held_out_accuracy`` [%] of `arch` with
        shared weights, ``search_s`` (steps, [s]), ``search_cpu_s`` (the same in processor time, all threads together;
        other work on the machine does not bear on it, [s]), ``look_s`` (deriving, evaluating, ranking, [s]),
        ``peak_mb`` (memory, [MB]); of a table ``accuracy`` [%], ``regret`` [%], ``rank`` (see `Verdict`) and
        ``accuracies`` (by column, [%]); and what the algorithm notes.
    settings : mapping
        Recipe, width, depth, split and what else the result depends on.
    truth : mapping or None
        Table and column that judge, and its best accuracy [%].
    stopped : str or None
        Why the search ended before its last epoch.
    provenance : Provenance
        Digests and versions.
    """

    algorithm: str
    space: str
    dataset: str
    epochs: tuple[Mapping[str, Any], ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    truth: Mapping[str, Any] | None = None
    stopped: str | None = None
    provenance: Provenance = field(default_factory=Provenance.now)

    @property
    def final(self) -> Mapping[str, Any]:
        """The last epoch.

        Raises
        ------
        InvalidInput
            If there is none.
        """
        if not self.epochs:
            raise InvalidInput(f"the search made no epoch: {self.stopped}")
        return self.epochs[-1]

    @property
    def best_seen(self) -> Mapping[str, Any]:
        """The epoch of the largest held-out accuracy of the supernet, the first of equal ones; raises as `final`."""
        return max(self.epochs or (self.final,), key=lambda epoch: float(epoch["held_out_accuracy"]))

    @property
    def arch(self) -> str:
        """The architecture that the search ended with."""
        return str(self.final["arch"])

    @property
    def search_s(self) -> float:
        """Time of all steps [s], without looks at the result."""
        return float(sum(epoch["search_s"] for epoch in self.epochs))

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each epoch, without alphas and accuracies of further columns."""
        import pandas as pd

        hidden = ("alphas", "accuracies")
        return pd.DataFrame([{k: v for k, v in epoch.items() if k not in hidden} for epoch in self.epochs])

    def __str__(self) -> str:
        if not self.epochs:
            return f"{self.algorithm} on {self.space}, {self.dataset}: {self.stopped}"
        last = self.final
        lines = [f"{self.algorithm} on {self.space}, {self.dataset}: {len(self.epochs)} epochs, {self.search_s:.1f} s"]
        lines.append(f"found     {last['arch']}" + (f"  ({last['degenerate']})" if last["degenerate"] else ""))
        if self.truth is not None and last.get("rank") is not None:
            lines.append(f"accuracy  {last['accuracy']:.2f} %  in {self.truth['truth']} of {self.truth['table']}")
            lines.append(f"regret    {last['regret']:.2f} %  (best {self.truth['best']:.2f} %), rank {last['rank']:,}")
        if self.stopped:
            lines.append(f"stopped   {self.stopped}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON holds them."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {**values, "epochs": list(self.epochs), "provenance": self.provenance.to_dict()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> OneShotResult:
        """Return what `to_dict` wrote."""
        given = {**values, "epochs": tuple(values["epochs"]), "provenance": Provenance(**values["provenance"])}
        return cls(**given)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write it to a JSON file, and return its path.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        return write_text(path, json.dumps(self.to_dict(), indent=1) + "\n")

    @classmethod
    def load(cls, path: str | PathLike[str]) -> OneShotResult:
        """Return what `save` wrote.

        Raises
        ------
        StoreError
            If the file cannot be read.
        """
        try:
            return cls.from_dict(json.loads(Path(path).read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"cannot read the search {path}: {type(error).__name__}: {error}") from error
