"""A training while it runs: steps, epochs, and the state that a checkpoint holds."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn

from benchtools.datasets import Batches
from benchtools.errors import BenchtoolsError
from benchtools.progress import Progress
from benchtools.training._callbacks import Callback, EpochEnd, StepEnd
from benchtools.training._evaluate import evaluate
from benchtools.training._losses import Loss
from benchtools.training._randomness import get_states, set_states
from benchtools.training._recipe import Recipe
from benchtools.training._result import Epoch, Evaluation
from benchtools.training._running import Running
from benchtools.training._schedule import learning_rate

__all__ = ["NonFiniteLoss", "Run"]

LOOK = {"cpu": 1}
"""Steps between looks at the loss: on other devices each look makes the host wait, so they are rare."""


class NonFiniteLoss(BenchtoolsError, ArithmeticError):
    """A loss is NaN or infinite: the training cannot go on."""


class Run:
    """The parts of a training, and an epoch of it."""

    def __init__(
        self,
        network: nn.Module,
        batches: Batches,
        validation: Batches | None,
        recipe: Recipe,
        losses: tuple[Loss, Loss],
        callbacks: list[Callback],
    ) -> None:
        self.device = batches.device
        self.format = torch.channels_last if recipe.channels_last else torch.contiguous_format
        self.network = network.to(self.device)
        for weight in network.parameters():
            if weight.ndim == 4:
                weight.data = weight.data.contiguous(memory_format=self.format)
        self.forward = torch.compile(self.network) if recipe.compile else self.network
        self.batches, self.validation, self.recipe, self.callbacks = batches, validation, recipe, callbacks
        self.loss, self.test_loss = losses
        self.weights = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self.optimiser = _optimiser(self.weights, recipe)
        self.half = getattr(torch, recipe.precision)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=recipe.precision == "float16")
        self.epochs: list[Epoch] = []

    def epoch(self, progress: Progress) -> None:
        """Make the next epoch, and tell those who look on."""
        epoch, n_steps, recipe = len(self.epochs), len(self.batches), self.recipe
        look = LOOK.get(self.device.type, 50)
        running, start = Running(), time.perf_counter()
        self.network.train()
        for step, batch in enumerate(self.batches):
            batch = batch._replace(images=batch.images.contiguous(memory_format=self.format))
            lr = learning_rate(recipe, epoch, step, n_steps)
            for group in self.optimiser.param_groups:
                group["lr"] = lr
            self.optimiser.zero_grad(set_to_none=True)  # frees what the next step needs
            with torch.autocast(self.device.type, self.half, enabled=recipe.precision != "float32"):
                outputs = self.forward(batch.images)
                loss = self.loss(outputs, batch)
            running.add(outputs, batch.labels, loss)
            if step % look == look - 1 or step == n_steps - 1:
                _check_finite(running, step + 1 - look, epoch, lr)
            self._update(loss)
            for callback in self.callbacks:
                callback.on_step(StepEnd(epoch, step, batch, outputs.detach(), loss.detach()))
            del outputs, loss, batch
            progress("training", epoch * n_steps + step + 1, recipe.epochs * n_steps)
        train_loss, train_accuracy = running.means()  # waits for the device
        middle = time.perf_counter()
        test = Evaluation(float("nan"), float("nan"), 0)
        if self.validation is not None:
            test = evaluate(self.network, self.validation, loss=self.test_loss)
        end = time.perf_counter()
        first = learning_rate(recipe, epoch, 0, n_steps)
        metrics = Epoch(
            epoch, first, train_loss, train_accuracy, test.loss, test.accuracy, middle - start, end - middle
        )
        self.epochs.append(metrics)
        for callback in self.callbacks:
            callback.on_epoch(EpochEnd(metrics, self.network, epoch == recipe.epochs - 1))

    def _update(self, loss: Tensor) -> None:
        torch.autograd.backward(self.scaler.scale(loss))
        if self.recipe.clip_norm is not None:
            self.scaler.unscale_(self.optimiser)
            nn.utils.clip_grad_norm_(self.weights, self.recipe.clip_norm)
        self.scaler.step(self.optimiser)
        self.scaler.update()

    def identity(self, seed: int) -> dict[str, Any]:
        """Return what a checkpoint must agree with: numbers of the recipe, batches, seeds and callbacks."""
        sources = [source for source in (self.batches, self.validation) if source is not None]
        return {
            **self.recipe.to_dict(),
            "the network": type(self.network).__name__,
            "the number of weights": sum(weight.numel() for weight in self.weights),
            "the images": [source.digest for source in sources],
            "the batch sizes": [source.batch_size for source in sources],
            "the seed of rng": seed,
            "the seeds of the batches": [source.generator.initial_seed() for source in sources],
            "the number of callbacks": len(self.callbacks),
        }

    def state(self) -> dict[str, Any]:
        """Return what the next epoch depends on."""
        sources = [source for source in (self.batches, self.validation) if source is not None]
        return {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "scaler": self.scaler.state_dict(),
            "randomness": get_states(self.device),
            "generators": [source.generator.get_state() for source in sources],
            "epochs": [asdict(epoch) for epoch in self.epochs],
            "callbacks": [callback.state_dict() for callback in self.callbacks],
        }

    def load(self, parts: dict[str, Any]) -> None:
        """Take over what a checkpoint holds."""
        self.network.load_state_dict(parts["network"])
        self.optimiser.load_state_dict(parts["optimiser"])
        if self.scaler.is_enabled():
            self.scaler.load_state_dict(parts["scaler"])
        for callback, state in zip(self.callbacks, parts["callbacks"], strict=True):
            callback.load_state_dict(state)
        sources = [source for source in (self.batches, self.validation) if source is not None]
        for source, generator in zip(sources, parts["generators"], strict=True):
            source.generator.set_state(generator)
        set_states(parts["randomness"], self.device)
        self.epochs = [Epoch(**epoch) for epoch in parts["epochs"]]


def _optimiser(weights: Iterable[Tensor], recipe: Recipe) -> torch.optim.Optimizer:
    if recipe.optimiser == "adam":
        return torch.optim.Adam(weights, recipe.lr, betas=recipe.betas, weight_decay=recipe.weight_decay)
    return torch.optim.SGD(
        weights, recipe.lr, momentum=recipe.momentum, nesterov=recipe.nesterov, weight_decay=recipe.weight_decay
    )


def _check_finite(running: Running, since: int, epoch: int, lr: float) -> None:
    found = running.first_non_finite(max(0, since))
    if found is not None:
        step, loss = found
        raise NonFiniteLoss(
            f"the loss is {loss} in epoch {epoch}, step {step} (both count from 0), at a learning rate near {lr:.4g}: "
            "lower lr, add warmup_epochs or set clip_norm"
        )
