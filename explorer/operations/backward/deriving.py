"""Local derivatives of an operation, from its arrays and its rule alone, without torch."""

from __future__ import annotations

from explorer import results
from explorer.operations.backward.attention_derivatives import derive_additive, derive_linear_attention
from explorer.operations.backward.convolution_derivatives import derive_correlation, derive_transposed
from explorer.operations.backward.dependents import Dependents
from explorer.operations.backward.loss_derivatives import derive_loss
from explorer.operations.backward.move_derivatives import derive_gather, derive_weighted
from explorer.operations.backward.normalization_derivatives import derive_normalization, derive_softmax
from explorer.operations.backward.pointwise_derivatives import derive_elementwise, derive_formulas, derive_pointwise
from explorer.operations.backward.pooling_derivatives import derive_pooling, derive_reduction
from explorer.operations.backward.product_derivatives import derive_product
from explorer.results import Operation
from explorer.results.arithmetic import STATE

_DERIVATIVES = {
    results.Correlation: derive_correlation, results.TransposedCorrelation: derive_transposed,
    results.Pooling: derive_pooling, results.Reduction: derive_reduction, results.MatrixProduct: derive_product,
    results.Normalization: derive_normalization, results.Pointwise: derive_pointwise,
    results.Formulas: derive_formulas, results.Softmax: derive_softmax, results.Loss: derive_loss,
    results.Elementwise: derive_elementwise, results.Gather: derive_gather, results.WeightedGather: derive_weighted,
    results.AdditiveScores: derive_additive, results.LinearAttention: derive_linear_attention,
}


def derive(operation: Operation, operand: int, index: tuple[int, ...]) -> Dependents | None:
    """Find the units of the output that depend on one value of an operand, with the derivative of each.

    None where the rule has no derivative: a recurrent layer, in which a value reaches all later steps; what decides
    where an interpolation reads; a module without a rule. Raises ValueError for an operation that is thinned.

    >>> import torch
    >>> from explorer.operations import describe
    >>> line = torch.nn.Linear(2, 2, bias=False)
    >>> _ = line.weight.data.copy_(torch.tensor([[2.0, -1.0], [0.5, 4.0]]))
    >>> operation = describe(line, (torch.ones(1, 2),), line(torch.ones(1, 2)))
    >>> derive(operation, 0, (1,)).local.tolist()
    [-1.0, 4.0]
    """
    if operation.is_reduced:
        raise ValueError("a thinned operation does not hold what its units read")
    rule = operation.rule
    is_elsewhere = isinstance(rule, results.WeightedGather) and operand > 0
    if type(rule) not in _DERIVATIVES or is_elsewhere or operation.operands[operand].role == STATE:
        return None
    return _DERIVATIVES[type(rule)](rule, operation, operand, index)
