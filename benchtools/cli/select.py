"""The verbs ``benchtools select METHOD | list | describe | plot``."""

from __future__ import annotations

import warnings
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from benchtools.datasets import Dataset
    from benchtools.selection import Selection

__all__ = ["app"]


class MethodOrVerb(TyperGroup):
    """A group in which a word that is no verb is a method: ``select p1 ...`` stands for ``select run p1 ...``."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the verb, and what follows it."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["run", *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=MethodOrVerb,
    help="Proxy data: choose examples of a data set by their scores, by select METHOD --scores FILE --k K --out FILE; "
    "`list` names the methods.",
    no_args_is_help=True,
)


@app.command("run")
def run(
    method: Annotated[str, typer.Argument(help="Name of a method (benchtools select list).")],
    scores: Annotated[
        Path, typer.Option(help="Scores: a .npz file of benchtools, or text of lines 'index entropy label'.")
    ],
    out: Annotated[Path, typer.Option(help="Write the selection to this .npz file.")],
    k: Annotated[int | None, typer.Option("--k", "-k", help="Number of examples.")] = None,
    fraction: Annotated[float | None, typer.Option(help="In place of --k: share of the data set.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the random numbers.")] = 0,
    balance: Annotated[bool, typer.Option("--balance", help="The same number of each class.")] = False,
    dataset: Annotated[
        str | None, typer.Option(help="Name of the data set: of a text file; of other scores it is compared.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Where --dataset is: it is read, and its digest and labels are compared.")
    ] = None,
    features: Annotated[Path | None, typer.Option(help="Features that go with correctness (probe_importance).")] = None,
    evaluation: Annotated[
        Path | None, typer.Option(help="Features of the evaluation examples, where they are another split.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="NAME=VALUE: a parameter of the method, such as bin_width=0.25. Repeatable."),
    ] = None,
) -> None:
    """Select examples by METHOD; `run` may be left out."""
    from benchtools.cli._show import progress_bar, show_files
    from benchtools.errors import ConstantInputWarning, InvalidInput
    from benchtools.scoring import read_scores
    from benchtools.selection import get_selector, list_selectors

    selector = get_selector(method if method in list_selectors() else method.replace("-", "_"))
    parameters = _parameters(selector.function, set_ or [])
    files = {"features": features, "evaluation": evaluation}
    for name, path in files.items():
        if path is not None:
            _check_takes(selector.function, name, f"--{name}")
            parameters[name] = read_scores(path, dataset=None)
    if missing := [name for name in selector.needs if name not in parameters]:
        raise InvalidInput(f"{selector.name} reads {', '.join(missing)} too: pass --{missing[0]} FILE")
    images = _images_of(dataset, data) if data is not None else None
    if images is not None:
        dataset = images.name
    given = read_scores(scores, dataset=dataset)
    if dataset is not None:
        given.require_dataset(dataset, None if images is None else images.digest)
    if images is not None:
        labels = images.train_labels if given.indices is None else images.train_labels[given.indices]
        given.require_dataset(images.name, images.digest, labels)
    draws = progress_bar() if "progress" in _names(selector.function) else nullcontext()
    with warnings.catch_warnings(), draws as progress:
        if progress is not None:
            parameters["progress"] = progress
        warnings.simplefilter("ignore", ConstantInputWarning)  # the notes of the selection say it, below
        selection = selector(given, k=k, fraction=fraction, rng=seed, balance=balance, **parameters)
    print(_head(selection))
    show_files([selection.save(out)])


@app.command("list")
def list_() -> None:
    """List every method by name, with the scores that it reads."""
    from benchtools.cli._show import show_rows
    from benchtools.selection import get_selector, list_selectors

    selectors = [get_selector(name) for name in list_selectors()]
    rows = [[s.name, " + ".join([" or ".join(s.kinds) or "any", *s.needs]), s.summary] for s in selectors]
    show_rows("Selection methods", ["name", "scores", "what it does"], rows)


@app.command()
def describe(
    file: Annotated[Path, typer.Argument(help="A selection that `select` wrote.")],
    against: Annotated[
        list[Path] | None, typer.Option(help="Other selections of the data set to compare with. Repeatable.")
    ] = None,
) -> None:
    """Show a selection: counts, shares of the classes, quantiles of the scores, overlap with other selections."""
    from benchtools.cli._show import show_rows
    from benchtools.selection import Selection

    selection = Selection.load(file)
    others = [(path, Selection.load(path)) for path in against or []]
    overlaps = [(path, other, selection.overlap(other)) for path, other in others]
    found = selection.describe()
    print(_head(selection))
    if found.classes:
        show_rows(
            "Classes", ["class", "selected", "share", "share in data set", "of class"],
            [[f"{c.label}", f"{c.selected}", f"{c.share:.4f}", f"{c.share_in_dataset:.4f}", f"{c.of_class:.4f}"]
             for c in found.classes],
        )  # fmt: skip
    if found.quantiles:
        rows = [[f"{q.level:.1f}", f"{q.selection:.6g}", f"{q.dataset:.6g}"] for q in found.quantiles]
        show_rows(f"Quantiles of {selection.scores_kind} scores", ["level", "selection", "data set"], rows)
    if overlaps:
        show_rows(
            "Overlap", ["file", "method", "k", "common", "share", "Jaccard", "by chance"],
            [[str(path), other.method, f"{len(other)}", f"{o.common}", f"{o.share:.4f}", f"{o.jaccard:.4f}",
              f"{o.expected:.1f}"] for path, other, o in overlaps],
        )  # fmt: skip
    for name, value in selection.parameters.items():
        print(f"{name}: {value}")
    for name, value in selection.provenance.inputs.items():
        print(f"{name}: {value}")


@app.command()
def plot(
    file: Annotated[Path, typer.Argument(help="A selection that `select` wrote.")],
    out: Annotated[Path, typer.Option(help="Folder; the pictures are written to it.")],
    scores: Annotated[
        Path | None, typer.Option(help="Scores of the whole data set, one per example: for histogram.png.")
    ] = None,
    features: Annotated[Path | None, typer.Option(help="Features of the data set: for embedding.png.")] = None,
    dataset: Annotated[
        str | None, typer.Option(help="Name of the data set (benchtools data list): for contact.png, names of classes.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Where the data set is. Default: where fetch puts it.")] = None,
    method: Annotated[str, typer.Option(help="How features are embedded: pca or tsne.")] = "pca",
    seed: Annotated[int, typer.Option(help="Seed of the random numbers: of t-SNE, and of the examples shown.")] = 0,
) -> None:
    """Draw a selection: histogram.png, classes.png, embedding.png, contact.png, as far as their inputs are given."""
    from benchtools.cli._show import show_files
    from benchtools.reports import plot_selection, write_pictures
    from benchtools.scoring import read_scores
    from benchtools.selection import Selection

    selection = Selection.load(file)
    given = None if scores is None else read_scores(scores, dataset=selection.dataset)
    rows = None if features is None else read_scores(features, dataset=None)
    images = _images_of(dataset, data) if dataset is not None or data is not None else None
    figures = plot_selection(selection, scores=given, features=rows, dataset=images, method=method, rng=seed)
    print(_head(selection))
    show_files(write_pictures(figures, out))
    needed = {"--dataset NAME": images is None, "--scores FILE": given is None and selection.scores is None}
    contact = " and ".join(option for option, missing in needed.items() if missing)
    wanted = {"histogram": "--scores FILE", "classes": "--dataset NAME", "embedding": "--features FILE"}
    for name, option in (wanted | {"contact": contact}).items():
        if name not in figures:
            print(f"left out {name}.png: pass {option}")


def _head(selection: Selection) -> str:
    k, n = len(selection), selection.population.n
    seed = "a generator" if selection.seed is None else f"seed {selection.seed}"
    lines = [f"{selection.method}: {k:,} of {n:,} examples of {selection.dataset} ({k / n:.2%}), {seed}"]
    if selection.labels is not None:
        shares = [c.share for c in selection.describe().classes]
        lines.append(f"{len(shares)} classes, shares from {min(shares):.4f} to {max(shares):.4f}")
    return "\n".join([*lines, *(f"note: {note}" for note in selection.notes)])


def _images_of(dataset: str | None, data: Path | None) -> Dataset:
    from benchtools.cli._show import progress_bar
    from benchtools.datasets import load_dataset
    from benchtools.errors import InvalidInput

    if dataset is None:
        raise InvalidInput(f"--data {data}: pass --dataset NAME too, which says how it is read (benchtools data list)")
    with progress_bar() as progress:
        return load_dataset(dataset, data, progress=progress)


def _names(function: Any) -> list[str]:
    from inspect import signature

    return list(signature(function).parameters)[1:]


EXAMPLE = "bin_width=0.25"
WORDS = {"true": "true", "false": "false", "null": "null", "none": "null"}  # as Python writes them, too
COMMON = ("k", "fraction", "rng", "balance", "labels", "progress")  # have options of their own, or none


def _check_takes(function: Any, name: str, option: str) -> None:
    from benchtools.errors import InvalidInput

    valid = [known for known in _names(function) if known not in COMMON]
    if name not in valid:
        listed = ", ".join(known for known in valid if known not in ("features", "evaluation")) or "none"
        raise InvalidInput(f"{option}: {function.__name__} has no parameter {name!r}; its parameters are: {listed}")


def _parameters(function: Any, settings: list[str]) -> dict[str, Any]:
    """Return the parameters of ``--set NAME=VALUE``; a value is JSON, or else text."""
    from benchtools.cli._settings import json_or_text, name_and_value
    from benchtools.errors import InvalidInput

    found: dict[str, Any] = {}
    for setting in settings:
        name, text = name_and_value(setting, EXAMPLE)
        if name in ("features", "evaluation"):
            raise InvalidInput(f"--set {setting!r} must be NAME=VALUE, such as {EXAMPLE}")
        _check_takes(function, name, f"--set {setting}")
        found[name] = json_or_text(WORDS.get(text.lower(), text))
    return found
