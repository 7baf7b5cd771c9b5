"""Description of one call of any module as an Operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from torch import Tensor, nn

from explorer.hooks import puts_tokens_first
from explorer.operations.block_kinds import block_of
from explorer.operations.explaining import explain
from explorer.operations.rules.given import Found, Given, NoRule, axes_of, operand
from explorer.operations.rules.moves import axes_behind
from explorer.operations.rules.readers import ALWAYS, Reader, reader_of
from explorer.results import (
    Explanation,
    MatrixProduct,
    Operand,
    Operation,
    Recurrent,
    Reduction,
    Unknown,
    WeightedGather,
)
from explorer.results.arithmetic import OUTPUT
from explorer.results.operation_rules import Rule

_OF_FEATURES = (nn.Linear, nn.LayerNorm, nn.RMSNorm)  # a single axis is that of features


_IMPRECISION = 0.02  # of a rule against the model, which may compute in half precision


def describe(module: nn.Module, inputs: Sequence[Tensor], output: Tensor, *, node: str = "", block: str = "",
             formula: str = "", labels: Mapping[str, Sequence[str]] | None = None, batch: int | None = None,
             unit: Sequence[int] | None = None) -> Operation:
    """Describe a module's call for its first sample: the rule, and the arrays that it reads and gives.

    inputs, output: whole tensors; of several outputs the first. labels: names along the first axis of whatever has this
    axis and so many of it. batch: how many samples there are, else as many as the first input has rows. unit: must
    follow from the rule, and chooses the direction of a recurrent layer that has two. A module without a rule, or with
    settings that its rule does not cover, is Unknown.

    The arrays are not copied.

    >>> import torch
    >>> line, x = nn.Linear(2, 3), torch.ones(1, 2)
    >>> operation = describe(line, (x,), line(x))
    >>> [(operand.name, operand.values.shape) for operand in operation.operands], operation.output.values.shape
    ([('input', (2,)), ('weight', (3, 2)), ('bias', (3,))], (3,))
    """
    reader = reader_of(module)
    given = _given(module, tuple(inputs), output, reader, batch)
    rule, operands = _found(reader, given, unit)
    if not _holds(rule, operands, given, unit):
        rule, operands = _unknown(given)
    kind = block_of(module, rule)
    block, formula = block or (kind.title if kind else type(module).__name__), formula or (kind.formula if kind else "")
    axes = axes_behind(module, given.output.ndim) or _axes_of_output(rule, operands, given.output.ndim)
    result = Operand("output", given.output, axes, OUTPUT)
    named = [_labeled(each, labels or {}) for each in (*operands, result)]
    return Operation(node, block, formula, rule, tuple(named[:-1]), named[-1],
                     full_shape=given.output.shape)


def _given(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor, reader: Reader | None,
           batch: int | None) -> Given:
    """Find which axis is that of the samples, and put it in front."""
    if not inputs:
        return Given(module, inputs, output, batch or 0)
    if puts_tokens_first(module) and inputs[0].dim() == 3:
        return _given_tokens_first(module, inputs, output)
    rows = len(inputs[0]) if inputs[0].dim() else 0
    if isinstance(module, _OF_FEATURES) and inputs[0].dim() == 1:
        return Given(module, inputs, output, 0)
    if reader is None or reader.rank is None:
        return Given(module, inputs, output, rows if batch is None else batch)
    if reader.rank != ALWAYS and inputs[0].dim() == reader.rank:
        return Given(module, inputs, output, 0)
    return Given(module, inputs, output, rows)


def _given_tokens_first(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Given:
    """Put the samples in front of the tokens; the states of a recurrent layer have the layers in front in any case."""
    sequences = 1 if isinstance(module, nn.RNNBase) else len(inputs)
    turned = [each.transpose(0, 1) if place < sequences and each.dim() == 3 else each
              for place, each in enumerate(inputs)]
    return Given(module, tuple(turned), output.transpose(0, 1), len(turned[0]))


def _found(reader: Reader | None, given: Given, unit: Sequence[int] | None) -> Found:
    """Read rule and operands; of what no rule covers, in a module of any origin, the inputs alone."""
    try:
        if reader is None or not given.inputs or (reader.rank and given.input.ndim != reader.rank):
            raise NoRule
        if isinstance(given.module, nn.RNNBase):
            return reader.read(given.module, given, tuple(unit) if unit else None)
        return reader.read(given.module, given)
    except Exception:
        return _unknown(given)


def _unknown(given: Given) -> Found:
    return Unknown(), tuple(operand(f"input {place}" if len(given.inputs) > 1 else "input", values)
                            for place, values in enumerate(given.inputs, 1))


def _holds(rule: Rule, operands: tuple[Operand, ...], given: Given, unit: Sequence[int] | None) -> bool:
    """Check the rule at the output's largest value and at the unit: a hook or a changed method may compute otherwise.

    Half precision passes.
    """
    if not given.output.size or isinstance(rule, Unknown):
        return True
    operation = Operation("", "", "", rule, operands, Operand("output", given.output, (), OUTPUT))
    places = [_largest(rule, given), *([] if unit is None else [tuple(unit)])]
    try:
        return all(_agrees(explain(operation, place), np.abs(given.output[places[0]])) for place in places)
    except Exception:
        return False


def _agrees(found: Explanation, largest: float) -> bool:
    return not np.isfinite(found.model_value) or \
        abs(found.value - found.model_value) <= _IMPRECISION * (1 + float(largest))


def _largest(rule: Rule, given: Given) -> tuple[int, ...]:
    """Find the unit with the largest finite value; of a recurrent layer, in the direction that is described."""
    sizes = np.where(np.isfinite(given.output), np.abs(given.output), -1)
    if isinstance(rule, Recurrent):
        sizes = sizes[:, rule.first:rule.first + given.module.hidden_size]
    unit = tuple(map(int, np.unravel_index(int(sizes.argmax()), sizes.shape)))
    return (*unit[:-1], unit[-1] + rule.first) if isinstance(rule, Recurrent) else unit


def _axes_of_output(rule: object, operands: tuple[Operand, ...], dimensions: int) -> tuple[str, ...]:
    """Name the output's axes: as the rule has them, else those of the first operand where there are as many."""
    if isinstance(rule, Recurrent):
        return "token", "unit"
    if isinstance(rule, MatrixProduct):
        last = operands[1].axes[-1 if rule.by_columns else -2]
        return (*operands[0].axes[:-1], "feature" if last == "output" else last)
    if isinstance(rule, WeightedGather) and rule.channel:
        return "box", "channel", "height", "width"
    if isinstance(rule, Reduction):
        return tuple(name for axis, name in enumerate(operands[0].axes) if axis not in rule.axes)
    if operands and len(operands[0].axes) == dimensions:
        return operands[0].axes
    return axes_of(dimensions)


def _labeled(operand_: Operand, labels: Mapping[str, Sequence[str]]) -> Operand:
    names = labels.get(operand_.axes[0], ()) if operand_.axes else ()
    return replace(operand_, labels=tuple(names)) if names and len(names) == len(operand_.values) else operand_
