"""Sources of a unit: the inputs and parameters that it was computed from, where the way back goes on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from torch import Tensor

from explorer.hooks import samples_first
from explorer.operations import explain
from explorer.operations.backward import parameter_places, places_of_parameter
from explorer.probes.backward_pass import BackwardPass, Output, PassedCall
from explorer.probes.backward_paths import arriving, operation_of
from explorer.results import BackwardSource, Explanation, Operation, Recurrent, Unknown, Window
from explorer.results.arithmetic import INPUT

Unit = tuple[int, ...]


def sources_of_unit(passed: BackwardPass, call: PassedCall, unit: Unit, not_trained: frozenset[str]) -> Iterator[
        BackwardSource]:
    """Yield the inputs and the parameters of a call; of each the value that this unit reads with the largest gradient.

    not_trained: names of the parameters that training leaves as they are.
    """
    operation = operation_of(call)
    windows = _windows(operation, unit)
    places = [place for place, each in enumerate(operation.operands) if each.role == INPUT]
    for port, origin in enumerate(call.origins):
        if origin is not None and call.call.inputs[port].is_floating_point():
            operand = places[port] if port < len(places) else -1
            yield _of_input(passed, origin, _held(operation, operand, windows.get(operand), call.call.inputs[port]))
    for name, parameter in call.call.module.named_parameters():
        yield _of_parameter(passed, call, name, parameter, _read_of(call, operation, name, parameter, windows),
                            not_trained)


def source_of_end(passed: BackwardPass) -> Iterator[BackwardSource]:
    """Yield the output that the number itself is computed from."""
    if passed.end is not None:
        yield _of_input(passed, passed.end, None)


def _windows(operation: Operation, unit: Unit) -> dict[int, np.ndarray]:
    """Find the flat places of each operand that a unit reads; none where they are not known."""
    if isinstance(operation.rule, Recurrent | Unknown):
        return {}
    explained: Explanation = explain(operation, unit)
    found = {}
    for window in explained.windows:
        places = _places(window, operation.operands[window.operand].values.shape)
        if len(places):
            found[window.operand] = places
    return found


def _places(window: Window, shape: Unit) -> np.ndarray:
    if window.cells.size:
        return window.cells
    along = [np.arange(start, stop, step) for start, stop, step in
             zip(window.start, window.stop, window.step, strict=True)]
    inside = [each[(each >= 0) & (each < size)] for each, size in zip(along, shape, strict=True)]
    return np.ravel_multi_index(np.ix_(*inside), shape).ravel() if shape else np.zeros(1, int)


def _held(operation: Operation, operand: int, read: np.ndarray | None, values: Tensor) -> np.ndarray | None:
    """Return the places read of an operand where it holds these values in their own order, else None."""
    if read is None or operation.operands[operand].values.size != values.numel():
        return None
    held, given = operation.operands[operand].values.reshape(-1), values.detach().flatten().double().cpu().numpy()
    return read if np.allclose(held[read], given[read], rtol=1e-3, equal_nan=True) else None


def _read_of(call: PassedCall, operation: Operation, name: str, parameter: Tensor,
             windows: dict[int, np.ndarray]) -> np.ndarray | None:
    """Find the flat places of a parameter that a unit reads; None where they are not known."""
    module = call.call.module
    operand = next((place.operand for place in places_of_parameter(module, operation, name, 0)), -1)
    read = windows.get(operand)
    looked_up = None if read is None else parameter_places(module, operation, operand, read)
    return _held(operation, operand, read, parameter) if looked_up is None else looked_up


def _of_input(passed: BackwardPass, origin: Output, read: np.ndarray | None) -> BackwardSource:
    """Choose among an output's values, of which the states at the end are what a recurrent block's second one is."""
    call = passed.calls[origin.call]
    if origin.port and call.has_ends:
        read = call.ends if read is None else call.ends[read]
    gradients, values = arriving(call), call.outputs[0].detach().flatten()
    flat = _steepest(gradients, read)
    shape = _output_shape(call)
    return BackwardSource(call.address, call.address, "", _index(flat, shape), float(values[flat]),
                          float(gradients[flat]))


def _output_shape(call: PassedCall) -> Unit:
    """Return the shape of a call's output for one sample."""
    return tuple(samples_first(call.call.module, call.outputs[0], 1).shape[1:])


def _of_parameter(passed: BackwardPass, call: PassedCall, name: str, parameter: Tensor, read: np.ndarray | None,
                  not_trained: frozenset[str]) -> BackwardSource:
    address = f"{call.address}.{name}" if call.address else name
    gradients = passed.parameters[address].flatten()
    flat = _steepest(gradients.double().cpu().numpy(), read)
    return BackwardSource(name, call.address, name, _index(flat, tuple(parameter.shape)),
                          float(parameter.detach().flatten()[flat]), float(gradients[flat]), address not in not_trained)


def _steepest(gradients: np.ndarray, read: np.ndarray | None) -> int:
    sizes = np.nan_to_num(np.abs(gradients if read is None else gradients[read]), nan=np.inf)
    place = int(sizes.argmax())
    return place if read is None else int(read[place])


def _index(flat: int, shape: Unit) -> Unit:
    return tuple(map(int, np.unravel_index(flat, shape))) if shape else ()
