"""Operations: one node's computation as plain arrays and a rule, and the arithmetic of one of its units.

A rule together with the operands is enough to compute any unit of the output, in Python and in the browser alike:
nothing of torch is needed. Indices are those of the operands' arrays, without a batch axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.text import Text

INPUT, PARAMETER, STATE, OUTPUT = "input", "parameter", "state", "output"  # roles of operands


@dataclass(frozen=True)
class Operand:
    """An array that an operation reads or gives. values: float32 with one word of `axes` for each of its axes.

    role: INPUT, PARAMETER, STATE (a recurrent layer's own earlier output) or OUTPUT. labels: names along the first
    axis, such as a text's characters or a table's columns. signed: drawn around zero.

    >>> Operand("weight", np.zeros((6, 1, 5, 5), np.float32), ("output", "input", "height", "width"), PARAMETER).role
    'parameter'
    """

    name: str
    values: np.ndarray
    axes: tuple[str, ...]
    role: str = INPUT
    labels: tuple[str, ...] = ()
    signed: bool = True


@dataclass(frozen=True)
class Correlation:
    """Convolution as networks have it. Operands: input (channel, *space), weight (output, channel / groups, *window),
    and bias (output,) where there is one; the output is (output, *space). One or two axes of space.

    padding: before each axis of space. padding_mode: zeros, reflect, replicate or circular.
    """

    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int = 1
    padding_mode: str = "zeros"


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
    """Each value on its own: out[u] = f(in[u]). formula: f of x in plain symbols, such as `max(0, x)`.

    curve_x, curve_y: (point,) samples of f to draw. source: (*output) int32 flat index into the input where it is
    not the unit's own place, else (0,).
    """

    formula: str
    curve_x: np.ndarray
    curve_y: np.ndarray
    source: np.ndarray


@dataclass(frozen=True)
class Softmax:
    """exp(x) over the sum of exp along an axis; `log`: its logarithm."""

    axis: int
    log: bool = False


@dataclass(frozen=True)
class Loss:
    """The loss of one sample. Operands: output (..., class) or (value,), and target (int as float, or values).

    kind: cross_entropy, binary_cross_entropy, squared, absolute, huber. The result is a scalar, shape ().
    """

    kind: str


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

    index -1: the constant `fill`.
    """

    source: np.ndarray
    index: np.ndarray
    fill: float = 0.0


@dataclass(frozen=True)
class WeightedGather:
    """Interpolation: out[c, *p] = Σ_k weight[k, *p] · in[c, index[k, *p]], with flat indices into the input's space.

    index: int32 (term, *space of the output), -1 for what lies outside; weight: float32 of the same shape.
    """

    index: np.ndarray
    weight: np.ndarray


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
    """out[i, j] = v · tanh(q[i] + k[j]). Operands: q (query, hidden) and k (key, hidden), projected already; v
    (hidden,).
    """


@dataclass(frozen=True)
class LinearAttention:
    """out[h, i, f] = φ(q_i)·Σ_j φ(k_j) v_jf / φ(q_i)·Σ_j φ(k_j), φ(x) = elu(x) + 1. Operands: query, key, value."""


@dataclass(frozen=True)
class Unknown:
    """A computation without a rule: a window is where the unit's gradient is not zero, found on the server."""


Rule = (Correlation | TransposedCorrelation | Pooling | Reduction | MatrixProduct | Normalization | Pointwise | Softmax
        | Loss | Elementwise | Gather | WeightedGather | Recurrent | AdditiveScores | LinearAttention | Unknown)


@dataclass(frozen=True)
class Operation:
    """A node's computation for one sample.

    operands: in the order of the rule; the network's own inputs to the node first. formula: LaTeX, or "". block: the
    title of its kind. is_reduced: the arrays are thinned, so that the browser asks for a unit's exact arithmetic
    (`unit`). full_shape: the output's shape before thinning. unit: the arithmetic that was asked for, or None.

    `value` is the unit's value as the model gave it, None where no unit was asked for.
    """

    node: str
    block: str
    formula: str
    rule: Rule
    operands: tuple[Operand, ...]
    output: Operand
    is_reduced: bool = False
    full_shape: tuple[int, ...] = ()
    unit: Explanation | None = None

    @property
    def value(self) -> float | None:
        return None if self.unit is None else self.unit.value


@dataclass(frozen=True)
class Window:
    """The part of one operand that a unit reads: from `start` to before `stop` in steps of `step`, a number an axis.

    operand: its place among the operation's. start and stop may lie outside the array, in the padding. cells: flat
    indices, int32, where the places are no box; else (0,).
    """

    operand: int
    start: tuple[int, ...]
    stop: tuple[int, ...]
    step: tuple[int, ...]
    cells: np.ndarray


@dataclass(frozen=True)
class Step:
    """One step of a unit's arithmetic: numbers in one array, and what they are.

    formula: with the numbers filled in where they are few, such as `0.31 · -0.2`; else in symbols. axes: one word for
    each axis of values. A step may be about the window of operand number `operand`, else -1.
    """

    title: Text
    values: np.ndarray
    formula: str = ""
    axes: tuple[str, ...] = ()
    operand: int = -1


@dataclass(frozen=True)
class Explanation:
    """The arithmetic of one unit, from its windows to its value. unit: the index into the output.

    value: float64 from the arithmetic; `model_value` as the model gave it. line: the whole in one line, with numbers.

    The steps are in the order in which they are computed, the last one is the result.
    """

    unit: tuple[int, ...]
    value: float
    model_value: float
    windows: tuple[Window, ...]
    steps: tuple[Step, ...]
    line: str
