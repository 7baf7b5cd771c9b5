"""One step of a recurrent layer at one unit: its gates, the new cell, the new hidden state."""

from __future__ import annotations

import numpy as np

from explorer.operations.arithmetic.work import (
    Work,
    box,
    cell,
    factor,
    list_line,
    number,
    plus,
    products_line,
    step,
)
from explorer.results import Operand, Operation, Recurrent, Step, Window
from explorer.text import text

GATES = {"tanh": ("new",), "relu": ("new",), "lstm": ("input", "forget", "cell", "output"),
         "gru": ("reset", "update", "new")}
def explain_recurrent(rule: Recurrent, operation: Operation, unit: tuple[int, ...]) -> Work:
    """Work out each gate's W x + U h + biases, and from these the new hidden state.

    Source: torch.nn.LSTM and torch.nn.GRU, whose order of gates this is.
    """
    given = _Given(operation.operands, unit[0], unit[1] - rule.first, len(GATES[rule.kind]))
    value, line, steps = _FINISH[rule.kind](given)
    line = f"{line} = {number(value)}"
    steps = (*_products(given), *_sums(given), *steps, step(text("New hidden state"), value, line))
    return Work(float(value), given.windows(), steps, line)


class _Given:
    """The operands of one step and one unit, by name."""

    def __init__(self, operands: tuple[Operand, ...], token: int, own: int, gates: int) -> None:
        self.places = {operand.name: place for place, operand in enumerate(operands)}
        self.operands, self.token, self.own, self.gates = operands, token, own, gates
        self.x, self.h = self.of("input")[token].astype(np.float64), self.of("hidden")[token].astype(np.float64)
        self.units = self.of("hidden").shape[1]
        self.parts = (self.rows("weight_input") @ self.x, self.rows("weight_hidden") @ self.h,
                      self.rows("bias_input"), self.rows("bias_hidden"))  # (gate,) each

    def of(self, name: str) -> np.ndarray:
        return self.operands[self.places[name]].values

    def rows(self, name: str) -> np.ndarray:
        """Return this unit's rows of a parameter: (gate, ...), zeros of a bias that is not there."""
        if name not in self.places:
            return np.zeros(self.gates)
        return self.of(name)[self.own::self.units].astype(np.float64)

    def sums(self) -> np.ndarray:
        """Return W x + U h + the biases of each gate."""
        return sum(self.parts)

    def before(self, name: str) -> float:
        """Return this unit's own hidden or cell state before the step."""
        return float(self.of(name)[self.token, self.own])

    def windows(self) -> tuple[Window, ...]:
        found = [box(0, (self.token, 0), (self.token + 1, len(self.x))), box(1, (self.token, 0),
                                                                             (self.token + 1, self.units))]
        for name, place in self.places.items():
            if name == "cell":
                found.append(cell(place, (self.token, self.own)))
            elif name not in ("input", "hidden"):
                shape = self.operands[place].values.shape
                found.append(box(place, (self.own, *(0,) * (len(shape) - 1)),
                                 (self.own + (self.gates - 1) * self.units + 1, *shape[1:]),
                                 (self.units, *(1,) * (len(shape) - 1))))
        return tuple(found)


def _products(given: _Given) -> tuple[Step, ...]:
    """Make the steps of what comes in and of the state before: times the weights of each gate, (place, gate)."""
    found = []
    for name, values, axis, titles in (
            ("input", given.x, "feature", (text("Input of this step"), text("Weights of the input"),
                                           text("Input × weights"))),
            ("hidden", given.h, "unit", (text("Hidden state before"), text("Weights of the hidden state"),
                                         text("Hidden state × weights")))):
        weights = given.rows(f"weight_{name}").T
        line = products_line(values, weights[:, 0]) if given.gates == 1 else ""
        found += [step(titles[0], values, axes=(axis,), operand=given.places[name]),
                  step(titles[1], weights, axes=(axis, "gate"), operand=given.places[f"weight_{name}"]),
                  step(titles[2], weights * values[:, None], line, (axis, "gate"))]
    return tuple(found)


def _sums(given: _Given) -> tuple[Step, ...]:
    """Make the steps of each gate before its activation: W x, U h, the biases, and their sum."""
    titles = text("W x"), text("U h"), text("b₁"), text("b₂")
    sums, (first, *others) = given.sums(), given.parts
    written = "; ".join(number(one) + "".join(map(plus, more)) + f" = {number(total)}"
                        for one, *more, total in zip(first, *others, sums))
    return (*(step(title, part, list_line(part), ("gate",)) for title, part in zip(titles, given.parts)),
            step(text("Sum of the gate"), sums, written, ("gate",)))


def _sigmoid(x: float) -> float:
    return float(1 / (1 + np.exp(-x))) if x > -700 else 0.0


def _plain(function, name: str):
    def finish(given: _Given) -> tuple[float, str, tuple]:
        total = float(given.sums()[0])
        return float(function(total)), f"{name}({number(total)})", ()
    return finish


def _lstm(given: _Given) -> tuple[float, str, tuple]:
    sums, old = given.sums(), given.before("cell")
    i, f, g, o = _sigmoid(sums[0]), _sigmoid(sums[1]), float(np.tanh(sums[2])), _sigmoid(sums[3])
    new = f * old + i * g
    squashed = float(np.tanh(new))
    line = f"{number(f)} · {factor(old)} + {number(i)} · {factor(g)} = {number(new)}"
    steps = (step(text("After the activation"), (i, f, g, o),
                  f"σ → {number(i)}, {number(f)}; tanh → {number(g)}; σ → {number(o)}", ("gate",)),
             step(text("Cell before"), old, number(old), operand=given.places["cell"]),
             step(text("New cell: forget · cell + input · candidate"), new, line),
             step(text("tanh of the new cell"), squashed, f"tanh({number(new)}) = {number(squashed)}"))
    return o * squashed, f"{number(o)} · tanh({number(new)})", steps


def _gru(given: _Given) -> tuple[float, str, tuple]:
    r, z = map(_sigmoid, given.sums()[:2])
    wx, uh, bias_input, bias_hidden = (float(part[2]) for part in given.parts)
    new, before = float(np.tanh(wx + bias_input + r * (uh + bias_hidden))), given.before("hidden")
    inner = f"{number(wx + bias_input)} + {number(r)} · {factor(uh + bias_hidden)}"
    steps = (step(text("After the activation"), (r, z, new),
                  f"σ → {number(r)}, {number(z)}; tanh({inner}) = {number(new)}", ("gate",)),
             step(text("This unit's state before"), before, number(before), operand=given.places["hidden"]))
    line = f"(1 − {number(z)}) · {factor(new)} + {number(z)} · {factor(before)}"
    return (1 - z) * new + z * before, line, steps


_FINISH = {"tanh": _plain(np.tanh, "tanh"), "relu": _plain(lambda x: max(x, 0.0), "relu"), "lstm": _lstm, "gru": _gru}
