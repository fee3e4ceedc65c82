"""A selection in numbers, beside the data set that it was taken from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from benchtools.selection._selection import Selection

__all__ = ["DECILES", "ClassShare", "Description", "Quantile", "deciles"]

DECILES = tuple(tenth / 10 for tenth in range(11))


class ClassShare(NamedTuple):
    """One class in a selection and in its data set."""

    label: int
    selected: int
    """Examples of the class that were selected."""
    share: float
    """Their share of the selection."""
    of_class: float
    """Their share of the class."""
    share_in_dataset: float
    """Share of the class in the data set."""


class Quantile(NamedTuple):
    """One quantile of the scores."""

    level: float
    selection: float
    dataset: float
    """NaN where the method has no value for the examples that it left out."""


@dataclass(frozen=True)
class Description:
    """Counts, class shares and quantiles of the scores.

    Attributes
    ----------
    k, n : int
        Number of examples selected and of the data set.
    classes : tuple of ClassShare
        By label; empty without labels.
    quantiles : tuple of Quantile
        Deciles of the scores, minimum and maximum included; empty where the method has no scores.
    """

    k: int
    n: int
    classes: tuple[ClassShare, ...]
    quantiles: tuple[Quantile, ...]

    @property
    def fraction(self) -> float:
        """Share of the data set that was selected."""
        return self.k / self.n

    def __str__(self) -> str:
        lines = [f"{self.k:,} of {self.n:,} examples ({self.fraction:.2%})"]
        if self.classes:
            rarest = min(self.classes, key=lambda entry: entry.share)
            most = max(self.classes, key=lambda entry: entry.share)
            lines.append(
                f"{len(self.classes)} classes; shares from {rarest.share:.3f} (class {rarest.label}) to "
                f"{most.share:.3f} (class {most.label})"
            )
        lines += [f"quantile {q.level:.1f}: {q.selection:.6g} (data set: {q.dataset:.6g})" for q in self.quantiles]
        return "\n".join(lines)


def deciles(values: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the minimum, the nine deciles and the maximum of the finite `values`; nothing where there are none."""
    finite = values[np.isfinite(values)]
    return tuple(np.quantile(finite, DECILES).tolist()) if len(finite) else ()


def describe(selection: Selection) -> Description:
    """Return the description of a selection; see `Selection.describe`."""
    k, population = len(selection), selection.population
    classes = []
    if selection.labels is not None:
        found, counts = np.unique(selection.labels, return_counts=True)
        chosen = dict(zip(found.tolist(), counts.tolist(), strict=True))
        classes = [
            ClassShare(label, chosen.get(label, 0), chosen.get(label, 0) / k, chosen.get(label, 0) / size,
                       size / population.n)
            for label, size in sorted(population.class_counts.items())
        ]  # fmt: skip
    own = () if selection.scores is None else deciles(selection.scores)
    whole = population.quantiles or (float("nan"),) * len(own)
    quantiles = tuple(Quantile(*entry) for entry in zip(DECILES, own, whole, strict=True)) if own else ()
    return Description(k, population.n, tuple(classes), quantiles)
