"""Algorithms of one-shot searches: gradients against autograd and plain forms, choices against enumeration."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.func import functional_call  # noqa: E402
from torch.nn import functional  # noqa: E402

from benchtools.datasets import Batch  # noqa: E402
from benchtools.networks import Gates, make_supernet  # noqa: E402
from benchtools.search.one_shot import SearchRecipe, get_algorithm  # noqa: E402
from benchtools.search.one_shot import _darts_v2 as darts_v2_module  # noqa: E402
from benchtools.search.one_shot._random_ws import best_of  # noqa: E402
from benchtools.search.one_shot._setn import most_probable  # noqa: E402
from benchtools.testing import PlainSupernet201  # noqa: E402

SMALL = {"width": 2, "n_cells": 1}
# every operation lies between input and output
MIXED = "|nor_conv_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_3x3~1|nor_conv_1x1~2|"


def batch(seed, n=8, *, n_classes=4):
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(n, 3, 8, 8, generator=generator, dtype=torch.float64)
    return Batch(images, torch.randint(n_classes, (n,), generator=generator), torch.arange(n))


def make(name, supernet=None, *, rng=0, **recipe):
    """Return an algorithm on a small supernet in float64."""
    if supernet is None:
        supernet = make_supernet("nasbench201", 4, rng=0, **SMALL).double()
    return get_algorithm(name)(supernet, SearchRecipe(**recipe), np.random.default_rng(rng))


class Smooth(nn.Module):
    """A supernet of the tests that has no kinks, with statistics, and a weight that nothing depends on."""

    space, decisions, picks, n_places = "smooth", {"edges": (2, 3)}, ("edges",), 1

    def __init__(self, sure=0.0):
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(3, 3, 3, padding=1) for _ in range(6))
        self.norm, self.last, self.idle = nn.BatchNorm2d(3), nn.Linear(3, 4), nn.Linear(1, 1)
        for place, weight in enumerate(self.parameters()):
            nn.init.normal_(weight, std=0.5, generator=torch.Generator().manual_seed(place))
        self.double()
        with torch.no_grad():
            self.last.bias[0] += sure

    def forward(self, images, gates):
        for row, weights in enumerate(gates.weights["edges"]):
            images = sum(w * torch.tanh(self.layers[3 * row + one](images)) for one, w in enumerate(weights))
        return self.last(self.norm(images).mean((2, 3)))


# DARTS, second order


def exact(algorithm, seen, held_out):
    """Return the gradient of the held-out loss behind a step of the weights, through that step, by autograd."""
    supernet, recipe = algorithm.supernet, algorithm.recipe
    weights = dict(supernet.named_parameters())

    def loss(weights, one):
        buffers = {name: buffer.clone() for name, buffer in supernet.named_buffers()}
        gates = Gates({kind: alpha.softmax(1) for kind, alpha in algorithm.alphas.items()})
        return functional.cross_entropy(
            functional_call(supernet, {**weights, **buffers}, (one.images, gates)), one.labels
        )

    found = torch.autograd.grad(loss(weights, seen), list(weights.values()), create_graph=True, allow_unused=True)
    ahead = {}
    for (name, weight), gradient in zip(weights.items(), found, strict=True):
        buffer = algorithm.optimiser.state[weight].get("momentum_buffer", 0)
        step = 0 if gradient is None else recipe.momentum * buffer + gradient + recipe.weight_decay * weight
        ahead[name] = weight - algorithm.optimiser.param_groups[0]["lr"] * step
    (gradient,) = torch.autograd.grad(loss(ahead, held_out), list(algorithm.alphas.values()))
    return gradient


def second_order_error(monkeypatch, algorithm, small, wanted):
    """Return the relative error of the gradient by a finite difference; weights and statistics stay, bit by bit."""
    monkeypatch.setattr(darts_v2_module, "SMALL", small)
    before = {name: value.clone() for name, value in algorithm.supernet.state_dict().items()}
    (found,) = algorithm.second_order(batch(1), batch(2))
    assert all(torch.equal(value, before[name]) for name, value in algorithm.supernet.state_dict().items())
    assert all(weight.grad is None for weight in algorithm.weights)
    return float((found - wanted).norm() / wanted.norm())


@pytest.mark.parametrize("steps", [0, 2])
def test_second_order_is_the_gradient_through_a_step(monkeypatch, steps):
    algorithm = make("darts_v2", Smooth(), lr=0.3, weight_decay=0.01)
    algorithm.start_epoch(0)
    for step in range(steps):  # then there is momentum
        algorithm.step_weights(batch(3 + step))
    algorithm.optimiser.zero_grad(set_to_none=True)
    wanted = exact(algorithm, batch(1), batch(2))
    errors = [second_order_error(monkeypatch, algorithm, small, wanted) for small in (0.1, 0.01, 0.001)]
    assert errors[1] < 1e-3
    assert all(after == pytest.approx(before / 100, rel=0.2) for before, after in pairwise(errors))
    (first,) = torch.autograd.grad(
        functional.cross_entropy(algorithm.supernet(batch(2).images, algorithm.alpha_gates()), batch(2).labels),
        list(algorithm.alphas.values()),
    )
    assert float((first - wanted).norm() / wanted.norm()) > 0.05  # it is another than DARTS-V1's


def test_second_order_on_the_supernet(monkeypatch):
    """ReLU has kinks, so that only a step is right that crosses none."""
    algorithm = make("darts_v2", lr=0.1, weight_decay=0.01)
    algorithm.start_epoch(0)
    wanted = exact(algorithm, batch(1), batch(2))
    assert second_order_error(monkeypatch, algorithm, 1e-6, wanted) < 1e-6


def test_second_order_where_the_held_out_loss_has_no_slope():
    algorithm = make("darts_v2", Smooth(sure=1e4), lr=0.3)
    algorithm.start_epoch(0)
    seen = batch(1)._replace(labels=torch.zeros(8, dtype=torch.int64))
    assert [one.tolist() for one in algorithm.second_order(seen, seen)] == [[[0.0] * 3] * 2]


# GDAS


def test_gdas_gives_drawn_and_other_candidates_their_gradient():
    """Against the supernet edge by edge, and the softmax's derivative written out."""
    algorithm = make("gdas", rng=5, epochs=9, tau=(4.0, 1.0))
    algorithm.start_epoch(3)
    tau, held_out = 4 - 3 * 3 / 8, batch(2)
    alpha = algorithm.alphas["edges"].detach()
    rng = np.random.default_rng(5)
    rng.standard_normal((6, 5))  # the alphas
    noise = torch.from_numpy(rng.gumbel(size=(6, 5)))
    soft = ((alpha.log_softmax(1) + noise) / tau).softmax(1)
    picked = tuple(soft.argmax(1).tolist())
    hard = functional.one_hot(soft.argmax(1), 5).double().requires_grad_()
    plain = PlainSupernet201(algorithm.supernet)
    loss = functional.cross_entropy(plain(held_out.images, Gates({"edges": hard}, {"edges": picked})), held_out.labels)
    (of_weights,) = torch.autograd.grad(loss, hard)
    wanted = soft * (of_weights - (soft * of_weights).sum(1, keepdim=True)) / tau
    kept = []
    algorithm.step_alphas = kept.extend
    algorithm.step_architecture(batch(1), held_out)
    torch.testing.assert_close(kept[0], wanted, rtol=1e-9, atol=1e-12)
    assert (kept[0] != 0).all()


def test_gdas_trains_what_is_drawn():
    algorithm = make("gdas")
    chosen = algorithm.supernet.operations(MIXED)
    with torch.no_grad():
        for row, one in enumerate(chosen):
            algorithm.alphas["edges"][row, one] = 1e3
    logits = algorithm.supernet(batch(1).images, algorithm.weight_gates())
    torch.testing.assert_close(logits, algorithm.supernet(batch(1).images, algorithm.supernet.gates(MIXED)))
    functional.cross_entropy(logits, batch(1).labels).backward()
    for cell in algorithm.supernet.stages[::2]:
        for source in cell.sources:
            for operation, layer in ((2, source.conv1), (3, source.conv3)):
                parts = [False] * len(source.edges) if layer.weight.grad is None else [
                    bool(part.any()) for part in layer.weight.grad.chunk(len(source.edges))
                ]  # fmt: skip
                assert parts == [chosen[edge] == operation for edge in source.edges]


def test_gdas_draws():
    one, same, other = (make("gdas", rng=seed, per_cell=True) for seed in (0, 0, 1))
    draws = [[gates.picked["edges"] for gates in algorithm.weight_gates()] for algorithm in (one, same, other)]
    assert draws[0] == draws[1] != draws[2]
    assert len(draws[0]) == len(set(draws[0])) == one.supernet.n_places == 3
    shared = make("gdas")
    assert shared.weight_gates().picked != shared.weight_gates().picked  # each step draws anew


def test_tau_falls_in_a_line():
    recipe = SearchRecipe(epochs=5, tau=(10.0, 2.0))
    assert [recipe.tau_at(epoch) for epoch in range(5)] == [10, 8, 6, 4, 2]
    assert SearchRecipe(epochs=1, tau=(10.0, 2.0)).tau_at(0) == 10


# SETN and random search


@pytest.mark.parametrize("n", [1, 7, 80, 100])
def test_the_most_probable_by_enumeration(n):
    alpha = np.random.default_rng(n).normal(size=(4, 3)) * 3 + 500
    shares = np.exp(alpha - 500) / np.exp(alpha - 500).sum(1, keepdims=True)
    every = sorted(product(range(3), repeat=4), key=lambda row: -shares[range(4), row].prod())
    assert most_probable(alpha, n).tolist() == [list(row) for row in every[:n]]


class Held:
    """A scorer of the tests, whose accuracies are given: on few batches, and on all."""

    def __init__(self, few, every=None):
        self.few, self.every, self.calls = few, every, []

    def accuracies(self, archs, n_batches):
        self.calls.append((archs, n_batches))
        return np.array([(self.every if n_batches is None else self.few)[arch] for arch in archs])


def test_the_best_of_candidates():
    algorithm = make("random_ws", candidate_batches=3)
    held = Held({"a": 1.0, "b": 5.0, "c": 5.0})
    assert best_of(["a", "c", "b", "a", "c"], held, algorithm) == "c"  # of equal ones the first
    assert held.calls == [(["a", "c", "b"], 3)]  # none twice
    algorithm.recipe = replace(algorithm.recipe, finalists=2)
    held = Held({"a": 1.0, "b": 5.0, "c": 5.0, "d": 4.0}, {"b": 7.0, "c": 8.0})
    assert best_of(["a", "b", "c", "d"], held, algorithm) == "c"
    assert held.calls[1:] == [(["b", "c"], None)]


# steps


def test_gradients_are_clipped():
    changes = []
    for clip_norm in (1e-3, None):
        algorithm = make("random_ws", lr=0.5, momentum=0.0, weight_decay=0.0, clip_norm=clip_norm)
        before = [weight.detach().clone() for weight in algorithm.weights]
        algorithm.step_weights(batch(0))
        moved = zip(before, algorithm.weights, strict=True)
        changes.append(float(sum((one - other.detach()).square().sum() for one, other in moved).sqrt()))
    assert changes[0] == pytest.approx(0.5e-3, rel=1e-3)
    assert changes[1] > 0.05


def test_the_order_of_steps(monkeypatch):
    for first, warm, wanted in ((True, 0, "aw"), (False, 0, "wa"), (False, 1, "w")):
        algorithm, calls = make("darts_v1", alpha_first=first, warm_epochs=warm), []
        monkeypatch.setattr(algorithm, "step_weights", lambda one, calls=calls: calls.append("w") or (0, 0))
        monkeypatch.setattr(algorithm, "step_architecture", lambda one, two, calls=calls: calls.append("a"))
        algorithm.start_epoch(0)
        algorithm.step(batch(0), batch(1))
        assert "".join(calls) == wanted
