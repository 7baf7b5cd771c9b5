"""The loss of one sample, step by step."""

from __future__ import annotations

import numpy as np

from explorer.operations.arithmetic.formulas import evaluate
from explorer.operations.arithmetic.work import Work, box, factor, list_line, number, step, sum_line
from explorer.results import Loss, Operation
from explorer.text import Text, text


def explain_loss(rule: Loss, operation: Operation, unit: tuple[int, ...]) -> Work:
    """Work out the loss from the network's output and the target."""
    output, target = (operand.values.astype(np.float64) for operand in operation.operands)
    value, steps, line = _KINDS.get(rule.kind, _numbers)(rule, output, target)
    windows = tuple(box(place, (0,) * each.ndim, each.shape) for place, each in enumerate((output, target)))
    return Work(float(value), windows, (*steps, step(text("Loss"), value, f"{line} = {number(value)}")),
                f"{line} = {number(value)}")


def log_softmax(output: np.ndarray) -> np.ndarray:
    """Return the logarithms of the softmax along the last axis."""
    shifted = output - output.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def _cross_entropy(rule: Loss, output: np.ndarray, target: np.ndarray):
    logs = output if rule.kind == "likelihood" else log_softmax(output)
    of_target = np.take_along_axis(logs, target.astype(int)[..., None], -1)[..., 0]
    losses = -(1 - rule.smoothing) * of_target - rule.smoothing * logs.mean(-1)
    axes = ("token", "class")[2 - output.ndim:]
    steps = [*(() if rule.kind == "likelihood" else (step(text("Softmax of the output"), np.exp(logs), axes=axes),)),
             step(text("Share of the target"), np.exp(of_target), list_line(np.exp(of_target)), axes[:-1])]
    if rule.smoothing:
        steps.append(step(text("Mean logarithm over all classes"), logs.mean(-1), axes=axes[:-1]))
    if losses.ndim:
        steps.append(step(text("Minus its logarithm, for each token"), losses, list_line(losses), axes[:-1]))
        return losses.mean(), steps, f"({sum_line(losses)}) / {losses.size}"
    line = f"−ln {number(np.exp(of_target))}"
    if rule.smoothing:
        line = f"{number(1 - rule.smoothing)} · ({line}) − {number(rule.smoothing)} · {factor(logs.mean())}"
    return losses, steps, line


def _binary(rule: Loss, output: np.ndarray, target: np.ndarray):
    logit, truth = float(output.reshape(-1)[0]), float(target.reshape(-1)[0])
    share = float(evaluate("sigmoid(x)", x=logit))
    loss = float(np.logaddexp(0, logit)) - truth * logit
    line = f"−ln {number(share)}" if truth == 1 else f"−ln(1 − {number(share)})" if truth == 0 else \
        f"−{number(truth)} · ln {number(share)} − {number(1 - truth)} · ln(1 − {number(share)})"
    return loss, [step(text("Sigmoid of the output"), share, f"σ({number(logit)}) = {number(share)}")], line


def _perceptron(rule: Loss, output: np.ndarray, target: np.ndarray):
    value, sign = float(output.reshape(-1)[0]), 2 * float(target.reshape(-1)[0]) - 1
    return max(0.0, -sign * value), [step(text("Side of the target"), sign, number(sign))], \
        f"max(0, −{factor(sign)} · {factor(value)})"


def _numbers(rule: Loss, output: np.ndarray, target: np.ndarray):
    steps = []
    if rule.of_classes:
        output = np.exp(log_softmax(output))
        target = (np.arange(output.shape[-1]) == target[..., None]).astype(float)
        steps.append(step(text("Softmax of the output"), output, axes=("class",)))
    differences = output - target
    terms, title = _terms(rule, differences)
    axes = ("value",) * differences.ndim
    steps += [step(text("Output minus target"), differences, list_line(differences), axes),
              step(title, terms, axes=axes)]
    if rule.mean and terms.size > 1:
        return terms.mean(), steps, f"({sum_line(terms)}) / {terms.size}"
    return terms.sum(), steps, sum_line(terms)


def _terms(rule: Loss, differences: np.ndarray) -> tuple[np.ndarray, Text]:
    size = np.abs(differences)
    if rule.kind == "absolute":
        return size, text("Absolute differences")
    if rule.kind == "squared":
        return size * size, text("Squared differences")
    near = size < rule.delta
    return np.where(near, size * size / 2, rule.delta * (size - rule.delta / 2)), text("Huber of the differences")


_KINDS = {"cross_entropy": _cross_entropy, "likelihood": _cross_entropy, "binary_cross_entropy": _binary,
          "perceptron": _perceptron}
