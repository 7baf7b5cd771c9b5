"""Every kind of block has its operation, and the arithmetic of its units gives the model's own numbers."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

from explorer.blocks import Block
from explorer.operations.block_kinds import block_of
from explorer.results import (
    Elementwise,
    Operation,
    Pointwise,
    Pooling,
    Recurrent,
    Reduction,
    Unknown,
    WeightedGather,
    Window,
)
from tests.operations.recorded import LEAVES, calls_of, described, equals_the_model, explained, random_units

ANOTHER_NAME = {"input": "identity", "depthwise_conv2d": "conv2d", "token_linear": "linear"}  # built as the same module


@pytest.fixture(autouse=True)
def quiet_and_alone():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of affine_grid, for maps of a single pixel
        yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("block", LEAVES, ids=lambda block: block.name)
def test_the_arithmetic_of_random_units_gives_the_models_own_values(block: Block) -> None:
    for case, call in calls_of(block):
        operation = described(call)
        assert not isinstance(operation.rule, Unknown), f"{block.title} has no operation: {case.params}"
        for unit in random_units(operation, 4):
            explanation = explained(call, operation, unit)
            assert equals_the_model(explanation), (case.params, unit, explanation.line, explanation.model_value)
            assert np.isclose(explanation.steps[-1].values, explanation.value, rtol=1e-5, equal_nan=True)
            assert len(operation.output.axes) == len(unit)
            assert all(len(each.axes) == each.values.ndim for each in operation.operands)
            assert explanation.line and "\n" not in explanation.line and len(explanation.line) < 400
            assert all((str(step.title) and len(step.axes) == step.values.ndim) or not step.axes
                       for step in explanation.steps)


@pytest.mark.parametrize("block", LEAVES, ids=lambda block: block.name)
def test_its_operation_has_the_title_and_the_formula_of_its_block(block: Block) -> None:
    _case, call = next(calls_of(block, 1))
    found = block_of(call.module, described(call).rule)
    assert found is not None
    assert found.name == ANOTHER_NAME.get(block.name, block.name)
    assert (described(call).block, described(call).formula) == (found.title, found.formula)


@pytest.mark.parametrize("block", LEAVES, ids=lambda block: block.name)
def test_a_unit_reads_exactly_the_inputs_that_its_gradient_reaches(block: Block) -> None:
    for _case, call in calls_of(block, 8):
        operation = described(call)
        for unit in random_units(operation, 2, seed=1):
            explanation = explained(call, operation, unit)
            for place, reached in gradients(call, operation, unit):
                windows = [window for window in explanation.windows if window.operand == place]
                read = places_in(windows, operation.operands[place].values.shape)
                assert not reached - read, (operation.rule, unit)
                if is_exact(operation, place, len(read)):
                    assert read == reached, (operation.rule, unit)


def gradients(call, operation: Operation, unit: tuple[int, ...]):
    """Yield (operand, flat places that d unit / d operand reaches), where an operand is one of the module's inputs."""
    leaves = [tensor.clone().requires_grad_(tensor.is_floating_point()) for tensor in call.inputs]
    output = call.module(*leaves)
    output = output[0] if isinstance(output, tuple) else output
    value = output[(0, *unit)]
    wanted = [leaf for leaf in leaves if leaf.requires_grad]
    if not (wanted and value.requires_grad) or isinstance(operation.rule, Recurrent):  # whose window is of one step
        return
    found = iter(torch.autograd.grad(value, wanted, allow_unused=True))
    for place, leaf in enumerate(leaves):
        gradient = next(found) if leaf.requires_grad else None
        values = operation.operands[place].values
        if gradient is not None and values.shape == tuple(leaf.shape[1:]) and \
                np.array_equal(values, leaf[0].detach().numpy()):
            yield place, set(np.flatnonzero(gradient[0].numpy()).tolist())


def places_in(windows: list[Window], shape: tuple[int, ...]) -> set[int]:
    """The flat places of an operand in its windows, without the padding."""
    inside = np.zeros(shape, bool)
    for window in windows:
        if window.cells.size:
            inside.reshape(-1)[window.cells] = True
        else:
            first = [start if start >= 0 else start % step for start, step in zip(window.start, window.step)]
            inside[tuple(map(slice, first, window.stop, window.step))] = True
    return set(np.flatnonzero(inside).tolist())


def is_exact(operation: Operation, place: int, size: int) -> bool:
    """Whether every value that is read moves the unit: not where only the largest counts, nor in a flat piece."""
    rule = operation.rule
    if isinstance(rule, Pooling | Reduction):
        return rule.kind != "max"
    if isinstance(rule, Pointwise) or (isinstance(rule, Elementwise) and rule.kind == "mask"):
        return False
    if isinstance(rule, WeightedGather):
        return not place  # at some places an affine map's numbers do not count
    return size > 2 or type(rule).__name__ not in ("Normalization", "Softmax")
