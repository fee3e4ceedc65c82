"""The verb ``benchtools quickstart``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd

    from benchtools.experiments.reduced import ZooResult

__all__ = ["quickstart"]

RECORDED = "zoo13-digits"
RESAMPLES = 199  # few, for a quick look; `benchtools zoo report zoo13-digits` takes more


def quickstart(
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("benchtools-report"),
    zoo: Annotated[bool, typer.Option("--zoo/--no-zoo", help="Train a tiny zoo on digits too; it needs torch.")] = True,
) -> None:
    """Rank what you have at hand against the real NAS-Bench-201, then train a tiny zoo on digits: no download."""
    from benchtools.cli._show import progress_bar, show_files, show_report
    from benchtools.experiments import quickstart as run
    from benchtools.reports import write_report

    with progress_bar() as progress:
        report = run(progress=progress)
        paths = write_report(report, out)
    show_report(report)
    show_files(paths)
    if zoo:
        _second_part(out)


def _second_part(out: Path) -> None:
    """Train a tiny zoo, and show the recorded one beside it."""
    from benchtools.cli._show import progress_bar, show_files, show_frame
    from benchtools.experiments import quickstart_zoo
    from benchtools.experiments.reduced import ZooResult, compare_settings, list_recorded, summarise
    from benchtools.lazy import MissingTorch
    from benchtools.reports import write_zoo_report

    found: dict[str, ZooResult] = {}
    summaries: dict[str, pd.DataFrame] = {}
    print()
    try:
        with progress_bar() as progress:
            found["live"] = quickstart_zoo(out / "zoo", progress=progress)
    except MissingTorch as error:
        print(f"no zoo was trained: {error}")
    if RECORDED in list_recorded():
        found["recorded"] = ZooResult.load(RECORDED)
    for name, one in found.items():
        columns = ["setting", "rho", "low", "high", "acceleration", "acceleration_s", "front"]
        size = f"{len(one.plan.archs)} networks, {len(one.plan.seeds)} seed(s)"
        report = compare_settings(one, n_resamples=RESAMPLES)
        summaries[name] = summarise(one, report, n_resamples=RESAMPLES)
        show_frame(summaries[name][columns].head(8), f"zoo on digits, {name}: {size}; the settings of highest rho")
    if "live" in found:
        show_files(write_zoo_report(found["live"], out / "zoo", n_resamples=RESAMPLES)[:1])
    if found:
        show_files([_side_by_side(found, summaries, out / "zoo.png")])


def _side_by_side(zoos: dict[str, ZooResult], summaries: dict[str, pd.DataFrame], path: Path) -> Path:
    from matplotlib.figure import Figure

    from benchtools.files import whole
    from benchtools.reports import draw_reduced_acceleration, reduced_acceleration_data

    figure = Figure(figsize=(9.5 * len(zoos), 6.5), layout="constrained")
    for name, ax in zip(zoos, figure.subplots(1, len(zoos), squeeze=False)[0], strict=True):
        draw_reduced_acceleration(reduced_acceleration_data(zoos[name], summaries[name]), ax)
        ax.set_title(f"{name}: {len(zoos[name].plan.archs)} networks", loc="left", pad=30)
    with whole(path) as draft:
        figure.savefig(draft, dpi=110, format="png")
    return path
