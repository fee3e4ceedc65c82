"""What a report of a zoo says in words: settings, the verdict, the plan."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from benchtools.experiments.reduced import ZooPlan
from benchtools.reports._labels import times
from benchtools.reports._zoo_found import ZooFound
from benchtools.training import Setting

__all__ = ["agreement", "interval", "lead", "plan_rows", "reductions", "tooltip", "verdict"]


def reductions(setting: Setting, plan: ZooPlan) -> str:
    """Return what a setting stands for: ``18 channels, 16 pixels, 25 % of the examples, 60 epochs``."""
    levels = plan.levels
    share = setting.share(levels)
    examples = "all examples" if share == 1 else f"{100 * share:.3g} % of the examples"
    chosen = "" if setting.sample == "random" else f" chosen by {setting.sample}"
    return (
        f"{setting.channels(levels)} channels, {setting.resolution(levels)} pixels, {examples}{chosen}, {setting.e} "
        f"epoch{'s' if setting.e > 1 else ''}"
    )


def interval(low: float, high: float, digits: int = 3) -> str:
    """Return an interval as text; empty where there is none."""
    return "" if math.isnan(low) or math.isnan(high) else f"{low:.{digits}f} … {high:.{digits}f}"


def tooltip(row: Mapping[str, Any], plan: ZooPlan) -> str:
    """Return what a point of the headline figure says, a line each."""
    limits = interval(row["low"], row["high"])
    lines = [
        str(row["setting"]),
        f"rho {row['rho']:.3f}" + (f" ({limits})" if limits else ""),
        f"acceleration {times(row['acceleration'])} in MACs, {times(row['acceleration_s'])} in seconds",
        reductions(Setting.parse(row["setting"]), plan),
    ]
    if row["diverged"]:
        lines.append(f"{row['diverged']} training{'s' if row['diverged'] > 1 else ''} diverged")
    return "\n".join(lines)


def lead(found: ZooFound) -> str:
    """Return how large the zoo is."""
    plan = found.zoo.plan
    seeds = "1 seed" if len(plan.seeds) == 1 else f"{len(plan.seeds)} seeds"
    diverged = found.zoo.n_diverged
    return (
        f"{len(plan.archs)} networks of {plan.space} on {plan.dataset}, {seeds}, {len(found.summary)} reduced settings "
        f"against the original {plan.original} ({reductions(plan.original, plan)}): {plan.n_trials:,} trainings, "
        f"{'none' if not diverged else f'{diverged:,}'} diverged."
    )


def verdict(found: ZooFound) -> str:
    """Return which setting to take, and how sure that is."""
    data = found.headline
    name, place = data.settings[data.chosen], data.chosen
    limits = interval(data.low[place], data.high[place], 2)
    sure = f" ({found.report.settings['confidence']:.0%} interval {limits})" if limits else ""
    return (
        f"Take {name}: {reductions(Setting.parse(name), found.zoo.plan)}. It keeps the order with rho "
        f"{data.rho[place]:.2f}{sure} and is {times(data.acceleration[place])} cheaper: the fastest good setting whose "
        f"rho is within {data.margin:g} of the best, {max(data.rho):.2f}."
    )


def agreement(found: ZooFound) -> str:
    """Return how far plain and tolerant rho agree on the settings."""
    if math.isnan(found.consensus):
        return "Plain and tolerant rho: too few settings, or no difference between them, for a consensus."
    return (
        f"Do plain and tolerant rho order the settings alike? Spearman's rho of the two is {found.consensus:.3f} over "
        f"{len(found.summary)} settings (0.96 in the paper's appendix B)."
    )


def plan_rows(plan: ZooPlan) -> list[tuple[str, str]]:
    """Return the plan as names and values."""
    levels = plan.levels
    protocol = {**plan.protocol.to_dict()}
    recipe = protocol.pop("recipe", {})
    of = "the test part" if not plan.validation else f"{100 * plan.validation:.3g} % of the training examples, held out"

    def listed(fields: Mapping[str, Any]) -> str:
        return ", ".join(f"{name} {value}" for name, value in fields.items() if name != "epochs" and value is not None)

    return [
        ("data set", plan.dataset), ("accuracies of", of), ("space", plan.space), ("networks", str(len(plan.archs))),
        ("cells", str(plan.n_cells)), ("seeds", ", ".join(map(str, plan.seeds))), ("original", str(plan.original)),
        ("channels c0, c1 …", ", ".join(map(str, levels.c))),
        ("pixels r0, r1 …", ", ".join(map(str, levels.r))),
        ("shares s0, s1 …", ", ".join(f"{share:g}" for share in levels.s)),
        ("protocol", listed(protocol)), ("recipe", listed(recipe)),
    ]  # fmt: skip
