"""Sources of a unit: the inputs and parameters that it was computed from, where the way back goes on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from torch import Tensor

from explorer.operations import explain
from explorer.operations.backward import places_of_parameter
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
            read = windows.get(places[port]) if port < len(places) else None
            size = call.call.inputs[port].numel()
            yield _of_input(passed, origin, read if read is not None and read.max(initial=-1) < size else None)
    for name, parameter in call.call.module.named_parameters():
        where = places_of_parameter(call.call.module, operation, name, 0)
        yield _of_parameter(passed, call, name, parameter, windows.get(where[0].operand) if where else None,
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


def _of_input(passed: BackwardPass, origin: Output, read: np.ndarray | None) -> BackwardSource:
    """Choose among an output's values, of which the states at the end are what a recurrent block's second one is."""
    call = passed.calls[origin.call]
    if origin.port and call.has_ends:
        read = call.ends if read is None else call.ends[read]
    gradients, values = arriving(call), call.outputs[0].detach().flatten()
    flat = _steepest(gradients, read)
    shape = operation_shape(call)
    return BackwardSource(call.address, call.address, "", _index(flat, shape), float(values[flat]),
                          float(gradients[flat]))


def operation_shape(call: PassedCall) -> Unit:
    """Return the shape of a call's output for one sample."""
    return tuple(call.outputs[0].shape[1:])


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
