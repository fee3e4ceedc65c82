"""The verb ``benchtools score KIND ...``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from benchtools.datasets import Dataset
    from benchtools.scoring import Baseline, Scores

__all__ = ["score"]

NETWORKS = {"loss": "resnet18", "reconstruction_loss": "autoencoder", "correctness": "probe"}
"""Kinds whose paper has another network than ``resnet20``."""

HOLDOUT = 0.1


def score(
    kinds: Annotated[
        list[str],
        typer.Argument(
            metavar="KIND...",
            help="entropy, forgetting, features, loss, reconstruction_loss or correctness; several of one network.",
        ),
    ],
    dataset: Annotated[str, typer.Option(help="Name of a data set (benchtools data list).")],
    out: Annotated[Path, typer.Option(help="Folder; each kind is written to KIND.npz in it.")],
    data: Annotated[Path | None, typer.Option(help="Where the data set is. Default: where fetch puts it.")] = None,
    network: Annotated[
        str | None,
        typer.Option(
            help="resnet20, resnet56, resnet18, autoencoder or probe. Default: that of the kind's paper; resnet20."
        ),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="Trained weights (.safetensors, .pth): nothing is trained then.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs of the training. Default: the paper's, 50 or 200.")] = None,
    lr: Annotated[float | None, typer.Option(help="Learning rate. Default: that of the network's recipe.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images in a batch. Default: 128.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="NAME=VALUE: an option of the network, such as width=8. Repeatable."),
    ] = None,
    runs: Annotated[int, typer.Option(help="forgetting: trainings whose events are summed.")] = 1,
    holdout: Annotated[
        float, typer.Option(help="correctness: share of the examples that probes do not see.")
    ] = HOLDOUT,
    eval_split: Annotated[
        str, typer.Option(help="correctness: held-out, or test as in the paper, which leaks its labels.")
    ] = "held-out",
    seed: Annotated[int, typer.Option(help="Seed of the random numbers.")] = 0,
    device: Annotated[str | None, typer.Option(help="cpu, cuda ... Default: a GPU if there is one.")] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="File to resume the training from; written after each epoch.")
    ] = None,
    text: Annotated[bool, typer.Option("--text", help="Write lines 'index value label' to KIND.txt too.")] = False,
) -> None:
    """Train a network (or load its weights), and write what each example scores: once, for every selection."""
    from dataclasses import replace

    from benchtools.cli._settings import json_or_text, name_and_value
    from benchtools.cli._show import progress_bar, show_files
    from benchtools.datasets import load_dataset
    from benchtools.errors import InvalidInput
    from benchtools.files import make_folder
    from benchtools.registry import did_you_mean
    from benchtools.scoring import BASELINES, KINDS
    from benchtools.scoring._checks import ROWS

    kinds = list(dict.fromkeys(kind.replace("-", "_") for kind in kinds))
    for kind in kinds:
        if kind not in KINDS:
            hint = did_you_mean(kind, list(KINDS))
            raise InvalidInput(f"{kind!r} is no kind of scores: choose from {', '.join(KINDS)}.{hint}")
    names = sorted({NETWORKS.get(kind, "resnet20") for kind in kinds})
    if network is None and len(names) > 1:
        raise InvalidInput(f"{', '.join(kinds)} are read from {', '.join(names)}: score them one by one, or --network")
    name = network or names[0]
    preset = BASELINES.get(name)
    _check(kinds, name, preset.classifies, weights, checkpoint, runs)
    _check_probes(kinds, holdout, eval_split)
    if weights and any(value is not None for value in (epochs, lr, batch_size, checkpoint)):
        raise InvalidInput("--weights: nothing is trained, so leave out --epochs, --lr, --batch-size and --checkpoint")
    if text and not set(kinds) - set(ROWS):
        raise InvalidInput(f"--text: a line holds one value, and {', '.join(kinds)} have a row for each example")
    pairs = (name_and_value(setting, "width=8") for setting in set_ or [])
    options = {option: json_or_text(text_) for option, text_ in pairs}
    changed: dict[str, Any] = {"lr": lr, "epochs": epochs}
    changed = {key: value for key, value in changed.items() if value is not None}
    how: dict[str, Any] = {"batch_size": batch_size, "device": device, "recipe": replace(preset.recipe, **changed)}
    make_folder(out)
    with progress_bar() as progress:
        images = load_dataset(dataset, data, progress=progress)
        how["progress"] = progress
        if kinds == ["correctness"]:
            found = _probes(images, name, options, seed, holdout, eval_split, how)
        else:
            baselines = _baselines(images, name, options, weights, checkpoint, seed, runs, how)
            found = {kind: _scores(kind, baselines) for kind in kinds}
    paths = []
    for kind, scores in found.items():
        paths.append(scores.save(out / f"{kind}.npz"))
        if text and scores.values.ndim == 1:
            paths.append(scores.write_text(out / f"{kind}.txt"))
        print(_line(kind, scores))
    show_files(paths)


def _check(
    kinds: list[str], name: str, classifies: bool, weights: Path | None, checkpoint: Path | None, runs: int
) -> None:
    """Refuse what does not go together, before anything is trained."""
    from benchtools.errors import InvalidInput

    for kind in kinds:
        if (kind == "reconstruction_loss") == classifies:
            raise InvalidInput(
                f"{kind} cannot be read from {name}: reconstruction_loss needs autoencoder, and all other kinds a "
                "classifier"
            )
    if "correctness" in kinds and (len(kinds) > 1 or weights or checkpoint):
        raise InvalidInput(
            "correctness trains probe networks of its own and writes their features too: it stands alone, without "
            "--weights and --checkpoint"
        )
    if runs < 1 or (runs > 1 and (kinds != ["forgetting"] or checkpoint)):
        raise InvalidInput(f"--runs {runs}: 1 or more trainings, of forgetting alone, without --checkpoint")
    if weights and "forgetting" in kinds:
        raise InvalidInput("forgetting events are counted while a network is trained: leave out --weights")


def _check_probes(kinds: list[str], holdout: float, eval_split: str) -> None:
    """Refuse what does not go with probes, or is for them alone."""
    from benchtools.errors import InvalidInput

    if eval_split not in ("held-out", "test"):
        raise InvalidInput(f"--eval-split {eval_split!r} must be held-out or test")
    if eval_split == "held-out" and not 0 < holdout < 1:
        raise InvalidInput(f"--holdout {holdout} must be a share between 0 and 1; for none, pass --eval-split test")
    if "correctness" not in kinds and (eval_split != "held-out" or holdout != HOLDOUT):
        raise InvalidInput("--holdout and --eval-split are for correctness alone: leave them out")


def _baselines(
    images: Dataset, name: str, options: dict[str, Any], weights: Path | None, checkpoint: Path | None, seed: int,
    runs: int, how: dict[str, Any],
) -> list[Baseline]:  # fmt: skip
    from benchtools.scoring import load_baseline, train_baseline

    if weights is not None:
        return [load_baseline(images, weights, name, options=options, device=how["device"])]
    return [
        train_baseline(images, name, rng=seed + run, options=options, checkpoint=checkpoint, **how)
        for run in range(runs)
    ]


def _scores(kind: str, baselines: list[Baseline]) -> Scores:
    from benchtools import scoring

    found: Scores = scoring.forgetting(baselines) if kind == "forgetting" else getattr(scoring, kind)(baselines[0])
    return found


def _probes(
    images: Dataset, name: str, options: dict[str, Any], seed: int, holdout: float, eval_split: str, how: dict[str, Any]
) -> dict[str, Scores]:
    """Return the correctness of two probes, and the features that go with it."""
    from benchtools.errors import InvalidInput
    from benchtools.scoring import PROBES, correctness, features, train_probes

    both = [{**probe, **options} for probe in PROBES]
    share = holdout if eval_split == "held-out" else 0.0
    if not share and not len(images.test_labels):
        raise InvalidInput(f"{images.name} has no test images: leave out --eval-split")
    probes = train_probes(images, rng=seed, probes=both, holdout=share, name=name, **how)
    found = {"correctness": correctness(probes, eval_split=eval_split), "features": features(probes[0])}
    if eval_split != "held-out":
        found["evaluation"] = features(probes[0], split=eval_split)
    return found


def _line(kind: str, scores: Scores) -> str:
    values, parameters = scores.values, scores.parameters
    shown = f"{kind}: {len(scores):,} examples"
    if values.ndim == 2:
        shown += f" x {values.shape[1]}"
    else:
        shown += f", from {values.min():.4g} to {values.max():.4g}, mean {values.mean():.4g}"
    known = [f"{part} {parameters[f'{part}_accuracy']:.2f} %" for part in ("train", "test")
             if parameters.get(f"{part}_accuracy") is not None]  # fmt: skip
    if kind == "correctness":
        known = [f"{accuracy:.2f} %" for accuracy in parameters["accuracies"]]
    return shown + (f"; accuracy {', '.join(known)}" if known else "")
