"""Derivatives of the loss of one sample by the network's output."""

from __future__ import annotations

import numpy as np

from explorer.operations.arithmetic.formulas import evaluate
from explorer.operations.arithmetic.loss_steps import log_softmax
from explorer.operations.arithmetic.work import factor, number, plus
from explorer.operations.backward.dependents import Dependents
from explorer.results import Loss, Operation

Index = tuple[int, ...]


def derive_loss(rule: Loss, operation: Operation, operand: int, index: Index) -> Dependents:
    """Derive by a value of the output: p - y of softmax with cross-entropy, 2 (o - y) / n of the squared error, ..."""
    if operand:
        return Dependents.none()  # targets are whole numbers, or given
    return Dependents.of([0], _gradient(rule, operation)[index])


def write_loss_derivative(rule: Loss, operation: Operation, index: Index) -> str:
    """Write the derivative of softmax with cross-entropy with its numbers, `0.031 − 1`; "" of another loss.

    >>> from explorer.results import Operand
    >>> operands = Operand("output", np.zeros(2), ("class",)), Operand("target", np.array(1.0), ())
    >>> write_loss_derivative(Loss("cross_entropy"), Operation("", "", "", Loss("cross_entropy"), operands,
    ...                                                        Operand("loss", np.zeros(()), ())), (1,))
    '0.5 − 1'
    """
    if rule.kind not in ("cross_entropy", "binary_cross_entropy"):
        return ""
    output, target = (each.values.astype(np.float64) for each in operation.operands)
    if rule.kind == "binary_cross_entropy":
        return f"{number(evaluate('sigmoid(x)', x=output[index]))}{plus(-float(target.reshape(-1)[0]))}"
    share, truth = np.exp(log_softmax(output))[index], _truth(rule, output, target)[index]
    line = f"{number(share)} − {factor(truth)}"
    return f"({line}) / {target.size}" if target.size > 1 else line


def _gradient(rule: Loss, operation: Operation) -> np.ndarray:
    output, target = (each.values.astype(np.float64) for each in operation.operands)
    if rule.kind == "cross_entropy":
        return (np.exp(log_softmax(output)) - _truth(rule, output, target)) / max(target.size, 1)
    if rule.kind == "likelihood":
        return -_truth(rule, output, target) / max(target.size, 1)
    if rule.kind == "binary_cross_entropy":
        return evaluate("sigmoid(x)", x=output) - target.reshape(-1)[0]
    if rule.kind == "perceptron":
        sign = 2 * target.reshape(-1)[0] - 1
        return np.where(-sign * output > 0, -sign, 0.0)
    return _of_numbers(rule, output, target)


def _truth(rule: Loss, output: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return 1 for the target's class and 0 for the others, smoothed."""
    own = np.arange(output.shape[-1]) == target.astype(int)[..., None]
    return (1 - rule.smoothing) * own + rule.smoothing / output.shape[-1]


def _of_numbers(rule: Loss, output: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Derive squared, absolute and Huber errors, through the softmax where they compare classes."""
    given = output
    if rule.of_classes:
        given = np.exp(log_softmax(output))
        target = (np.arange(output.shape[-1]) == target[..., None]).astype(float)
    apart = given - target
    slopes = {"squared": 2 * apart, "absolute": np.sign(apart), "huber": np.clip(apart, -rule.delta, rule.delta)}
    gradient = slopes[rule.kind] / (apart.size if rule.mean else 1)
    if not rule.of_classes:
        return gradient
    return given * (gradient - (gradient * given).sum(-1, keepdims=True))
