"""The learning rate as a function of time: without a state, so a resumed training cannot lose it."""

from __future__ import annotations

import math

from benchtools.errors import InvalidInput
from benchtools.training._recipe import Recipe

__all__ = ["learning_rate"]


def learning_rate(recipe: Recipe, epoch: int, step: int = 0, n_steps: int = 1) -> float:
    r"""Return the learning rate of a step.

    With the time :math:`t = epoch + step / n_{steps}` (or :math:`t = epoch`, where the recipe updates by epoch), a
    warm-up of :math:`w`, and cycles of :math:`T = (epochs - w) / cycles` epochs,

    .. math::
        \eta(t) = \eta_w + (\eta - \eta_w)\, t / w \quad (t < w), \qquad
        \eta(t) = \eta_{min} + \tfrac12 (\eta - \eta_{min}) \left(1 + \cos \frac{\pi ((t - w) \bmod T)}{T}\right).

    ``steps`` is :math:`\eta \gamma^m` instead, m being the milestones that have passed: the first is past when
    :math:`t \geq share \cdot epochs`; and ``constant`` is :math:`\eta`.

    Parameters
    ----------
    recipe : Recipe
        The training.
    epoch, step : int
        Both from 0; the step within the epoch.
    n_steps : int
        Steps of an epoch.

    Raises
    ------
    InvalidInput
        If the time is outside the training.

    References
    ----------
    I. Loshchilov, F. Hutter: SGDR: Stochastic Gradient Descent with Warm Restarts. ICLR 2017, equation 5.

    Examples
    --------
    >>> recipe = Recipe(epochs=4, lr=0.8, min_lr=0.2, warmup_epochs=2, warmup_lr=0.2, update="epoch")
    >>> [round(learning_rate(recipe, epoch), 3) for epoch in range(4)]
    [0.2, 0.5, 0.8, 0.5]
    """
    if not (0 <= epoch < recipe.epochs and 0 <= step < n_steps):
        raise InvalidInput(
            f"epoch {epoch}, step {step} is outside a training of {recipe.epochs} epochs of {n_steps} steps: both "
            "count from 0"
        )
    time = epoch + step / n_steps if recipe.update == "step" else float(epoch)
    if time < recipe.warmup_epochs:
        return recipe.warmup_lr + (recipe.lr - recipe.warmup_lr) * time / recipe.warmup_epochs
    if recipe.schedule == "constant":
        return recipe.lr
    if recipe.schedule == "steps":
        return recipe.lr * math.prod(recipe.gamma for share in recipe.milestones if time >= share * recipe.epochs)
    length = (recipe.epochs - recipe.warmup_epochs) // recipe.cycles
    phase = (time - recipe.warmup_epochs) % length / length
    return recipe.min_lr + (recipe.lr - recipe.min_lr) * (1 + math.cos(math.pi * phase)) / 2
