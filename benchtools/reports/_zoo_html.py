"""A zoo under reduced settings as one page that needs nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape
from matplotlib.figure import Figure

from benchtools.experiments.reduced import FactorLine, ZooResult
from benchtools.reports._html import Cell, Picture, picture, template
from benchtools.reports._interactive import to_interactive_svg
from benchtools.reports._labels import times
from benchtools.reports._zoo_found import ZooFound
from benchtools.reports._zoo_words import agreement, interval, lead, plan_rows, reductions, tooltip, verdict
from benchtools.training import Setting

__all__ = ["render_zoo_html"]

Row = Mapping[str, Any]
HEADERS = ("setting", "channels", "pixels", "examples", "epochs", "rho", "over seeds too", "tolerant rho", "tau‑b",
           "regret", "acceleration", "in seconds", "by levels", "good", "diverged")  # fmt: skip
GOOD_HEADERS = ("setting", "stands for", "rho", "acceleration", "in seconds", "choice")
LINE_HEADERS = ("line", "factor", "levels", "first rho", "last rho", "rho_e")
CAPTIONS = {
    "factors": ("Factor by factor", "Each line holds the other factors; a star stands for the factor that is reduced."
                " Bands: intervals over networks."),
    "rank-flow": ("Where each network ends up", "Each line is a network; the best of the original setting are coloured,"
                  " and named by their place in the plan. To the chosen setting, then to the fastest good one."),
    "seconds": ("The same in measured time", "Acceleration counted in seconds on the machine that trained the zoo."),
}  # fmt: skip


def render_zoo_html(found: ZooFound, figures: Mapping[str, Figure]) -> str:
    """Return the page of a zoo.

    Parameters
    ----------
    found : ZooFound
        What it tells.
    figures : mapping of str to Figure
        ``acceleration``; ``seconds``, ``factors`` and ``rank-flow``, each where there is one.
    """
    confidence = f"{found.report.settings['confidence']:.0%}"
    rows = found.rows
    by_name = {row["setting"]: row for row in rows}
    data = found.headline
    return template("zoo.html.j2").render(
        name=found.zoo.plan.name,
        lead=lead(found),
        verdict=verdict(found),
        notes=_notes(found.zoo),
        headline=_headline(found, figures["acceleration"], by_name, confidence),
        margin=f"{data.margin:g}",
        confidence=confidence,
        good_headers=GOOD_HEADERS,
        good=[_good(found, by_name[data.settings[place]], place == data.chosen) for place in data.front],
        headers=HEADERS,
        rows=[_row(row) for row in rows],
        consensus=agreement(found),
        pictures=[
            picture(title, name, figures[name], caption)
            for name, (title, caption) in CAPTIONS.items() if name in figures
        ],
        line_headers=LINE_HEADERS,
        lines=[_line(line) for line in found.lines],
        plan=plan_rows(found.zoo.plan),
        method=_method(found),
        versions=_versions(found.zoo, found),
    )  # fmt: skip


def _headline(found: ZooFound, figure: Figure, rows: Mapping[str, Row], confidence: str) -> Picture:
    data = found.headline
    title = "What each setting saves, and what it keeps"
    caption = (
        f"Point at a setting, or move to it by the Tab key. Vertical lines: {confidence} intervals over networks; "
        "settings of nearly the same acceleration stand side by side. Ring: the chosen setting."
    )
    if data.left_out:
        caption += f" Not shown, for rho is not defined: {', '.join(data.left_out)}."
    tips = [tooltip(rows[name], found.zoo.plan) for name in data.settings]
    svg: Any = to_interactive_svg(figure, "headline", str(escape(f"{title}: {caption}")), data.settings, tips)
    return Picture(title, Markup(svg), caption)  # noqa: S704 - made by matplotlib, and tips are escaped


def _notes(zoo: ZooResult) -> list[str]:
    if not zoo.n_diverged:
        return list(zoo.notes)
    return [
        *zoo.notes,
        f"{zoo.n_diverged:,} of {zoo.plan.n_trials:,} trainings diverged: they count as 0 % and rank last.",
    ]


def _number(value: float, form: str = ".3f", detail: str = "") -> Cell:
    return Cell("not defined", "") if math.isnan(value) else Cell(format(value, form), value, detail)


def _times(value: float) -> Cell:
    return Cell("–", "") if not math.isfinite(value) else Cell(times(value), value)


def _rho(row: Row) -> Cell:
    return _number(row["rho"], detail=interval(row["low"], row["high"]))


def _over_seeds(row: Row) -> Cell:
    limits = interval(row["low_seeds"], row["high_seeds"])
    return Cell(limits or "–", row["low_seeds"] if limits else "")


def _row(row: Row) -> list[Cell]:
    share = Cell(f"{100 * row['share']:.3g} %", row["share"], "" if row["sample"] == "random" else row["sample"])
    return [
        Cell(row["setting"], row["setting"]),
        Cell(str(row["channels"]), row["channels"]),
        Cell(str(row["resolution"]), row["resolution"]),
        share,
        Cell(str(row["e"]), row["e"]),
        _rho(row),
        _over_seeds(row),
        _number(row["tolerant"]),
        _number(row["kendall"]),
        _number(row["regret"], ".2f"),
        *(_times(row[name]) for name in ("acceleration", "acceleration_s", "nominal")),
        Cell("yes" if row["front"] else "", int(row["front"])),
        Cell(str(row["diverged"]), row["diverged"]),
    ]


def _good(found: ZooFound, row: Row, chosen: bool) -> list[Cell]:
    stands_for = reductions(Setting.parse(row["setting"]), found.zoo.plan)
    return [
        Cell(row["setting"], row["setting"]), Cell(stands_for, stands_for), _rho(row),
        _times(row["acceleration"]), _times(row["acceleration_s"]), Cell("chosen" if chosen else "", int(chosen)),
    ]  # fmt: skip


def _line(line: FactorLine) -> list[Cell]:
    levels = ", ".join(map(str, line.levels))
    return [
        Cell(line.base, line.base), Cell(line.factor, line.factor), Cell(levels, levels), _number(line.rho[0]),
        _number(line.rho[-1]), Cell("–", "") if math.isnan(line.rho_e) else Cell(f"{line.rho_e:+.2f}", line.rho_e),
    ]  # fmt: skip


def _method(found: ZooFound) -> str:
    settings = found.report.settings
    seed = "" if settings["seed"] is None else f", seed {settings['seed']}"
    return (
        "Rho is Spearman's, of mean accuracies over seeds; a training that diverged counts as 0 % and ranks last. "
        f"Intervals of rho: bootstrap over networks (BCa), {settings['n_resamples']:,} resamples{seed}; over networks "
        "and seeds: percentiles. Intervals answer for other networks drawn like these, and for one setting at a time: "
        "of many settings the best looks a little better than it is. Regret: accuracy [%] that is lost if the best "
        f"{settings['k']} networks of a setting are trained in full."
    )


def _versions(zoo: ZooResult, found: ZooFound) -> list[tuple[str, str, str]]:
    trained, reported = zoo.provenance, found.report.provenance
    names = list(dict.fromkeys([*trained.packages, *reported.packages]))
    return [
        ("made", trained.created, reported.created),
        ("python", trained.python, reported.python),
        *((name, trained.packages.get(name, "–"), reported.packages.get(name, "–")) for name in names),
    ]
