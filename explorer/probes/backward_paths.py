"""The paths on which a gradient comes back to one value: from every call that reads it, and from the loss."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from torch import Tensor

from explorer.operations import describe, explain, thinned
from explorer.operations.arithmetic.work import box, cells, factor, number, products_line, sum_line
from explorer.operations.backward import (
    Dependents,
    derive,
    derive_forward,
    describe_rule,
    places_of_input,
    places_of_parameter,
    write_loss_derivative,
)
from explorer.probes.backward_pass import BackwardPass, Output, PassedCall
from explorer.probes.operation import LOSS, loss_operation
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import BackwardPath, Operand, Operation, Recurrent, Unknown, Window
from explorer.results.arithmetic import OUTPUT
from explorer.results.operation_rules import Loss
from explorer.text import Text, text

MOST_BYTES = 300_000  # of a map that is drawn
_MOST_ON_GRID, _MOST_TERMS = 4096, 400  # that travel, side by side as they lie in the output, or one by one
_OF_NUMBER = text("The gradient is of this number of the output: the derivative is 1 by itself and 0 by all others.")
_ITSELF = text("The slope of the number that gradients are of, by autograd.")


class Followed(NamedTuple):
    """A value: a flat place of a call's first output, or of one of the module's parameters."""

    call: int
    flat: int
    parameter: str = ""


def arriving(call: PassedCall, port: int = 0) -> np.ndarray:
    """Return the gradient at an output, flat and in double precision; zeros where none arrives.

    The last states of a recurrent block are the states at its end: what arrives there arrives at those.
    """
    output, gradient = call.outputs[port], call.gradients[port]
    found = np.zeros(output.numel()) if gradient is None else _array(gradient)
    if port == 0 and call.has_ends and call.gradients[1] is not None:
        found = found.copy()
        np.add.at(found, call.ends, _array(call.gradients[1]))
    return found


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().double().cpu().numpy().ravel()


def operation_of(call: PassedCall) -> Operation:
    """Describe the computation of a call."""
    return describe(call.call.module, call.call.inputs, call.outputs[0].detach(), node=call.address, batch=1)


def paths_of(subject: Subject, passed: BackwardPass, value: Followed, of: str) -> tuple[BackwardPath, ...]:
    """Find the paths on which the gradient of a value arrives, in the order of the pass."""
    found: list[BackwardPath] = []
    if value.parameter:
        for place in passed.at(passed.calls[value.call].address):
            found += _through(passed.calls[place], value.parameter, value.flat)
        return tuple(found)
    for output, flat in _same_value(passed.calls[value.call], value):
        for place, port in passed.readers(output):
            found += _through(passed.calls[place], port, flat)
        if passed.end == output:
            found.append(_from_the_end(subject, passed, flat, of))
    return tuple(found)


def _same_value(call: PassedCall, value: Followed) -> Iterator[tuple[Output, int]]:
    """Yield the outputs that hold a value: its own, and the last states of a recurrent block."""
    yield Output(value.call, 0), value.flat
    if call.has_ends:
        yield from ((Output(value.call, 1), int(flat)) for flat in np.flatnonzero(call.ends == value.flat))


def _through(call: PassedCall, read: int | str, flat: int) -> Iterator[BackwardPath]:
    """Make the path through a call, by its input of this number or its parameter of this name."""
    operation, module = operation_of(call), call.call.module
    parameter = read if isinstance(read, str) else ""
    places = places_of_parameter(module, operation, parameter, flat) if parameter else \
        places_of_input(module, operation, read, call.call.inputs[read].flatten(), flat)
    parts = [derive(operation, place.operand, place.index) for place in places]
    if places and None not in parts:
        joined = Dependents.joined(parts, [place.factor for place in places])
        yield _path(operation, joined, arriving(call), describe_rule(operation.rule, parameter))
        return
    rule = operation.rule if isinstance(operation.rule, Recurrent) else Unknown()
    for port, derivative in enumerate(_by_forward_mode(call, read, flat)):
        if port and (call.gradients[port] is None or (port == 1 and call.has_ends)):
            continue
        own = operation if port == 0 else _other_output(operation, call.outputs[port], port)
        yield _path(own, Dependents.nonzero(_array(derivative)), arriving(call, port), describe_rule(rule))


def _by_forward_mode(call: PassedCall, read: int | str, flat: int) -> list[Tensor]:
    try:
        return derive_forward(call.call, read, flat)
    except Exception:  # of a module that is no function of tensors alone, or has no forward mode
        return []


def _other_output(operation: Operation, output: Tensor, port: int) -> Operation:
    values = output.detach().float().cpu().numpy()[0]
    return replace(operation, block=f"{operation.block} ({port + 1})",
                   output=Operand("output", values, tuple(f"axis {axis}" for axis in range(values.ndim)), OUTPUT))


def _from_the_end(subject: Subject, passed: BackwardPass, flat: int, of: str) -> BackwardPath:
    """Make the path from the number itself, by the network's own output."""
    local = 0.0 if passed.of_output is None else float(passed.of_output.flatten()[flat])
    operation, rule, written = _end_operation(passed), _OF_NUMBER if of else _ITSELF, ""
    if not of and (loss := _explained_loss(subject, passed)) is not None:
        index = tuple(map(int, np.unravel_index(flat, loss.operands[0].values.shape)))
        local = float(derive(loss, 0, index).local.sum())
        operation, rule, written = loss, describe_rule(loss.rule), write_loss_derivative(loss.rule, loss, index)
    path = _path(operation, Dependents.of([0], [local]), np.ones(1), rule)
    return replace(path, line=f"{written} = {number(local)}") if written else path


def _end_operation(passed: BackwardPass) -> Operation:
    return Operation(LOSS, "", "", Unknown(), (), Operand("loss", np.asarray(passed.value, np.float32), (), OUTPUT))


def _explained_loss(subject: Subject, passed: BackwardPass) -> Operation | None:
    """Describe the loss where it is the number whose gradients were computed."""
    try:
        found = loss_operation(subject) if subject.recipe else None
    except NotApplicable:
        return None
    if found is None or not isinstance(found.rule, Loss):
        return None
    value = explain(found, ()).value
    return found if math.isclose(value, passed.value, rel_tol=1e-4, abs_tol=1e-6) else None


def _path(operation: Operation, found: Dependents, gradients: np.ndarray, rule: Text) -> BackwardPath:
    """Multiply what arrives at each unit by its local derivative, and keep the terms that travel."""
    shape = operation.output.values.shape
    arrives = gradients[found.units]
    products = arrives * found.local
    grid = _grid(found.units, shape)
    kept = np.arange(len(products)) if grid else _largest(products)
    index = np.stack(np.unravel_index(found.units[kept], shape), 1) if shape else np.zeros((len(kept), 0))
    toward = index[np.nan_to_num(np.abs(products[kept]), nan=np.inf).argmax()] if len(kept) else ()
    total = float(products.sum())
    return BackwardPath(
        operation.node, operation.block, rule, total, _line(arrives, found.local, total),
        _map(operation, gradients), _windows(found.units, shape), index.astype(np.int32),
        *_floats(arrives[kept], found.local[kept], products[kept]), grid or (len(kept),), len(products), total - float(products[kept].sum()), tuple(map(int, toward)))


def _floats(*arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    return tuple(np.asarray(each, np.float32) for each in arrays)


def _grid(units: np.ndarray, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape in which terms lie side by side; () where they are no grid of three axes, or too many."""
    if not 1 < len(units) <= _MOST_ON_GRID:
        return ()
    counts = [len(np.unique(along)) for along in np.unravel_index(units, shape)]
    sizes = tuple(count for count in counts if count > 1)
    fits = math.prod(counts) == len(units) and len(sizes) <= 3
    return sizes if fits and (len(sizes) > 1 or len(units) <= _MOST_TERMS) else ()


def _largest(products: np.ndarray) -> np.ndarray:
    sizes = np.nan_to_num(np.abs(products), nan=np.inf)
    return np.sort(np.argsort(-sizes, kind="stable")[:_MOST_TERMS])


def _windows(units: np.ndarray, shape: tuple[int, ...]) -> tuple[Window, ...]:
    if not len(units):
        return ()
    return (cells(0, shape, units.tolist()),) if shape else (box(0, (), ()),)


def _map(operation: Operation, gradients: np.ndarray) -> Operand:
    output = operation.output
    values = gradients.astype(np.float32).reshape(output.values.shape)
    return thinned(replace(output, name="gradient", values=values, signed=True), MOST_BYTES)


def _line(arrives: np.ndarray, local: np.ndarray, total: float) -> str:
    if not len(local):
        return "0"
    if len(local) == 1:
        return f"{number(arrives[0])} · {factor(local[0])} = {number(total)}"
    written = sum_line(arrives) if (local == 1).all() else products_line(arrives, local)
    return f"{written} = {number(total)}"
