"""Values on their own and in pairs: activations, formulas, sums, products, masks and gates of one unit."""

from __future__ import annotations

import re

import numpy as np

from explorer.operations.arithmetic.formulas import evaluate
from explorer.operations.arithmetic.work import Work, broadcast_index, cell, factor, number, plus, step
from explorer.results import Elementwise, Formulas, Operation, Pointwise
from explorer.text import text

_SIGNS = {"*": "·", "-": "−"}


def explain_pointwise(rule: Pointwise, operation: Operation, unit: tuple[int, ...]) -> Work:
    """Work out f(x) at the unit's place, with the learned `a` of the formula where there is one."""
    source = operation.operands[0].values
    own = unit
    if rule.source.size:
        own = tuple(map(int, np.unravel_index(rule.source[unit], source.shape)))
    known, windows = {"x": float(source[own])}, [cell(0, own)]
    steps = [step(text("Input"), known["x"], number(known["x"]), operand=0)]
    if len(operation.operands) > 1:
        learned = operation.operands[1].values
        place = broadcast_index(unit, learned.shape)
        known["a"] = float(learned[place])
        windows.append(cell(1, place))
        steps.append(step(text("Learned slope"), known["a"], f"a = {number(known['a'])}", operand=1))
    value = float(evaluate(rule.formula, **known))
    line = f"{_filled(rule.formula, known)} = {number(value)}" if rule.formula != "x" else number(value)
    return Work(value, tuple(windows), (*steps, step(text("Result"), value, line)), line)


def explain_formulas(rule: Formulas, operation: Operation, unit: tuple[int, ...]) -> Work:
    """Work out a formula of the input's values x1, x2, ..."""
    given = operation.operands[0].values
    formula = rule.formulas[unit[0]]
    used = [place for place in range(len(given)) if re.search(rf"\bx{place + 1}\b", formula)]
    known = {f"x{place + 1}": float(given[place]) for place in used}
    value = float(evaluate(formula, **known))
    line = f"{_filled(formula, known)} = {number(value)}"
    steps = [step(text("{name}", name=name), x, number(x), operand=0) for name, x in known.items()]
    return Work(value, tuple(cell(0, (place,)) for place in used), (*steps, step(text("Result"), value, line)), line)


def _filled(formula: str, known: dict[str, float]) -> str:
    """Write numbers for a formula's names, and signs as people write them."""
    signed = re.sub(r"(?<= )[*-](?= )", lambda found: _SIGNS[found.group()], formula)
    pattern = rf"(?<![\w.])({'|'.join(known)})(?![\w.])"
    return re.sub(pattern, lambda found: _in_place(found, known[found.group()]), signed)


def _in_place(found: re.Match, value: float) -> str:
    """Write a number for a name: in brackets only behind an operator or below an exponent."""
    before, behind = found.string[:found.start()].rstrip(), found.string[found.end():].lstrip()
    is_alone = not before or before[-1] in "(,"
    return number(value) if is_alone and not behind.startswith("**") else factor(value)


def explain_elementwise(rule: Elementwise, operation: Operation, unit: tuple[int, ...]) -> Work:
    """Work out the combination of one value of every operand."""
    places = [broadcast_index(unit, operand.values.shape) for operand in operation.operands]
    numbers = [float(operand.values[place]) for operand, place in zip(operation.operands, places)]
    value, line = _COMBINED[rule.kind](*numbers)
    steps = [step(text("{name}", name=operand.name), value_of, number(value_of), operand=which)
             for which, (operand, value_of) in enumerate(zip(operation.operands, numbers))]
    line = f"{line} = {number(value)}"
    return Work(value, tuple(cell(which, place) for which, place in enumerate(places)),
                (*steps, step(text("Result"), value, line)), line)


def _add(*numbers: float) -> tuple[float, str]:
    return sum(numbers), number(numbers[0]) + "".join(map(plus, numbers[1:]))


def _multiply(*numbers: float) -> tuple[float, str]:
    return float(np.prod(numbers)), " · ".join([number(numbers[0]), *map(factor, numbers[1:])])


def _scaled_add(first: float, second: float, third: float) -> tuple[float, str]:
    return first + second * third, f"{number(first)}{plus(second)} · {factor(third)}"


def _mask(score: float, kept: float) -> tuple[float, str]:
    return (score, f"{number(score)}, kept") if kept else (-np.inf, f"{number(score)}, masked")


def _gate(first: float, second: float) -> tuple[float, str]:
    return first * float(evaluate("sigmoid(x)", x=second)), f"{number(first)} · sigmoid({number(second)})"


_COMBINED = {"add": _add, "multiply": _multiply, "scaled_add": _scaled_add, "mask": _mask, "gate": _gate}
