"""Local derivatives in words: one sentence for every rule."""

from __future__ import annotations

from explorer import results
from explorer.results.operation_rules import Rule
from explorer.text import Text, text

BY_FORWARD_MODE = text("The derivative of every unit, by forward-mode differentiation of the whole module.")
_RECURRENT = text("A value reaches all later steps, so the derivative of every unit is found by forward-mode "
                  "differentiation through all of them.")
_BY_RULE: dict[type, Text] = {
    results.Correlation: text("The gradient of each place that the kernel was laid on, times the weight there."),
    results.TransposedCorrelation: text("The gradient of each place that it reached, times the weight there."),
    results.MatrixProduct: text("The gradient of each unit that it feeds, times the other factor of its product."),
    results.Softmax: text("It moves all shares of its row: by sⱼ(δᵢⱼ − sᵢ)."),
    results.Gather: text("It was only moved: the derivative is 1 where it went."),
    results.WeightedGather: text("The gradient of each place that read it, times the weight it was read with."),
    results.Pointwise: text("The gradient at its place, times the slope of the function there."),
    results.Formulas: text("The gradient of each formula that takes it, times the formula's derivative."),
    results.AdditiveScores: text("Through v · tanh(q + k): the derivative is vₕ(1 − tanh²) for each pair."),
    results.LinearAttention: text("Through the similarities and their sum, by the quotient rule."),
    results.Unknown: BY_FORWARD_MODE, results.Recurrent: _RECURRENT,
}
_ELEMENTWISE = {
    "add": text("A sum passes the gradient on as it is."),
    "multiply": text("The gradient times the other factors."),
    "scaled_add": text("A sum passes the gradient on; the branch's is scaled."),
    "mask": text("What is kept passes the gradient on; what is masked stops it."),
    "gate": text("The gradient times the gate, or times the value and the slope of the gate."),
}
_PARAMETERS = {
    results.Correlation: text("A weight is shared by all places: the gradient of each, times the input's value there."),
    results.TransposedCorrelation: text("A weight is shared by all places: the gradient of each, times the input's "
                                        "value that it took there."),
    results.MatrixProduct: text("The gradient of its unit, times the input that it weighs."),
    results.Normalization: text("The gradient at each place that it scales, times the normalized value there."),
    results.Pointwise: text("The gradient at each place that has this slope, times the value there."),
    results.Gather: text("The gradient of each place that it was put to."),
}
_BIAS = text("It is added, so the gradients of all units that it is added to add up.")


def describe_rule(rule: Rule, parameter: str = "") -> Text:
    """Describe how a gradient passes a rule: to an input's value, or to one of a parameter's.

    >>> print(describe_rule(results.Elementwise("add")))
    A sum passes the gradient on as it is.
    """
    if parameter and "bias" in parameter.lower() and not isinstance(rule, results.Recurrent | results.Unknown):
        return _BIAS
    if parameter and type(rule) in _PARAMETERS:
        return _PARAMETERS[type(rule)]
    if isinstance(rule, results.Elementwise):
        return _ELEMENTWISE[rule.kind]
    if isinstance(rule, results.Pooling | results.Reduction):
        return _of_pooling(rule)
    if isinstance(rule, results.Normalization):
        return _of_normalization(rule)
    if isinstance(rule, results.Loss):
        return _of_loss(rule)
    return _BY_RULE[type(rule)]


def _of_pooling(rule: results.Pooling | results.Reduction) -> Text:
    if rule.kind == "max":
        return text("Only the largest value of a window passes the gradient on; the others get none.")
    return text("A mean spreads the gradient evenly over its window.") if rule.kind == "mean" else \
        text("A sum passes the gradient on as it is.")


def _of_normalization(rule: results.Normalization) -> Text:
    if rule.over:
        return text("It also moves the mean and the deviation of all values normalized with it.")
    return text("The gradient times weight / deviation; the recorded statistics are constants in evaluation mode.")


def _of_loss(rule: results.Loss) -> Text:
    if rule.kind == "cross_entropy":
        return text("Softmax with cross-entropy: the predicted probability minus the target's, p − y.")
    if rule.kind == "binary_cross_entropy":
        return text("Sigmoid with cross-entropy: the predicted probability minus the target, p − y.")
    return text("The slope of the loss at this output.")
