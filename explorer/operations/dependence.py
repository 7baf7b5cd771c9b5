"""Dependence of one unit on the inputs of a module without a rule, by its gradient."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from explorer.hooks import each_tensor, samples_first, tensors_in
from explorer.operations.arithmetic.work import MOST_TERMS, cells, number, step
from explorer.operations.calls import Call
from explorer.operations.explaining import check_unit, explain
from explorer.results import Explanation, Operation
from explorer.text import text


def explain_by_gradient(call: Call, operation: Operation, unit: Sequence[int]) -> Explanation:
    """Explain a unit of a module without a rule: the inputs that its gradient reaches, and the largest contributions.

    A contribution is gradient × input. The module must be in evaluation mode. Raises BadValue.

    >>> from torch import nn
    >>> from explorer.operations import describe, record_call
    >>> two = nn.Sequential(nn.Flatten(), nn.ReLU())
    >>> call = record_call(two, "", torch.tensor([[[3.0, -1.0]]]))
    >>> explain_by_gradient(call, describe(two, call.inputs, call.output), (0,)).line
    'depends on 1 of 2 inputs; 3, mostly through input[0, 0]'
    """
    plain = explain(operation, check_unit(operation.output.values.shape, unit))
    try:
        gradients = _gradients(call, operation, plain.unit)
    except Exception:
        gradients = []
    if not gradients:
        return plain
    windows, parts = [], []
    for place, (gradient, operand) in enumerate(zip(gradients, operation.operands)):
        windows.append(cells(place, gradient.shape, np.flatnonzero(gradient)))
        parts.append((gradient * operand.values).ravel())
    reached = sum(int(np.count_nonzero(gradient)) for gradient in gradients)
    total = sum(gradient.size for gradient in gradients)
    shown = _largest(parts)
    names = [_written(operation, place, flat) for place, flat in shown]
    contributions = [parts[place][flat] for place, flat in shown]
    steps = (step(text("Inputs that it depends on"), reached, f"{reached:,} / {total:,}"),
             step(text("Largest contributions: gradient × input"), contributions,
                  ", ".join(f"{name}: {number(value)}" for name, value in zip(names, contributions)), ("input",)),
             step(text("Result"), plain.value, number(plain.value)))
    tail = f", mostly through {names[0]}" if names else ""
    return Explanation(plain.unit, plain.value, plain.model_value, tuple(windows), steps,
                       f"depends on {reached:,} of {total:,} inputs; {number(plain.value)}{tail}")


def _gradients(call: Call, operation: Operation, unit: tuple[int, ...]) -> list[np.ndarray]:
    """Compute d unit / d input for the first sample of every input; none where no gradient flows.

    A module that is no function of tensors alone, such as one that goes through NumPy, raises what it likes.
    """
    leaves: list[Tensor] = []

    def prepared(tensor: Tensor) -> Tensor:
        leaf = tensor.detach().clone().requires_grad_(tensor.is_floating_point())
        if not tensor.is_complex():  # those have no operand
            leaves.append(leaf)
        return leaf.clone() if leaf.requires_grad else leaf  # which a module may change in place

    arguments, named = each_tensor(call.arguments, prepared)
    with torch.enable_grad():
        output = next(tensors_in(call.module(*arguments, **named)))
    has_batch = output.dim() > len(unit)
    value = _first_sample(call.module, output)[unit] if has_batch else output[unit]
    wanted = [leaf for leaf in leaves if leaf.requires_grad]
    if not (value.requires_grad and wanted):
        return []
    found = iter(torch.autograd.grad(value, wanted, allow_unused=True))
    gradients = [next(found) if leaf.requires_grad else None for leaf in leaves]
    return [_as_sample(call.module, gradient, operand.values)
            for gradient, operand in zip(gradients, operation.operands)]


def _as_sample(module: nn.Module, gradient: Tensor | None, values: np.ndarray) -> np.ndarray:
    if gradient is None:
        return np.zeros(values.shape, np.float32)
    return (_first_sample(module, gradient) if gradient.dim() > values.ndim else gradient).float().cpu().numpy()


def _first_sample(module: nn.Module, values: Tensor) -> Tensor:
    return samples_first(module, values, len(values))[0]


def _largest(parts: list[np.ndarray]) -> list[tuple[int, int]]:
    """Find (operand, flat index) of the largest contributions, the largest first."""
    found = [(abs(part[flat]), place, int(flat)) for place, part in enumerate(parts)
             for flat in np.argsort(-np.abs(part))[:MOST_TERMS] if part[flat]]
    return [(place, flat) for _size, place, flat in sorted(found, reverse=True)[:MOST_TERMS]]


def _written(operation: Operation, place: int, flat: int) -> str:
    operand = operation.operands[place]
    index = np.unravel_index(flat, operand.values.shape)
    return f"{operand.name}[{', '.join(map(str, map(int, index)))}]"
