"""One step of a recurrent layer at one unit: its gates, the new cell, the new hidden state."""

from __future__ import annotations

import numpy as np

from explorer.operations.arithmetic.work import Work, box, cell, factor, number, plus, step
from explorer.results import Operand, Operation, Recurrent, Step, Window
from explorer.text import Text, text

GATES = {"tanh": ("new",), "relu": ("new",), "lstm": ("input", "forget", "cell", "output"),
         "gru": ("reset", "update", "new")}
_TITLES = {"input": text("Input gate"), "forget": text("Forget gate"), "cell": text("Cell candidate"),
           "output": text("Output gate"), "reset": text("Reset gate"), "update": text("Update gate"),
           "new": text("Candidate")}


def explain_recurrent(rule: Recurrent, operation: Operation, unit: tuple[int, ...]) -> Work:
    """Work out each gate's W x + U h + biases, and from these the new hidden state.

    Source: torch.nn.LSTM and torch.nn.GRU, whose order of gates this is.
    """
    token, own = unit[0], unit[1] - rule.first
    given = _Given(operation.operands, token, own)
    parts = {name: given.gate(place) for place, name in enumerate(GATES[rule.kind])}
    value, line, steps = _FINISH[rule.kind](given, parts)
    line = f"{line} = {number(value)}"
    first = (step(text("Input of this step"), given.x, axes=("feature",), operand=0),
             step(text("Hidden state before"), given.h, axes=("unit",), operand=1))
    steps = (*first, *(_gate_step(_TITLES[name], part) for name, part in parts.items()), *steps,
             step(text("New hidden state"), value, line))
    return Work(float(value), given.windows(len(GATES[rule.kind])), steps, line)


class _Given:
    """The operands of one step and one unit, by name."""

    def __init__(self, operands: tuple[Operand, ...], token: int, own: int) -> None:
        self.places = {operand.name: place for place, operand in enumerate(operands)}
        self.operands, self.token, self.own = operands, token, own
        self.x, self.h = self.of("input")[token].astype(np.float64), self.of("hidden")[token].astype(np.float64)
        self.units = self.of("hidden").shape[1]

    def of(self, name: str) -> np.ndarray:
        return self.operands[self.places[name]].values

    def gate(self, place: int) -> tuple[float, float, float, float]:
        """Return W x, U h and both biases of one gate."""
        row = place * self.units + self.own
        biases = (float(self.of(name)[row]) if name in self.places else 0.0 for name in ("bias_input", "bias_hidden"))
        return (float(self.of("weight_input")[row].astype(np.float64) @ self.x),
                float(self.of("weight_hidden")[row].astype(np.float64) @ self.h), *biases)

    def before(self, name: str) -> float:
        """Return this unit's own hidden or cell state before the step."""
        return float(self.of(name)[self.token, self.own])

    def windows(self, gates: int) -> tuple[Window, ...]:
        found = [box(0, (self.token, 0), (self.token + 1, len(self.x))), box(1, (self.token, 0),
                                                                             (self.token + 1, self.units))]
        for name, place in self.places.items():
            if name == "cell":
                found.append(cell(place, (self.token, self.own)))
            elif name not in ("input", "hidden"):
                shape = self.operands[place].values.shape
                found.append(box(place, (self.own, *(0,) * (len(shape) - 1)),
                                 (self.own + (gates - 1) * self.units + 1, *shape[1:]),
                                 (self.units, *(1,) * (len(shape) - 1))))
        return tuple(found)


def _gate_step(title: Text, part: tuple[float, ...]) -> Step:
    """Make the step of one gate before its activation: W x, U h and the biases, and their sum."""
    return step(title, part, number(part[0]) + "".join(map(plus, part[1:])) + f" = {number(sum(part))}",
                ("W x, U h, biases",))


def _sigmoid(x: float) -> float:
    return float(1 / (1 + np.exp(-x))) if x > -700 else 0.0


def _plain(function, name: str):
    def finish(given: _Given, parts: dict) -> tuple[float, str, tuple]:
        total = sum(parts["new"])
        return float(function(total)), f"{name}({number(total)})", ()
    return finish


def _lstm(given: _Given, parts: dict) -> tuple[float, str, tuple]:
    i, f, o = (_sigmoid(sum(parts[name])) for name in ("input", "forget", "output"))
    g, before = float(np.tanh(sum(parts["cell"]))), given.before("cell")
    new = f * before + i * g
    line = f"{number(f)} · {factor(before)} + {number(i)} · {factor(g)} = {number(new)}"
    steps = (step(text("Gates and candidate after their activations"), (i, f, g, o),
                  f"σ → {number(i)}, {number(f)}; tanh → {number(g)}; σ → {number(o)}", ("gate",)),
             step(text("New cell: forget · cell + input · candidate"), new, line))
    return o * float(np.tanh(new)), f"{number(o)} · tanh({number(new)})", steps


def _gru(given: _Given, parts: dict) -> tuple[float, str, tuple]:
    r, z = (_sigmoid(sum(parts[name])) for name in ("reset", "update"))
    wx, uh, bias_input, bias_hidden = parts["new"]
    new, before = float(np.tanh(wx + bias_input + r * (uh + bias_hidden))), given.before("hidden")
    inner = f"{number(wx + bias_input)} + {number(r)} · {factor(uh + bias_hidden)}"
    steps = (step(text("Reset and update gate after σ"), (r, z), f"σ → {number(r)}, {number(z)}", ("gate",)),
             step(text("Candidate: the reset gate scales what comes from the hidden state"), new,
                  f"tanh({inner}) = {number(new)}"))
    line = f"(1 − {number(z)}) · {factor(new)} + {number(z)} · {factor(before)}"
    return (1 - z) * new + z * before, line, steps


_FINISH = {"tanh": _plain(np.tanh, "tanh"), "relu": _plain(lambda x: max(x, 0.0), "relu"), "lstm": _lstm, "gru": _gru}
