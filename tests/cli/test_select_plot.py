"""``benchtools select plot``, and ``select METHOD --data``: what they write, what they leave out, how they fail."""

import sys

import matplotlib.image
import numpy as np
import pytest

from benchtools.cli import main
from benchtools.datasets import load_dataset
from benchtools.scoring import Scores
from benchtools.selection import Selection, entropy_top, random

PICTURES = ["classes.png", "contact.png", "embedding.png", "histogram.png"]


@pytest.fixture(scope="module")
def digits():
    return load_dataset("digits")


@pytest.fixture
def make(digits):
    def scores(values, kind="entropy", **options):
        own = {"dataset": "digits", "dataset_digest": digits.digest, "labels": digits.train_labels}
        return Scores(values, kind, **own | options)

    return scores


@pytest.fixture
def run(monkeypatch, capsys, tmp_path, digits, make):
    """Return a function that runs ``select``, in a folder with scores, features and a selection of digits."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    entropy = make(rng.lognormal(-6, 3, len(digits.train_labels)))
    entropy.save("entropy.npz")
    entropy.write_text("entropy.txt")
    rows = make(digits.train_images.reshape(len(digits.train_images), -1).astype(np.float32), "features")
    rows.save("features.npz")
    entropy_top(entropy, k=60).save("top.npz")
    random(rows, k=60).save("random.npz")

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["benchtools", "select", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:  # noqa: PT012
            main()
            raise SystemExit(0)
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return command


def test_plot_writes_every_picture(run, tmp_path):
    inputs = ["--scores", "entropy.npz", "--features", "features.npz", "--dataset", "digits"]
    code, out, err = run("plot", "top.npz", *inputs, "--out", "deep/pictures")
    assert (code, err) == (0, "")
    assert out.startswith("entropy_top: 60 of 1,442 examples of digits")
    folder = tmp_path / "deep" / "pictures"
    assert sorted(path.name for path in folder.iterdir()) == PICTURES
    assert sorted(line.rpartition("/")[2] for line in out.splitlines() if line.startswith("wrote ")) == PICTURES
    assert "left out" not in out
    for path in folder.iterdir():
        picture = matplotlib.image.imread(path)
        assert min(picture.shape[:2]) > 300
        assert picture[..., :3].std() > 0.05
    first = (folder / "embedding.png").read_bytes()
    assert run("plot", "top.npz", *inputs, "--out", "again")[0] == 0
    assert (tmp_path / "again" / "embedding.png").read_bytes() == first


def test_plot_says_what_it_leaves_out(run, tmp_path):
    code, out, _ = run("plot", "random.npz", "--out", "a")
    assert code == 0
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["classes.png"]
    assert out.splitlines()[-3:] == [
        "left out histogram.png: pass --scores FILE",
        "left out embedding.png: pass --features FILE",
        "left out contact.png: pass --dataset NAME and --scores FILE",
    ]
    assert "left out contact.png: pass --dataset NAME" in run("plot", "top.npz", "--out", "a")[1]
    out = run("plot", "random.npz", "--dataset", "digits", "--out", "a")[1]
    assert "left out contact.png: pass --scores FILE" in out


def test_plot_reads_text_as_scores_of_the_selection(run, tmp_path):
    assert run("plot", "top.npz", "--scores", "entropy.txt", "--out", "a")[0] == 0
    assert (tmp_path / "a" / "histogram.png").is_file()


def test_plot_refuses(run, tmp_path, make):
    make(np.ones((1_442, 3)), "features", dataset_digest="other").save("other.npz")
    common = ["plot", "top.npz", "--out", "a"]
    code, _, err = run(*common, "--features", "other.npz")
    assert code == 2
    assert err.startswith("error: the features are of digits (digest other)")
    assert "cannot be embedded: give features" in run(*common, "--features", "entropy.npz")[2]
    assert "a histogram needs one value" in run(*common, "--scores", "features.npz")[2]
    assert "method='umap' is not known" in run(*common, "--features", "features.npz", "--method", "umap")[2]
    assert "--data x: pass --dataset NAME too" in run(*common, "--data", "x")[2]
    assert not (tmp_path / "a").exists()


@pytest.fixture
def file(digits, tmp_path):
    """Write digits as a file of another kind; return its path, and what it is as a data set."""
    path = tmp_path / "own.npz"
    arrays = {"x_train": digits.train_images, "y_train": digits.train_labels}
    np.savez(path, **arrays, x_test=digits.test_images, y_test=digits.test_labels)
    return path, load_dataset("npz", path)


def test_select_compares_scores_with_the_data(run, file, make, digits):
    path, own = file
    call = ["entropy_top", "--k", 5, "--dataset", "npz", "--data", path, "--out", "a.npz", "--scores"]
    values = np.linspace(1, 2, 1_442)
    make(values, dataset=own.name, dataset_digest=own.digest).save("own-scores.npz")
    assert run(*call, "own-scores.npz")[0] == 0
    assert Selection.load("a.npz").dataset_digest == own.digest
    make(values[:9], dataset_digest=own.digest, indices=np.arange(9), labels=digits.train_labels[:9]).save("part.npz")
    assert run(*call, "part.npz")[0] == 0
    make(values, dataset="own", dataset_digest="other").save("other.npz")
    code, _, err = run(*call, "other.npz")
    assert code == 2
    assert err.lstrip().startswith("error: the scores are of own (digest other), not of own (digest ")
    make(values, dataset="own", dataset_digest=None, labels=(digits.train_labels + 1) % 10).save("shifted.npz")
    assert "1,442 of 1,442 labels are not those of the scores" in run(*call, "shifted.npz")[2]
    assert run(*call, "entropy.txt")[0] == 0
    assert Selection.load("a.npz").dataset == "own"
    assert "pass --dataset NAME too" in run("p1", "--scores", "entropy.npz", "--k", 5, "--data", "x", "--out", "a")[2]
