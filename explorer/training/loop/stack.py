"""Many small networks trained at once: their weights stacked, each step one computation for all of them.

A GPU computes sixteen small networks in little more time than one. The networks differ in their weights, in the order
of their samples, and in two numbers of the optimizer; whatever else decides a step is common to all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call, stack_module_state, vmap

from explorer import network
from explorer.data import Samples
from explorer.network import Analysis, derive_seed
from explorer.recipe import OPTIMIZERS, Recipe
from explorer.text import Text, text
from explorer.training.loop.graph import Capture, Graphed
from explorer.training.loop.layer_choice import nodes_of
from explorer.training.loop.loop import Trainer
from explorer.training.loop.parts import Parts
from explorer.training.loop.stacked_batches import StackedBatches
from explorer.training.loop.stacked_update import STACKED_UPDATES
from explorer.training.records.metrics import LOSS, StepRows

_RECURRENT = text("A recurrent layer cannot be computed for several sets of weights at once.")
_NORM = text("Batch normalization keeps statistics of each network's own batches, beside its weights.")
_BLOCKS = {  # blocks that cannot be stacked
    "rnn": _RECURRENT, "lstm": _RECURRENT, "gru": _RECURRENT, "batch_norm1d": _NORM, "batch_norm2d": _NORM,
    "stochastic_depth": text("Stochastic depth draws the same branches for all networks, and not a draw for each."),
}


def why_not_stacked(recipes: Sequence[Recipe]) -> Text | None:
    """Return why these recipes cannot be trained as one stack; None if they can.

    They may differ in seed, initialization, learning rate and weight decay. The rest is one computation, so it has one
    batch size, one shape, one optimizer and one schedule; and what looks at all gradients of one network together, or
    keeps a second copy of it, is left to a Trainer.

    >>> from explorer import zoo
    >>> mlp = zoo.recipe("mlp")
    >>> why_not_stacked([mlp, mlp.with_(seed=1)]) is None
    True
    >>> print(why_not_stacked([mlp, mlp.with_(batch_size=7)]))
    Networks that are trained together cannot differ in batch_size.
    """
    for recipe in recipes[1:]:
        if names := _differences(recipes[0], recipe):
            return text("Networks that are trained together cannot differ in {name}.", name=names[0])
    return _why_never(recipes[0])


def _differences(one: Recipe, other: Recipe) -> list[str]:
    """Name the fields that differ and may not."""
    alike = other.with_(seed=one.seed, init=one.init, weight_decay=one.weight_decay)
    if one.optimizer.name == other.optimizer.name:
        params = {**other.optimizer.params, "lr": one.optimizer.params["lr"]}
        alike = alike.with_optimizer(other.optimizer.name, **params)
    mine, theirs = one.to_dict(), alike.to_dict()
    return [name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name)]


def _why_never(recipe: Recipe) -> Text | None:
    """Return why the recipe cannot be stacked even with one that is alike."""
    if recipe.optimizer.name not in STACKED_UPDATES:
        return text("{optimizer} has no stacked form: SGD, Adam and AdamW have one.",
                    optimizer=OPTIMIZERS.get(recipe.optimizer.name).title)
    if recipe.clip_norm is not None or recipe.clip_value is not None:
        return text("Gradients are clipped by what all of one network's gradients are together.")
    if recipe.averaging is not None:
        return text("The average of the weights is a second copy of every network.")
    if recipe.precision != "float32":
        return text("Half precision has a scale of the loss for each network.")
    if recipe.lr_factors:
        return text("Layers with a learning rate of their own have no stacked form.")
    if recipe.instruments == "full":
        return text("Full recording inspects the layers of one network.")
    if recipe.further_networks:
        return text("A task of several networks takes several steps in turn.")
    return next((_BLOCKS[block] for block in _blocks(network.analyze(recipe.network), recipe.network.nodes)
                 if block in _BLOCKS), None)


def _blocks(analysis: Analysis, nodes: Sequence) -> Iterator[str]:
    """Yield the names of all blocks, those inside composite ones included."""
    yield from (node.block for node in nodes)
    for opened in analysis.inside.values():
        yield from _blocks(opened.analysis, opened.net.nodes)


@dataclass(frozen=True)
class StackRows:
    """Steps since they were last taken, of all variants.

    step, size (samples in the batch): (step,). scalars: the loss and each metric by name, (step, variant).
    gradient_norm: (step, variant, layer). Not finite where a variant diverged.
    """

    step: np.ndarray
    size: np.ndarray
    scalars: Mapping[str, np.ndarray]
    gradient_norm: np.ndarray

    def of(self, variant: int) -> StepRows:
        """Return the steps of one variant, as its Trainer would record them."""
        return StepRows(self.step, self.size, {name: values[:, variant] for name, values in self.scalars.items()},
                        self.gradient_norm[:, variant])


class Stack:
    """The training of several recipes at once, each to the weights that a Trainer would give it.

    parts: the samples of each recipe; one and the same object where they agree, since they may depend on the seed.
    Where seeds agree as well, one batch serves all. Dropout draws other masks than alone: one stream of random numbers
    serves all networks, each of which gets its own share of it. A variant that diverges goes on with numbers that are
    not finite; those of the others stay what they were. `layers` are the addresses of the gradient norms.

    >>> from explorer import zoo
    >>> from explorer.training import load_parts
    >>> recipes = [zoo.recipe("playground").with_optimizer("sgd", lr=rate) for rate in (0.01, 0.1)]
    >>> stack = Stack(recipes, [load_parts(recipes[0])] * 2)
    >>> stack.step(), stack.rows().scalars["loss"].shape
    (1, (1, 2))
    """

    def __init__(self, recipes: Sequence[Recipe], parts: Sequence[Parts], device: str = "cpu",
                 capture: Capture | None = None) -> None:
        if problem := why_not_stacked(recipes):
            raise ValueError(str(problem))
        self.steps = self.epoch = self.batch = 0
        self._variants = [Trainer(recipe, each, device, instruments=False)
                          for recipe, each in zip(recipes, _on_device(parts, device), strict=True)]
        self._batches = StackedBatches([variant.batches for variant in self._variants], parts,
                                       [recipe.seed for recipe in recipes])
        self._weights, self._buffers = stack_module_state([variant.model for variant in self._variants])
        layers = nodes_of(self._variants[0].model).parameters
        self.layers = list(layers)
        self._layer_starts = np.cumsum([0, *map(len, layers.values())])[:-1]
        self._trained = [self._weights[name] for names in layers.values() for name in names]
        self._update = STACKED_UPDATES[recipes[0].optimizer.name](recipes, self._trained)
        self._names: tuple[str, ...] = (LOSS,)  # of the numbers in a row, before the gradient norms
        self._row: Tensor | None = None  # the last step's numbers: (number, variant)
        self._kept: list[tuple[int, int, Tensor]] = []
        self._buffers_read: tuple[Tensor, ...] = ()
        self._graphed = Graphed(self._step_on_buffers, capture) if capture else None
        torch.manual_seed(derive_seed(recipes[0].seed, "dropout"))

    @property
    def batches_per_epoch(self) -> int:
        return self._variants[0].batches_per_epoch

    @property
    def finished(self) -> bool:
        return self.epoch >= self._variants[0].recipe.epochs

    def step(self) -> int:
        """Train every variant on its next batch; returns the number of this step."""
        loaded = self._batches.load(self.epoch, self.batch)
        self._update.prepare(self.steps, [variant.learning_rate.at(self.steps) for variant in self._variants])
        if self._graphed and self._fill_buffers(loaded):
            self._graphed()
        else:
            self._step_on(loaded)
        self.steps += 1
        self._kept.append((self.steps, self._batches.size_of(self.batch), self._row.clone()))
        self._advance()
        return self.steps

    def _fill_buffers(self, loaded: tuple[Tensor, ...]) -> bool:
        """Copy a batch to where the graph reads it; a smaller one than the first does not fit."""
        if not self._buffers_read:
            self._buffers_read = tuple(each.clone() for each in loaded)
        if loaded[0].shape != self._buffers_read[0].shape:
            return False
        for buffer, each in zip(self._buffers_read, loaded, strict=True):
            buffer.copy_(each)
        return True

    def _step_on_buffers(self) -> None:
        self._step_on(self._buffers_read)

    def _step_on(self, loaded: tuple[Tensor, ...]) -> None:
        """Take a step: every operation is on tensors that stay where they are, and none asks for a number."""
        axis = None if self._batches.are_shared else 0
        losses, measured = vmap(self._forward, in_dims=(0, 0, axis, axis), randomness="different")(
            self._weights, self._buffers, *self._batches.read(loaded))
        # A variant's loss depends on its own weights alone, so that the sum's gradient is each one's own.
        found = torch.autograd.grad(losses.sum(), self._trained, materialize_grads=True)
        gradients = [each.contiguous() for each in found]  # a matrix product leaves its own transposed: once, not later
        self._record({LOSS: losses, **measured}, gradients)
        self._update.apply(gradients)

    def _forward(self, weights: Mapping[str, Tensor], buffers: Mapping[str, Tensor], inputs: Tensor,
                 targets: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Compute (loss, sums of the metrics) of one variant."""
        first = self._variants[0]
        loss, outputs = first.learner.step(lambda x: functional_call(first.model, (weights, buffers), (x,)), inputs,
                                           targets)
        return loss, first.learner.measure(outputs.detach().float(), targets)

    @torch.no_grad()
    def _record(self, numbers: Mapping[str, Tensor], gradients: Sequence[Tensor]) -> None:
        """Write the row of this step's numbers: those by name, then each parameter's gradient norm."""
        norms = [torch.linalg.vector_norm(each.reshape(len(each), -1), dim=1) for each in gradients]
        row = torch.stack([*(value.float() for value in numbers.values()), *norms])
        if self._row is None:
            self._names, self._row = tuple(numbers), torch.empty_like(row)
        self._row.copy_(row)

    def _advance(self) -> None:
        self.batch += 1
        if self.batch == self.batches_per_epoch:
            self.batch, self.epoch = 0, self.epoch + 1

    def rows(self) -> StackRows:
        """Return the steps since this was last called, on the CPU."""
        kept, self._kept = self._kept, []
        step, size = (np.array([each[place] for each in kept], dtype=int) for place in (0, 1))
        numbers = torch.stack([row for *_, row in kept]).cpu().double().numpy() if kept else np.zeros(
            (0, len(self._names) + len(self._trained), len(self._variants)))  # (step, number, variant)
        scalars = {name: numbers[:, place] if name == LOSS else numbers[:, place] / size[:, None]
                   for place, name in enumerate(self._names)}
        squares = np.add.reduceat(numbers[:, len(self._names):] ** 2, self._layer_starts, axis=1)
        return StackRows(step, size, scalars, np.sqrt(squares).transpose(0, 2, 1))

    def weights(self, variant: int) -> dict[str, Tensor]:
        """Return the weights of one variant, as a checkpoint of its own run has them."""
        return {name: value.clone() for name, value in self._alone(variant).weights().items()}

    def evaluate_validation(self, variant: int) -> dict[str, float]:
        """Compute one variant's mean loss and metrics on its validation part, by name; empty without samples."""
        return self._alone(variant).evaluate_validation()

    def evaluate_test(self, variant: int) -> dict[str, float]:
        """Compute one variant's mean loss and metrics on the test set, by name."""
        return self._alone(variant).evaluate_test()

    @torch.no_grad()
    def _alone(self, variant: int) -> Trainer:
        """Return a variant's own Trainer, with the weights it has now."""
        trainer = self._variants[variant]
        for name, parameter in trainer.model.named_parameters():
            parameter.copy_(self._weights[name][variant])
        return trainer


def _on_device(parts: Sequence[Parts], device: str) -> list[Parts]:
    """Move samples to the device, those of several variants once."""
    moved: dict[int, Parts] = {}
    for each in parts:
        if id(each) not in moved:
            moved[id(each)] = replace(each, **{name: _moved(getattr(each, name), device)
                                               for name in ("train", "validation", "test")})
    return [moved[id(each)] for each in parts]


def _moved(samples: Samples, device: str) -> Samples:
    return replace(samples, inputs=samples.inputs.to(device), targets=samples.targets.to(device))
