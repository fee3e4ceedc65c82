"""What one training gave."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from benchtools.errors import InvalidInput, WrongType
from benchtools.runs._plain import plain
from benchtools.runs._trial import Trial

__all__ = ["FINAL", "STATUSES", "Record", "TrialResult", "check_status"]

STATUSES = ("done", "diverged", "failed")
FINAL = ("done", "diverged")
"""A trial of such a status is never trained again; a failed one is, when asked for."""


def check_status(status: str) -> str:
    """Return `status` if there is such a one.

    Raises
    ------
    InvalidInput
        If there is none.
    """
    if status not in STATUSES:
        raise InvalidInput(f"status must be one of {', '.join(STATUSES)}, not {status!r}")
    return status


@dataclass(frozen=True)
class TrialResult:
    """The outcome of a trial.

    Attributes
    ----------
    status : {"done", "diverged", "failed"}
        ``diverged``: the loss was not finite, which is a result. ``failed``: an error, so there is none.
    metrics : mapping of str to float
        Final numbers by name; NaN and infinity may be among them.
    curve : sequence of dict
        Metrics by epoch.
    seconds : float
        Wall time of the training [s]; `run_trials` puts in what it measured where this is 0.
    provenance : mapping
        When, by which versions; `run_trials` puts it in where it is empty.
    error : str or None
        The traceback of a failure.

    Examples
    --------
    >>> TrialResult("done", {"test_accuracy": 91.5}, [{"epoch": 0, "test_accuracy": 91.5}]).metrics
    {'test_accuracy': 91.5}
    """

    status: str
    metrics: Mapping[str, float] = field(default_factory=dict)
    curve: Sequence[Mapping[str, Any]] = ()
    seconds: float = 0.0
    provenance: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None

    def __post_init__(self) -> None:
        check_status(self.status)
        metrics = _mapping(self.metrics, "metrics")
        for name, value in metrics.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise WrongType(f"metrics[{name!r}] must be a number, not {value!r}")
        if isinstance(self.curve, str | Mapping) or not isinstance(self.curve, Sequence):
            raise WrongType(f"curve must be a list of mappings, one for each epoch, not {type(self.curve).__name__}")
        seconds = plain(self.seconds, "seconds", finite=True)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
            raise InvalidInput(f"seconds must be a number of at least 0, not {self.seconds!r}")
        if self.error is not None and not isinstance(self.error, str):
            raise WrongType(f"error must be a traceback's text or None, not {type(self.error).__name__}")
        values = {
            "metrics": {name: float(value) for name, value in metrics.items()},
            "curve": [_mapping(row, f"curve[{place}]") for place, row in enumerate(self.curve)],
            "seconds": float(seconds),
            "provenance": _mapping(self.provenance, "provenance"),
            "error": self.error and self.error.encode("utf-8", "backslashreplace").decode(),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dictionary of plain values; numbers that are not finite stay floats."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrialResult:
        """Return the result that `to_dict` wrote."""
        return cls(**values)


class Record(NamedTuple):
    """A trial and its result, as a store holds them."""

    trial: Trial
    result: TrialResult

    def to_json(self) -> dict[str, Any]:
        """Return both as a dictionary that strict JSON can hold: None where a number is not finite."""
        return {"id": self.trial.id, "trial": self.trial.to_dict(), "result": _strict(self.result.to_dict())}


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise WrongType(f"{where} must be a mapping of names to values, not {type(value).__name__}")
    return dict(plain(value, where, finite=False))


def _strict(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _strict(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_strict(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
