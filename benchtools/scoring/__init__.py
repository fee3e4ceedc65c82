"""Per-example scores of a data set; what trains or runs a network needs torch (extra: train), loaded at first use."""

from typing import TYPE_CHECKING

from benchtools.lazy import load_later
from benchtools.scoring._checks import KINDS
from benchtools.scoring._forgetting_events import forgetting_events
from benchtools.scoring._read import read_scores
from benchtools.scoring._scores import Scores

if TYPE_CHECKING:
    from benchtools.scoring._baseline import Baseline
    from benchtools.scoring._entropy import entropy, softmax_entropy
    from benchtools.scoring._features import features
    from benchtools.scoring._forgetting import Presentations, forgetting
    from benchtools.scoring._loss import loss
    from benchtools.scoring._presets import BASELINES, Preset, list_baselines
    from benchtools.scoring._probes import PROBES, correctness, train_probes
    from benchtools.scoring._reconstruction import reconstruction_loss
    from benchtools.scoring._train_baseline import load_baseline, train_baseline

__all__ = [
    "BASELINES",
    "KINDS",
    "PROBES",
    "Baseline",
    "Presentations",
    "Preset",
    "Scores",
    "correctness",
    "entropy",
    "features",
    "forgetting",
    "forgetting_events",
    "list_baselines",
    "load_baseline",
    "loss",
    "read_scores",
    "reconstruction_loss",
    "softmax_entropy",
    "train_baseline",
    "train_probes",
]

__getattr__ = load_later(
    __name__,
    {
        "_baseline": ("Baseline",),
        "_entropy": ("entropy", "softmax_entropy"),
        "_features": ("features",),
        "_forgetting": ("Presentations", "forgetting"),
        "_loss": ("loss",),
        "_presets": ("BASELINES", "Preset", "list_baselines"),
        "_probes": ("PROBES", "correctness", "train_probes"),
        "_reconstruction": ("reconstruction_loss",),
        "_train_baseline": ("load_baseline", "train_baseline"),
    },
)


def __dir__() -> list[str]:
    return sorted(__all__)
