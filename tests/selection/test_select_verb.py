"""``benchtools select``: what it prints, what it writes, how it fails."""

import subprocess
import sys

import numpy as np
import pytest

from benchtools.cli import main
from benchtools.scoring import Scores
from benchtools.selection import Selection, k_center, list_selectors, p1


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Return a function that runs the command line: exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["benchtools", "select", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:  # noqa: PT012
            main()
            raise SystemExit(0)
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return command


@pytest.fixture
def file(entropies, tmp_path):
    return entropies.save(tmp_path / "entropy.npz")


@pytest.mark.parametrize("words", [["p1"], ["run", "p1"]])
def test_a_method_is_a_verb(run, file, entropies, words):
    code, out, err = run(*words, "--scores", file, "--k", 90, "--seed", 5, "--set", "bin_width=0.25", "--out", "a.npz")
    assert (code, err) == (0, "")
    assert out.startswith("p1: 90 of 2,000 examples of toy (4.50%), seed 5\n10 classes, shares from")
    assert out.endswith("wrote a.npz\n")
    expected = p1(entropies, k=90, rng=5, bin_width=0.25)
    assert Selection.load("a.npz").indices.tolist() == expected.indices.tolist()


def test_fraction_balance_and_hyphens(run, file):
    assert run("entropy-top", "--scores", file, "--fraction", "0.05", "--balance", "--out", "b.npz")[0] == 0
    assert np.bincount(Selection.load("b.npz").labels).tolist() == [10] * 10


def test_text_needs_the_name_of_its_data_set(run, tmp_path):
    (tmp_path / "e.txt").write_text("0 0.5 1\n1 0.25 0\n2 0.0 1\n")
    code, _, err = run("p1", "--scores", "e.txt", "--k", 2, "--out", "a.npz")
    assert code == 2
    assert err == "error: e.txt is a text file, which does not name its data set: pass --dataset, such as cifar10\n"
    code, out, _ = run("p1", "--scores", "e.txt", "--dataset", "cifar100", "--k", 2, "--out", "a.npz")
    assert code == 0
    assert "note: 1 entropies below 1e-30 were counted as 1e-30" in out
    assert Selection.load("a.npz").parameters["bin_width"] == 0.25


def test_probe_importance_takes_its_features(run, tmp_path):
    rng = np.random.default_rng(0)
    common = {"dataset": "toy", "dataset_digest": "d"}
    Scores(rng.random((50, 2)) < 0.7, kind="correctness", **common).save(tmp_path / "right.npz")
    Scores(rng.normal(size=(50, 3)), kind="features", **common).save(tmp_path / "rows.npz")
    call = ["probe_importance", "--scores", "right.npz", "--k", 9, "--out", "a.npz"]
    assert run(*call)[2] == "error: probe_importance reads features too: pass --features FILE\n"
    assert run(*call, "--features", "rows.npz", "--set", "literal=true", "--set", "n_components=2")[0] == 0
    assert Selection.load("a.npz").parameters["literal"] is True
    assert "p1 has no parameter 'features'" in run("p1", "--features", "rows.npz", *call[1:])[2]


def test_progress_and_warnings(run, tmp_path):
    rows = Scores(np.repeat(np.eye(3), 4, axis=0), kind="features", dataset="toy", dataset_digest="d")
    rows.save(tmp_path / "rows.npz")
    common = ["--scores", "rows.npz", "--k", 5, "--out", "a.npz"]
    code, out, err = run("k_center", *common)
    assert code == 0
    assert err == ""
    assert "note: only 3 of the 5 chosen rows of features are distinct: 2 are duplicates" in out
    settings = ["--set", "n_clusters=2", "--set", "n_init=2", "--set", "mini_batch=none"]
    assert run("kmeans_outliers", *common, *settings)[0] == 0


def test_list(run):
    code, out, _ = run("list")
    assert code == 0
    for name in list_selectors():
        assert f" {name} " in out
    assert "correctness + features" in out


def test_describe(run, file, entropies, tmp_path):
    p1(entropies, k=100).save(tmp_path / "a.npz")
    p1(entropies, k=50, rng=1).save(tmp_path / "b.npz")
    code, out, _ = run("describe", "a.npz", "--against", "b.npz", "--against", "a.npz")
    assert code == 0
    for text in ("p1: 100 of 2,000", "share in data set", "Quantiles of entropy scores", "by chance", "bin_width: 0.5"):
        assert text in out
    lines = [line.split() for line in out.splitlines()]
    assert ["a.npz", "p1", "100", "100", "1.0000", "1.0000", "5.0"] in lines
    rows = Scores(np.eye(4), kind="features", dataset="other", dataset_digest="d2")
    k_center(rows, k=2).save(tmp_path / "c.npz")
    code, out, err = run("describe", "a.npz", "--against", "c.npz")
    assert (code, out) == (2, "")
    assert "are of different data sets" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["p9", "--k", 3], "no selector is called 'p9': there is class_random,"),
        (["p1"], "k=None, fraction=None: give exactly one of them"),
        (["p1", "--k", 0], "k=0 must be in 1..2000"),
        (["loss_easy", "--k", 3], "loss_easy reads loss or reconstruction_loss scores, not entropy"),
        (["p1", "--k", 3, "--dataset", "cifar10"], "are of the data set 'toy', not of 'cifar10'"),
        (["p1", "--k", 3, "--set", "width=1"], "p1 has no parameter 'width'; its parameters are: bin_width, floor"),
        (["p1", "--k", 3, "--set", "bin_width"], "--set 'bin_width' must be NAME=VALUE"),
        (["random", "--k", 3, "--set", "k=4"], "random has no parameter 'k'; its parameters are: none"),
    ],
)
def test_errors_are_one_message(run, file, words, message):
    code, out, err = run(*words, "--scores", file, "--out", "a.npz")
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert message in err


def test_files_that_are_missing(run, tmp_path):
    assert "cannot read no.npz" in run("p1", "--scores", "no.npz", "--k", 3, "--out", "a.npz")[2]
    assert "cannot read no.npz" in run("describe", "no.npz")[2]


def test_the_verbs_load_nothing_heavy():
    code = (
        "import sys\nfrom benchtools.cli import main\nsys.argv = ['benchtools', 'select', '--help']\n"
        "try:\n    main()\nexcept SystemExit as ended:\n    assert not ended.code\n"
        "print('LOADED', sorted({'torch', 'scipy', 'numpy', 'sklearn', 'pandas'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert "LOADED []" in done.stdout
    for verb in ("run", "list", "describe"):
        assert verb in done.stdout
    code = (
        "import sys, benchtools.selection, benchtools.scoring; print({'torch', 'scipy', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "set()\n"
