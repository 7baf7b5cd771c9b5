"""The training loop: a Trainer takes steps, is evaluated, saved and resumed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from explorer import tasks
from explorer.hooks import in_mode
from explorer.network import derive_seed, leaves
from explorer.network.initialize import scale_to_unit_variance
from explorer.recipe import Recipe
from explorer.text import Text
from explorer.training.loop.batches import Batches, StaticBatch
from explorer.training.loop.evaluation import evaluate
from explorer.training.loop.execution import describe, why_ordinary
from explorer.training.loop.graph import NO_ROOM, Capture, Graphed, capture_on
from explorer.training.loop.instruments import LightInstruments
from explorer.training.loop.model import draw_model, prefers_channels_last
from explorer.training.loop.optimize import LearningRate, build_optimizer, clip_gradients, share_of, update_average
from explorer.training.loop.parts import Parts
from explorer.training.loop.sampler import Sampler, StepSample

_HALVES = {"bf16": torch.bfloat16, "fp16": torch.float16}


class Trainer:
    """The training of a recipe's network on samples held in memory.

    (epoch, batch) is the full position in the data. Dropout draws from the process's generator, which a Trainer seeds.
    `model` is trained; `eval_model` is evaluated and kept: the same one, or the running average of its weights.
    `graphed` is the step as a graph, where there is one.

    >>> from explorer import zoo
    >>> from explorer.training import load_parts
    >>> Trainer(zoo.recipe("playground"), load_parts(zoo.recipe("playground"))).train_step()
    10
    """

    def __init__(self, recipe: Recipe, parts: Parts, device: str = "cpu", instruments: bool = True,
                 capture: Capture | None = None) -> None:
        """Draw the network and hold the samples on the device. capture: makes graphs of whole steps, if given."""
        self.recipe, self.device = recipe, torch.device(device)
        self._why_ordinary = why_ordinary(recipe, capture, self.device)
        self._capture = capture if self._why_ordinary is None else None
        self.learner = tasks.learner(recipe)
        self.model: nn.Module = draw_model(recipe).to(self.device)
        channels_last = self.device.type == "cpu" and prefers_channels_last(self.model)
        self.batches = Batches(recipe, parts.train, self.device, channels_last)
        self._validation, self._test = ((part.inputs.to(self.device), part.targets.to(self.device))
                                        for part in (parts.validation, parts.test))
        self.step = self.epoch = self.batch = 0
        if recipe.init.name == "lsuv":
            self._seed_dropout()  # it runs the network in training mode, dropout included
            scale_to_unit_variance(self.model, dict(leaves(self.model)), self.take_batch()[0],
                                   recipe.init.params["tolerance"], recipe.rules["initialization"])
        self.optimizer = build_optimizer(recipe, self.model, self._has_capturable_optimizer)
        self.learning_rate = LearningRate(recipe, self.optimizer, self.total_steps, self.batches_per_epoch)
        self._parameters = [p for p in self.model.parameters() if p.requires_grad]
        self._clips = recipe.clip_norm is not None or recipe.clip_value is not None
        self._freeze()
        self.eval_model = deepcopy(self.model) if recipe.averaging is not None else self.model
        self._scaler = torch.amp.GradScaler(self.device.type) if recipe.precision == "fp16" else None
        self.instruments = LightInstruments(self.model) if instruments else None
        self.sampler = Sampler(self.model) if instruments and recipe.instruments == "full" else None
        self._begin_graph()
        self._seed_dropout()

    def load_initial_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Replace the random weights by these where they fit; the others stay."""
        for model in {id(model): model for model in (self.model, self.eval_model)}.values():
            drawn = model.state_dict()
            model.load_state_dict({name: value for name, value in weights.items()
                                   if name in drawn and drawn[name].shape == value.shape}, strict=False)

    def _seed_dropout(self) -> None:
        torch.manual_seed(derive_seed(self.recipe.seed, "dropout"))

    def _freeze(self) -> None:
        """Put frozen layers into evaluation mode, so that they keep no statistics of batches either."""
        for address, factor in self.recipe.lr_factors.items():
            if factor == 0:
                self.model.get_submodule(address).eval()

    @property
    def batches_per_epoch(self) -> int:
        return self.batches.per_epoch

    @property
    def total_steps(self) -> int:
        return self.batches_per_epoch * self.recipe.epochs

    @property
    def finished(self) -> bool:
        return self.epoch >= self.recipe.epochs

    def train_step(self) -> int:
        """Train on one batch: forward, loss, backward, update. Returns the number of its samples."""
        if self.sampler is None:
            return self._take_step()
        with self.sampler.step(self.step + 1) as sampled:
            return self._take_step(sampled)

    def _take_step(self, sampled: StepSample | None = None) -> int:
        """Take the step; `sampled` records its layer statistics."""
        self.learning_rate.set_for(self.step)
        size = self.batches.size_of(self.batch)
        if self.graphed and not sampled and size == self.batches.size_of(0):
            self._static_batch.load(self.epoch, self.batch)
            if self._average_share is not None:
                self._average_share.fill_(share_of(self.recipe.averaging, self.step + 1))
            self.graphed()
            self.step += 1
            if self.instruments:
                self.instruments.count(self.step, size)
        else:
            self._take_ordinary_step(sampled)
        self._advance()
        return size

    def _take_ordinary_step(self, sampled: StepSample | None) -> None:
        self.settle()  # a sample is timed: it must not wait for the steps before it
        x, y = self.take_batch()
        with sampled.forward(len(y)) if sampled else nullcontext():
            loss, outputs = self._forward(x, y)
        self._backward(loss)
        self.step += 1
        if self.instruments:
            self.instruments.record(self.step, loss, self.learner.measure(outputs.detach().float(), y), len(y))
        if sampled:
            sampled.before_update()
        self._update(None if self.recipe.averaging is None else share_of(self.recipe.averaging, self.step))

    def settle(self) -> None:
        """Wait for the steps that were only launched, so that what follows can be timed by itself."""
        if self.graphed and self.instruments:
            self.instruments.settle()

    @property
    def _has_capturable_optimizer(self) -> bool:
        """Return whether the optimizer is one for graphs: wherever they can be had, so that any step gives one result.
        """
        return why_ordinary(self.recipe, self._capture or capture_on(self.device), self.device) is None

    def _begin_graph(self) -> None:
        """Forget the graph of a step, if there is one: it repeats what lies in memory that may be replaced."""
        self.graphed = Graphed(self._take_static_step, self._capture) if self._capture else None
        self._static_batch = StaticBatch(self.batches)
        self._average_share = torch.zeros((), device=self.device) if self.recipe.averaging is not None else None

    def _take_static_step(self) -> None:
        """Take a step on the static batch, all of it on the device: no number of it is known to Python."""
        x, y = self._static_batch.read()
        loss, outputs = self._forward(x, y)
        self._backward(loss)
        if self.instruments:
            self.instruments.write(loss, self.learner.measure(outputs.detach().float(), y))
        self._update(self._average_share)

    def _forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        with self.precision():
            return self.learner.step(self.model, x, y)

    def _backward(self, loss: Tensor) -> None:
        for parameter in self._parameters:  # what zero_grad does, without its bookkeeping
            parameter.grad = None
        if self._scaler is None:
            loss.backward()
        else:
            self._scaler.scale(loss).backward()
            self._scaler.unscale_(self.optimizer)

    def _update(self, average_share: float | Tensor | None) -> None:
        if self._clips:
            clip_gradients(self.recipe, self._parameters)
        if self._scaler is None:
            self.optimizer.step()
        else:
            self._scaler.step(self.optimizer)
            self._scaler.update()
        if average_share is not None:
            update_average(list(self.eval_model.parameters()), list(self.model.parameters()), average_share)

    @property
    def execution(self) -> Text:
        """Describe in a sentence how steps are executed, and why so."""
        return describe(self.recipe, self.graphed, self._why_ordinary, self.batches.sizes)

    def precision(self) -> Any:
        """Return the context of the recipe's precision."""
        half = _HALVES.get(self.recipe.precision)
        return torch.autocast(self.device.type, half) if half else nullcontext()

    @property
    def loss_scale(self) -> float:
        """The factor of the loss in the next backward pass: above 1 for fp16 alone."""
        return 1.0 if self._scaler is None else self._scaler.get_scale()

    def take_batch(self) -> tuple[Tensor, Tensor]:
        """Take the samples of the next step: inputs (batch, ...) as float32 or tokens, targets (batch, ...)."""
        return self.batches.take(self.epoch, self.batch)

    def _advance(self) -> None:
        self.batch += 1
        if self.batch == self.batches_per_epoch:
            self.batch, self.epoch = 0, self.epoch + 1

    def epoch_sizes(self) -> list[int]:
        """Return the number of samples in each batch of an epoch."""
        return self.batches.sizes

    def evaluate_validation(self) -> dict[str, float]:
        """Compute mean loss and metrics on the validation part, by name, in evaluation mode; empty without samples."""
        return self._evaluate(*self._validation)

    def evaluate_test(self) -> dict[str, float]:
        """Compute mean loss and metrics on the test set, by name, in evaluation mode."""
        return self._evaluate(*self._test)

    def _evaluate(self, inputs: Tensor, targets: Tensor) -> dict[str, float]:
        self._share_buffers()
        try:
            return self._evaluate_once(inputs, targets)
        except torch.OutOfMemoryError:
            if not self.graphed or not self.graphed.is_captured:
                raise
        self.graphed.give_up(NO_ROOM)
        return self._evaluate_once(inputs, targets)

    def _evaluate_once(self, inputs: Tensor, targets: Tensor) -> dict[str, float]:
        with in_mode(self.eval_model, training=False), self.precision():
            return evaluate(self.eval_model, inputs, targets, self.learner, self.batches.as_input)

    def _share_buffers(self) -> None:
        """Give the average the running statistics of the trained network."""
        if self.eval_model is not self.model:
            for mine, theirs in zip(self.eval_model.buffers(), self.model.buffers(), strict=True):
                mine.copy_(theirs)

    def weights(self) -> dict[str, Tensor]:
        """Return the weights of a checkpoint: the state dict of `eval_model`."""
        self._share_buffers()
        return self.eval_model.state_dict()

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return what resuming needs beside `weights`: tensors by name, and the position."""
        tensors = {"generator/cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            tensors["generator/cuda"] = torch.cuda.get_rng_state(self.device)
        if self.eval_model is not self.model:
            tensors |= {f"model/{name}": value for name, value in self.model.state_dict().items()}
        for index, slots in self.optimizer.state_dict()["state"].items():
            for name, value in slots.items():
                if isinstance(value, Tensor):
                    tensors[f"optimizer/{index}/{name}"] = value
        position = {"step": self.step, "epoch": self.epoch, "batch": self.batch,
                    "lr_changes": self.learning_rate.changes, "optimizer": self.recipe.optimizer.name,
                    "scaler": {} if self._scaler is None else self._scaler.state_dict()}
        return tensors, position

    def load_state(self, weights: Mapping[str, Tensor], tensors: Mapping[str, Tensor],
                   position: Mapping[str, Any]) -> None:
        """Resume from a state, to a curve identical to an uninterrupted run's.

        A state of another optimizer contributes only its weights and its position.
        """
        learned = {name.removeprefix("model/"): tensor for name, tensor in tensors.items()
                   if name.startswith("model/")}
        self.model.load_state_dict(learned or weights)
        self.eval_model.load_state_dict(weights)
        if position.get("optimizer") == self.recipe.optimizer.name:
            self._load_slots(tensors)
        self.learning_rate.changes = [(step, rate) for step, rate in position.get("lr_changes", ())]
        if self._scaler is not None and position.get("scaler"):
            self._scaler.load_state_dict(position["scaler"])
        self._begin_graph()
        self.step, self.epoch, self.batch = position["step"], position["epoch"], position["batch"]
        torch.set_rng_state(tensors["generator/cpu"])
        if "generator/cuda" in tensors and self.device.type == "cuda":
            torch.cuda.set_rng_state(tensors["generator/cuda"].cpu(), self.device)

    def _load_slots(self, tensors: Mapping[str, Tensor]) -> None:
        slots: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            group, *rest = name.split("/")
            if group == "optimizer":
                slots.setdefault(int(rest[0]), {})[rest[1]] = value
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": slots})
