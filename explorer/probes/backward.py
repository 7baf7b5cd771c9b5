"""The way back: the gradient of one value, path by path, equal to what autograd gives."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from torch import Tensor

from explorer.formatting import format_shape
from explorer.network.building import BuiltNetwork, leaf_behind
from explorer.operations import thinned
from explorer.operations.arithmetic.work import number, sum_line
from explorer.probes.backward_options import ElementParam, read_element
from explorer.probes.backward_pass import BackwardPass, PassedCall, pass_back
from explorer.probes.backward_paths import MOST_BYTES, Followed, arriving, operation_of, paths_of
from explorer.probes.backward_sources import source_of_end, sources_of_unit
from explorer.probes.chosen_unit import NoUnit, Unit, choose_unit, format_unit
from explorer.probes.gradient_options import OF
from explorer.probes.intervention_notice import notice_on_paths
from explorer.probes.operation import LOSS
from explorer.probes.probe import FOLLOWED, GRADIENTS, ProbeSpec
from explorer.probes.probe_params import NodeParam, UnitParam
from explorer.probes.subject import NotApplicable, Subject, no_output
from explorer.recipe import LOSSES
from explorer.results import BackwardPath, BackwardView, Operand, Operation
from explorer.results.arithmetic import OUTPUT, PARAMETER
from explorer.text import Text, text

_NEGLIGIBLE = 1e-4  # of what is added up: the rounding of float32


class _Value(NamedTuple):
    """The value that is followed, and what is known of it."""

    followed: Followed
    unit: Unit
    parameter: str
    index: Unit
    value: float
    gradient: float


def compute_backward(subject: Subject, node: str = "", unit: Unit | None = None, parameter: str = "",
                     of: str = "") -> BackwardView:
    """Follow the gradient of the first sample's loss to one value: what arrives, times the local derivative, per path.

    node: an address; "" or "loss" the loss itself. unit: an index into its output; what it leaves open becomes the
    place with the largest gradient. parameter: an element of the node's parameter in the unit's place, such as
    `weight[0, 2]`. of: "" for the loss, else the index of an output. The paths add up to autograd's gradient.
    Raises UnknownNode; BadValue for a unit or an element that is not there; NotApplicable.
    Source: Linnainmaa 1970; Baydin et al. 2018, section 3.2 (reverse mode).
    """
    if subject.against is not None:
        raise NotApplicable(text("A gradient is followed for one input: choose A or B."))
    is_loss = node in ("", LOSS) and not hasattr(subject.model, LOSS)
    address = "" if is_loss else leaf_behind(subject.model, node)
    if not is_loss:
        subject.module_at(address)
    passed = pass_back(subject, of, address)
    if is_loss:
        return _of_the_loss(subject, passed, of)
    if not passed.at(address):
        raise no_output(node)
    return _of_a_value(subject, passed, address, unit, parameter, of)


def _of_the_loss(subject: Subject, passed: BackwardPass, of: str) -> BackwardView:
    block = LOSSES.get(subject.recipe.loss.name).title if subject.recipe and not of else ""
    one = Operand("gradient", np.ones((), np.float32), (), OUTPUT)
    return BackwardView(LOSS, block, passed.what, passed.value, (), "", (), passed.value, 1.0, 1.0, one, (), (),
                        tuple(source_of_end(passed)), "1", passed.note)


def _of_a_value(subject: Subject, passed: BackwardPass, address: str, unit: Unit | None, parameter: str,
                of: str) -> BackwardView:
    place = passed.at(address)[-1]
    call = passed.calls[place]
    operation = operation_of(call)
    gradients = arriving(call).reshape(operation.output.values.shape)
    value = _element(passed, call, place, parameter) if parameter else _unit(call, place, operation, gradients, unit)
    paths = paths_of(subject, passed, value.followed, of)
    total = sum(path.gradient for path in paths)
    if not isinstance(subject.model, BuiltNetwork):
        paths = (*paths, *_by_own_code(value.gradient, total, paths))
        total = sum(path.gradient for path in paths)
    not_trained = passed.not_trained | _frozen(subject, call)
    sources = () if parameter else tuple(sources_of_unit(passed, call, value.unit, not_trained))
    name = f"{address}.{value.parameter}"
    return BackwardView(
        address, operation.block, passed.what, passed.value, value.unit, value.parameter, value.index, value.value,
        value.gradient, float(total), _map(operation.output, gradients),
        tuple(_parameter_maps(passed, call, operation)), paths, sources, _line(paths, total),
        notice_on_paths(subject, {address, *(path.node for path in paths)})
        or _sentence(passed, value, paths, name in not_trained),
        name not in not_trained)


def _unit(call: PassedCall, place: int, operation: Operation, gradients: np.ndarray, unit: Unit | None) -> _Value:
    if not call.outputs[0].is_floating_point():
        raise NotApplicable(text("{node} gives whole numbers, which have no gradient. Choose a node after it.",
                                 node=call.address))
    output = operation.output.values
    sought = gradients if np.nan_to_num(gradients, nan=1.0).any() else output
    unit = choose_unit(call.address, Tensor(np.asarray(sought, np.float32)), unit)
    flat = int(np.ravel_multi_index(unit, output.shape)) if unit else 0
    return _Value(Followed(place, flat), unit, "", (), float(output[unit]), float(gradients[unit]))


def _element(passed: BackwardPass, call: PassedCall, place: int, written: str) -> _Value:
    name, index = read_element(written)
    known = dict(call.call.module.named_parameters())
    if name not in known:
        raise NoUnit(text("{node} has no parameter {name}; it has {known}.", node=call.address, name=name,
                          known=", ".join(known) or "0"))
    values, gradient = known[name].detach(), passed.parameters[f"{call.address}.{name}".lstrip(".")]
    if index is None or (len(index) < values.dim()):
        index = choose_unit(name, gradient, index)
    elif len(index) != values.dim() or any(at >= size for at, size in zip(index, values.shape, strict=True)):
        nearest = tuple(min(at, size - 1) for at, size in zip(index, values.shape, strict=False))
        raise NoUnit(text("{name} of {node} has no element {index}: it is {shape}. The nearest one is {nearest}.",
                          name=name, node=call.address, index=format_unit(index),
                          shape=format_shape(tuple(values.shape)), nearest=format_unit(nearest)))
    flat = int(np.ravel_multi_index(index, tuple(values.shape))) if index else 0
    return _Value(Followed(place, flat, name), (), name, index, float(values[index]), float(gradient[index]))


def _by_own_code(gradient: float, total: float, paths: tuple[BackwardPath, ...]) -> tuple[BackwardPath, ...]:
    """Return what a network's own code between its modules passes on: the rest of autograd's gradient, if any."""
    rest = gradient - total
    size = max(abs(gradient), sum(float(np.abs(path.products).sum()) for path in paths))
    if not math.isfinite(rest) or abs(rest) <= _NEGLIGIBLE * size:
        return ()
    none = np.zeros(0, np.float32)
    rule = text("Through the network's own code between its modules: what is left of autograd's gradient.")
    nothing = Operand("gradient", none, ("unit",))
    return (BackwardPath("", "", rule, rest, number(rest), nothing, (), np.zeros((0, 0), np.int32), none, none, none,
                         (0,), 0, rest),)


def _frozen(subject: Subject, call: PassedCall) -> frozenset[str]:
    """Name the parameters of a node whose learning rate a recipe sets to 0."""
    names = [f"{call.address}.{name}" for name, _values in call.call.module.named_parameters()]
    return frozenset(name for name in names if subject.recipe and subject.recipe.lr_factor_of(name) == 0)


def _map(output: Operand, gradients: np.ndarray) -> Operand:
    return thinned(replace(output, name="gradient", values=gradients.astype(np.float32), signed=True), MOST_BYTES)


def _parameter_maps(passed: BackwardPass, call: PassedCall, operation: Operation):
    """Yield the gradient of every parameter of a node, with the axes that its operation names."""
    for name, _values in call.call.module.named_parameters():
        gradient = passed.parameters[f"{call.address}.{name}".lstrip(".")].float().cpu().numpy()
        axes = next((each.axes for each in operation.operands if each.values.shape == gradient.shape),
                    tuple(f"axis {axis}" for axis in range(gradient.ndim)))
        yield thinned(Operand(name, gradient, axes, PARAMETER), MOST_BYTES)


def _line(paths: tuple[BackwardPath, ...], total: float) -> str:
    if len(paths) == 1:
        return paths[0].line
    return f"{sum_line(np.array([path.gradient for path in paths]))} = {number(total)}" if paths else "0"


def _sentence(passed: BackwardPass, value: _Value, paths: tuple[BackwardPath, ...], is_fixed: bool) -> Text | None:
    """Explain what is special about a gradient: that nothing arrives, or that it is not used."""
    if not math.isfinite(value.gradient):
        return text("The gradient is not a finite number: the network has diverged. Choose an earlier step.")
    if not (math.isfinite(value.value) and math.isfinite(passed.value)):
        return text("The values are not finite numbers: the network has diverged. Choose an earlier step.")
    if not paths:
        return text("No gradient arrives here: nothing that the result depends on reads this value.")
    if is_fixed:
        return text("This layer is frozen: its gradient is shown, but training does not use it. The gradients of "
                    "values still flow through it.")
    if value.gradient == 0:
        return _explain_zero(paths)
    return passed.note


def _explain_zero(paths: tuple[BackwardPath, ...]) -> Text:
    terms = [(path.arriving, path.local) for path in paths]
    if all(not arrives.any() for arrives, _local in terms):
        return text("What arrives is 0 at every unit that reads this value: the way is closed further toward the "
                    "loss.")
    if all(not local.any() for _arrives, local in terms):
        return text("The local derivative is 0, so nothing gets through: the value is where the function is flat, as "
                    "below zero of a ReLU, or another one of the window is the largest.")
    return text("The terms of the sum cancel, or are 0 where the others are not.")


BACKWARD = ProbeSpec(
    name="backward", title="The way back", summary="The gradient of one value: what arrives, times the local "
    "derivative, path by path.", source="Linnainmaa 1970; Baydin et al. 2018, section 3.2", compute=compute_backward,
    returns=(BackwardView,), place=GRADIENTS, is_chosen=True, cost=FOLLOWED, term="gradient",
    params=(NodeParam("node", "Node", every="the loss", further=((LOSS, "Loss"),)), UnitParam("unit", "Unit"),
            ElementParam("parameter", "Parameter"), OF),
)
