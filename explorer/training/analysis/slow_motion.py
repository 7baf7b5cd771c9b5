"""One step of training taken apart: what every node gives, what comes back to it, and how it changes."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from explorer import network
from explorer.hooks import record_activations, record_gradients
from explorer.recipe import Recipe
from explorer.training.loop.loop import Trainer
from explorer.training.loop.parts import load_parts
from explorer.training.loop.processor import count_cores
from explorer.training.loop.torch_settings import prepare_torch, torch_kept
from explorer.training.records.checkpoints import load_frame, load_state
from explorer.training.records.recorded_threads import recorded_threads
from explorer.training.runs.store import Run

MOST_MULTIPLY_ADDS = 20_000_000_000  # of a batch: more would keep a page waiting for many seconds
_ONE_AT_A_TIME = threading.Lock()  # the random numbers of dropout are the process's, and a page shares it with others


class TooLarge(ValueError):
    """A batch of this network takes too long to be looked at while one waits."""


@dataclass(frozen=True)
class NodeStep:
    """One node in one step.

    output: the first sample's; gradient: of the batch's loss with respect to that output, None where none comes back.
    gradient_norm: the same over the whole batch. Where the node has parameters that learn, `weight` is the largest of
    them before the step, `weight_gradient` its gradient and `change` what the step added to it; the norms (L2) are
    over all its parameters, and NaN where it has none.
    """

    address: str
    output: np.ndarray
    gradient: np.ndarray | None
    gradient_norm: float
    parameters: int
    weight_name: str
    weight: np.ndarray | None
    weight_gradient: np.ndarray | None
    change: np.ndarray | None
    weight_norm: float
    weight_gradient_norm: float
    change_norm: float


@dataclass(frozen=True)
class SlowStep:
    """One step. `loss` is the batch's, `loss_after` the same batch's with the changed weights and the same dropout.

    step: how many came before it; epoch and batch count from 0. outputs: the network's, (sample, ...); targets as they
    are in the data. nodes: in the order of the forward pass, blocks closed.
    """

    step: int
    epoch: int
    batch: int
    learning_rate: float
    loss: float
    loss_after: float
    outputs: np.ndarray
    targets: np.ndarray
    nodes: tuple[NodeStep, ...]


class SlowMotion:
    """A recipe's training, one step at a time: what it shows is what a run of the recipe does at that step.

    It begins with fresh weights, or where `run` was at `step`, one of its `state_steps`. Raises what `load_parts` and
    `load_state` raise, and TooLarge.
    """

    def __init__(self, recipe: Recipe, run: Run | None = None, step: int = 0) -> None:
        work = network.analyze(recipe.network).total_multiply_adds * recipe.batch_size
        if work > MOST_MULTIPLY_ADDS:
            raise TooLarge(f"{work} multiply-adds in a batch")
        with _ONE_AT_A_TIME, torch_kept():
            self._threads = prepare_torch(recipe, recorded_threads(run, count_cores()) if run else None)
            self._trainer = Trainer(recipe, load_parts(recipe))
            if run is not None:
                self._trainer.load_state(load_frame(run.frames_folder, step), *load_state(run.frames_folder, step))
            self._random = torch.get_rng_state()

    @property
    def finished(self) -> bool:
        return self._trainer.finished

    def take_step(self) -> SlowStep:
        """Take the next step."""
        with _ONE_AT_A_TIME, torch_kept():
            prepare_torch(self._trainer.recipe, self._threads)
            torch.set_rng_state(self._random)
            taken = _take_apart(self._trainer)
            self._random = torch.get_rng_state()
        return taken


def _take_apart(trainer: Trainer) -> SlowStep:
    model, (x, y) = trainer.model, trainer.take_batch()
    at = {"step": trainer.step, "epoch": trainer.epoch, "batch": trainer.batch}
    addresses = [name for name, _ in model.named_children()]
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    buffers = {name: value.clone() for name, value in model.named_buffers()}
    random, scale = torch.get_rng_state(), trainer.loss_scale
    with record_activations(model, addresses) as outputs, record_gradients(model, addresses) as gradients:
        trainer.train_step()
    gradients = {address: gradient.float() / scale for address, gradient in gradients.items()}
    nodes = tuple(_node(address, model.get_submodule(address), outputs[address], gradients.get(address), before)
                  for address in addresses)
    loss = float(trainer.instruments.flush().loss[-1])
    last = outputs[trainer.recipe.network.outputs[0]].float()
    after_random = torch.get_rng_state()
    loss_after = _loss_again(trainer, x, y, buffers, random)
    torch.set_rng_state(after_random)
    rate = trainer.optimizer.param_groups[0]["lr"]
    return SlowStep(**at, learning_rate=float(rate), loss=loss, loss_after=loss_after,
                    outputs=last.numpy(), targets=y.numpy(), nodes=nodes)


@torch.no_grad()
def _loss_again(trainer: Trainer, x: Tensor, y: Tensor, buffers: dict[str, Tensor], random: Tensor) -> float:
    """Compute the batch's loss with the weights as they are now, all else as in the step; buffers are restored."""
    now = {name: value.clone() for name, value in trainer.model.named_buffers()}
    _put(trainer.model, buffers)
    torch.set_rng_state(random)
    with trainer.precision():
        loss, _outputs = trainer.learner.step(trainer.model, x, y)
    _put(trainer.model, now)
    return loss.item()


def _put(model: nn.Module, buffers: dict[str, Tensor]) -> None:
    for name, value in model.named_buffers():
        value.copy_(buffers[name])


def _node(address: str, module: nn.Module, output: Tensor, gradient: Tensor | None,
          before: dict[str, Tensor]) -> NodeStep:
    learned = {name: value for name, value in module.named_parameters() if value.requires_grad}
    empty = NodeStep(address, _first(output), None if gradient is None else _first(gradient),
                     math.nan if gradient is None else _norm([gradient]), 0, "", None, None, None, math.nan, math.nan,
                     math.nan)
    if not learned:
        return empty
    old = {name: before[f"{address}.{name}"] for name in learned}
    gradients = {name: torch.zeros_like(value) if value.grad is None else value.grad
                 for name, value in learned.items()}
    changes = {name: value.detach() - old[name] for name, value in learned.items()}
    largest = max(learned, key=lambda name: learned[name].numel())
    return replace(empty, parameters=sum(value.numel() for value in learned.values()), weight_name=largest,
                   weight=old[largest].numpy(), weight_gradient=gradients[largest].clone().numpy(),
                   change=changes[largest].numpy(), weight_norm=_norm(old.values()),
                   weight_gradient_norm=_norm(gradients.values()), change_norm=_norm(changes.values()))


def _first(values: Tensor) -> np.ndarray:
    return values[0].float().numpy() if values.is_floating_point() else values[0].numpy()


def _norm(tensors) -> float:
    return math.sqrt(sum(tensor.cpu().double().square().sum().item() for tensor in tensors))
