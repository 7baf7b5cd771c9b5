"""The training loop itself: one object that takes steps, can be measured, saved and continued."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from explorer.data import Samples, to_float
from explorer.network import build, derive_seed
from explorer.recipe import Recipe
from explorer.taps import in_mode
from explorer.training.instruments import LightInstruments
from explorer.training.optimize import build_optimizer
from explorer.training.parts import Parts
from explorer.training.task import TASKS, evaluate

# Below this many multiply-adds a step, a second thread costs more in waiting than it saves in work.
MULTIPLY_ADDS_PER_EXTRA_THREAD = 50_000_000


class Trainer:
    """Trains a recipe's network on samples that lie whole in memory.

    The order of the samples is drawn anew for each epoch under (seed, epoch), so that a position
    is fully told by (epoch, batch). Dropout draws from the process's generator, which a Trainer seeds.
    """

    def __init__(self, recipe: Recipe, parts: Parts, device: str = "cpu", instruments: bool = True) -> None:
        self.recipe, self.device = recipe, torch.device(device)
        self.task = TASKS[recipe.task]
        self.model: nn.Module = build(recipe.network, recipe.seed, recipe.init.name).to(self.device)
        self.optimizer = build_optimizer(recipe, self.model.parameters())
        self._parameters = list(self.model.parameters())
        self._channels_last = self.device.type == "cpu" and prefers_channels_last(self.model)
        self.instruments = LightInstruments(self.model) if instruments else None
        self._inputs, self._targets = self._on_device(parts.train)
        self._validation, self._test = self._on_device(parts.validation), self._on_device(parts.test)
        self.step = self.epoch = self.batch = 0
        self.batches_per_epoch = count_batches(len(self._inputs), recipe.batch_size)
        self._order = self._draw_order()
        torch.manual_seed(derive_seed(recipe.seed, "dropout"))

    def _on_device(self, samples: Samples) -> tuple[Tensor, Tensor]:
        return samples.inputs.to(self.device), samples.targets.to(self.device)

    @property
    def total_steps(self) -> int:
        return self.batches_per_epoch * self.recipe.epochs

    @property
    def finished(self) -> bool:
        return self.epoch >= self.recipe.epochs

    def train_step(self) -> int:
        """One batch: forward, loss, backward, update. Returns the number of samples in it."""
        x, y = self.take_batch()
        outputs = self.model(x)
        loss = self.task.loss(outputs, y)
        for parameter in self._parameters:  # what zero_grad does, without its bookkeeping
            parameter.grad = None
        loss.backward()
        self.step += 1
        if self.instruments:
            correct = self.task.correct(outputs.detach(), y) if self.task.correct else None
            self.instruments.record(self.step, loss, correct, len(y))
        self.optimizer.step()
        self._advance()
        return len(y)

    def take_batch(self) -> tuple[Tensor, Tensor]:
        """The samples of the coming step: inputs (batch, ...) as float32, targets (batch, ...)."""
        size = self.recipe.batch_size
        index = self._order[self.batch * size:(self.batch + 1) * size]
        return self._as_input(self._inputs.index_select(0, index)), self._targets.index_select(0, index)

    def _as_input(self, samples: Tensor) -> Tensor:
        """float32, laid out in memory as the network computes fastest."""
        if self._channels_last and samples.dim() == 4 and samples.dtype == torch.uint8:
            return samples.to(torch.float32, memory_format=torch.channels_last).div_(255)
        return to_float(samples)

    def _advance(self) -> None:
        self.batch += 1
        if self.batch == self.batches_per_epoch:
            self.batch, self.epoch = 0, self.epoch + 1
            self._order = self._draw_order()

    def _draw_order(self) -> Tensor:
        generator = torch.Generator().manual_seed(derive_seed(self.recipe.seed, f"order/{self.epoch}"))
        return torch.randperm(len(self._inputs), generator=generator).to(self.device)

    def epoch_sizes(self) -> list[int]:
        """The number of samples in each batch of an epoch."""
        samples, size = len(self._inputs), self.recipe.batch_size
        return [min(size, samples - batch * size) for batch in range(self.batches_per_epoch)]

    def evaluate_validation(self) -> tuple[float | None, float | None]:
        """Mean loss and accuracy on the held-out part, in evaluation mode."""
        return self._evaluate(*self._validation)

    def evaluate_test(self) -> tuple[float | None, float | None]:
        """Mean loss and accuracy on the test part, in evaluation mode."""
        return self._evaluate(*self._test)

    def _evaluate(self, inputs: Tensor, targets: Tensor) -> tuple[float | None, float | None]:
        with in_mode(self.model, training=False):
            return evaluate(self.model, inputs, targets, self.task, self._as_input)

    def state(self) -> tuple[dict[str, Tensor], dict[str, int]]:
        """What, beside the weights, continues this training: tensors by name, and the position."""
        tensors = {"generator/cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            tensors["generator/cuda"] = torch.cuda.get_rng_state(self.device)
        for index, slots in self.optimizer.state_dict()["state"].items():
            for name, value in slots.items():
                if isinstance(value, Tensor):
                    tensors[f"optimizer/{index}/{name}"] = value
        return tensors, {"step": self.step, "epoch": self.epoch, "batch": self.batch}

    def load_state(self, weights: dict[str, Tensor], tensors: dict[str, Tensor], position: dict[str, int]) -> None:
        """Continue from a state, to the same curve as if training had never stopped."""
        self.model.load_state_dict(weights)
        slots: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            group, *rest = name.split("/")
            if group == "optimizer":
                slots.setdefault(int(rest[0]), {})[rest[1]] = value
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": slots})
        self.step, self.epoch, self.batch = position["step"], position["epoch"], position["batch"]
        self._order = self._draw_order()
        torch.set_rng_state(tensors["generator/cpu"])
        if "generator/cuda" in tensors and self.device.type == "cuda":
            torch.cuda.set_rng_state(tensors["generator/cuda"].cpu(), self.device)


def prefers_channels_last(model: nn.Module) -> bool:
    """Whether a convolutional network runs faster on a CPU with channels last in memory; figures in docs/benchmarks.md.

    Average pooling and wide convolutions gain; max pooling over a few channels loses.
    """
    modules = list(model.modules())
    widths = [module.out_channels for module in modules if isinstance(module, nn.Conv2d)]
    pools_maxima = any(isinstance(module, nn.MaxPool2d) for module in modules)
    return bool(widths) and (min(widths) >= 8 or not pools_maxima)


def count_batches(samples: int, batch_size: int) -> int:
    """Batches in an epoch. A last batch of a single sample is left out: batch normalization has no variance there."""
    batches = math.ceil(samples / batch_size)
    return batches - 1 if batch_size > 1 and samples % batch_size == 1 and batches > 1 else batches


def choose_threads(multiply_adds_per_step: float, cores: int) -> int:
    """CPU threads for a step of this much work: 1 for tiny networks, all cores for large ones.

    A rule and not a measurement, so that the same recipe takes the same number, and so the same curve, every time.
    """
    return max(1, min(cores, int(multiply_adds_per_step // MULTIPLY_ADDS_PER_EXTRA_THREAD) + 1))
