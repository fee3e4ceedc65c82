"""The verbs of ``benchtools search`` that need torch: a search, its trajectory, a study."""

import json
import re
import sys

import pytest

pytest.importorskip("torch")

from benchtools.cli import main
from benchtools.experiments.oneshot import EXAMPLE, StudyPlan
from benchtools.search.one_shot import OneShotResult

TINY = ["--dataset", "digits", "--proxy", "random:200", "--width", "2", "--set", "epochs=2"]


@pytest.fixture
def run(monkeypatch, capsys):
    """Return a function that runs ``benchtools search``: exit code, standard output and standard error."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["benchtools", "search", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:  # noqa: PT012
            main()
            raise SystemExit(0)
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return command


def test_a_search_prints_cell_accuracy_and_regret(run, tmp_path, benchtools_home):
    code, out, err = run("run", "gdas", "--space", "nasbench201", *TINY, "--out", tmp_path / "gdas.json")
    assert code == 0, err
    found = OneShotResult.load(tmp_path / "gdas.json")
    assert found.arch in out
    assert re.search(r"accuracy +[\d.]+ %  in cifar10-valid/x-valid/200/mean of nasbench201-slice", out)
    assert f"regret    {found.final['regret']:.2f} %" in out
    assert "the table is of cifar10-valid, and the search saw digits" in out
    assert found.settings["recipe"]["epochs"] == 2
    _, shown, _ = run("show", tmp_path / "gdas.json")
    assert shown.count("|+|") >= 3 and "held_out_accuracy" in shown  # noqa: PT018


def test_a_space_without_a_table_says_so(run, benchtools_home):
    _, out, _ = run("run", "random_ws", "--space", "oneshot1_s1", *TINY, "--set", "candidates=3")
    assert "no table of this space comes with benchtools: name one by --table and --truth" in out
    assert "regret" not in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["gdos"], "Did you mean 'gdas'"),
        (["gdas", "--preset", "shrt"], "Did you mean 'short'"),
        (["gdas", "--space", "nasbench21"], "nasbench201"),
        (["gdas", "--proxy", "p1:300"], "name a file of scores"),
        (["gdas", "--proxy", "random"], "write METHOD:K"),
        (["gdas", "--set", "epoch=3"], "Did you mean 'epochs'"),
        (["gdas", "--table", "nasbench201-slice"], "are named together"),
        (["setn", "--space", "oneshot1_s1", "--preset", "short"], "does not search oneshot1_s1"),
        (["study.yaml"], "--store study.db"),
    ],
)
def test_bad_words_are_answered(run, benchtools_home, words, message):
    code, _, err = run("run", *words)
    assert code != 0
    assert message in " ".join(err.split())


def test_the_example_is_a_study(run, tmp_path):
    import yaml

    assert run("init-config")[1] == EXAMPLE
    assert StudyPlan.from_dict(yaml.safe_load(EXAMPLE)).n_trials == 8
    assert run("init-config", "--out", tmp_path / "study.yaml")[0] == 0
    code, _, err = run("init-config", "--out", tmp_path / "study.yaml")
    assert (code != 0, "exists" in err) == (True, True)


def test_a_study_runs_and_is_not_run_again(run, tmp_path, benchtools_home):
    plan = {
        "space": "nasbench201", "dataset": "digits", "table": "nasbench201-slice",
        "truth": "cifar10-valid/x-valid/200/mean", "algorithms": ["random_ws"], "proxies": ["full", "random:100"],
        "pool": 200, "recipe": {"epochs": 1, "batch_size": 32, "candidates": 2}, "options": {"width": 2, "n_cells": 1},
    }  # fmt: skip
    (tmp_path / "study.yaml").write_text(json.dumps(plan))  # JSON is YAML
    words = ("run", tmp_path / "study.yaml", "--store", tmp_path / "study.db", "--device", "cpu")
    code, out, err = run(*words)
    assert code == 0, err
    assert "1 algorithms x 2 proxies x 1 seeds = 2 searches" in out
    assert "2 done" in out
    assert "2 done already" in run(*words)[1]


def test_both_kinds_of_searches_are_listed(run):
    _, out, _ = run("list")
    assert "gdas" in out.splitlines()[0]
    assert "local_search" in out.splitlines()[1]
