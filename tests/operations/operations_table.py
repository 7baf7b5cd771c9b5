"""The tables in docs/operations.md: what the browser shows of each kind of block, forward and backward, and the tests
of its numbers.

    python -m tests.operations.operations_table

The steps are read off an explanation of the block; hover and animation follow from its rule.
"""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path

import torch
from torch import nn

from explorer import results
from explorer.operations import describe, explain, explain_by_gradient, loss_of_recipe, record_call
from explorer.operations.backward import describe_rule
from explorer.recipe import LOSSES
from explorer.spec import defaults
from tests.operations.recorded import LEAVES, calls_of, described, explained, random_units

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/operations.md"
BEGIN, END = "<!-- operations: begin -->\n", "<!-- operations: end -->\n"
BACKWARD_BEGIN, BACKWARD_END = "<!-- backward: begin -->\n", "<!-- backward: end -->\n"
BACKWARD_HEAD = ("Block", "Gradient of a value that goes in", "Gradient of a parameter", "Derivative test")
OF_DERIVATIVES = "[derivatives](../tests/operations/test_local_derivatives.py)"
HEAD = ("Block", "Hover over a unit", "Steps of its arithmetic", "Animation", "Value test")
OF_BLOCKS, OF_PROBE = (f"[{name}](../{path})" for name, path in (
    ("blocks", "tests/operations/test_operations_of_blocks.py"), ("probe", "tests/probes/test_operation.py")))
MOVES = "goes to each unit's source in turn"
SHOWN: dict[type, tuple[str, str]] = {  # rule -> (hover, animation)
    results.Correlation: ("its window in every input channel, padding outside; its kernel and bias",
                          "the window slides over the input, map by map; patch × kernel adds up by channel"),
    results.TransposedCorrelation: ("the inputs that spread onto it; the weights of the kernel that they meet",
                                    "the window slides over the input; the products add up"),
    results.Pooling: ("its window in its own channel; of a maximum, which value it is",
                      "the window slides over the input, map by map"),
    results.Reduction: ("all values that it takes the mean or the largest of",
                        "goes through the units, each with all that it reads"),
    results.MatrixProduct: ("its row of the first operand, its row or column of the second, its bias",
                            "goes through rows and columns; the products add up"),
    results.Normalization: ("the values that share its mean and variance; its own weight and bias",
                            "goes through the units: center, divide, scale, shift"),
    results.Pointwise: ("the value at its place; its point on the curve",
                        "goes through the units; the point runs along the curve"),
    results.Formulas: ("the values that its formula takes", "goes through the formulas"),
    results.Softmax: ("all values along its axis, and its share", "goes along the axis: exponentials, sum, share"),
    results.Loss: ("the whole output and the target", "the steps follow each other up to the loss"),
    results.Elementwise: ("the value at its place in every operand", "goes through the units, both numbers each time"),
    results.Gather: ("the value that it is a copy of", MOVES),
    results.WeightedGather: ("the neighbors that it is read between, with their weights",
                             "the point that is read moves over the input"),
    results.Recurrent: ("the step's input, the hidden state before it, each gate's weights",
                        "goes from token to token and shows the gates"),
    results.AdditiveScores: ("its query, its key, the hidden layer", "goes through queries and keys"),
    results.LinearAttention: ("its query, all keys, its feature of the values", "goes through the queries"),
    results.Unknown: ("the inputs that its gradient reaches", MOVES),
}


@cache
def rows() -> list[tuple[str, ...]]:
    """Make a row for every kind of block that computes, for the losses, and for what has no rule."""
    return [*map(_of_block, LEAVES), *map(_of_loss, LOSSES), _of_own_module()]


def _of_block(block) -> tuple[str, ...]:
    _case, call = next(calls_of(block, 1))
    operation = described(call)
    explanation = explained(call, operation, random_units(operation, 1)[0])
    return _row(block.title, operation.rule, explanation, f"{OF_BLOCKS} `{block.name}`")


def _of_loss(loss) -> tuple[str, ...]:
    is_class = loss.name == "cross_entropy"
    output, target = (torch.tensor([0.2, 1.0]), torch.tensor(1.0)) if is_class else (torch.ones(1), torch.zeros(1))
    rule, operands = loss_of_recipe(loss.name, defaults(loss.params), output.numpy(), target.numpy(), is_class)
    operation = results.Operation("loss", loss.title, loss.formula, rule, operands,
                                  results.Operand("loss", torch.zeros(()).numpy(), ()))
    return _row(f"Loss: {loss.title}", rule, explain(operation, ()), f"{OF_PROBE} `{loss.name}`")


def _of_own_module() -> tuple[str, ...]:
    call = record_call(nn.Sequential(nn.Linear(2, 2)), "", torch.ones(1, 2))
    operation = describe(call.module, call.inputs, call.output)
    explanation = explain_by_gradient(call, operation, (0,))
    return _row("A block of blocks; a module of one's own", operation.rule, explanation, OF_PROBE)


def _row(title: str, rule: object, explanation: results.Explanation, test: str) -> tuple[str, ...]:
    hover, animation = SHOWN[type(rule)]
    steps = " → ".join(str(step.title) for step in explanation.steps)
    return title, hover, steps, animation, test


@cache
def backward_rows() -> list[tuple[str, ...]]:
    """Make a row for every kind of block and every loss: how a gradient passes it."""
    return [*map(_back_through_block, LEAVES), *map(_back_through_loss, LOSSES)]


def _back_through_block(block) -> tuple[str, ...]:
    _case, call = next(calls_of(block, 1))
    rule = described(call).rule
    names = [name for name, _values in call.module.named_parameters()]
    sentences = dict.fromkeys(str(describe_rule(rule, name)) for name in names)
    return block.title, str(describe_rule(rule)), " ".join(sentences) or "none", f"{OF_DERIVATIVES} `{block.name}`"


def _back_through_loss(loss) -> tuple[str, ...]:
    rule, _operands = loss_of_recipe(loss.name, defaults(loss.params), torch.ones(2).numpy(), torch.ones(()).numpy(),
                                     loss.name == "cross_entropy")
    return f"Loss: {loss.title}", str(describe_rule(rule)), "none", f"{OF_DERIVATIVES} `{loss.name}`"


def filled(document: str) -> str:
    """Replace the tables of a document by those that hold now."""
    forward = _with_table(document, BEGIN, END, [HEAD, ("---",) * len(HEAD), *rows()])
    return _with_table(forward, BACKWARD_BEGIN, BACKWARD_END,
                       [BACKWARD_HEAD, ("---",) * len(BACKWARD_HEAD), *backward_rows()])


def _with_table(document: str, begin: str, end: str, lines: list[tuple[str, ...]]) -> str:
    head, _, rest = document.partition(begin)
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return f"{head}{begin}\n{table}\n{end}{rest.partition(end)[2]}"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    DOCUMENT.write_text(filled(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
