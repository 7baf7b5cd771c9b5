"""Operation: what goes into a node, its parameters, what comes out, and the arithmetic of one unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from torch import Tensor, nn

from explorer import tasks
from explorer.hooks import in_mode, samples_first
from explorer.operations import (
    Call,
    NotCalled,
    describe,
    explain,
    explain_by_gradient,
    fitted,
    loss_of_recipe,
    record_call,
)
from explorer.probes.chosen_unit import choose_unit
from explorer.probes.intervention_notice import notice_at
from explorer.probes.probe import FOLLOWED, OPERATION, ProbeSpec
from explorer.probes.probe_flattening import fold
from explorer.probes.probe_params import NodeParam, UnitParam
from explorer.probes.subject import NotApplicable, Subject, no_output
from explorer.recipe import LOSSES
from explorer.results import Operand, Operation, Unknown
from explorer.results.arithmetic import OUTPUT
from explorer.text import text

LOSS = "loss"  # the last node of a network that a recipe trains, where it has none of this name


def compute_operation(subject: Subject, node: str = "", unit: tuple[int, ...] | None = None) -> Operation:
    """Describe a node's computation for the first sample, with the arithmetic of a unit where one is given.

    node: an address, also inside blocks and of any submodule of a network that was not built here; "" takes the first
    convolution, else the first node with parameters; "loss" the loss, with the sample's target, else the predicted
    class. unit: an index into the output, whose rest becomes the strongest place. Raises UnknownNode,
    BadValue for a unit that is not there, NotApplicable.
    """
    if subject.against is not None:
        raise NotApplicable(text("An operation is shown for one input: choose A or B."))
    if node == LOSS and not hasattr(subject.model, LOSS):
        return _with_unit(loss_operation(subject), None, unit)
    address = node or _first(subject)
    subject.module_at(address)
    with in_mode(subject.model, training=False):
        try:
            call = record_call(subject.model, address, subject.batch)
        except NotCalled:
            raise no_output(address) from None
        if unit is not None:
            unit = choose_unit(address, samples_first(call.module, call.output, len(subject.batch))[0], unit)
        operation = describe(call.module, call.inputs, call.output, node=address, batch=len(subject.batch), unit=unit)
        if call.count > 1:
            operation = replace(operation, block=f"{operation.block} (call {call.count} of {call.count})")
        operation = replace(operation, notice=notice_at(subject, address, operation.output.values.ndim))
        return _with_unit(fold(_labeled(operation, subject, call.network_output), subject), call, unit)


def _with_unit(operation: Operation, call: Call | None, unit: tuple[int, ...] | None) -> Operation:
    """Add a unit's arithmetic, from the full arrays, and thin these where they are large."""
    if unit is None:
        return fitted(operation)
    by_gradient = isinstance(operation.rule, Unknown)
    explanation = explain_by_gradient(call, operation, unit) if by_gradient else explain(operation, unit)
    return replace(fitted(operation), unit=explanation)


def _first(subject: Subject) -> str:
    """Find the node to start with: the first convolution, else the first with parameters, else the first of all."""
    inside = f"{subject.inside}." if subject.inside else ""
    nodes = [(inside + name, module) for name, module in subject.module_at(subject.inside).named_modules() if name]
    convolutions = (nn.Conv1d, nn.Conv2d, nn.ConvTranspose1d, nn.ConvTranspose2d)
    return next((name for name, module in nodes if isinstance(module, convolutions)), None) or \
        next((name for name, module in nodes if _has_parameters(module)), None) or \
        next((name for name, _module in nodes), subject.inside)


def _has_parameters(module: nn.Module) -> bool:
    return next(module.parameters(recurse=False), None) is not None


def _labeled(operation: Operation, subject: Subject, outputs: Tensor) -> Operation:
    """Name what has names: the characters of a text, the columns of a table, the classes of the output."""
    sample = subject.batch[0].cpu()
    operands = tuple(_with_names(operand, _names_along(operand, sample, subject)) for operand in operation.operands)
    is_last = outputs.dim() == 2 and operation.output.values.shape == tuple(outputs.shape[1:])
    names = subject.class_names if is_last else _names_along(operation.output, sample, subject)
    return replace(operation, operands=operands, output=_with_names(operation.output, names))


def _names_along(operand: Operand, sample: Tensor, subject: Subject) -> tuple[str, ...]:
    """Find the names along an operand's first axis: one for each token of a text, or for each column of the input."""
    if subject.takes_tokens and operand.axes[:1] in (("token",), ("query",)):
        return subject.token_names(sample)
    is_input = operand.values.ndim == 1 and np.array_equal(operand.values, sample.float().numpy())
    return subject.feature_names if is_input else ()


def _with_names(operand: Operand, names: tuple[str, ...]) -> Operand:
    return replace(operand, labels=tuple(names)) if names and len(names) == len(operand.values) else operand


def loss_operation(subject: Subject) -> Operation:
    """Describe the loss of the recipe's task for the first sample. Raises NotApplicable."""
    if subject.recipe is None:
        raise NotApplicable(text("There is no recipe here, so there is no loss. Choose a node."))
    chosen = LOSSES.get(subject.recipe.loss.name)
    outputs, target = subject.outputs[:1], _target(subject)
    try:
        loss = tasks.learner(subject.recipe).loss(outputs, target[None])
    except (RuntimeError, IndexError, ValueError):
        raise NotApplicable(text("The output does not fit the loss {loss}. Choose a node.",
                                 loss=chosen.title)) from None
    rule, operands = loss_of_recipe(chosen.name, subject.recipe.loss.params, outputs[0].numpy(), target.float().numpy(),
                                    subject.predicts_a_class and not target.is_floating_point())
    operands = (_with_names(operands[0], subject.class_names), *operands[1:])
    return Operation(LOSS, chosen.title, chosen.formula, rule, operands,
                     Operand("loss", np.asarray(loss.detach(), np.float32), (), OUTPUT), full_shape=())


def _target(subject: Subject) -> Tensor:
    """Return the first sample's target; where that is not known, the predicted class or side."""
    if subject.target is not None:
        return subject.target[0]
    output = subject.outputs[0]
    if not subject.predicts_a_class:
        raise NotApplicable(text("The loss compares the prediction with a target, which this input does not have."))
    return output.argmax(-1) if output.shape[-1] > 1 else (output[0] > 0).long()


OPERATION_PROBE = ProbeSpec(
    name="operation", title="Operation", summary="The input, the parameters and the result of one node, and the "
    "arithmetic of a unit.", source="Wang et al. 2020 (CNN Explainer); Dive into Deep Learning, 7.2",
    compute=compute_operation, returns=(Operation,), place=OPERATION, cost=FOLLOWED, term="operation",
    params=(NodeParam("node", "Node", every="first with weights", further=((LOSS, "Loss"),)),
            UnitParam("unit", "Unit")),
)
