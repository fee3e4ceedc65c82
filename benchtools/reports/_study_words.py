"""What the report of a study says in words: what was searched, what was found, how far that can be trusted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchtools.experiments.oneshot import StudyPlan, StudyResult, TimeFit
from benchtools.reports._study_panels import FULL
from benchtools.reports._study_spread import name_of, pairs_of, smallest_within
from benchtools.reports._study_time import formula

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["counted", "fit_words", "lead", "plan_rows", "spread_words"]

HOW = {
    "halves": "what is selected is shuffled and halved: weights, architecture",
    "order": "what is selected is halved as it stands: weights, architecture",
    "within": "all training examples are shuffled and halved, weights and architecture; each half keeps its selected",
    "test": "weights are trained on all that is selected, the architecture on half of the test part",
}


def _number(n: int, one: str, many: str | None = None) -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def lead(study: StudyResult) -> str:
    """Return how large the study is."""
    plan = study.plan
    return (
        f"{_number(len(plan.algorithms), 'algorithm')} on {plan.space}, "
        f"{_number(len(plan.proxies), 'set', 'sets')} of training examples of {plan.dataset}, "
        f"{_number(len(plan.seeds), 'seed')}: {_number(plan.n_trials, 'search', 'searches')}. Judged by the table "
        f"{Path(plan.table).name}, column {plan.truth}, whose best is {study.best:.2f} %."
    )


def counted(study: StudyResult) -> list[str]:
    """Return how many searches diverged, and how many ended with a degenerate cell."""
    done = study.frame[study.frame["status"] == "done"]
    lost = study.frame[study.frame["status"] != "done"]
    kinds = Counter(kind for kind in done["degenerate"] if kind)
    n, found = len(done), kinds.total()
    told = ", ".join(f"{kind}: {count:,}" for kind, count in kinds.most_common())
    notes = [
        f"{found:,} of {_number(n, 'search', 'searches')} ended with a degenerate cell ({told})." if found
        else "No search ended with a degenerate cell."
    ]  # fmt: skip
    if len(lost):
        where = Counter(f"{row.algorithm} on {name_of(row.method, row.k)}" for row in lost.itertuples())
        told = ", ".join(f"{place}: {count:,}" for place, count in where.items())
        notes.append(f"{len(lost):,} of {len(study.frame):,} searches diverged and count nowhere ({told}).")
    return notes


def spread_words(study: StudyResult, summary: pd.DataFrame) -> list[str]:
    """Return, for each algorithm, which differences between proxies are within the spread over seeds."""
    if len(study.plan.seeds) == 1:
        return ["There is one seed, hence no spread over seeds: no difference between proxies can be told from chance."]
    return [_of_pairs(summary, algorithm) for algorithm in study.plan.algorithms]


def _of_pairs(summary: pd.DataFrame, algorithm: str) -> str:
    pairs = pairs_of(summary, algorithm)
    if not pairs:
        return f"{algorithm}: no two sets of examples to compare have two seeds each: no difference can be judged."
    kinds = {
        "between methods of one size": [pair for pair in pairs if pair.second != FULL],
        "to all examples": [pair for pair in pairs if pair.second == FULL],
    }
    told = [
        f"{sum(pair.within for pair in own):,} of {_number(len(own), 'difference')} {kind}"
        for kind, own in kinds.items() if own
    ]  # fmt: skip
    beyond = [pair for pair in pairs if not pair.within]
    largest = max(beyond or pairs, key=lambda pair: abs(pair.difference))
    high, low = (largest.first, largest.second) if largest.difference >= 0 else (largest.second, largest.first)
    text = (
        f"{algorithm}: {' and '.join(told)} {'are' if len(pairs) > 1 else 'is'} within the spread over seeds. "
        f"The largest{' beyond it' if beyond else ''}: {high} {abs(largest.difference):.2f} points above {low} (spread "
        f"{largest.spread:.2f})."
    )
    smallest = smallest_within(summary, algorithm)
    return text if smallest is None else f"{text} The smallest proxy at most the spread below all examples: {smallest}."


def fit_words(fit: TimeFit, published: Mapping[float, float], other: str = "") -> str:
    """Return what a line through search times says; `other` follows."""
    quarter = f"a quarter of the examples takes {fit.intercept + fit.slope / 4:.2f} of the time of a search on all"
    printed = f" ({published[25.0]:.2f} in paper 000)" if 25.0 in published else ""
    return (
        f"{fit.algorithm}: {formula(fit)}, R² {fit.r_squared:.3f} over {fit.n:,} searches; {quarter}{printed}.{other}"
    )


def plan_rows(study: StudyResult) -> list[tuple[str, str]]:
    """Return what was searched and how, as names and values."""
    plan = study.plan
    pool = f"{study.n_pool:,} training examples" + ("" if plan.pool is None else ", drawn at random once, of all")
    options = {"width": "default", "n_cells": "default", **plan.options}
    return [
        ("space", plan.space), ("data set", plan.dataset), ("pool", pool), ("split", HOW.get(plan.how, plan.how)),
        ("table", Path(plan.table).name), ("its column", plan.truth), ("algorithms", ", ".join(plan.algorithms)),
        ("examples", ", ".join(map(str, plan.proxies))), ("seeds", ", ".join(map(str, plan.seeds))),
        ("supernet: width, depth", _listed(options)),
        ("resolution", "native" if plan.resolution is None else f"{plan.resolution} pixels"),
        *_recipes(plan),
        ("ranked by shared weights", f"{plan.rank:,} random architectures" if plan.rank else "none"),
    ]  # fmt: skip


def _recipes(plan: StudyPlan) -> list[tuple[str, str]]:
    """Return the recipes, one row for algorithms that share one."""
    shared: dict[str, list[str]] = {}
    for algorithm in plan.algorithms:
        shared.setdefault(_listed(plan.recipe_of(algorithm).to_dict()), []).append(algorithm)
    return [(f"recipe of {', '.join(names)}", f"preset {plan.preset}: {text}") for text, names in shared.items()]


def _listed(fields: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in fields.items() if value is not None)
