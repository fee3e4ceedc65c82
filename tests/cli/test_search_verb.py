"""``benchtools search``: what it prints and writes, and how it fails."""

import sys

import matplotlib.image
import pandas as pd
import pytest

from benchtools.cli import main

TRUTH = ["--dataset", "cifar10-valid", "--split", "x-valid", "--epochs", "200", "--seed", "mean"]
SMALL = ["--table", "nasbench201-slice", *TRUTH, "--budget", "30", "--runs", "5", "--population", "10"]


@pytest.fixture
def run(monkeypatch, capsys, tmp_path, slice_table):
    monkeypatch.chdir(tmp_path)

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["benchtools", "search", *arguments])
        with pytest.raises(SystemExit) as ended:  # noqa: PT012
            main()
            raise SystemExit(0)
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return command


def test_baselines_prints_a_summary_and_writes_files(run, tmp_path):
    code, out, err = run("baselines", *SMALL, "--out", "found")
    assert (code, err.strip()) == (0, "")
    assert out.startswith("regret [%] of 5 runs on cifar10-valid/x-valid/200/mean, judged by cifar10-valid/x-valid/200")
    folder = tmp_path / "found"
    assert sorted(path.name for path in folder.iterdir()) == [
        "evaluations.parquet", "regret-seconds.csv", "regret-seconds.png", "regret.csv", "regret.png",
        "summary-seconds.csv", "summary.csv",
    ]  # fmt: skip
    evaluations = pd.read_parquet(folder / "evaluations.parquet")
    names = ["local_search", "random_search", "regularised_evolution"]  # without --lower-epochs no successive_halving
    assert evaluations.groupby("algorithm").size().to_dict() == dict.fromkeys(names, 150)
    summary = pd.read_csv(folder / "summary.csv").set_index(["algorithm", "evaluations"])
    last = evaluations[evaluations["evaluation"] == 30].groupby("algorithm")["regret"].median()
    for name in names:
        assert summary.loc[(name, 30), "median"] == pytest.approx(last[name])
        assert f"{last[name]:.4f}" in out
    assert matplotlib.image.imread(folder / "regret.png").std() > 0.05


def test_list(run):
    assert run("list")[1].split() == ["local_search", "random_search", "regularised_evolution", "successive_halving"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--algorithm", "regularised_evolution", "--algorithm", "successive_halving"], "needs cheaper schedules"),
        (["--lower-epochs", "12"], "does not exist for epochs 12: there is 200"),
        (["--judge", "cifar10/ori-test/200/mean"], "does not exist for dataset 'cifar10'"),
        (["--algorithm", "local_search"], "options are given for regularised_evolution"),
    ],
)
def test_errors_write_nothing(run, tmp_path, more, message):
    code, _, err = run("baselines", *SMALL, *more, "--out", "found")
    assert code == 2
    assert message in err
    assert not (tmp_path / "found").exists()
