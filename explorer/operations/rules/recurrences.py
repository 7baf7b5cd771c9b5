"""Rules of recurrent layers: the last layer, and of two directions the one that a unit belongs to."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from explorer.operations.arithmetic.recurrent_steps import GATES
from explorer.operations.rules.given import Found, Given, NoRule, array, operand, parameter
from explorer.results import Operand, Recurrent
from explorer.results.arithmetic import STATE


def recurrent(module: nn.RNNBase, given: Given, unit: tuple[int, ...] | None = None) -> Found:
    """Read one direction of the last layer; its input is the output of the layers below."""
    if module.proj_size or given.input.ndim != 2:
        raise NoRule
    size = module.hidden_size
    backward = bool(module.bidirectional and unit and unit[-1] >= size)
    kind = module.nonlinearity if module.mode.startswith("RNN") else module.mode.lower()
    layer = 2 * module.num_layers - 2 + backward if module.bidirectional else module.num_layers - 1
    below, ends = _input_of_last_layer(module, given), _initial(given, layer, size)
    states = given.output[:, size * backward:size * (backward + 1)]
    hidden = _before(states, ends[0], backward)
    learned = _learned(module, module.num_layers - 1, backward)
    found = [operand("input", below), Operand("hidden", hidden, ("token", "unit"), STATE)]
    if kind == "lstm":
        cell = _cells(below, hidden, ends[1], {each.name: each.values for each in learned}, backward)
        found.append(Operand("cell", cell, ("token", "unit"), STATE))
    return Recurrent(kind, backward, size * backward), (*found, *learned)


def _learned(module: nn.RNNBase, layer: int, backward: bool) -> list[Operand]:
    end = f"_l{layer}{'_reverse' * backward}"
    names = (("weight_ih", "weight_input", ("gate × unit", "feature")),
             ("weight_hh", "weight_hidden", ("gate × unit", "unit")),
             ("bias_ih", "bias_input", ("gate × unit",)), ("bias_hh", "bias_hidden", ("gate × unit",)))
    return [parameter(ours, getattr(module, theirs + end), axes) for theirs, ours, axes in names
            if module.bias or ours.startswith("weight")]


def _input_of_last_layer(module: nn.RNNBase, given: Given) -> np.ndarray:
    if module.num_layers == 1:
        return given.input
    settings = {"nonlinearity": module.nonlinearity} if module.mode.startswith("RNN") else {}
    kind = next(each for each in (nn.LSTM, nn.GRU, nn.RNN) if isinstance(module, each))
    lower = kind(module.input_size, module.hidden_size, module.num_layers - 1, bias=module.bias, batch_first=True,
                 bidirectional=module.bidirectional, device=module.weight_ih_l0.device, dtype=module.weight_ih_l0.dtype,
                 **settings)
    lower.load_state_dict({name: value for name, value in module.state_dict().items() if name in lower.state_dict()})
    x = given.sample(given.tensors[0])[None]
    states = tuple(state[:len(state) * (module.num_layers - 1) // module.num_layers, :1] if state.dim() == 3 else
                   state[:len(state) * (module.num_layers - 1) // module.num_layers, None]
                   for state in given.tensors[1:])
    with torch.no_grad():
        return array(lower(x, *([states if module.mode == "LSTM" else states[0]] if states else []))[0][0])


def _initial(given: Given, layer: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return hidden and cell state before the first step: zeros where the call brought none."""
    found = [array(state[layer, 0] if state.dim() == 3 else state[layer]) for state in given.tensors[1:]]
    zeros = np.zeros(size, np.float32)
    return (*found, zeros, zeros)[:2] if len(found) != 1 else (found[0], zeros)


def _before(states: np.ndarray, first: np.ndarray, backward: bool) -> np.ndarray:
    """Shift the states by one step: those that each step starts from."""
    if backward:
        return np.concatenate([states[1:], first[None]])
    return np.concatenate([first[None], states[:-1]])


def _cells(x: np.ndarray, hidden: np.ndarray, first: np.ndarray, learned: dict, backward: bool) -> np.ndarray:
    """Compute an LSTM's cell before every step, which the layer does not give."""
    gates = sum((x.astype(np.float64) @ learned["weight_input"].T,
                 hidden.astype(np.float64) @ learned["weight_hidden"].T,
                 *(bias for name, bias in learned.items() if name.startswith("bias"))))
    i, f, g, _o = np.split(gates, len(GATES["lstm"]), 1)
    kept, new = 1 / (1 + np.exp(-f)), np.tanh(g) / (1 + np.exp(-i))
    cells, cell = np.empty_like(kept), first.astype(np.float64)
    for token in range(len(x))[::-1 if backward else 1]:
        cells[token], cell = cell, kept[token] * cell + new[token]
    return cells.astype(np.float32)
