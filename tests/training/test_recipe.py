"""Learning rates by the closed form, beside torch's scheduler, and recipes that are refused."""

import json
import math

import pytest

from benchtools.errors import InvalidInput
from benchtools.training import Recipe, learning_rate


def test_cosine_by_closed_form():
    recipe = Recipe(epochs=60, lr=0.025, min_lr=0.001)
    for epoch in (0, 1, 30, 59):
        for step in (0, 3):
            expected = 0.001 + 0.012 * (1 + math.cos(math.pi * (epoch + step / 8) / 60))
            assert learning_rate(recipe, epoch, step, 8) == pytest.approx(expected, rel=1e-14)
    assert learning_rate(recipe, 0) == 0.025
    assert learning_rate(recipe, 30) == pytest.approx(0.013)


def test_whole_cycles_after_the_warm_up():
    """EcoNAS, section E.3: 0.2 -> 0.8 over 2 epochs; then two cycles of 4 epochs each."""
    recipe = Recipe(epochs=10, lr=0.8, warmup_epochs=2, warmup_lr=0.2, cycles=2)
    rates = [learning_rate(recipe, epoch, step, 2) for epoch in range(10) for step in range(2)]
    assert rates[:5] == pytest.approx([0.2, 0.35, 0.5, 0.65, 0.8])
    assert rates[4:12] == pytest.approx(rates[12:])
    assert rates[11] == pytest.approx(0.4 * (1 + math.cos(math.pi * 7 / 8)))


def test_like_torch_by_epoch():
    torch = pytest.importorskip("torch")
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 20, eta_min=0.01)
    recipe = Recipe(epochs=20, lr=0.1, min_lr=0.01, update="epoch")
    for epoch in range(20):
        assert learning_rate(recipe, epoch, 3, 7) == pytest.approx(scheduler.get_last_lr()[0], rel=1e-12)
        optimiser.step()
        scheduler.step()


def test_steps_and_constant():
    recipe = Recipe(epochs=200, lr=0.1, schedule="steps")
    rates = [learning_rate(recipe, epoch) for epoch in (0, 99, 100, 149, 150, 199)]
    assert rates == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001, 0.001])
    assert learning_rate(Recipe(epochs=9, lr=0.1, schedule="constant"), 8) == 0.1


@pytest.mark.parametrize("when", [(4, 0, 1), (-1, 0, 1), (0, 2, 2), (0, -1, 2)])
def test_outside_the_training(when):
    with pytest.raises(InvalidInput, match=r"is outside a training of 4 epochs"):
        learning_rate(Recipe(epochs=4, lr=0.1), *when)


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"epochs": 0}, "epochs must be at least 1; 0 was given"),
        ({"lr": 0}, "lr must be above 0"),
        ({"lr": math.nan}, "lr must be above 0; nan"),
        ({"optimiser": "rmsprop"}, "optimiser must be one of sgd, adam; 'rmsprop'"),
        ({"schedule": "linear"}, "schedule must be one of cosine, steps, constant"),
        ({"update": "batch"}, "update must be one of step, epoch"),
        ({"precision": "half"}, "precision must be one of float32"),
        ({"momentum": 1}, "momentum must be from 0 to below 1"),
        ({"momentum": 0, "nesterov": True}, "nesterov must be False where the momentum is 0"),
        ({"betas": (0.9, 1)}, "betas must be from 0"),
        ({"weight_decay": -1}, "weight_decay must be 0 or more"),
        ({"min_lr": 1}, "min_lr must be from 0 to lr, which is 0.1; 1 was given"),
        ({"milestones": (0.5, 1)}, "milestones must be shares"),
        ({"gamma": 0}, "gamma must be above 0"),
        ({"warmup_epochs": 10}, "warmup_epochs must be from 0 to below epochs, 10"),
        ({"warmup_lr": 0.2}, "warmup_lr must be"),
        ({"clip_norm": 0}, "clip_norm must be above 0, or None"),
        ({"label_smoothing": 1.5}, "label_smoothing must be from 0 to 1"),
        ({"cycles": 3}, "cycles must be a divisor of the 10 epochs"),
        ({"cycles": 2, "warmup_epochs": 1}, "a divisor of the 9 epochs"),
    ],
)
def test_bad_numbers(fields, match):
    with pytest.raises(InvalidInput, match=match):
        Recipe(**{"epochs": 10, "lr": 0.1, **fields})


def test_through_json():
    recipe = Recipe(epochs=3, lr=0.1, betas=(0.5, 0.9), milestones=(0.3,), clip_norm=5)
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe
