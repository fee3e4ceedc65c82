"""The loop: equal to a plain one, the same after an interruption, and clear about what it refuses."""

import copy
import math
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch.nn import functional  # noqa: E402

from benchtools.datasets import Augment, Batch, Batches, load_dataset  # noqa: E402
from benchtools.errors import InvalidInput, NotFound, StoreError, UnsafePickle  # noqa: E402
from benchtools.networks import Autoencoder, initialise, resnet20  # noqa: E402
from benchtools.training import (  # noqa: E402
    Callback,
    CrossEntropy,
    NonFiniteLoss,
    Recipe,
    Reconstruction,
    WithAuxiliary,
    evaluate,
    learning_rate,
    train,
)

RECIPES = [
    Recipe(epochs=3, lr=0.05, weight_decay=1e-3, nesterov=True, clip_norm=0.5, label_smoothing=0.1),
    Recipe(epochs=4, lr=0.05, min_lr=0.01, cycles=3, warmup_epochs=1, warmup_lr=0.001, update="epoch"),
    Recipe(epochs=3, lr=0.01, optimiser="adam", betas=(0.5, 0.99), weight_decay=1e-3, schedule="constant"),
]


@pytest.fixture(scope="module")
def digits():
    return load_dataset("digits")


def make_batches(digits, **options):
    options = {"batch_size": 32, "generator": 7, "augment": Augment(pad=1, flip=False)} | options
    return Batches(digits, range(150), **options)


def make_network(dropout=0.3):
    network = torch.nn.Sequential(
        torch.nn.Conv2d(1, 6, 3), torch.nn.BatchNorm2d(6), torch.nn.ReLU(), torch.nn.Dropout(dropout),
        torch.nn.Flatten(), torch.nn.Linear(6 * 36, 10),
    )  # fmt: skip
    initialise(network, 0)
    return network


def same(one, other):
    pairs = zip(one.state_dict().items(), other.state_dict().items(), strict=True)
    return all(a == c and torch.equal(b, d) for (a, b), (c, d) in pairs)


def plain_loop(network, batches, recipe, second=0.0):
    """Train without the library: torch's optimisers and a learning rate by the closed form."""
    if recipe.optimiser == "adam":
        optimiser = torch.optim.Adam(network.parameters(), betas=recipe.betas, weight_decay=recipe.weight_decay)
    else:
        optimiser = torch.optim.SGD(
            network.parameters(), momentum=0.9, nesterov=recipe.nesterov, weight_decay=recipe.weight_decay
        )
    losses = []
    network.train()
    for epoch in range(recipe.epochs):
        total = 0.0
        for step, (images, labels, _) in enumerate(batches):
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(recipe, epoch, step, len(batches))
            optimiser.zero_grad()
            loss = functional.cross_entropy(network(images), labels, label_smoothing=recipe.label_smoothing)
            if second:
                other = functional.cross_entropy(
                    network.auxiliary_logits, labels, label_smoothing=recipe.label_smoothing
                )
                loss = loss + second * other
            loss.backward()
            if recipe.clip_norm:
                torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.clip_norm)
            optimiser.step()
            total += loss.item() * len(labels)
        losses.append(total / batches.n_images)
    return losses


@pytest.mark.parametrize("recipe", RECIPES)
def test_bit_identical_to_a_plain_loop(digits, recipe):
    ours, plain = make_network(dropout=0), make_network(dropout=0)
    training = train(ours, make_batches(digits), recipe, rng=0)
    losses = plain_loop(plain, make_batches(digits), recipe)
    assert same(ours, plain)
    np.testing.assert_allclose(training.column("train_loss"), losses, rtol=1e-12)
    expected = [learning_rate(recipe, epoch, 0, 5) for epoch in range(recipe.epochs)]
    assert training.column("lr").tolist() == expected


def test_a_resnet_learns_digits(digits):
    batches = Batches(digits, batch_size=64, generator=0)
    validation = Batches(digits, split="test", batch_size=128, generator=0, shuffle=False)
    network = resnet20(10, channels=1, width=8, rng=0)
    training = train(network, batches, Recipe(epochs=4, lr=0.1, weight_decay=1e-4), rng=0, validation=validation)
    assert training[-1].test_accuracy > 90
    found = evaluate(network, validation)
    assert (found.accuracy, found.loss) == (training[-1].test_accuracy, training[-1].test_loss)
    assert network.training
    network.eval()
    with torch.no_grad():
        logits = torch.cat([network(batch.images) for batch in validation])
    labels = torch.from_numpy(digits.test_labels)
    assert found.accuracy == pytest.approx(100 * (logits.argmax(1) == labels).double().mean().item(), abs=1e-9)
    assert found.loss == pytest.approx(functional.cross_entropy(logits.double(), labels).item(), rel=1e-6)


class Count(Callback):
    """Count images, and stop as Ctrl+C would at a step."""

    def __init__(self, stop=None):
        self.n, self.stop = 0, stop

    def on_step(self, end):
        self.n += len(end.batch.labels)
        if (end.epoch, end.step) == self.stop:
            raise KeyboardInterrupt

    def state_dict(self):
        return {"n": self.n}

    def load_state_dict(self, state):
        self.n = state["n"]


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("stop", [(0, 2), (1, 0), (2, 4)])
def test_resumed_training_is_bit_identical(digits, recipe, stop, tmp_path):
    file = tmp_path / "training.ckpt"

    def run(stop, checkpoint, **options):
        network, counter = make_network(), Count(stop)
        validation = make_batches(digits, generator=8)  # shuffled, by a generator of its own
        training = train(
            network, make_batches(digits), recipe, rng=5, validation=validation, callbacks=(counter,),
            checkpoint=checkpoint, **options,
        )  # fmt: skip
        return network, counter, training

    whole, counted, training = run(None, None)
    with pytest.raises(KeyboardInterrupt):
        run(stop, file)
    torch.rand(3)  # what others draw in between changes nothing
    network, counter, resumed = run(None, file)
    assert same(whole, network)
    assert counter.n == counted.n == recipe.epochs * 150
    assert resumed.resumed_at == stop[0]
    for name in ("lr", "train_loss", "train_accuracy", "test_loss", "test_accuracy"):
        assert resumed.column(name).tolist() == training.column(name).tolist()
    again, _, finished = run(None, file)  # nothing is left to do
    assert same(whole, again)
    assert finished.resumed_at == recipe.epochs
    assert finished.epochs == resumed.epochs
    assert [entry.name for entry in tmp_path.iterdir()] == ["training.ckpt"]


def test_an_interrupted_write_leaves_the_checkpoint_before(digits, tmp_path, monkeypatch):
    file, save = tmp_path / "training.ckpt", torch.save
    calls = []

    def failing(parts, path):
        save(parts, path)
        calls.append(path)
        if len(calls) == 2:
            path.write_bytes(path.read_bytes()[:100])
            raise RuntimeError("disk is full")

    monkeypatch.setattr(torch, "save", failing)
    with pytest.raises(StoreError, match="disk is full"):
        train(make_network(), make_batches(digits), RECIPES[0], rng=5, checkpoint=file)
    assert [entry.name for entry in tmp_path.iterdir()] == ["training.ckpt"]
    network, whole = make_network(), make_network()
    assert train(network, make_batches(digits), RECIPES[0], rng=5, checkpoint=file).resumed_at == 1
    train(whole, make_batches(digits), RECIPES[0], rng=5)
    assert same(network, whole)


def test_global_generators_stay(digits):
    first, second, other = make_network(), make_network(), make_network()
    before = torch.get_rng_state()
    for network, rng in ((first, 1), (second, np.random.default_rng(1)), (other, 2)):
        train(network, make_batches(digits), RECIPES[0], rng=rng)
    assert torch.equal(before, torch.get_rng_state())
    assert same(first, second)
    assert not same(first, other)  # dropout


def test_checkpoint_of_another_training(digits, tmp_path):
    file, recipe = tmp_path / "a.ckpt", replace(RECIPES[0], epochs=1)
    train(make_network(), make_batches(digits), recipe, rng=5, checkpoint=file)

    def run(recipe=recipe, rng=5, network=None, **options):
        train(network or make_network(), make_batches(digits, **options), recipe, rng=rng, checkpoint=file)

    with pytest.raises(InvalidInput, match=r"lr was 0.05, and is 0.5 now"):
        run(replace(recipe, lr=0.5))
    with pytest.raises(InvalidInput, match="the seed of rng was"):
        run(rng=6)
    with pytest.raises(InvalidInput, match=r"the seeds of the batches was \[7\], and is \[9\]"):
        run(generator=9)
    with pytest.raises(InvalidInput, match=r"the batch sizes was \[32\]"):
        run(batch_size=16)
    with pytest.raises(InvalidInput, match="the images was"):
        run(augment=Augment(pad=2, flip=False))
    with pytest.raises(InvalidInput, match="the network was 'Sequential', and is 'CifarResNet'"):
        run(network=resnet20(10, channels=1, rng=0))


def test_bad_checkpoint_files(digits, tmp_path):
    def run(file):
        train(make_network(), make_batches(digits), RECIPES[0], rng=5, checkpoint=file)

    torch.save({"w": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(InvalidInput, match="is no checkpoint of benchtools"):
        run(tmp_path / "other.pth")
    torch.save(Count(), tmp_path / "object.pth")
    with pytest.raises(UnsafePickle, match="not unpickled"):
        run(tmp_path / "object.pth")
    (tmp_path / "cut.pth").write_bytes((tmp_path / "other.pth").read_bytes()[:200])
    with pytest.raises(StoreError, match="damaged"):
        run(tmp_path / "cut.pth")
    with pytest.raises(StoreError, match="no folder"):
        run(tmp_path / "none" / "a.ckpt")
    with pytest.raises(StoreError, match="is a folder"):
        run(tmp_path)


def test_nan_says_epoch_and_step(digits):
    calls = []

    def loss(outputs, batch):
        calls.append(1)
        return functional.cross_entropy(outputs, batch.labels) * (math.nan if len(calls) == 8 else 1)

    network = make_network()
    with pytest.raises(NonFiniteLoss, match=r"the loss is nan in epoch 1, step 2 \(both count from 0\)"):
        train(network, make_batches(digits), RECIPES[0], rng=0, loss=loss)
    assert all(torch.isfinite(value).all() for value in network.state_dict().values())


def test_a_rare_look_finds_the_same_step(digits, monkeypatch):
    monkeypatch.setattr("benchtools.training._epochs.LOOK", {})
    network = make_network()

    def break_it(end):
        network[0].weight.data[0] = math.nan

    with pytest.raises(NonFiniteLoss, match="nan in epoch 1, step 0 "):
        train(network, make_batches(digits), RECIPES[0], rng=0, callbacks=(break_it,))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_label_smoothing_by_closed_form(smoothing):
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(6, 5)), rng.integers(0, 5, 6)
    logs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    expected = ((1 - smoothing) * -logs[np.arange(6), labels] + smoothing * -logs.mean(1)).mean()
    batch = Batch(torch.zeros(6, 1, 8, 8), torch.from_numpy(labels), torch.arange(6))
    assert CrossEntropy(smoothing)(torch.from_numpy(logits), batch).item() == pytest.approx(expected, rel=1e-12)


class TwoHeads(torch.nn.Sequential):
    """A network with a second classifier, which reads the first features while it trains."""

    def __init__(self):
        super().__init__(torch.nn.Flatten(), torch.nn.Linear(64, 12), torch.nn.ReLU(), torch.nn.Linear(12, 10))
        self.auxiliary, self.auxiliary_logits = torch.nn.Linear(12, 10), None
        initialise(self, 0)

    def forward(self, images):
        found = self[1](self[0](images))
        self.auxiliary_logits = self.auxiliary(found) if self.training else None
        return self[3](self[2](found))


def test_a_second_classifier_is_trained_and_not_evaluated(digits):
    recipe, (ours, plain) = RECIPES[0], (TwoHeads(), TwoHeads())  # the recipe smooths labels
    test = Batches(digits, split="test", batch_size=355, generator=0, shuffle=False)
    loss = WithAuxiliary(ours, 0.3, recipe.label_smoothing)
    training = train(ours, make_batches(digits), recipe, rng=0, loss=loss, validation=test)
    losses = plain_loop(plain, make_batches(digits), recipe, second=0.3)
    assert same(ours, plain)
    assert not torch.equal(ours.auxiliary.weight, TwoHeads().auxiliary.weight)
    np.testing.assert_allclose(training.column("train_loss"), losses, rtol=1e-6)
    (batch,) = test
    expected = functional.cross_entropy(ours.eval()(batch.images), batch.labels).item()  # neither smoothed nor doubled
    assert training[-1].test_loss == pytest.approx(expected, rel=1e-6)
    with pytest.raises(InvalidInput, match="Sequential has no second classifier: make it with auxiliary=True"):
        WithAuxiliary(make_network())
    with pytest.raises(InvalidInput, match="weight must be 0 or more; -1"):
        WithAuxiliary(ours, -1)


def test_autoencoder_reconstructs(digits):
    batches = Batches(digits, batch_size=50, generator=0, resolution=32)
    loss = Reconstruction(digits)
    network = Autoencoder.new(channels=1, rng=0)
    recipe = Recipe(epochs=2, lr=1e-2, optimiser="adam", schedule="constant")
    training = train(network, batches, recipe, rng=0, loss=loss)
    assert training[1].train_loss < training[0].train_loss
    assert math.isnan(training[1].train_accuracy)
    batch = next(iter(Batches(digits, batch_size=3, generator=0, shuffle=False)))
    pixels = torch.from_numpy(digits.train_images[:3].astype(np.float32) / 255).permute(0, 3, 1, 2)
    assert loss.per_image(pixels, batch).max() < 1e-12
    np.testing.assert_allclose(loss.per_image(0 * pixels, batch), pixels.square().mean((1, 2, 3)), rtol=1e-5)


@pytest.mark.parametrize("options", [{"precision": "bfloat16"}, {"channels_last": True}])
def test_options_train_alike(digits, options):
    plain, other = make_network(), make_network()
    first = train(plain, make_batches(digits), RECIPES[0], rng=0)
    second = train(other, make_batches(digits), replace(RECIPES[0], **options), rng=0)
    np.testing.assert_allclose(second.column("train_loss"), first.column("train_loss"), rtol=0.05)
    assert all(weight.dtype == torch.float32 for weight in other.parameters())
    assert not options.get("channels_last") or other[0].weight.is_contiguous(memory_format=torch.channels_last)


def test_progress_and_functions(digits):
    steps, ends = [], []
    train(
        make_network(), make_batches(digits), RECIPES[0], rng=0, callbacks=(ends.append,),
        progress=lambda *call: steps.append(call),
    )  # fmt: skip
    assert steps == [("training", step + 1, 15) for step in range(15)]
    assert [(end.metrics.epoch, end.last) for end in ends] == [(0, False), (1, False), (2, True)]


def test_nothing_to_train(digits):
    network = make_network()
    with pytest.raises(InvalidInput, match="give no batch"):
        train(network, make_batches(digits, batch_size=151, drop_last=True), RECIPES[0], rng=0)
    with pytest.raises(InvalidInput, match="give no batch"):
        evaluate(network, make_batches(digits, batch_size=151, drop_last=True))
    with pytest.raises(InvalidInput, match="float16 needs CUDA"):
        train(network, make_batches(digits), replace(RECIPES[0], precision="float16"), rng=0)
    with pytest.raises(InvalidInput, match="no weights to train"):
        train(copy.deepcopy(network).requires_grad_(False), make_batches(digits), RECIPES[0], rng=0)
    with pytest.raises(NotFound, match=r"there is no metric 'train_los'.*Did you mean 'train_loss'"):
        train(network, make_batches(digits), RECIPES[0], rng=0).column("train_los")


def test_compile_is_asked_of_torch(digits, monkeypatch):
    """The compiler itself is torch's; here its plain back end stands in, which gives the same numbers."""
    compiled, asked = torch.compile, []

    def quick(network):
        asked.append(network)
        return compiled(network, backend="eager")

    monkeypatch.setattr(torch, "compile", quick)
    plain, other = make_network(dropout=0), make_network(dropout=0)
    train(plain, make_batches(digits), RECIPES[0], rng=0)
    train(other, make_batches(digits), replace(RECIPES[0], compile=True), rng=0)
    assert asked == [other]
    assert same(plain, other)
