"""Check-up of a network: activations and gradients of every layer, on one fixed batch with given weights."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from explorer import tasks
from explorer.data import Samples, to_float
from explorer.hooks import in_mode, predictor, record_activations, record_gradients
from explorer.network import leaves
from explorer.results import CheckUp, Layers, Probabilities
from explorer.tasks import Learner
from explorer.training.loop.layers import describe_output
from explorer.training.records.metrics import TRAIN, VALIDATION

CHECKED_SAMPLES = (16, 128)  # at least, at most
_CHECKED_VALUES = 128 * 3 * 32 * 32  # large images come in smaller batches, so that a check-up stays quick
PREDICTED_SAMPLES = 512


def check_up(model: nn.Module, train: Samples, validation: Samples, learner: Learner, step: int = 0) -> CheckUp:
    """Run the fixed batch forward and backward. Changes the model's buffers and gradients.

    Mistakes are counted on `validation`, or on `train` where it is empty.
    """
    addresses = [address for address, _ in leaves(model)]
    batch = train.take(slice(0, _batch_size(train)))
    with in_mode(model, training=True), record_activations(model, addresses) as outputs, \
            record_gradients(model, addresses) as gradients, _without_dropout(model):
        loss = learner.loss(model(to_float(batch.inputs)), batch.targets)
        model.zero_grad()
        loss.backward()
    nodes = dict(leaves(model))
    rows = [_layer_row(module, outputs[address], gradients.get(address), len(batch))
            for address, module in nodes.items()]
    layers = Layers(tuple(nodes), tuple(type(module).__name__ for module in nodes.values()),
                    np.array([_is_weighted(module) for module in nodes.values()]),
                    {name: np.array([row[name] for row in rows]) for name in rows[0]})
    bad = [address for address, module in nodes.items() if not math.isfinite(largest_size(module, outputs[address]))]
    part, samples = (VALIDATION, validation) if len(validation) else (TRAIN, train)
    return CheckUp(step, layers, loss.item(), bad[0] if bad else "", *_confusion(model, samples, learner), part)


def _batch_size(samples: Samples) -> int:
    least, most = CHECKED_SAMPLES
    return max(least, min(most, _CHECKED_VALUES // max(1, samples.inputs[0].numel())))


def largest_size(module: nn.Module, output: Tensor) -> float:
    """Find the largest magnitude in an output; NaN or infinite if it has such values.

    Minus infinity is fine in a node without weights: that is how attention masks positions.
    """
    if not any(True for _ in module.parameters()):
        output = output.masked_fill(output == -math.inf, 0)
    return output.abs().max().item() if output.numel() else 0.0


def _layer_row(module: nn.Module, output: Tensor, gradient: Tensor | None, batch: int) -> dict[str, float]:
    parameters = _trained(module)
    return {
        **describe_output(module, output, batch),
        "activation_gradient": math.nan if gradient is None else gradient.cpu().double().norm().item(),
        "gradient": _norm([p.grad for p in parameters if p.grad is not None]) if parameters else math.nan,
        "weight": _norm(parameters) if parameters else math.nan,
    }


def _trained(module: nn.Module) -> list[Tensor]:
    return [p for p in module.parameters() if p.requires_grad]


def _is_weighted(module: nn.Module) -> bool:
    return any(p.dim() > 1 for p in _trained(module))


def _norm(tensors: list[Tensor]) -> float:
    """Compute the L2 norm of all tensors together, in float64: squares of very small numbers underflow in float32."""
    return math.sqrt(sum(t.detach().cpu().double().square().sum().item() for t in tensors))


@contextmanager
def _without_dropout(model: nn.Module) -> Iterator[None]:
    """Turn dropout off, so that the same weights give the same check-up."""
    drops = [module for module in model.modules() if "Dropout" in type(module).__name__ and module.training]
    for module in drops:
        module.training = False
    try:
        yield
    finally:
        for module in drops:
            module.training = True


def _confusion(model: nn.Module, samples: Samples, learner: Learner) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Count samples by (true, predicted) class, with the class names; (None, ()) where the answer is no class."""
    counted, predict = samples.take(slice(0, PREDICTED_SAMPLES)), predictor(model)
    if tasks.of(learner.recipe).answers is not Probabilities:
        return None, ()
    outputs = torch.cat([predict(to_float(part)) for part in counted.inputs.split(CHECKED_SAMPLES[1])])
    answer = tasks.answer(learner.recipe, outputs, counted.class_names)
    return answer.confusion(counted.targets.numpy()), answer.names
