"""Rules of operations: how a unit of the output follows from the operands, as plain numbers and arrays.

Indices are those of the operands' arrays, without a batch axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Correlation:
    """Convolution as networks have it. Operands: input (channel, *space), weight (output, channel / groups, *window),
    and bias (output,) where there is one; the output is (output, *space). One or two axes of space.

    padding: before each axis of space. padding_mode: zeros, reflect, replicate or circular. as_tokens: the output is
    (token, output) instead, with its places row by row (patch embedding).
    """

    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int = 1
    padding_mode: str = "zeros"
    as_tokens: bool = False


@dataclass(frozen=True)
class TransposedCorrelation:
    """Transposed convolution. Operands: input (channel, *space), weight (channel, output / groups, *window), and bias
    (output,) where there is one. Output o at y collects input i where y = i · stride - padding + dilation · k.
    """

    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int = 1


@dataclass(frozen=True)
class Pooling:
    """The largest or the mean of a window, channel by channel. Operand: input (channel, *space).

    starts, stops: int32 (axis of space, output position along it), -1 behind the last; the window within the input.
    kind: max or mean. divisor: what a mean's sum is divided by, float32 of the output's space; (0,) for max.
    step: between neighbors within a window.
    """

    kind: str
    starts: np.ndarray
    stops: np.ndarray
    divisor: np.ndarray
    step: tuple[int, ...] = (1, 1)


@dataclass(frozen=True)
class Reduction:
    """The largest, the mean or the sum over whole axes of the input. kind: max, mean or sum; kept axes keep their
    order.
    """

    kind: str
    axes: tuple[int, ...]


@dataclass(frozen=True)
class MatrixProduct:
    """Rows times a matrix: out[..., i, j] = scale · Σ_k a[..., i, k] · b[..., j, k] + bias[j].

    Operands: a, b, and bias where there is one. A vector a has no i; a b without the leading axes is shared among them
    (a linear layer's weight). by_columns: b is (..., k, j) instead, so that its columns are taken (values mixed by
    weights).
    """

    scale: float = 1.0
    by_columns: bool = False


@dataclass(frozen=True)
class Normalization:
    """(x - mean) / √(variance + eps) · weight + bias. Operands: input; mean and variance, of the axes `shared_by`
    names; weight and bias, of the axes `scaled_by` names, where there are any.

    over: the input's axes that one mean is of, empty where mean and variance were recorded in training. groups:
    channels are cut into so many (group norm), else 0; then mean and variance are (group,). center: False for RMS
    norm, whose mean is 0 and whose variance is the mean square.
    """

    eps: float
    over: tuple[int, ...]
    shared_by: tuple[int, ...]
    scaled_by: tuple[int, ...]
    groups: int = 0
    center: bool = True


@dataclass(frozen=True)
class Pointwise:
    """Each value on its own: out[u] = f(in[u]). formula: f of x in Python's symbols, such as `max(0, x)` or
    `x if x > 0 else 0`; `a` in it is the second operand's value, broadcast to the output (a learned slope).

    curve_x, curve_y: (point,) samples of f to draw. source: (*output) int32 flat index into the input where it is
    not the unit's own place, else (0,).
    """

    formula: str
    curve_x: np.ndarray
    curve_y: np.ndarray
    source: np.ndarray


@dataclass(frozen=True)
class Formulas:
    """A formula for each value of the output, of the input's values x1, x2, ...: such as `x1 * x2`."""

    formulas: tuple[str, ...]


@dataclass(frozen=True)
class Softmax:
    """exp(x) over the sum of exp along an axis; `log`: its logarithm."""

    axis: int
    log: bool = False


@dataclass(frozen=True)
class Loss:
    """The loss of one sample, a scalar of shape (). Operands: output, target.

    kind: cross_entropy (output (..., class), target (...) of classes as floats), binary_cross_entropy (one logit,
    target 0 or 1), likelihood (output holds logarithms of probabilities already), perceptron, squared, absolute or
    huber. The last three compare numbers and take their mean; of_classes: they compare the softmax of the output with
    1 for the class `target`, 0 for the others. smoothing: the share of the target that is spread over all classes.
    delta: where huber turns into a line. mean: False where terms are summed.
    """

    kind: str
    of_classes: bool = False
    smoothing: float = 0.0
    delta: float = 1.0
    mean: bool = True


@dataclass(frozen=True)
class Elementwise:
    """Operands of the output's shape, or broadcast to it, combined unit by unit.

    kind: add; multiply; scaled_add (first + second · third); mask (first where second is 1, else minus infinity);
    gate (first · sigmoid(second)).
    """

    kind: str


@dataclass(frozen=True)
class Gather:
    """Values moved: out[u] is the value at flat `index` of operand number `source`. source, index: int32 (*output).

    index -1: the constant `fill`. chooser: the operand whose value at the unit's place chooses what is read (the tokens
    of an embedding), else -1.
    """

    source: np.ndarray
    index: np.ndarray
    fill: float = 0.0
    chooser: int = -1


@dataclass(frozen=True)
class WeightedGather:
    """Interpolation: out[c, *p] = Σ_k weight[k, *p] · in[c, index[k, *p]], with flat indices into the input's space.

    index: int32 (term, *output without its channels), -1 for what lies outside; weight: float32 of the same shape.
    channel: the output's axis of channels.
    """

    index: np.ndarray
    weight: np.ndarray
    channel: int = 0


@dataclass(frozen=True)
class Recurrent:
    """One step of a recurrent layer. Operands: input (token, feature), hidden (token, unit) before each step, for an
    LSTM cell (token, unit) before each step, weight_input (gate · unit, feature), weight_hidden (gate · unit, unit),
    and bias_input, bias_hidden (gate · unit,) where there are any. Output: (token, unit).

    kind: tanh, relu, lstm (gates input, forget, cell, output) or gru (gates reset, update, new), in torch's order.
    reverse: tokens are read from the last to the first. first: the output's first feature that is this direction's.
    """

    kind: str
    reverse: bool = False
    first: int = 0


@dataclass(frozen=True)
class AdditiveScores:
    """out[..., i, j] = v · tanh(q[i] + k[j]). Operands: q (..., query, hidden) and k (..., key, hidden), projected
    already; v (hidden,).
    """


@dataclass(frozen=True)
class LinearAttention:
    """out[..., i, f] = φ(q_i)·Σ_j φ(k_j) v_jf / (φ(q_i)·Σ_j φ(k_j) + eps), φ(x) = elu(x) + 1. Operands: query, key
    and value, each (..., token, feature).
    """

    eps: float = 1e-6


@dataclass(frozen=True)
class Unknown:
    """A computation without a rule: a window is where the unit's gradient is not zero, found on the server."""


Rule = (Correlation | TransposedCorrelation | Pooling | Reduction | MatrixProduct | Normalization | Pointwise
        | Formulas | Softmax | Loss | Elementwise | Gather | WeightedGather | Recurrent | AdditiveScores
        | LinearAttention | Unknown)
