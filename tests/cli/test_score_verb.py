"""``benchtools score``: what it prints, what it writes for ``select``, what it refuses before anything is trained."""

import sys
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from benchtools import scoring  # noqa: E402
from benchtools.cli import main  # noqa: E402
from benchtools.datasets import load_dataset  # noqa: E402
from benchtools.networks import resnet20  # noqa: E402
from benchtools.scoring import BASELINES, Scores, train_baseline  # noqa: E402
from benchtools.selection import Selection  # noqa: E402


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
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


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Return a file with 120 training and 40 test digits."""
    file = tmp_path_factory.mktemp("data") / "some.npz"
    digits = load_dataset("digits")
    np.savez(
        file, x_train=digits.train_images[:120], y_train=digits.train_labels[:120],
        x_test=digits.test_images[:40], y_test=digits.test_labels[:40],
    )  # fmt: skip
    return file


@pytest.fixture
def score(run, data):
    """Return a function that scores this data set by a small network."""

    def command(*words, options=("--epochs", 2, "--set", "width=4")):
        return run("score", "--dataset", "npz", "--data", data, "--out", "o", *options, *words)

    return command


def test_kinds_of_one_network(score, run, data):
    code, out, _ = score("entropy", "forgetting", "features", "--seed", 3, "--lr", 0.05, "--batch-size", 50, "--text")
    assert code == 0
    recipe = replace(BASELINES.get("resnet20").recipe, epochs=2, lr=0.05)
    images = load_dataset("npz", data)
    expected = train_baseline(images, rng=3, recipe=recipe, options={"width": 4}, batch_size=50)
    lines = out.splitlines()
    for place, kind in enumerate(("entropy", "forgetting", "features")):
        scores = Scores.load(f"o/{kind}.npz")
        assert scores.digest == getattr(scoring, kind)(expected).digest
        assert scores.parameters["options"] == {"width": 4}
        assert lines[place].startswith(f"{kind}: 120 examples")
        assert f"test {scores.parameters['test_accuracy']:.2f} %" in lines[place]
    assert [line for line in lines if line.startswith("wrote ")] == [
        f"wrote o/{name}" for name in ("entropy.npz", "entropy.txt", "forgetting.npz", "forgetting.txt", "features.npz")
    ]
    text = Scores.read_text("o/entropy.txt", dataset="some")
    assert text.values.tolist() == Scores.load("o/entropy.npz").values.tolist()
    calls = {"p1": "entropy.npz", "forgetting": "forgetting.npz", "k_center": "features.npz"}
    for method, file in calls.items():
        assert run("select", method, "--scores", f"o/{file}", "--k", 12, "--out", "s.npz")[0] == 0
        assert Selection.load("s.npz").dataset_digest == images.digest


def test_loaded_weights(score, tmp_path):
    torch.save(resnet20(10, channels=1, width=8, rng=0).state_dict(), tmp_path / "w.pth")
    code, out, _ = score("entropy", "loss", "--network", "resnet20", "--weights", "w.pth", options=["--set", "width=8"])
    assert code == 0
    assert "loss: 120 examples, from" in out
    assert Scores.load("o/loss.npz").parameters["options"] == {"width": 8}


def test_runs_of_forgetting_are_summed(score, data):
    assert score("forgetting", "--runs", 2, "--seed", 5)[0] == 0
    found = Scores.load("o/forgetting.npz")
    images, common = load_dataset("npz", data), {"epochs": 2, "options": {"width": 4}}
    expected = scoring.forgetting([train_baseline(images, rng=seed, **common) for seed in (5, 6)])
    assert found.digest == expected.digest
    assert found.parameters["seeds"] == [5, 6]


def test_a_checkpoint_is_resumed(score, monkeypatch):
    assert score("entropy", "--checkpoint", "c.pt")[0] == 0
    first = Scores.load("o/entropy.npz").digest
    monkeypatch.setattr("benchtools.training._epochs.Run.epoch", None)  # all epochs are made
    assert score("entropy", "--checkpoint", "c.pt")[0] == 0
    assert Scores.load("o/entropy.npz").digest == first
    assert "lr was 0.1, and is 0.2 now" in score("entropy", "--checkpoint", "c.pt", "--lr", 0.2)[2]


def test_autoencoder(score, run):
    code, out, _ = score("reconstruction-loss", options=["--epochs", 1, "--set", "widths=[2, 2, 2, 2]"])
    assert code == 0
    assert out.startswith("reconstruction_loss: 120 examples, from 0.")
    assert Scores.load("o/reconstruction_loss.npz").parameters["options"] == {"widths": [2, 2, 2, 2]}
    assert run("select", "loss_hard", "--scores", "o/reconstruction_loss.npz", "--k", 5, "--out", "s.npz")[0] == 0


def test_probes_and_their_features(score, run):
    code, out, _ = score("correctness", "--holdout", 0.25)
    assert code == 0
    assert out.startswith("correctness: 30 examples x 2; accuracy ")
    assert "wrote o/correctness.npz\nwrote o/features.npz" in out
    call = ["select", "probe_importance", "--scores", "o/correctness.npz", "--features", "o/features.npz", "--k", 9]
    assert run(*call, "--out", "s.npz")[0] == 0
    assert len(Selection.load("s.npz")) == 9
    code, out, _ = score("correctness", "--eval-split", "test", "--holdout", 0)
    assert code == 0
    assert "wrote o/evaluation.npz" in out
    assert len(Scores.load("o/evaluation.npz")) == len(Scores.load("o/correctness.npz")) == 40
    more = ["--evaluation", "o/evaluation.npz", "--set", "eval_split=test"]
    assert run(*call, *more, "--out", "s.npz")[0] == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["entropi"], "'entropi' is no kind of scores: choose from entropy, forgetting,"),
        (["entropi"], "Did you mean 'entropy'?"),
        (["entropy", "loss"], "entropy, loss are read from resnet18, resnet20: score them one by one, or --network"),
        (["entropy", "--network", "resnet21"], "no baseline is called 'resnet21': there is autoencoder, probe,"),
        (["entropy", "--network", "autoencoder"], "entropy cannot be read from autoencoder"),
        (["reconstruction_loss", "--network", "resnet20"], "reconstruction_loss cannot be read from resnet20"),
        (["correctness", "entropy", "--network", "probe"], "it stands alone, without --weights and --checkpoint"),
        (["correctness", "--weights", "w.pth"], "it stands alone, without --weights and --checkpoint"),
        (["correctness", "--eval-split", "valid"], "--eval-split 'valid' must be held-out or test"),
        (["correctness", "--holdout", 0], "--holdout 0.0 must be a share between 0 and 1; for none, pass --eval-split"),
        (["correctness", "--holdout", 0.001], "holdout must be a share from 0 to below 1 that leaves examples"),
        (["correctness", "--text"], "--text: a line holds one value, and correctness have a row for each example"),
        (["entropy", "--holdout", 0.2], "--holdout and --eval-split are for correctness alone"),
        (["entropy", "--eval-split", "test"], "--holdout and --eval-split are for correctness alone"),
        (["forgetting", "--weights", "w.pth"], "forgetting events are counted while a network is trained"),
        (["forgetting", "--runs", 0], "--runs 0: 1 or more trainings, of forgetting alone"),
        (["forgetting", "--runs", 2, "--checkpoint", "c.pt"], "--runs 2: 1 or more trainings"),
        (["forgetting", "entropy", "--runs", 2], "--runs 2: 1 or more trainings, of forgetting alone"),
        (["entropy", "--weights", "w.pth"], "--weights: nothing is trained, so leave out --epochs"),
        (["entropy", "--lr", -1], "lr must be above 0; -1.0 was given"),
        (["entropy", "--epochs", 0], "epochs must be at least 1; 0 was given"),
        (["entropy", "--batch-size", 0], "batch_size must be at least 1; 0 was given"),
        (["entropy", "--seed", -1], "rng=-1 must be a seed (a whole number of at least 0)"),
        (["entropy", "--device", "gpu"], "the device 'gpu' cannot be used here"),
        (["entropy", "--set", "width"], "--set 'width' must be NAME=VALUE, such as width=8"),
        (["entropy", "--set", "widht=8"], "the network has no option 'widht'; its options are: width,"),
        (["entropy", "--set", "width=wide"], "the options {'width': 'wide'} do not fit the network"),
        (["entropy", "--checkpoint", "none/c.pt"], "there is no folder none for the checkpoint"),
        (["loss"], "resnet18 takes images of 3 channels, and those of some have 1: choose another baseline"),
        (["entropy", "--out", "file"], "cannot make the folder file"),
    ],
)
def test_nothing_is_trained_for_a_bad_argument(score, monkeypatch, tmp_path, words, message):
    def fail(*_):
        raise AssertionError("it was trained")

    monkeypatch.setattr("benchtools.training._epochs.Run.epoch", fail)
    (tmp_path / "file").write_text("")
    code, out, err = score(*words) if words != ["loss"] else score(*words, options=())
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert message in err
    assert not list(tmp_path.glob("**/*.npz"))
