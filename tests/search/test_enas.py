"""ENAS: probabilities against enumeration, baselines by hand, and a controller that learns what pays."""

from io import BytesIO
from itertools import permutations, product

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from benchtools.datasets import Batch  # noqa: E402
from benchtools.networks import Supernet201, make_supernet  # noqa: E402
from benchtools.search.one_shot import SearchRecipe, get_algorithm, recipe_for  # noqa: E402
from benchtools.search.one_shot._algorithm import Scorer  # noqa: E402
from benchtools.search.one_shot._controller import ChainController, Draws  # noqa: E402
from benchtools.search.one_shot._controller_parents import ParentController, log_probs_of_sets, sets_of  # noqa: E402
from benchtools.spaces import get_space  # noqa: E402

ACCURACIES = {"none": 0.2, "skip_connect": 0.4, "nor_conv_1x1": 0.6, "nor_conv_3x3": 0.8, "avg_pool_3x3": 0.3}


class Given(Draws):
    """Decisions that are given, shape (n, decisions), rather than drawn."""

    def __init__(self, choices):
        super().__init__(len(choices), np.random.default_rng(0))
        self.columns = iter(np.asarray(choices).T)

    def pick(self, probabilities):
        return next(self.columns)


class Fixed(torch.nn.Module):
    """A supernet of the tests: its accuracies are given, the share of the images whose first pixel is below them."""

    def __init__(self, real, accuracy_of):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.space, self.decisions, self.derive, self.seen = real.space, real.decisions, real.derive, []
        self.accuracy_of = accuracy_of

    def gates(self, arch):
        return arch

    def forward(self, images, arch):
        assert not self.training
        assert not torch.is_grad_enabled()
        self.seen.append((arch, int(images[0, 1])))
        right = (images[:, 0] < self.accuracy_of(arch)).float()
        return torch.stack([1 - right, right], 1)


class Held(Scorer):
    """Ten images a batch, the pixels of each: its place in the batch / 10, the number of the batch."""

    def batches(self):
        for number in range(10**6):
            images = torch.stack([torch.arange(10) / 10, torch.full((10,), float(number))], 1)
            yield Batch(images, torch.ones(10, dtype=torch.int64), torch.arange(10))

    def accuracies(self, archs, n_batches):
        self.scored = archs, n_batches
        return np.array([float(arch.count("nor_conv_3x3")) for arch in archs])


def enas(accuracy_of=lambda arch: 0.5, *, real=None, rng=0, **recipe):
    real = Supernet201(2, width=1, n_cells=1, n_nodes=3) if real is None else real
    return get_algorithm("enas")(Fixed(real, accuracy_of), SearchRecipe(**recipe), np.random.default_rng(rng))


@pytest.fixture(scope="module")
def oneshot1():
    return make_supernet("oneshot1_s1", 2, rng=0, width=2, n_cells=1)


def spread(controller):
    """Make first weights so large that no two candidates are alike."""
    with torch.no_grad():
        for weight in controller.parameters():
            weight.mul_(20)
    return controller


class TestProbabilities:
    def test_of_sets_are_those_of_draws_without_replacement(self):
        logits = torch.tensor([[0.3, -1.0, 2.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
        for k in (1, 2, 3, 4):
            found = log_probs_of_sets(logits, k).exp()
            assert found.sum(1).tolist() == pytest.approx([1, 1])
            for row, weights in enumerate(logits.double().exp().numpy()):
                for members, probability in zip(sets_of(4, k), found[row].tolist(), strict=True):
                    expected = 0.0
                    for order in permutations(np.flatnonzero(members)):
                        left, of_order = weights.sum(), 1.0
                        for one in order:
                            of_order, left = of_order * weights[one] / left, left - weights[one]
                        expected += of_order
                    assert probability == pytest.approx(expected, rel=1e-5)

    @pytest.mark.parametrize("n_nodes", [2, 3])
    def test_of_all_chains_sum_to_one(self, n_nodes):
        supernet = Supernet201(2, width=1, n_cells=1, n_nodes=n_nodes)
        controller = spread(ChainController(supernet, size=8, layers=2))
        draws = Given(list(product(range(5), repeat=supernet.decisions["edges"][0])))
        choices = controller(draws)["edges"]
        probabilities = draws.log_probs.exp().detach().double().numpy()
        assert probabilities.sum() == pytest.approx(1, abs=1e-5)
        assert np.ptp(probabilities) > 0.1 / draws.n
        np.testing.assert_array_equal(choices.argmax(2), list(product(range(5), repeat=choices.shape[1])))
        # by the chain rule the mean of the entropies' sums is the entropy of all
        mean = (probabilities * draws.entropies.numpy()).sum()
        assert mean == pytest.approx(-(probabilities * np.log(probabilities)).sum(), rel=1e-4)

    def test_of_all_architectures_of_oneshot1_sum_to_one(self, oneshot1):
        controller = spread(ParentController(oneshot1, size=8, layers=1))
        sets = [(1, 3), (1, 3), (3, 3), (6, 3), (10, 1)]  # parents and operations of each node; the output has none
        every = np.array(list(product(*(range(n) for n in np.ravel(sets)[:-1]))))
        draws = Given(every)
        with torch.no_grad():
            choices = controller(draws)
        assert len(every) == get_space("oneshot1_s1").size
        assert draws.log_probs.double().exp().sum().item() == pytest.approx(1, abs=1e-4)
        for kind, n in {"inputs_3": 2, "inputs_4": 2, "output": 2}.items():
            assert set(np.unique(choices[kind])) == {0, 1}
            np.testing.assert_array_equal(choices[kind].sum(2), n)
        shown = {kind: rows[-1] for kind, rows in choices.items()}
        assert oneshot1.derive(shown) == (
            "conv1x1-bn-relu~0|conv1x1-bn-relu~0,1|conv1x1-bn-relu~1,2|conv1x1-bn-relu~2,3|output~3,4"
        )

    def test_draws_are_as_often_as_they_are_probable(self):
        supernet = Supernet201(2, width=1, n_cells=1, n_nodes=2)
        controller = spread(ChainController(supernet, size=8, layers=1))
        draws = Draws(20_000, np.random.default_rng(0))
        shares = controller(draws)["edges"][:, 0].mean(0)
        expected = Given(np.arange(5)[:, None])
        controller(expected)
        np.testing.assert_allclose(shares, expected.log_probs.exp().detach(), atol=0.015)  # four deviations


class TestBaselines:
    def run(self, monkeypatch, **recipe):
        """Run two epochs of two updates on two samples; return notes, and what each update learned from."""
        real = Supernet201(2, width=1, n_cells=1, n_nodes=2)
        algorithm = enas(lambda arch: ACCURACIES[arch[1:-3]], real=real, controller_steps=2,
                         controller_samples=2, entropy=0.5, **recipe)  # fmt: skip
        learned = []
        monkeypatch.setattr(algorithm, "_learn", lambda draws, advantages: learned.append((draws, advantages)))
        notes = [algorithm.end_epoch(Held()) for _ in range(2)]
        seen = algorithm.supernet.seen
        assert [batch for _, batch in seen] == [0, 1, 2, 3] * 2  # each sample has a batch of its own
        accuracies = [ACCURACIES[arch[1:-3]] for arch, _ in seen]
        entropy = learned[0][0].entropies[0].item()  # of the only decision: the same for all
        assert notes[0]["controller_entropy"] == pytest.approx(entropy)
        return notes, np.array(accuracies), 0.5 * entropy, np.concatenate([one for _, one in learned])

    def test_of_nasbench201_stay_for_an_epoch(self, monkeypatch):
        notes, accuracies, bonus, advantages = self.run(monkeypatch, baseline=0.25)
        rewards = accuracies + bonus
        np.testing.assert_allclose(advantages[:4], bonus)
        assert notes[0]["baseline"] == pytest.approx(accuracies[3])
        baselines = accuracies[3] - 0.25 * (accuracies[3] - rewards[4:])
        np.testing.assert_allclose(advantages[4:], rewards[4:] - baselines)
        assert notes[1]["baseline"] == pytest.approx(baselines[-1])
        assert notes[1]["reward"] == pytest.approx(rewards[4:].mean())

    def test_of_oneshot1_move_with_each_reward(self, monkeypatch):
        notes, accuracies, bonus, advantages = self.run(monkeypatch, baseline=0.25, moving_baseline=True)
        rewards, baseline, expected = 100 * accuracies + bonus, 0.0, []
        for reward in rewards:
            baseline = 0.75 * baseline + 0.25 * reward
            expected.append(reward - baseline)
        np.testing.assert_allclose(advantages, expected)
        assert notes[1]["baseline"] == pytest.approx(baseline)


class TestLearning:
    def test_an_update_is_a_step_of_adam_on_the_clipped_gradient(self):
        # with an epsilon of 1 a step depends on the length of the gradient
        algorithm, other = enas(alpha_lr=0.1, alpha_eps=1.0), enas()
        _, draws = algorithm.draw(3)
        advantages = np.array([1e4, -3e4, 2e4])
        algorithm._learn(draws, advantages)
        _, draws = other.draw(3)
        loss = -(draws.log_probs @ torch.tensor(advantages).float()) / 3
        weights = list(other.controller.parameters())
        gradients = torch.autograd.grad(loss, weights)
        norm = torch.sqrt(sum(one.square().sum() for one in gradients))
        assert norm > 5
        optimiser = torch.optim.Adam(weights, 0.1, betas=(0.5, 0.999), eps=1.0, weight_decay=1e-3)
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad = gradient * 5 / norm
        optimiser.step()
        for found, expected in zip(algorithm.controller.parameters(), weights, strict=True):
            np.testing.assert_allclose(found.detach(), expected.detach(), rtol=1e-4, atol=1e-6)

    @pytest.mark.parametrize(("space", "wanted"), [("nasbench201", "nor_conv_3x3~1"), ("oneshot1", "output~0,1")])
    def test_what_pays_becomes_probable(self, space, wanted, oneshot1):
        moving = space == "oneshot1"
        algorithm = enas(lambda arch: 0.9 if wanted in arch else 0.1, real=oneshot1 if moving else None, baseline=0.1,
                         moving_baseline=moving, alpha_lr=0.03, alpha_weight_decay=0.0,
                         controller_steps=10, controller_samples=20)  # fmt: skip
        before = np.mean([wanted in arch for arch in algorithm.draw(200)[0]])
        rewards = [algorithm.end_epoch(Held())["reward"] for _ in range(2)]
        after = np.mean([wanted in arch for arch in algorithm.draw(200)[0]])
        assert before < 0.3
        assert after > 0.5
        assert rewards[-1] > rewards[0]


class TestAlgorithm:
    def test_first_weights_and_draws_follow_from_the_generator_alone(self):
        real = Supernet201(2, width=1, n_cells=1, n_nodes=3)
        first = enas(real=real, rng=3)
        state = torch.random.get_rng_state()
        second, third = enas(real=real, rng=3), enas(real=real, rng=4)
        archs = first.draw(20)[0]
        assert second.draw(20)[0] == archs != third.draw(20)[0]
        assert torch.equal(torch.random.get_rng_state(), state)

    def test_steps_of_the_weights_see_architectures_of_the_controller_as_it_is(self):
        algorithm = enas(controller_steps=1, controller_samples=1)
        other = enas(controller_steps=1, controller_samples=1)
        assert [algorithm.weight_gates() for _ in range(64)][::-1] == other.draw(64)[0]
        algorithm.weight_gates()
        algorithm.end_epoch(Held())
        assert not algorithm.stock

    def test_a_search_goes_on_from_its_state(self):
        recipe = {"controller_steps": 2, "controller_samples": 2, "epochs": 3}
        algorithm = enas(lambda arch: arch.count("1") / 10, **recipe)
        algorithm.end_epoch(Held())
        other = enas(lambda arch: arch.count("1") / 10, rng=9, **recipe)
        file = BytesIO()
        torch.save(algorithm.state_dict(), file)
        other.load_state_dict(torch.load(BytesIO(file.getvalue()), weights_only=True))
        assert other.end_epoch(Held()) == algorithm.end_epoch(Held())
        assert other.draw(10)[0] == algorithm.draw(10)[0]

    def test_the_best_of_the_candidates_is_taken_on_held_out_examples(self):
        algorithm, scorer = enas(candidates=30, candidate_batches=2), Held()
        expected = list(dict.fromkeys(enas().draw(30)[0]))
        found = algorithm.derive(scorer)
        assert scorer.scored == (expected, 2)
        assert found == max(expected, key=lambda arch: arch.count("nor_conv_3x3"))

    @pytest.mark.parametrize("space", ["nasbench201", "nasbench201_v5", "oneshot1_s1", "oneshot1_s3", "nats_size"])
    def test_every_space_has_a_controller(self, space):
        options = {} if space == "nats_size" else {"width": 2, "n_cells": 1}
        supernet = make_supernet(space, 10, rng=0, **options)
        preset = "1shot1" if space.startswith("oneshot1") else "paper000"
        algorithm = get_algorithm("enas")(supernet, recipe_for("enas", preset), np.random.default_rng(0))
        supernet.gates(algorithm.draw(2)[0][1])  # an architecture of the space
