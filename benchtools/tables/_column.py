"""The name of a column: what was measured, on what, after how much training, in which run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from benchtools.errors import InvalidInput, NotFound

__all__ = ["METRICS", "Column", "Seed", "by_coordinates", "select"]

Seed = int | Literal["mean"]

METRICS = {
    "accuracy": "%",
    "accuracy_top5": "%",
    "loss": "nat",
    "train_time_s": "s",
    "total_time_s": "s",
    "epoch_time_s": "s",
    "eval_time_s": "s",
    "latency_s": "s",
    "params_m": "M",
    "params_disagree": "flag",
    "macs_m": "M",
}
"""What a column may hold, and its unit: percent, seconds, millions."""

COORDINATES = ("dataset", "split", "epochs", "seed")
NO_VALIDATION = "cifar10 has no validation split: use cifar10-valid"


@dataclass(frozen=True)
class Column:
    """The name of one column; a coordinate that does not apply is None (a parameter count has no seed).

    Attributes
    ----------
    metric : str
        "accuracy" or "accuracy_top5" [%]; "loss" [nat]; "train_time_s", of the whole training, "epoch_time_s", of one
        epoch, "eval_time_s", of one pass over a split, "total_time_s", with everything around, and "latency_s" [s];
        "params_m" and "macs_m" [millions]; "params_disagree", 1 where the runs of a source disagree about parameters.
    dataset, split : str or None
        As the benchmark names them: "cifar10-valid", "x-valid".
    epochs : int or None
        The epochs of the whole training schedule.
    seed : int, "mean" or None
        The run, or the mean that the source itself gives.

    Examples
    --------
    >>> Column.parse("cifar100/x-valid/200/777")
    Column(metric='accuracy', dataset='cifar100', split='x-valid', epochs=200, seed=777)
    >>> print(Column("train_time_s", "cifar100", None, 200, None), "[s]")
    train_time_s:cifar100/-/200/- [s]
    """

    metric: str
    dataset: str | None
    split: str | None
    epochs: int | None
    seed: Seed | None

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            from benchtools.registry import did_you_mean

            raise InvalidInput(
                f"metric {self.metric!r} is not known: choose one of {', '.join(METRICS)}."
                f"{did_you_mean(self.metric, list(METRICS))}"
            )

    @cached_property
    def _hash(self) -> int:
        return hash((self.metric, self.dataset, self.split, self.epochs, self.seed))

    def __hash__(self) -> int:  # columns are the keys of every look-up: computed once
        return self._hash

    def __reduce__(self) -> tuple[Any, ...]:  # without the hash, which is another one in every process
        return Column, (self.metric, self.dataset, self.split, self.epochs, self.seed)

    @property
    def unit(self) -> str:
        """The unit of the metric."""
        return METRICS[self.metric]

    def __str__(self) -> str:
        values = (getattr(self, name) for name in COORDINATES)
        path = "/".join("-" if value is None else str(value) for value in values)
        return path if self.metric == "accuracy" else f"{self.metric}:{path}"

    @classmethod
    def parse(cls, text: str) -> Column:
        """Return the column that ``[metric:]dataset/split/epochs/seed`` names, ``-`` for what does not apply.

        Raises
        ------
        InvalidInput
            If `text` is not of this form.
        """
        metric, _, path = text.rpartition(":")
        parts = path.split("/")
        if len(parts) != len(COORDINATES) or not all(parts):
            raise InvalidInput(
                f"{text!r} does not name a column: write [metric:]dataset/split/epochs/seed with - for what does not "
                "apply, such as cifar10/ori-test/200/mean or train_time_s:cifar10-valid/-/200/-"
            )
        dataset, split, epochs, seed = (None if part == "-" else part for part in parts)
        if epochs is not None and not epochs.isdecimal():
            raise InvalidInput(f"epochs {epochs!r} in {text!r} must be a whole number, or - where it does not apply")
        if seed is not None and seed != "mean" and not seed.isdecimal():
            raise InvalidInput(f"seed {seed!r} in {text!r} must be a whole number, mean, or - where it does not apply")
        return cls(
            metric or "accuracy", dataset, split, None if epochs is None else int(epochs), parse_seed(seed)
        )  # fmt: skip


def by_coordinates(column: Column) -> tuple[Any, ...]:
    """Order columns as they are listed: runs in the order of their seeds, their mean last."""
    seed = column.seed if isinstance(column.seed, int) else 2**64
    dataset, split = (column.dataset or "").lower(), column.split or ""
    return (list(METRICS).index(column.metric), dataset, split, column.epochs or 0, seed)


def parse_seed(seed: str | None) -> Seed | None:
    """Return the seed that text names: an int, "mean", or None."""
    if seed is None or seed == "mean":
        return "mean" if seed else None
    if not seed.isdecimal():
        raise InvalidInput(f"seed {seed!r} must be a whole number or mean")
    return int(seed)


def select(columns: Sequence[Column], wanted: Column) -> list[Column]:
    """Return the columns that answer `wanted`: one, or those of all seeds where their mean is asked for.

    Raises
    ------
    InvalidInput
        If a coordinate is left out that the columns have; the message lists its values.
    NotFound
        If no column answers; the message says what exists at the first coordinate that fails.
    """
    found = [column for column in columns if column.metric == wanted.metric]
    if not found:
        metrics = _listed(column.metric for column in columns)
        raise NotFound(f"the table has no {wanted.metric}: it has {metrics}")
    given: list[str] = []
    for name in COORDINATES:
        value = getattr(wanted, name)
        there = [getattr(column, name) for column in found]
        matching = [column for column, other in zip(found, there, strict=True) if other == value]
        if not matching and name == "seed" and value == "mean":
            matching = [column for column in found if isinstance(column.seed, int)]
        if not matching:
            where = f"{wanted.metric} of {' '.join(given)}" if given else wanted.metric
            if value is None:
                raise InvalidInput(
                    f"{name}= is missing: {where} exists for {name} {_listed(there)}; nothing is guessed"
                )
            raise NotFound(
                f"{where} does not exist for {name} {value!r}: there is {_listed(there)}{_hint(wanted, there)}"
            )
        if value is not None:
            given.append(f"{name} {value}")
        found = matching
    return found


def _listed(values: Iterable[object]) -> str:
    unique = sorted({"none (leave it out)" if value is None else str(value) for value in values})
    return ", ".join(unique)


def _hint(wanted: Column, there: list[object]) -> str:
    if wanted.dataset == "cifar10" and (wanted.split is None or "test" not in wanted.split):
        return f". {NO_VALIDATION}"
    splits = {"valid": "x-valid", "val": "x-valid", "validation": "x-valid", "test": "x-test or ori-test"}
    if wanted.split in splits and wanted.split not in there:
        return f". Splits are named as the benchmark names them: did you mean {splits[wanted.split]}?"
    return ""
