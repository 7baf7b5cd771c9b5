"""Explanation of one unit: its arithmetic from the operation's arrays and rule alone, without torch."""

from __future__ import annotations

from collections.abc import Sequence

from explorer import results
from explorer.formatting import format_shape
from explorer.operations.arithmetic.attention_steps import explain_additive, explain_linear_attention
from explorer.operations.arithmetic.convolution_steps import explain_correlation, explain_transposed
from explorer.operations.arithmetic.loss_steps import explain_loss
from explorer.operations.arithmetic.move_steps import explain_gather, explain_weighted
from explorer.operations.arithmetic.normalization_steps import explain_normalization, explain_softmax
from explorer.operations.arithmetic.pointwise_steps import explain_elementwise, explain_formulas, explain_pointwise
from explorer.operations.arithmetic.pooling_steps import explain_pooling, explain_reduction
from explorer.operations.arithmetic.product_steps import explain_product
from explorer.operations.arithmetic.recurrent_steps import explain_recurrent
from explorer.operations.arithmetic.work import Work, number, step
from explorer.results import Explanation, Operation
from explorer.spec import BadValue
from explorer.text import text


def _value_alone(rule: results.Unknown, operation: Operation, unit: tuple[int, ...]) -> Work:
    """Give the value where there is no rule."""
    value = float(operation.output.values[unit])
    return Work(value, (), (step(text("Result"), value, number(value)),), number(value))


_ARITHMETIC = {
    results.Correlation: explain_correlation, results.TransposedCorrelation: explain_transposed,
    results.Pooling: explain_pooling, results.Reduction: explain_reduction, results.MatrixProduct: explain_product,
    results.Normalization: explain_normalization, results.Pointwise: explain_pointwise,
    results.Formulas: explain_formulas, results.Softmax: explain_softmax, results.Loss: explain_loss,
    results.Elementwise: explain_elementwise, results.Gather: explain_gather,
    results.WeightedGather: explain_weighted, results.Recurrent: explain_recurrent,
    results.AdditiveScores: explain_additive, results.LinearAttention: explain_linear_attention,
    results.Unknown: _value_alone,
}


def explain(operation: Operation, unit: Sequence[int]) -> Explanation:
    """Write out the arithmetic of one unit in double precision: its windows, its steps, and a line with numbers.

    unit: the index into the output. Raises BadValue for one that is not there; ValueError for an operation that is
    thinned, which its arrays no longer explain.

    >>> import torch
    >>> from explorer.operations import describe
    >>> line = torch.nn.Linear(2, 1)
    >>> _ = line.weight.data.copy_(torch.tensor([[2.0, -1.0]])), line.bias.data.fill_(0.5)
    >>> x = torch.tensor([[3.0, 4.0]])
    >>> explain(describe(line, (x,), line(x)), (0,)).line
    '3 · 2 + 4 · (−1) + 0.5 = 2.5'
    """
    if operation.is_reduced:
        raise ValueError("a thinned operation does not hold what its units read")
    place = check_unit(operation.output.values.shape, unit)
    work = _ARITHMETIC[type(operation.rule)](operation.rule, operation, place)
    return Explanation(place, work.value, float(operation.output.values[place]), work.windows, work.steps, work.line)


def check_unit(shape: tuple[int, ...], unit: Sequence[int]) -> tuple[int, ...]:
    """Return a unit as plain integers. Raises BadValue where the output of this shape has none there."""
    place = tuple(unit)
    if len(place) != len(shape) or not all(0 <= one < size for one, size in zip(place, shape)):
        raise BadValue(text("There is no unit {unit} here: the output has the shape {shape}, so a unit is {count} "
                            "numbers from 0.", unit=place, shape=format_shape(shape), count=len(shape)))
    return tuple(map(int, place))
