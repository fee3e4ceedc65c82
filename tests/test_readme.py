"""The README keeps its word: its Python runs, and its commands are ones that the command line takes."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchtools.spaces import get_space
from benchtools.testing import write_nasbench101, write_nasbench201

README = Path(__file__).parents[1] / "README.md"


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def run(arguments, folder, **environment):
    return subprocess.run(
        arguments, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=True, timeout=300
    ).stdout


def test_the_python_runs(tmp_path):
    code = blocks("python")[0]
    out = run([sys.executable, "-c", code], tmp_path, MPLBACKEND="agg")
    assert "86 architectures for rho = 0.9 within 0.05" in out
    assert (tmp_path / "scatter.png").stat().st_size > 10_000


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """Return a home with the tables of small synthetic archives: what the README takes from real ones."""
    folder = tmp_path_factory.mktemp("archives")
    home = {"BENCHTOOLS_HOME": str(folder / "home")}
    write_nasbench201(folder / "NAS-Bench-201.pth", n_archs=[*range(60), 6111], n_seeds=2)
    write_nasbench101(folder / "nasbench_only108.tfrecord", cells=range(0, 400_000, 20_000))
    for kind, file in (("nasbench201", "NAS-Bench-201.pth"), ("nasbench101", "nasbench_only108.tfrecord")):
        out = benchtools(f"benchtools table import {kind} {file} --partial", folder, **home)
        assert "SYNTHETIC" in out
    return folder, home


def benchtools(line, folder, **environment):
    return run([sys.executable, "-m", "benchtools", *shlex.split(line, comments=True)[1:]], folder, **environment)


def test_the_python_for_archives_runs(archives):
    folder, home = archives
    out = run([sys.executable, "-c", f"import benchtools as bt\n{blocks('python')[1]}"], folder, **home)
    assert out == ""


def test_the_commands_for_archives_run(archives):
    folder, home = archives
    lines = [line for block in blocks("sh") for line in block.splitlines() if re.search(r"nasbench201( |$)", line)]
    lines = [line for line in lines if "search run" not in line]
    space = get_space("nasbench201")
    scores = pd.DataFrame({"arch": [space.to_string(index) for index in range(60)], "mine": range(60)})
    scores.to_csv(folder / "scores.csv", index=False)
    outs = [benchtools(line, folder, **home) for line in lines if "import" not in line]
    assert len(outs) == 3
    assert "cifar10-valid" in outs[0]
    assert "best by cifar100/x-test/200/mean of nasbench201" in outs[1]
    assert "60 architectures against cifar10/ori-test/200/mean of nasbench201" in outs[2]


@pytest.mark.parametrize(
    "command",
    [line for block in blocks("sh") for line in block.splitlines() if "rank scores.csv --table nasbench201-" in line],
)
def test_the_rank_command_runs(command, tmp_path):
    space = get_space("nasbench201")
    archs = [space.to_string(index) for index in range(60)]
    scores = np.random.default_rng(0).normal(size=60)
    pd.DataFrame({"arch": archs, "mine": scores}).to_csv(tmp_path / "scores.csv", index=False)
    out = run([sys.executable, "-m", "benchtools", *shlex.split(command)[1:]], tmp_path)
    assert "60 architectures against cifar10-valid/x-valid/200/mean" in out
    assert (tmp_path / "report" / "report.html").is_file()


def test_the_table_commands_run(tmp_path):
    archs = [get_space("nasbench201").to_string(index) for index in range(20)]
    frame = pd.DataFrame({"arch_str": archs, "test_acc_200": np.linspace(80, 94, 20)})
    frame.to_parquet(tmp_path / "results.parquet")
    commands = [line for block in blocks("sh") for line in block.splitlines() if "mine" in line]
    outs = [
        run(
            [sys.executable, "-m", "benchtools", *shlex.split(line)[1:]],
            tmp_path,
            BENCHTOOLS_HOME=str(tmp_path / "home"),
        )
        for line in commands
    ]
    assert len(outs) == 3
    assert all("ori-test" in out for out in outs)
    assert f"94.0000  {archs[-1]}" in outs[2]


def test_the_proxy_data_chain_runs(tmp_path):
    pytest.importorskip("torch")
    (block,) = [block for block in blocks("sh") if "benchtools score" in block]
    outs = [benchtools(line, tmp_path) for line in block.splitlines()]
    assert "entropy: 1,442 examples" in outs[0]
    assert "p1: 150 of 1,442 examples of digits" in outs[1]
    assert "k_center" in outs[3]
    names = {path.name for path in (tmp_path / "pictures").iterdir()}
    assert names == {"histogram.png", "classes.png", "embedding.png", "contact.png"}


def test_the_zoo_commands_run(tmp_path):
    pytest.importorskip("torch")
    (block,) = [block for block in blocks("sh") if "benchtools zoo run" in block]
    first, second, third = block.splitlines()
    benchtools(first, tmp_path)
    file = tmp_path / "zoo.yaml"  # the same on a smaller scale
    shorter = file.read_text().replace("n: 6", "n: 3").replace("n_cells: 3", "n_cells: 1")
    file.write_text(shorter.replace("c0r0s0e2, c0r0s0e1, c4r4s0e2]", "c4r4s0e1]"))
    assert "3 networks x 5 settings x 1 seeds = 15 trials" in benchtools(second, tmp_path)
    assert "3 networks against the original setting c0r0s0e4" in benchtools(third, tmp_path)
    assert (tmp_path / "zoo-report" / "report.html").is_file()


def test_the_search_commands_run(tmp_path):
    pytest.importorskip("torch")
    (line,) = [block.strip() for block in blocks("sh") if block.startswith("benchtools search run")]
    out = benchtools(line, tmp_path)
    assert re.search(r"accuracy +[0-9.]+ %  in cifar10-valid/x-valid/200/mean of nasbench201-slice", out)
    assert re.search(r"regret +[0-9.]+ %  \(best 91.61 %\), rank [0-9,]+", out)
    (code,) = [block for block in blocks("python") if "import search" in block]
    assert "random_ws on nasbench201, digits: 3 epochs" in run([sys.executable, "-c", code], tmp_path)


def test_the_study_commands_run(tmp_path):
    pytest.importorskip("torch")
    (block,) = [block for block in blocks("sh") if "study.db" in block]
    first, second, third, recorded = block.splitlines()
    benchtools(first, tmp_path)
    file = tmp_path / "study.yaml"  # the same on a smaller scale
    shorter = file.read_text().replace("epochs: 3", "epochs: 1").replace("seeds: [0, 1]", "seeds: [0]\npool: 400")
    file.write_text(shorter.replace("width: 4", "width: 2"))
    assert "2 algorithms x 2 proxies x 1 seeds = 4 searches" in benchtools(second, tmp_path)
    for line, folder in ((third, "study-report"), (recorded, "recorded-report")):
        assert "accuracy [%] in" in benchtools(line, tmp_path)
        assert (tmp_path / folder / "index.html").is_file()
