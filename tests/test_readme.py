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

README = Path(__file__).parents[1] / "README.md"


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def run(arguments, folder, **environment):
    return subprocess.run(
        arguments, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=True, timeout=300
    ).stdout


def test_the_python_runs(tmp_path):
    (code,) = blocks("python")
    out = run([sys.executable, "-c", code], tmp_path, MPLBACKEND="agg")
    assert "86 architectures for rho = 0.9 within 0.05" in out
    assert (tmp_path / "scatter.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    "command", [line for block in blocks("sh") for line in block.splitlines() if "benchtools rank" in line]
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
    commands = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("benchtools table")]
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
