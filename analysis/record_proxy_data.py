"""Record what every selection method takes from a real data set: scores, selections, pictures, a summary.

Run ``python analysis/record_proxy_data.py PLAN --data FILE --work FOLDER --out FOLDER``: PLAN is ``cifar10`` (k 1,500
and 5,000), or ``cifar100-subset`` (k 1,000 of 10,000 images, label reduction to 20 classes). Each stage is kept in the
work folder and not made twice; trainings resume.
What was reduced against the papers is in PLANS below, and in the summary that it writes.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchtools import scoring, selection
from benchtools.datasets import Dataset, load_dataset
from benchtools.errors import ConstantInputWarning
from benchtools.provenance import Provenance
from benchtools.scoring import Scores
from benchtools.selection import Selection

PLANS: dict[str, dict[str, Any]] = {
    "cifar10": {
        "baseline": {"name": "resnet20", "epochs": 8},
        "transfer": {"name": "resnet18", "epochs": 2},
        "autoencoder": {"name": "autoencoder", "epochs": 3},
        "probes": {"epochs": 1, "probes": [{"width": 16}, {"width": 8}]},
        "k": (1500, 5000),
        "reduction": {},
        "reduced": "8 epochs in place of 200: what two cores make in 20 minutes; the transfer network without "
        "pretrained weights and for 2 epochs in place of 50; the autoencoder for 3 in place of 50; probes of width 16 "
        "and 8 (kernel 3, multiplier 2) for 1 epoch; K-means with mini-batches and one start in place of 100",
    },
    "cifar100-subset": {
        "baseline": {"name": "resnet20", "epochs": 5},
        "transfer": {"name": "resnet18", "epochs": 3},
        "autoencoder": {"name": "autoencoder", "epochs": 8},
        "probes": {"epochs": 2, "probes": [{"width": 16}, {"width": 8}]},
        "k": (1000,),
        "reduction": {"reduction": "labels_first", "n_labels": 20},
        "reduced": "the first 100 training images of each class; ResNet-20 in place of ResNet-56, 5 epochs in place "
        "of 200; the transfer network without pretrained weights and for 3 epochs in place of 50; the autoencoder for "
        "8 in place of 50; probes of width 16 and 8 (kernel 3, multiplier 2) for 2 epochs; one start of K-means",
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("plan", choices=PLANS)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pictures", type=Path)
    options = parser.parse_args()
    plan = PLANS[options.plan]
    dataset = _dataset(options.plan, options.data)
    options.work.mkdir(parents=True, exist_ok=True)
    options.out.mkdir(parents=True, exist_ok=True)
    scores = make_scores(dataset, plan, options.work)
    picked = make_selections(dataset, plan, scores)
    summary = {
        "data set": dataset.name,
        "digest": dataset.digest,
        "what was reduced": plan["reduced"],
        "plan": {name: plan[name] for name in ("baseline", "transfer", "autoencoder", "probes", "k", "reduction")},
        "scores": {name: summarise(one) for name, one in scores.items()},
        "selections": {name: describe(one, scores["entropy"]) for name, one in picked.items()},
        "provenance": Provenance.now({"data set": dataset.digest}).to_dict(),
    }
    (options.out / "summary.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    arrays = {name: one.indices.astype(np.uint32) for name, one in picked.items()}
    np.savez_compressed(options.out / "selections.npz", **arrays)
    np.savez_compressed(options.out / "entropy.npz", entropy=scores["entropy"].values)
    if options.pictures is not None:
        draw(dataset, scores, picked, options.pictures)
    print(f"wrote {options.out}: {len(picked)} selections")


def _dataset(plan: str, data: Path) -> Dataset:
    if plan == "cifar10":
        return load_dataset("cifar10", data)
    return load_dataset("npz", data, title="cifar100-subset")


def make_scores(dataset: Dataset, plan: dict[str, Any], work: Path) -> dict[str, Scores]:
    """Return every kind of scores, from the work folder where it is kept there."""
    baseline = _later(lambda: _train(dataset, plan["baseline"], work))
    transfer = _later(lambda: _train(dataset, plan["transfer"], work))
    autoencoder = _later(lambda: _train(dataset, plan["autoencoder"], work))
    probes = _later(lambda: scoring.train_probes(dataset, rng=0, **plan["probes"]))
    makers: dict[str, Callable[[], Scores]] = {
        "entropy": lambda: scoring.entropy(baseline()),
        "features": lambda: scoring.features(baseline()),
        "forgetting": lambda: scoring.forgetting(baseline()),
        "loss": lambda: scoring.loss(transfer()),
        "reconstruction_loss": lambda: scoring.reconstruction_loss(autoencoder()),
        "correctness": lambda: scoring.correctness(probes()),
        "probe_features": lambda: scoring.features(probes()[0]),
    }
    found = {}
    for name, make in makers.items():
        path = work / f"{name}.npz"
        if not path.exists():
            make().save(path)
        found[name] = Scores.load(path)
        found[name].require_dataset(dataset.name, dataset.digest)
        print(f"{time.strftime('%H:%M:%S')} {found[name]}", flush=True)
    pixels = dataset.train_images.reshape(len(dataset.train_images), -1).astype(np.float32) / 255
    found["pixels"] = Scores(pixels, "features", dataset.name, dataset.digest, dataset.train_labels)
    return found


def _train(dataset: Dataset, how: dict[str, Any], work: Path) -> Any:
    return scoring.train_baseline(dataset, rng=0, checkpoint=work / f"{how['name']}.pt", **how)


def _later(make: Callable[[], Any]) -> Callable[[], Any]:
    made: list[Any] = []

    def get() -> Any:
        if not made:
            made.append(make())
        return made[0]

    return get


def make_selections(dataset: Dataset, plan: dict[str, Any], scores: dict[str, Scores]) -> dict[str, Selection]:
    """Return what every method selects at every k, by ``method-k``."""
    few = {"n_init": 1, "mini_batch": 4_096 if len(dataset.train_labels) > 20_000 else None}
    inputs: dict[str, tuple[str, dict[str, Any]]] = {
        "k_center": ("features", {}),
        "kmeans_outliers": ("pixels", few),
        "loss_easy": ("loss", {}),
        "loss_hard": ("loss", {}),
        "forgetting": ("forgetting", {}),
        "probe_importance": ("correctness", {"features": scores["probe_features"], **plan["reduction"]}),
    }
    found = {}
    for name in selection.list_selectors():
        kind, more = inputs.get(name, ("entropy", {}))
        for k in plan["k"]:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConstantInputWarning)
                found[f"{name}-{k}"] = selection.get_selector(name)(scores[kind], k=k, rng=0, **more)
            print(f"{time.strftime('%H:%M:%S')} {name}-{k}", flush=True)
            if name in ("loss_easy", "loss_hard"):
                other = selection.get_selector(name)(scores["reconstruction_loss"], k=k, rng=0)
                found[f"{name}-autoencoder-{k}"] = other
        if name == "kmeans_outliers":
            k = plan["k"][-1]
            found[f"{name}-per_cluster-{k}"] = selection.kmeans_outliers(
                scores["pixels"], k=k, rng=0, per_cluster=True, **few
            )
    return found


def summarise(scores: Scores) -> dict[str, Any]:
    """Return scores in a few numbers, with how they were made."""
    found: dict[str, Any] = {"kind": scores.kind, "shape": list(scores.values.shape), "digest": scores.digest}
    if scores.values.ndim == 1:
        found["deciles"] = np.quantile(scores.values, np.linspace(0, 1, 11)).tolist()
    return {**found, "parameters": scores.parameters, "inputs": dict(scores.provenance.inputs)}


def describe(one: Selection, entropy: Scores) -> dict[str, Any]:
    """Return a selection in a few numbers: where it lies in the entropies, and its classes."""
    values = entropy.values
    counts = np.bincount(entropy.labels[one.indices], minlength=int(entropy.labels.max()) + 1)
    return {
        "k": len(one),
        "below median entropy": round(float((values[one.indices] < np.median(values)).mean()), 4),
        "top decile of entropy": round(float((values[one.indices] >= np.quantile(values, 0.9)).mean()), 4),
        "classes": int((counts > 0).sum()),
        "class shares from": round(float(counts[counts > 0].min() / len(one)), 4),
        "to": round(float(counts.max() / len(one)), 4),
        "notes": list(one.notes),
    }


def draw(dataset: Dataset, scores: dict[str, Scores], picked: dict[str, Selection], folder: Path) -> None:
    """Draw every selection."""
    from benchtools.reports import plot_selection

    folder.mkdir(parents=True, exist_ok=True)
    for name, one in picked.items():
        figures = plot_selection(one, scores=scores["entropy"], features=scores["features"], dataset=dataset)
        for kind, figure in figures.items():
            figure.savefig(folder / f"{name}-{kind}.png", dpi=80)


if __name__ == "__main__":
    main()
