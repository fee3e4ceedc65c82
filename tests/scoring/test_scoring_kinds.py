"""Entropy, loss, features, reconstruction loss, forgetting events and correctness, each by an independent recount."""

import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

torch = pytest.importorskip("torch")

from benchtools.datasets import Augment, Dataset  # noqa: E402
from benchtools.errors import InvalidInput, NotFound  # noqa: E402
from benchtools.networks import Autoencoder, resnet20  # noqa: E402
from benchtools.scoring import (  # noqa: E402
    BASELINES,
    PROBES,
    Baseline,
    Preset,
    Scores,
    correctness,
    entropy,
    features,
    forgetting,
    loss,
    reconstruction_loss,
    softmax_entropy,
    train_baseline,
    train_probes,
)
from benchtools.selection import k_center, p1, probe_importance, probe_weights  # noqa: E402
from benchtools.training import Recipe, Reconstruction  # noqa: E402


@pytest.fixture(scope="module")
def trained(toy):
    return train_baseline(toy, rng=0, epochs=3, options={"width": 4}, batch_size=50)


@given(arrays(np.float64, (4, 7), elements=st.floats(-30, 30)))
def test_entropy_of_any_logits(logits):
    found = softmax_entropy(torch.from_numpy(logits)).numpy()
    expected = scipy.stats.entropy(scipy.special.softmax(logits, axis=1), axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-14)
    assert found.min() >= 0
    assert found.max() <= math.log(7) + 1e-14
    shifted = softmax_entropy(torch.from_numpy(logits + 1000.0)).numpy()
    np.testing.assert_allclose(shifted, found, rtol=1e-9, atol=1e-11)


def test_entropy_by_closed_forms():
    assert softmax_entropy(torch.zeros(2, 10)).tolist() == pytest.approx([math.log(10)] * 2, rel=1e-15)
    for gap in (0.5, 20.0, 36.5, 37.5, 60.0, 300.0, 700.0):  # ln(1 + x) + gap x / (1 + x) with x = exp(-gap)
        small = Fraction(math.exp(-gap))
        expected = math.log1p(small) + float(Fraction(gap) * small / (1 + small))
        found = softmax_entropy(torch.tensor([[gap, 0.0], [0.0, gap]], dtype=torch.float64))
        assert found.tolist() == pytest.approx([expected] * 2, rel=1e-13)
        assert found.min() > 0
    assert softmax_entropy(torch.tensor([[9.0, 9.0, -999.0]])).item() == pytest.approx(math.log(2), rel=1e-15)
    sure = softmax_entropy(torch.tensor([[5_000.0, 0.0]])).item()
    assert math.copysign(1, sure) == 1  # 0, and not -0
    assert softmax_entropy(torch.zeros(3, 5, dtype=torch.float16)).dtype == torch.float64


def test_entropy_and_loss_of_a_network(toy, trained, oracle):
    logits = oracle.logits(trained.network, toy).astype(np.float64)
    expected = scipy.stats.entropy(scipy.special.softmax(logits, axis=1), axis=1)
    found = entropy(trained)
    np.testing.assert_allclose(found.values, expected, rtol=1e-3, atol=1e-7)
    assert np.ptp(found.values) > 0.1
    logs = logits - scipy.special.logsumexp(logits, axis=1, keepdims=True)
    losses = loss(trained)
    np.testing.assert_allclose(losses.values, -logs[np.arange(160), toy.train_labels], rtol=1e-3, atol=1e-6)
    assert losses.values.mean() == pytest.approx(trained.evaluate("train").loss, rel=1e-5)
    assert losses.parameters["train_accuracy"] == found.parameters["train_accuracy"]


def test_the_loss_of_sure_answers_keeps_its_digits(toy):
    """Right by `gap` nats, the loss is ln(1 + 9 exp(-gap)); wrong by it, it is that and the gap."""

    class Sure(torch.nn.Module):
        def forward(self, images):
            logits = torch.zeros(len(images), 10)
            logits[:, 3] = 50.0
            return logits

    found = loss(Baseline(Sure(), toy)).values
    expected = np.where(toy.train_labels == 3, 9 * math.exp(-50), 50.0)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_features_enter_the_classifier(toy, trained, oracle):
    found = features(trained)
    assert found.values.dtype == np.float32
    np.testing.assert_allclose(found.values, oracle.features(trained.network, toy), rtol=1e-4, atol=1e-5)
    head = trained.network.classifier
    logits = found.values @ head.weight.detach().numpy().T + head.bias.detach().numpy()
    np.testing.assert_allclose(logits, oracle.logits(trained.network, toy), rtol=1e-3, atol=1e-4)
    assert len(k_center(found, k=9)) == len(p1(entropy(trained), k=9)) == 9


def test_reconstruction_loss_of_raw_pixels(large_toy, oracle):
    baseline = train_baseline(large_toy, "autoencoder", rng=0, epochs=2, options={"widths": [4, 8, 8, 4]})
    given = large_toy.train_images.transpose(0, 3, 1, 2) / 255
    expected = np.square(oracle.logits(baseline.network, large_toy) - given).mean((1, 2, 3))
    found = reconstruction_loss(baseline)
    np.testing.assert_allclose(found.values, expected, rtol=1e-4)
    assert found.parameters["network"] == "autoencoder"
    assert baseline.evaluate("train").loss == pytest.approx(expected.mean(), rel=1e-4)
    assert len(reconstruction_loss(baseline, split="test")) == 50


def test_networks_of_the_wrong_kind(toy, large_toy, trained):
    with pytest.raises(
        InvalidInput, match=r"resnet20 on toy\) gives outputs .* a reconstruction loss needs an autoenc"
    ):
        reconstruction_loss(trained)
    network = Autoencoder.new(channels=1, widths=(2, 2, 2, 2), rng=0)
    baseline = Baseline(network, large_toy, loss=Reconstruction(large_toy))
    for kind in (entropy, loss):
        with pytest.raises(InvalidInput, match="a column for each class: take a classifier of this data set"):
            kind(baseline)
    with pytest.raises(InvalidInput, match="Autoencoder has no features"):
        features(baseline)
    with pytest.raises(InvalidInput, match="a column for each class"):
        correctness([baseline, baseline], eval_split="test")


N, EPOCHS = 30, 7


class Planned(torch.nn.Module):
    """Right or wrong as planned: image i is of the constant pixel i, so that it is known again."""

    def __init__(self, plan, dataset):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))
        self.plan, self.dataset, self.seen = plan, dataset, [0] * N

    def forward(self, images):
        pixels = (images[:, 0, 0, 0] * self.dataset.std[0] + self.dataset.mean[0]) * 255
        logits = torch.zeros(len(images), 3)
        for row, image in enumerate(pixels.round().int().tolist()):
            right = self.plan[self.seen[image]][image] if self.training else True
            self.seen[image] += self.training
            label = int(self.dataset.train_labels[image])
            logits[row, label if right else (label + 1) % 3] = 5.0
        return logits * self.weight


@pytest.fixture
def planned(monkeypatch):
    """Return a function that trains a network whose answers are planned: baseline and plan."""
    pixels = np.broadcast_to(np.arange(N, dtype=np.uint8)[:, None, None, None], (N, 8, 8, 1))
    labels = np.arange(N, dtype=np.int64) % 3
    dataset = Dataset("planned", pixels.copy(), labels, pixels[:2].copy(), labels[:2], ("a", "b", "c"), "made here")
    monkeypatch.setattr(BASELINES, "_parts", dict(BASELINES._parts))
    recipe = Recipe(EPOCHS, 1e-3, schedule="constant")
    BASELINES.register(
        "planned", Preset("as planned", lambda dataset, rng, options: Planned(options["plan"], dataset), recipe,
                          augmented=False, options=("plan",)),
    )  # fmt: skip

    def run(seed, **options):
        plan = (np.random.default_rng(seed).random((EPOCHS, N)) < 0.5).tolist()
        for epoch in range(EPOCHS):
            plan[epoch][4] = False  # never learned
            plan[epoch][5] = True  # never forgotten
        plan = options.pop("plan", plan)
        return train_baseline(dataset, "planned", rng=seed, options={"plan": plan}, batch_size=8, **options), plan

    return run


def recount(plan, image):
    """Count the events of an image, presentation by presentation."""
    events, learned = 0, False
    for before, now in zip([False, *[row[image] for row in plan]], [row[image] for row in plan], strict=False):
        learned = learned or now
        events += before and not now
    return events if learned else EPOCHS


def test_forgetting_is_counted_presentation_by_presentation(planned):
    baseline, plan = planned(1)
    assert baseline.network.seen == [EPOCHS] * N
    np.testing.assert_array_equal(baseline.correct, np.array(plan))
    scores = forgetting(baseline)
    assert scores.values.tolist() == [recount(plan, image) for image in range(N)]
    assert scores.values[[4, 5]].tolist() == [EPOCHS, 0]
    assert scores.indices is None
    wrong = forgetting(baseline, mode="misclassifications")
    assert wrong.values.tolist() == [sum(not row[image] for row in plan) for image in range(N)]
    assert (wrong.parameters["mode"], wrong.parameters["runs"]) == ("misclassifications", 1)


def test_forgetting_of_several_runs_is_summed(planned):
    runs = [planned(seed) for seed in (1, 2, 3)]
    scores = forgetting([baseline for baseline, _ in runs])
    assert scores.values.tolist() == [sum(recount(plan, image) for _, plan in runs) for image in range(N)]
    assert scores.values[4] == 3 * EPOCHS
    assert (scores.parameters["runs"], scores.parameters["seeds"]) == (3, [1, 2, 3])


def test_forgetting_of_some_examples(planned):
    chosen = [20, 3, 4, 11, 29]
    baseline, plan = planned(1, indices=chosen)
    assert [image for image in range(N) if baseline.network.seen[image]] == sorted(chosen)
    scores = forgetting(baseline)
    assert scores.indices.tolist() == sorted(chosen)
    assert scores.labels.tolist() == [image % 3 for image in sorted(chosen)]
    assert scores.values.tolist() == [recount(plan, image) for image in sorted(chosen)]
    assert len(entropy(baseline)) == N  # all are scored otherwise
    with pytest.raises(InvalidInput, match="not of the same data set, examples and number of epochs"):
        forgetting([baseline, planned(1)[0]])


def test_forgetting_that_does_not_fit(planned):
    baseline, _ = planned(1)
    with pytest.raises(InvalidInput, match="not of the same data set, examples and number of epochs"):
        forgetting([baseline, planned(1, epochs=2)[0]])
    with pytest.raises(InvalidInput, match="forgetting needs at least one baseline"):
        forgetting([])
    with pytest.raises(InvalidInput, match="mode='sum' is not known"):
        forgetting(baseline, mode="sum")


@pytest.fixture(scope="module")
def probes(toy):
    return train_probes(
        toy,
        rng=0,
        probes=[{"width": 6}, {"width": 4}],
        holdout=0.25,
        epochs=4,
        batch_size=40,
        augment=Augment(0, False),
    )


def test_probes_do_not_see_what_is_held_out(toy, probes, oracle):
    upper, lower = probes
    np.testing.assert_array_equal(upper.indices, lower.indices)
    assert [probe.parameters["options"] for probe in probes] == [{"width": 6}, {"width": 4}]
    scores = correctness(probes)
    assert len(scores) == 40
    assert sorted([*scores.indices.tolist(), *upper.indices.tolist()]) == list(range(160))
    expected = np.stack([oracle.logits(probe.network, toy).argmax(1) == toy.train_labels for probe in probes], 1)
    np.testing.assert_array_equal(scores.values, expected[scores.indices])
    np.testing.assert_array_equal(scores.labels, toy.train_labels[scores.indices])
    assert scores.parameters["accuracies"] == (100 * expected[scores.indices].mean(0)).tolist()
    assert scores.parameters["probes"] == [{"width": 6}, {"width": 4}]
    assert scores.parameters["seeds"] == [probe.parameters["seed"] for probe in probes]
    other = train_probes(toy, rng=1, probes=[{"width": 4}] * 2, holdout=0.25, epochs=1, batch_size=40)
    assert other[0].indices.tolist() != upper.indices.tolist()
    assert not torch.equal(other[0].network.conv1.weight, other[1].network.conv1.weight)


def test_probes_on_the_test_part(toy, probes, oracle):
    scores = correctness(probes, eval_split="test")
    assert scores.parameters["eval_split"] == "test"
    expected = np.stack([oracle.logits(probe.network, toy, "test").argmax(1) == toy.test_labels for probe in probes], 1)
    np.testing.assert_array_equal(scores.values, expected)
    assert scores.parameters["accuracies"] == pytest.approx(100 * expected.mean(0))
    accuracies = [features(probe).parameters["test_accuracy"] for probe in probes]
    assert scores.parameters["accuracies"] == pytest.approx(accuracies)


def test_probes_lead_to_a_selection(probes, tmp_path):
    held, rows = correctness(probes), features(probes[0])
    held, rows = (Scores.load(one.save(tmp_path / f"{one.kind}.npz")) for one in (held, rows))
    chosen = probe_importance(held, features=rows, k=30, rng=1)
    assert len(chosen) == 30
    weights = probe_weights(held.values, held.parameters["accuracies"])
    own = chosen.probabilities[held.indices]
    np.testing.assert_allclose(own / own.sum(), weights / weights.sum())
    test, beside = correctness(probes, eval_split="test"), features(probes[0], split="test")
    leaked = probe_importance(test, features=rows, evaluation=beside, eval_split="test", k=30, rng=1)
    nearest = np.square(rows.values[:, None] - beside.values).sum(2).argmin(1)
    weights = probe_weights(test.values, test.parameters["accuracies"])[nearest]
    found = np.asarray(leaked.probabilities) * weights.sum()
    assert (np.abs(found - weights) < 1e-9).mean() > 0.95  # components round: neighbours at equal distances may differ


def test_correctness_of_the_test_part_is_not_taken_for_held_out(probes):
    test, rows = correctness(probes, eval_split="test"), features(probes[0])
    with pytest.raises(InvalidInput, match="is of the test examples, and eval_split='held-out' was asked for"):
        probe_importance(test, features=rows, k=30)
    with pytest.raises(InvalidInput, match="is of the held-out examples, and eval_split='test' was asked for"):
        probe_importance(correctness(probes), features=rows, evaluation=rows, k=30, eval_split="test")


def test_probes_that_do_not_fit(toy, large_toy, probes):
    small = [{"width": 4}, {"width": 4}]
    for holdout in (-0.1, 1, 1.5, 0.999, 0.001, math.nan):
        with pytest.raises(InvalidInput, match=f"holdout must be a share from 0 to below 1.*; {holdout} of 160 was"):
            train_probes(toy, rng=0, probes=small, holdout=holdout, epochs=1)
    with pytest.raises(InvalidInput, match="an order needs at least two probe networks; the number given is 1"):
        train_probes(toy, rng=0, probes=PROBES[:1])
    with pytest.raises(InvalidInput, match="an order needs at least two probe networks; the number given is 0"):
        correctness([])
    networks = [resnet20(10, channels=1, width=4, rng=seed) for seed in (0, 1)]
    seen = [Baseline(network, toy) for network in networks]
    with pytest.raises(InvalidInput, match="have seen every training example: train them with a holdout, or take"):
        correctness(seen)
    with pytest.raises(InvalidInput, match="have seen every training example"):
        correctness(train_probes(toy, rng=0, probes=small, holdout=0, epochs=1))
    assert len(correctness(seen, eval_split="late")) == 60
    with pytest.raises(NotFound, match="toy has no split 'valid'"):
        correctness(seen, eval_split="valid")
    with pytest.raises(InvalidInput, match="are of different data sets"):
        correctness([probes[0], Baseline(networks[0], large_toy)])
    networks[1].classifier.bias.data[:] = torch.nan
    with pytest.raises(InvalidInput, match="50 of 50 correctness scores are not finite"):
        correctness(seen, eval_split="test")
