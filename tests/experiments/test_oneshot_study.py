"""Studies of searches on proxy data: plans, trials, results and what is found in them."""

import json
import math
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchtools.errors import InvalidInput, NotFound, StoreError
from benchtools.experiments import oneshot
from benchtools.experiments.oneshot import Proxy, StudyPlan, StudyResult
from benchtools.runs import Store
from benchtools.search.one_shot import recipe_for

TRUTH = "cifar10-valid/x-valid/200/mean"
CONFIG = {
    "space": "nasbench201", "dataset": "digits", "table": "nasbench201-slice", "truth": TRUTH,
    "algorithms": ["gdas", "random_ws"], "proxies": ["full", "random:100"], "preset": "short", "pool": 200,
    "recipe": {"epochs": 1, "batch_size": 32, "random_ws": {"candidates": 4}}, "options": {"width": 2, "n_cells": 1},
}  # fmt: skip


def plan_of(**changes):
    return StudyPlan.from_dict({**CONFIG, **changes})


# plans


def read(folder, **changes):
    (folder / "study.yaml").write_text(json.dumps({**CONFIG, **changes}))  # JSON is YAML
    return oneshot.read_plan(folder / "study.yaml")


def test_a_configuration_is_read(tmp_path):
    plan = read(tmp_path, proxies=["p1:60", "full"], scores={"p1": "own/p1.npz"}, data="own.npz", seeds=[3, 0])
    assert plan.proxies == (Proxy("p1", 60), Proxy("full"))
    assert plan.scores == {"p1": str(tmp_path / "own" / "p1.npz")}
    assert plan.data == str(tmp_path / "own.npz")
    assert plan.n_trials == 8
    assert StudyPlan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    usual = recipe_for("gdas", "short", epochs=1, batch_size=32)
    assert plan.recipe_of("gdas") == usual
    assert plan.recipe_of("random_ws") == recipe_for("random_ws", "short", epochs=1, batch_size=32, candidates=4)
    (tmp_path / "example.yaml").write_text(oneshot.EXAMPLE)
    assert oneshot.read_plan(tmp_path / "example.yaml").name == "my-study"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"proxys": []}, "study.yaml: the configuration has no key 'proxys': .* Did you mean 'proxies'"),
        ({"proxies": ["random"]}, "'random' is no proxy: write METHOD:K, such as p1:2500 or random:1000, or full"),
        ({"proxies": ["random:0"]}, "'random:0' is no proxy"),
        ({"proxies": ["full:9"]}, "'full:9' is no proxy"),
        ({"proxies": ["p1:60"]}, "p1:60 is chosen by p1: name a file of scores for it under `scores`, such as {p1: "),
        ({"proxies": "full"}, "proxies must be a list; 'full' was given"),
        ({"proxies": []}, "proxies is empty: give at least one"),
        ({"proxies": ["random:5", "random:05"]}, "proxies has random:5 twice: each search is made once"),
        ({"algorithms": ["gdsa"]}, "the preset short has no numbers for 'gdsa': .* Did you mean 'gdas'"),
        ({"preset": "papr000"}, "there is no preset 'papr000': .* Did you mean 'paper000'"),
        ({"recipe": {"epoch": 3}}, "a search has no number 'epoch': .* Did you mean 'epochs'"),
        ({"recipe": {"gdas": {"taus": 1}}}, "a search has no number 'taus': .* Did you mean 'tau'"),
        (
            {"recipe": {"random-ws": {"epochs": 3}}},
            "numbers for 'random-ws', which is no algorithm .* 'random_ws'",
        ),
        ({"recipe": {"gdas": 3}}, "a search has no number 'gdas'"),
        ({"recipe": {"lr": "fast"}}, "a number of the recipe is of the wrong type"),
        ({"recipe": [1]}, r"recipe must hold names and values; \[1\] was given"),
        ({"seeds": [-1]}, r"seeds must be whole numbers from 0; \[-1\] was given"),
        ({"how": "half"}, "how must be one of halves, order, within, test; 'half' was given"),
        ({"rank": 2}, "rank must be 0, or a number of architectures from 3; 2 was given"),
        ({"pool": "all"}, "pool must be a number of examples from 1; 'all' was given"),
        ({"resolution": 0}, "resolution must be a number of pixels from 1; 0 was given"),
        ({"truth": None}, "the configuration names no truth"),
    ],
)
def test_configurations_that_do_not_fit(tmp_path, changes, message):
    with pytest.raises((InvalidInput, NotFound), match=message):
        read(tmp_path, **changes)


def test_files_that_are_no_configuration(tmp_path):
    file = tmp_path / "bad.yaml"
    for text, message in (
        ("a: [1", rf"^{re.escape(str(file))} is no YAML"), ("- 1", r"^\S+ holds no keys: benchtools search"),
        ("space: nasbench201", "the configuration names no dataset: benchtools search init-config shows"),
    ):  # fmt: skip
        file.write_text(text)
        with pytest.raises(InvalidInput, match=message):
            oneshot.read_plan(file)
    with pytest.raises(StoreError, match="cannot read"):
        oneshot.read_plan(tmp_path / "none.yaml")


# results


def synthetic(n_seeds=3, *, diverged=(), proxies=("full", "random:400", "random:100"), noise=0.5):
    """SYNTHETIC searches of a plan: seconds on a line of the examples, with noise."""
    plan = plan_of(proxies=list(proxies), seeds=list(range(n_seeds)), pool=None)
    rng, rows = np.random.default_rng(0), []
    for algorithm in plan.algorithms:
        for proxy in plan.proxies:
            for seed in plan.seeds:
                k = proxy.k or 1_000
                lost = (algorithm, str(proxy), seed) in diverged
                rows.append({
                    "algorithm": algorithm, "method": proxy.method, "k": k, "seed": seed,
                    "status": "diverged" if lost else "done", "arch": "a", "degenerate": ("", "all none")[seed == 1],
                    "accuracy": 1.0 if lost else rng.normal(90, 1), "regret": rng.uniform(), "rank": seed + 1,
                    "search_s": 1e9 if lost else 20 + 0.1 * k + rng.normal(0, noise), "search_cpu_s": 3.0 * k,
                    "spearman": rng.uniform(),
                })  # fmt: skip
    frame = pd.DataFrame(rows)
    return StudyResult(plan, frame, frame[["algorithm", "degenerate"]], 94.0, 1_000)


def test_a_summary_by_hand():
    study = synthetic(diverged={("gdas", "full", 0), ("gdas", "random:100", 2)})
    summary = oneshot.summarise(study)
    assert len(summary) == 6
    rows = study.frame[study.frame.status == "done"].to_dict("records")
    for line in summary.to_dict("records"):
        own = [row for row in rows if all(row[key] == line[key] for key in ("algorithm", "method", "k"))]
        full = [row for row in rows if row["algorithm"] == line["algorithm"] and row["method"] == "full"]

        def mean(name, of):
            return math.fsum(row[name] for row in of) / len(of)

        centre = mean("accuracy", own)
        std = math.sqrt(sum((row["accuracy"] - centre) ** 2 for row in own) / (len(own) - 1))
        wanted = {
            "share": line["k"] / 1_000, "accuracy": centre, "std": std, "best": max(row["accuracy"] for row in own),
            "regret": mean("regret", own), "rank": np.median([row["rank"] for row in own]), "n": len(own),
            "degenerate": sum(row["degenerate"] == "all none" for row in own), "search_s": mean("search_s", own),
            "ratio": mean("search_s", own) / mean("search_s", full), "spearman": mean("spearman", own),
            "ratio_cpu": line["k"] / 1_000, "difference": centre - mean("accuracy", full),
        }  # fmt: skip
        assert {name: line[name] for name in wanted} == pytest.approx(wanted)
    assert set(summary["n"]) == {2, 3}


def test_a_summary_without_searches_on_all_examples():
    line = oneshot.summarise(synthetic(1, proxies=["random:100"])).iloc[0]
    assert line[["std", "ratio", "ratio_cpu", "difference"]].isna().all()
    lost = {("gdas", "random:100", 0)}
    line = oneshot.summarise(synthetic(1, proxies=["random:100"], diverged=lost)).iloc[0]
    assert line["n"] == 0
    assert line[["accuracy", "best", "regret", "rank", "search_s"]].isna().all()


def test_lines_through_search_times():
    study = synthetic(diverged={("gdas", "full", 0)})
    for fit in oneshot.time_fits(study):
        own = study.frame[(study.frame.algorithm == fit.algorithm) & (study.frame.status == "done")]
        share, full = own.k / 1_000, own[own.method == "full"].search_s.mean()
        (intercept, slope), residuals, *_ = np.linalg.lstsq(
            np.column_stack([np.ones(len(own)), share]), own.search_s / full, rcond=None
        )
        spread = ((own.search_s / full) - (own.search_s / full).mean()).pow(2).sum()
        assert fit[1:] == pytest.approx((intercept, slope, 1 - residuals[0] / spread, len(own)))
    (line, _) = oneshot.time_fits(synthetic(noise=0))
    assert line[1:] == pytest.approx((20 / 120, 100 / 120, 1, 9))
    assert oneshot.time_fits(study, by="search_cpu_s")[1][1:3] == pytest.approx((0, 1))
    for proxies in (["full"], ["random:100", "random:200"]):
        with pytest.raises(NotFound, match="gdas was not searched on all examples and on a part of them: add"):
            oneshot.time_fits(synthetic(proxies=proxies))


def test_searches_that_are_missing():
    study = synthetic()
    with pytest.raises(InvalidInput, match=r"3 of 18 searches are missing, such as gdas on random:100 with the seed 0"):
        replace(study, frame=study.frame[(study.frame.k != 100) | (study.frame.algorithm != "gdas")])


def test_what_is_saved_is_loaded(tmp_path):
    study = synthetic().with_notes("a note")
    study = replace(study, plan=replace(study.plan, data="/some/own.npz", scores={"p1": "/some/p1.npz"}))
    again = StudyResult.load(study.save(tmp_path / "study"))
    assert again.plan == replace(study.plan, data=None, scores={"p1": "p1.npz"})
    pd.testing.assert_frame_equal(again.frame, study.frame, rtol=1e-5, check_dtype=False)
    assert (again.best, again.n_pool, again.notes) == (94.0, 1_000, ("a note",))
    assert len(oneshot.load(tmp_path / "study")) == 18
    for text in ("{", "[]", "{}"):
        (tmp_path / "study" / "study.json").write_text(text)
        with pytest.raises(StoreError, match="cannot read the study"):
            StudyResult.load(tmp_path / "study")
    with pytest.raises(NotFound, match="there is no recorded study 'none-such', and no such folder"):
        oneshot.load("none-such")


# studies


@pytest.fixture(scope="module")
def found(tmp_path_factory, benchtools_home):
    pytest.importorskip("torch")
    store = tmp_path_factory.mktemp("study") / "study.db"
    return store, *oneshot.run_study(plan_of(rank=5, seeds=[0]), store)


def test_a_study_searches_once(found, slice_table):
    store, summary, study = found
    assert (summary.done, summary.failed) == (4, 0)
    again, same = oneshot.run_study(plan_of(rank=5), store)
    assert (again.done, again.already_done) == (0, 4)
    pd.testing.assert_frame_equal(same.frame, study.frame)
    frame = study.frame.set_index(["algorithm", "method"])
    assert (frame.n_weights["gdas", "full"], frame.n_weights["gdas", "random"]) == (100, 50)
    assert (study.n_pool, sorted(study.frame.k.unique())) == (200, [100, 200])
    values = slice_table.column(dataset="cifar10-valid", split="x-valid", epochs=200, seed="mean")
    for row in study.frame.itertuples():
        own = values[slice_table.row(row.arch)]
        assert row.accuracy == row.best_seen_accuracy == own
        assert (row.regret, row.rank) == pytest.approx((values.max() - own, 1 + (values > own).sum()))
        assert row.n_archs == 5
    assert study.best == values.max()
    assert len(study.trajectories) == 4
    assert len(oneshot.summarise(study)) == len(oneshot.time_fits(study)) * 2 == 4


def test_a_study_that_is_not_finished(found):
    with Store(found[0]) as store, pytest.raises(InvalidInput, match="4 of 8 searches are missing, such as gdas"):
        StudyResult.from_store(plan_of(rank=5, seeds=[0, 1]), store)


def test_searches_that_diverge_are_results(tmp_path):
    pytest.importorskip("torch")
    recipe = {"epochs": 2, "batch_size": 32, "lr": 1e30, "clip_norm": None}
    plan = plan_of(algorithms=["random_ws"], proxies=["full"], recipe=recipe)
    summary, study = oneshot.run_study(plan, tmp_path / "study.db")
    assert (summary.diverged, summary.failed) == (1, 0)
    assert study.frame.status.tolist() == ["diverged"]
    assert study.frame.search_s.tolist() == [0]
    assert study.trajectories.empty
    assert oneshot.summarise(study)["n"].tolist() == [0]


def test_studies_that_do_not_fit(tmp_path):
    pytest.importorskip("torch")
    for changes, message in (
        ({"pool": 5_000}, "pool must be from 1 to 1,442, the training examples of digits; 5000 was given"),
        ({"proxies": ["random:201"]}, "random:201 asks for more than the 200 examples that there are"),
        ({"table": "none-such"}, "none-such"), ({"truth": "cifar10/ori-test/200/mean"}, "does not exist"),
        ({"space": "oneshot1_s1"}, "slice is of nasbench201, and oneshot1_s1 is searched"),
    ):  # fmt: skip
        with pytest.raises((InvalidInput, NotFound), match=message):
            oneshot.run_study(plan_of(**changes), tmp_path / "study.db")
    large = plan_of(proxies=["random:120"], algorithms=["gdas"], recipe={"batch_size": 64})
    summary, study = oneshot.run_study(large, tmp_path / "study.db")
    assert (summary.failed, study) == (1, None)
    with Store(tmp_path / "study.db") as store:
        (record,) = store.results(status="failed")
    assert "60 examples for the weights do not fill a batch of 64" in record.result.error


# files


@pytest.fixture
def files(tmp_path):
    """Return a function that writes images, labels and scores to a folder, and gives the plan that reads them."""
    pytest.importorskip("torch")
    from benchtools.datasets import load_dataset
    from benchtools.scoring import Scores

    digits, n = load_dataset("digits"), 200
    images, labels = digits.train_images[:n], digits.train_labels[:n]

    def write(name="here", *, brighter=0, order=1):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        test = {"x_test": digits.test_images[:20], "y_test": digits.test_labels[:20]}
        np.savez(folder / "own.npz", x_train=images + np.uint8(brighter), y_train=labels, **test)
        own = load_dataset("npz", folder / "own.npz")
        Scores(np.linspace(0, 1, n)[::order], "entropy", own.name, own.digest, labels).save(folder / "scores.npz")
        return plan_of(
            dataset="npz", data=str(folder / "own.npz"), algorithms=["random_ws"], proxies=["entropy_top:100"],
            scores={"entropy_top": str(folder / "scores.npz")}, pool=None,
        )  # fmt: skip

    return write


def trials_of(plan):
    from benchtools.experiments.oneshot._trials import load_data, plan_trials

    return list(plan_trials(plan, load_data(plan)))


def test_the_identity_of_a_search_is_not_where_its_files_are(files, slice_table, tmp_path):
    ids = [trial.id for trial in trials_of(files("here"))]
    shutil.copytree(slice_table.path, tmp_path / "table" / slice_table.name)
    there = replace(files("there"), table=str(tmp_path / "table" / slice_table.name))
    assert [trial.id for trial in trials_of(there)] == ids
    for other in (files("other", brighter=1), files("other", order=-1), replace(there, rank=3),
                  replace(there, recipe={**there.recipe, "lr": 0.3})):  # fmt: skip
        assert [trial.id for trial in trials_of(other)] != ids


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"brighter": 1}, r"own has changed since its trials were made: its digest is \w{12}, not \w{12}; put back"),
        (
            {"order": -1},
            "entropy_top:100 chooses other examples than when the study was planned: its scores",
        ),
    ],
)
def test_files_that_change_while_a_study_runs(files, tmp_path, change, message):
    from benchtools.experiments.oneshot._search import SearchTrial
    from benchtools.runs import run_trials

    plan = files()
    assert oneshot.run_study(plan, tmp_path / "before.db")[0].done == 1
    trials = trials_of(plan)
    files(**change)
    with Store(tmp_path / "study.db") as store:
        assert run_trials(trials, SearchTrial(plan), store).failed == 1
        (record,) = store.results(status="failed")
    assert re.search(message, record.result.error)
    assert oneshot.run_study(plan, tmp_path / "study.db")[0].done == 1  # planned again, of the files as they are
