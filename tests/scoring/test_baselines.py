"""Baselines: the same from the same seed, after an interruption and from a file; presets; what is refused."""

from dataclasses import asdict, replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from safetensors.torch import save_file  # noqa: E402

from benchtools.datasets import Augment, Dataset  # noqa: E402
from benchtools.errors import InvalidInput, NotFound, StoreError, WrongType  # noqa: E402
from benchtools.networks import resnet18, resnet20  # noqa: E402
from benchtools.scoring import (  # noqa: E402
    BASELINES,
    Baseline,
    Preset,
    Scores,
    entropy,
    features,
    forgetting,
    list_baselines,
    load_baseline,
    loss,
    train_baseline,
)
from benchtools.training import Recipe  # noqa: E402

SMALL = {"options": {"width": 4}, "batch_size": 50, "epochs": 3}


@pytest.fixture(scope="module")
def trained(toy):
    return train_baseline(toy, rng=0, **SMALL)


def same(one, other):
    pairs = zip(one.state_dict().items(), other.state_dict().items(), strict=True)
    return all(a == c and torch.equal(b, d) for (a, b), (c, d) in pairs)


def test_a_seed_decides_everything(toy, trained):
    again = train_baseline(toy, rng=0, **SMALL)
    assert same(trained.network, again.network)
    assert forgetting(trained).digest == forgetting(again).digest
    assert entropy(trained).digest == entropy(again).digest
    other = train_baseline(toy, rng=1, **SMALL)
    assert forgetting(other).digest != forgetting(trained).digest
    assert entropy(other).digest != entropy(trained).digest
    drawn = train_baseline(toy, rng=np.random.default_rng(0), **SMALL)
    assert same(trained.network, drawn.network)
    assert drawn.parameters["seed"] is None
    assert train_baseline(toy, rng=np.int64(1), **SMALL | {"epochs": 1}).parameters["seed"] == 1


def test_an_interrupted_training_gives_the_same_scores(toy, trained, tmp_path):
    file = tmp_path / "baseline.ckpt"

    def stop(_, done, total):
        assert total == 12
        if done == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_baseline(toy, rng=0, checkpoint=file, progress=stop, **SMALL)
    torch.rand(3)  # what others draw in between changes nothing
    resumed = train_baseline(toy, rng=0, checkpoint=file, **SMALL)
    assert resumed.training.resumed_at == 1
    np.testing.assert_array_equal(resumed.correct, trained.correct)
    for kind in (forgetting, entropy, features, loss):
        assert kind(resumed).digest == kind(trained).digest
    finished = train_baseline(toy, rng=0, checkpoint=file, **SMALL)
    assert finished.training.resumed_at == 3
    assert forgetting(finished).digest == forgetting(trained).digest


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_loaded_weights_give_the_same_scores(toy, trained, tmp_path, suffix):
    file = tmp_path / f"weights.{suffix}"
    save = save_file if suffix == "safetensors" else torch.save
    save(trained.network.state_dict(), file)
    loaded = load_baseline(toy, file, options={"width": 4})
    for kind in (entropy, features, loss):
        assert kind(loaded).digest == kind(trained).digest
    parameters = entropy(loaded).parameters
    assert len(parameters["weights"]) == 64  # a digest, and no place
    assert parameters["test_accuracy"] == entropy(trained).parameters["test_accuracy"]
    with pytest.raises(
        InvalidInput, match=r"Baseline\(resnet20 on toy\) has no record of its training.*loaded weights"
    ):
        forgetting(loaded)
    with pytest.raises(InvalidInput, match="does not fit CifarResNet"):
        load_baseline(toy, file, options={"width": 8})


def test_looking_changes_nothing(toy, trained):
    network = trained.network
    network.train()
    network.bn1.eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    first, second = entropy(trained), entropy(trained)
    assert first.digest == second.digest
    assert [module for module in network.modules() if not module.training] == [network.bn1]
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    few = replace(trained, batch_size=7)
    np.testing.assert_allclose(entropy(few).values, first.values, rtol=1e-3, atol=1e-9)
    np.testing.assert_allclose(features(few).values, features(trained).values, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(loss(few).values, loss(trained).values, rtol=1e-3, atol=1e-6)
    network.bn1.train()


def test_scores_say_where_they_come_from(toy, trained, oracle, tmp_path):
    scores = entropy(trained)
    assert (scores.dataset, scores.dataset_digest, scores.indices) == ("toy", toy.digest, None)
    np.testing.assert_array_equal(scores.labels, toy.train_labels)
    parameters = scores.parameters
    for part in ("train", "test"):
        right = oracle.logits(trained.network, toy, part).argmax(1) == toy.labels(part)
        assert parameters[f"{part}_accuracy"] == pytest.approx(100 * right.mean(), abs=1e-9)
    recipe = Recipe.from_dict(parameters["recipe"])
    assert recipe == replace(BASELINES.get("resnet20").recipe, epochs=3)
    assert (parameters["network"], parameters["options"], parameters["seed"]) == ("resnet20", {"width": 4}, 0)
    assert (parameters["batch_size"], parameters["split"], parameters["n_trained"]) == (50, "train", 160)
    assert parameters["augment"] == asdict(Augment.usual(toy))
    assert scores.provenance.inputs["data set"] == toy.digest
    loaded = Scores.load(scores.save(tmp_path / "entropy.npz"))
    assert (loaded.digest, loaded.parameters) == (scores.digest, parameters)
    text = Scores.read_text(scores.write_text(tmp_path / "e.txt"), dataset="toy", dataset_digest=toy.digest)
    assert text.digest == scores.digest


def test_splits_keep_their_positions(toy, trained):
    whole, test = entropy(trained), entropy(trained, split="test")
    assert len(test) == 50
    assert test.labels.tolist() == toy.test_labels.tolist()
    late, odd = entropy(trained, split="late"), features(trained, split="odd-test")
    assert late.indices.tolist() == list(range(100, 160))
    np.testing.assert_allclose(late.values, whole.values[100:], rtol=1e-3, atol=1e-9)
    assert late.labels.tolist() == toy.train_labels[100:].tolist()
    assert odd.indices.tolist() == list(range(1, 50, 2))
    assert odd.labels.tolist() == toy.test_labels[1::2].tolist()
    assert odd.parameters["split"] == "odd-test"
    with pytest.raises(NotFound, match="toy has no split 'valid'"):
        entropy(trained, split="valid")


def test_without_a_test_part(toy):
    bare = replace(toy, test_images=toy.test_images[:0], test_labels=toy.test_labels[:0], splits={})
    baseline = Baseline(resnet20(10, channels=1, width=4, rng=0), bare)
    assert entropy(baseline).parameters["test_accuracy"] is None


def test_presets_follow_their_papers():
    assert list(list_baselines()) == ["autoencoder", "probe", "resnet18", "resnet20", "resnet56"]
    made = {name: BASELINES.get(name) for name in list_baselines()}
    assert [name for name in made if not made[name].classifies] == ["autoencoder"]
    assert [name for name in made if not made[name].augmented] == ["autoencoder", "resnet18"]
    assert {made[name].recipe.epochs for name in ("probe", "resnet20", "resnet56")} == {200}
    assert {made[name].recipe.epochs for name in ("autoencoder", "resnet18")} == {50}


def test_inputs_are_enlarged_where_a_network_needs_it(toy, large_toy):
    preset = BASELINES.get("autoencoder")
    wide = np.zeros((1, 8, 20, 1), np.uint8)
    label = np.zeros(1, np.int64)
    oblong = Dataset("oblong", wide, label, wide, label, ("a",), "made here")
    assert [preset.resolution(dataset) for dataset in (toy, large_toy, oblong)] == [16, None, 32]
    assert BASELINES.get("resnet20").resolution(oblong) is None
    trained = train_baseline(toy, "autoencoder", rng=0, epochs=1, options={"widths": [2, 2, 2, 2]})
    assert trained.parameters["resolution"] == 16
    assert trained.correct is None
    assert trained.evaluate().loss > 0


def test_resnet18_takes_pretrained_weights(toy, tmp_path):
    images = np.repeat(toy.train_images[:12], 3, axis=3)
    dataset = Dataset("rgb", images, toy.train_labels[:12], images, toy.train_labels[:12], toy.classes, "toy")
    source = resnet18(1000, head="linear", rng=9)
    torch.save(source.state_dict(), tmp_path / "weights.pth")
    recipe = Recipe(epochs=1, lr=1e-12, schedule="constant")
    found = train_baseline(
        dataset, "resnet18", rng=0, recipe=recipe, options={"weights": tmp_path / "weights.pth"}, indices=range(8)
    )
    assert torch.allclose(found.network.conv1.weight, source.conv1.weight, atol=1e-6)
    assert found.parameters["recipe"]["lr"] == 1e-12
    scores = loss(found)
    assert len(scores) == 12
    assert len(scores.parameters["options"]["weights"]) == 64


def test_a_preset_of_someone_else(toy, monkeypatch):
    def build(dataset, rng, options):
        torch.manual_seed(0)
        return torch.nn.Sequential(
            torch.nn.Flatten(), torch.nn.Linear(64, options.get("hidden", 8)), torch.nn.ReLU(),
            torch.nn.Linear(options.get("hidden", 8), len(dataset.classes)),
        )  # fmt: skip

    monkeypatch.setattr(BASELINES, "_parts", dict(BASELINES._parts))
    recipe = Recipe(epochs=2, lr=0.01)
    BASELINES.register("mlp", Preset("two layers", build, recipe, batch_size=40, augmented=False, options=("hidden",)))
    assert list_baselines()["mlp"] == "two layers"
    with torch.random.fork_rng():
        found = train_baseline(toy, "mlp", rng=0, options={"hidden": 5})
    assert found.network[1].out_features == 5
    scores = forgetting(found)
    assert (scores.parameters["network"], scores.parameters["batch_size"], len(found.training)) == ("mlp", 40, 2)
    assert entropy(found).values.shape == (160,)
    with pytest.raises(InvalidInput, match=r"no option 'hiden'; its options are: hidden. Did you mean 'hidden'\?"):
        train_baseline(toy, "mlp", rng=0, options={"hiden": 5})


def test_a_module_of_ones_own(toy, oracle):
    with torch.random.fork_rng():
        network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10))
    baseline = Baseline(network, toy)
    assert repr(baseline) == "Baseline(Sequential on toy)"
    logits = oracle.logits(network, toy).astype(np.float64)
    logs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    np.testing.assert_allclose(entropy(baseline).values, -(np.exp(logs) * logs).sum(1), rtol=1e-5)
    with pytest.raises(InvalidInput, match=r"Sequential has no features: give the module a method features\(images\)"):
        features(baseline)
    with pytest.raises(InvalidInput, match=r"Sequential on toy\) has no record of its training"):
        forgetting(baseline)
    network[1] = torch.nn.Linear(64, 12)
    with pytest.raises(InvalidInput, match=r"outputs of the shape \(160, 12\) where logits of the shape \(160, 10\)"):
        entropy(baseline)


@pytest.mark.parametrize(
    ("name", "options", "error", "message"),
    [
        ("resnet21", {}, NotFound, r"no baseline is called 'resnet21': there is autoencoder,.*Did you mean 'resnet2"),
        ("resnet18", {}, InvalidInput, "resnet18 takes images of 3 channels, and those of toy have 1: choose another"),
        ("resnet20", {"options": {"widht": 4}}, InvalidInput, "no option 'widht'; its options are: width, kernel"),
        ("resnet20", {"options": {"channels": 3}}, InvalidInput, "no option 'channels'"),
        ("resnet20", {"options": {"width": "wide"}}, InvalidInput, r"the options \{'width': 'wide'\} do not fit"),
        ("resnet20", {"options": {"width": 0}}, InvalidInput, "width must be at least 1; 0 was given"),
        ("resnet20", {"epochs": 0}, InvalidInput, "epochs must be at least 1; 0 was given"),
        ("resnet20", {"batch_size": 0}, InvalidInput, "batch_size must be at least 1; 0 was given"),
        ("resnet20", {"resolution": 0}, InvalidInput, "resolution must be from 1 to 4096 pixels; 0 was given"),
        ("resnet20", {"indices": [0, 160]}, InvalidInput, "1 indices are outside the 160 images of toy"),
        ("resnet20", {"indices": []}, InvalidInput, "there are no images to use of toy"),
        ("resnet20", {"indices": [0.5]}, WrongType, "indices must be a list of whole numbers"),
        ("resnet20", {"rng": -1}, WrongType, r"rng=-1 must be a seed \(a whole number of at least 0\)"),
        ("resnet20", {"rng": None}, WrongType, "rng=None must be a seed"),
        ("resnet20", {"device": "gpu"}, InvalidInput, "the device 'gpu' cannot be used here: choose another"),
        ("autoencoder", {"resolution": 24}, InvalidInput, r"\(24, 24\) is no multiple of 16"),
    ],
)
def test_what_cannot_be_trained(toy, name, options, error, message):
    with pytest.raises(error, match=message):
        train_baseline(toy, name, **{"rng": 0, "epochs": 1, **options})


def test_what_cannot_be_loaded(toy, tmp_path):
    with pytest.raises(NotFound, match="no baseline is called 'resnet'"):
        load_baseline(toy, tmp_path / "weights.pth", "resnet")
    with pytest.raises(StoreError, match="there is no file"):
        load_baseline(toy, tmp_path / "weights.pth")


def test_a_network_that_has_diverged(toy):
    network = resnet20(10, channels=1, width=4, rng=0)
    network.classifier.weight.data[3] = torch.nan
    baseline = Baseline(network, toy)
    for kind in (entropy, loss):
        with pytest.raises(
            InvalidInput, match=r"160 of 160 \w+ scores are not finite \(160 NaN, the first at index 0\)"
        ):
            kind(baseline)
    network.conv1.weight.data[:] = torch.inf
    with pytest.raises(InvalidInput, match="160 of 160 features scores are not finite"):
        features(baseline)
