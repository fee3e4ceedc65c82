"""The SYNTHETIC numbers of an architecture: random, shaped and rounded like measurements, and none is one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from benchtools.testing._synthetic_plan import CLASSES, DATASETS, SEEDS, TrialPlan

__all__ = ["draw_numbers", "draw_seeds", "entropy_of"]

Vector = NDArray[np.float64]

TRAINED = {"cifar10-valid": 25_000, "cifar10": 50_000, "cifar100": 50_000, "ImageNet16-120": 151_700}
"""Training images."""

EVALUATED = {
    "cifar10-valid": {"x-valid": 25_000, "ori-test": 10_000},
    "cifar10": {"ori-test": 10_000},
    "cifar100": {"x-valid": 5_000, "x-test": 5_000, "ori-test": 10_000},
    "ImageNet16-120": {"x-valid": 3_000, "x-test": 3_000, "ori-test": 6_000},
}
"""Images of each evaluated set; where there is an x-test, ori-test is the union of x-valid and x-test."""

CEILING = {"cifar10-valid": 91.0, "cifar10": 94.0, "cifar100": 73.0, "ImageNet16-120": 47.0}
"""What the best network may reach [%]."""

BATCH_NOISE = 1e-5 / 4096
"""Step of the rounding error that a mean of float32 accuracies per batch leaves [%]."""

SEED_COUNTS = {"v1_0": (6219, 1621, 7785), "v1_1": (2225, 5439, 7961)}
"""How many architectures of NAS-Bench-201 were trained one, two and three times (its own count)."""

SPACE_CODES = {"tss": 1, "sss": 2}


def entropy_of(rng: np.random.Generator | int) -> int:
    """Return the integer that seeds all generators: `rng` itself, or one draw from it."""
    return int(rng.integers(2**63)) if isinstance(rng, np.random.Generator) else int(rng)


def draw_seeds(entropy: int, index: int, *, version: str = "v1_1") -> tuple[int, ...]:
    """Return the 1-3 seeds of an architecture whose number varies as NAS-Bench-201's does."""
    rng = np.random.default_rng((entropy, 3, index))
    counts = np.array(SEED_COUNTS[version])
    n_seeds = int(rng.choice((1, 2, 3), p=counts / counts.sum()))
    return tuple(sorted(rng.choice(SEEDS, size=n_seeds, replace=False).tolist()))


def draw_numbers(
    entropy: int, index: int, plans: Sequence[TrialPlan], *, disagree: bool = False
) -> Vector:  # fmt: skip
    """Return all numbers of an architecture, trial after trial, in the order of `TrialPlan.fields`.

    Parameters
    ----------
    entropy : int
        Of all generators.
    index : int
        Of the architecture.
    plans : sequence of TrialPlan
        Its trials.
    disagree : bool
        Give a quarter of the architectures with several seeds, 888 among them, other parameters and operations
        in the 200-epoch trials of one other seed, as legacy trials of the real archive have.

    Returns
    -------
    ndarray, shape (sum of the sizes of the plans,)
        Accuracies in percent, times in seconds, parameters and operations in millions.
    """
    space = plans[0].space
    rng = np.random.default_rng((entropy, SPACE_CODES[space], index))
    quality = 0.25 + 0.75 * float(rng.beta(5, 2))
    weights, operations = int(rng.integers(60_000, 1_400_000)), int(rng.integers(5_000_000, 215_000_000))
    train_s, evaluate_s, latency_s = rng.uniform((4.0, 0.6, 0.010), (22.0, 2.0, 0.022)).tolist()
    jitter = rng.uniform(0.95, 1.05, (len(DATASETS), 5))
    odd_one = _odd_seed(plans, rng) if disagree else None
    parts: list[Vector | float] = []
    for plan in plans:
        place = DATASETS.index(plan.dataset)
        own = np.random.default_rng((entropy, SPACE_CODES[space], index, plan.epochs, plan.seed, place))
        accuracy, top5, losses = _curves(plan, quality, own)
        head = (65 if space == "tss" else 41) * CLASSES[plan.dataset]
        extra = 12_345 if plan.epochs == 200 and plan.seed == odd_one else 0
        shrink = 4 if plan.dataset == "ImageNet16-120" else 1
        parts += [accuracy["train"], *([] if plan.long else [top5]), losses["train"]]
        # sss measured each time on its own; tss scaled one time by numbers of images
        vary = jitter[place] if space == "sss" else np.ones(5)
        latency = latency_s * jitter[max(place, 1), 4]  # shared by both protocols of CIFAR-10
        seconds = vary[0] * train_s * TRAINED[plan.dataset] / 25_000
        parts += [seconds] * plan.timed
        parts += [(weights + head + extra) / 1e6, (operations // shrink + head + extra) / 1e6]
        parts += [latency] * plan.timed
        for measured in (accuracy, losses):
            parts += [measured[name][plan.measured_epochs(name).start :] for name in plan.sets]
        images = EVALUATED[plan.dataset]
        times = [vary[1 + n] * evaluate_s * images[name] / 10_000 for n, name in enumerate(plan.timed_sets)]
        parts += times * plan.timed
    return np.hstack(parts)


def _odd_seed(plans: Sequence[TrialPlan], rng: np.random.Generator) -> int | None:
    others = sorted({plan.seed for plan in plans if plan.long} - {888})
    has_reference = any(plan.long and plan.seed == 888 for plan in plans)
    return others[0] if others and has_reference and rng.random() < 0.25 else None


@lru_cache(maxsize=8)
def _progress(epochs: int) -> Vector:
    """How far a training of `epochs` epochs is after each of them, shape ``(epochs,)``, ending at 1."""
    curve: Vector = -np.expm1(-3.0 * np.arange(1, epochs + 1) / epochs) / -np.expm1(-3.0)
    return curve


def _curves(
    plan: TrialPlan, quality: float, rng: np.random.Generator
) -> tuple[dict[str, Vector], Vector, dict[str, Vector]]:
    """Return accuracies by set [%], the top-5 accuracy in training [%], and losses by set, each per epoch."""
    images = {"train": TRAINED[plan.dataset], **EVALUATED[plan.dataset]}
    top = CEILING[plan.dataset] * quality * (0.75 if plan.epochs <= 12 else 1.0)
    ideal = top * _progress(plan.epochs)
    noisy = rng.normal(0, 0.7, (len(images), plan.epochs)) + ideal
    noisy[0] += 0.07 * ideal * ideal / top
    names = list(images)
    n_images = np.array(list(images.values()), dtype=np.float64)[:, None]
    exact = np.rint(np.clip(noisy, 0.5, 99.9) / 100 * n_images) * 100 / n_images
    exact = exact + rng.integers(-8, 9, exact.shape) * BATCH_NOISE
    if "x-test" in images:
        exact[3] = (exact[1] + exact[2]) / 2
    if plan.dataset != "ImageNet16-120":
        exact[-1] = np.rint(exact[-1] * 100) / 100  # ori-test: 10,000 images
    top5 = np.rint(100 * (exact[0] / 100) ** 0.3 * n_images[0, 0] / 100) * 100 / n_images[0, 0]
    losses = 0.05 - np.log(exact / 100) + rng.uniform(0, 0.02, exact.shape)
    losses[1:] = losses[1:].astype(np.float32)
    return dict(zip(names, exact, strict=True)), top5, dict(zip(names, losses, strict=True))
