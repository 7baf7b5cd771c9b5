"""The local derivatives of every kind of block are those of torch, for every value that a unit reads."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from explorer import tasks, zoo
from explorer.blocks import BLOCKS, Block
from explorer.hooks import tensors_in
from explorer.kinds import Chosen
from explorer.operations import describe, loss_of_recipe, record_call
from explorer.operations.backward import Place, derive, derive_forward, places_of_input, places_of_parameter
from explorer.operations.backward.dependents import Dependents
from explorer.operations.backward.formula_derivatives import differentiate
from explorer.operations.calls import Call
from explorer.operations.rules.activations import FORMULAS
from explorer.recipe import LOSSES
from explorer.results import Operand, Operation, Recurrent
from explorer.spec import defaults
from tests.operations.recorded import LEAVES, calls_of, described

NOT_READ = {("spatial_sampler", 1), ("roi_align", 1)}  # what decides where the input is read


@pytest.fixture(autouse=True)
def quiet_and_alone() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of affine_grid, for maps of a single pixel
        yield
    torch.set_num_threads(threads)


def random_places(sizes: int, count: int, seed: int) -> list[int]:
    return np.random.default_rng(seed).integers(sizes, size=count).tolist()


def dense(places: list[Place], operation: Operation) -> np.ndarray:
    """The derivative of every unit, zero where there is none."""
    found = Dependents.joined([derive(operation, place.operand, place.index) for place in places],
                              [place.factor for place in places])
    values = np.zeros(operation.output.values.size)
    values[found.units] = found.local
    return values.reshape(operation.output.values.shape)


def close(found: np.ndarray, wanted: np.ndarray) -> bool:
    scale = max(1.0, float(np.abs(wanted).max(initial=0)))
    return bool(np.allclose(found, wanted, rtol=1e-5, atol=2e-6 * scale))


def column_of_torch(call: Call, port: int, flat: int) -> np.ndarray:
    """The derivative of the first sample's output by one value of an input."""
    if type(call.module).__name__ != "RoIAlign":
        return derive_forward(call, port, flat)[0][0].numpy()
    leaves = [tensor.clone().requires_grad_() for tensor in call.inputs]  # torchvision has no forward mode
    rows = [torch.autograd.grad(value, leaves[port], retain_graph=True)[0][0].flatten()[flat].item()
            for value in call.module(*leaves)[0].flatten()]
    return np.array(rows).reshape(call.output.shape[1:])


@pytest.mark.parametrize("block", LEAVES, ids=lambda block: block.name)
def test_every_value_that_goes_in_has_the_derivative_of_torch(block: Block) -> None:
    for case, call in calls_of(block, 6):
        operation = described(call)
        for port, tensor in enumerate(call.inputs):
            if not tensor.is_floating_point():
                continue
            for flat in random_places(tensor[0].numel(), 2, seed=port):
                places = places_of_input(call.module, operation, port, tensor[0], flat)
                if isinstance(operation.rule, Recurrent) or (block.name, port) in NOT_READ:
                    assert all(derive(operation, place.operand, place.index) is None for place in places)
                    continue
                assert places, (case.params, port)
                wanted = column_of_torch(call, port, flat)
                assert close(dense(places, operation), wanted), (case.params, port, flat, operation.rule)


@pytest.mark.parametrize("block", LEAVES, ids=lambda block: block.name)
def test_every_parameter_has_the_derivative_of_torch(block: Block) -> None:
    for case, call in calls_of(block, 4):
        operation = described(call)
        for seed, (name, parameter) in enumerate(call.module.named_parameters()):
            for flat in random_places(parameter.numel(), 2, seed):
                places = places_of_parameter(call.module, operation, name, flat)
                if isinstance(operation.rule, Recurrent) or name in ("query.weight", "key.weight"):
                    continue  # by forward mode
                assert places or block.name == "relative_position_bias", (case.params, name)
                wanted = derive_forward(call, name, flat)[0][0].numpy()
                assert close(dense(places, operation), wanted), (case.params, name, flat, operation.rule)


@pytest.mark.parametrize("block", LEAVES, ids=lambda block: block.name)
def test_what_goes_back_is_the_same_however_a_gradient_lies_in_memory(block: Block) -> None:
    for _case, call in calls_of(block, 4):
        given = [tensor[:1].clone().requires_grad_(tensor.is_floating_point()) for tensor in call.inputs]
        output = next(tensors_in(call.module(*given)))
        leaves = [each for each in (*given, *call.module.parameters()) if each.requires_grad]
        if not output.requires_grad:
            continue
        gradient = torch.randn(output.shape, generator=torch.Generator().manual_seed(0))
        turned = gradient.movedim(1, -1).contiguous().movedim(-1, 1)  # channels last
        plain, other = (torch.autograd.grad(output, leaves, each, retain_graph=True, allow_unused=True)
                        for each in (gradient, turned))
        for wanted, found in zip(plain, other, strict=True):
            assert wanted is None or close(found.numpy(), wanted.numpy())


@pytest.mark.parametrize("kind", FORMULAS, ids=lambda kind: kind.__name__)
def test_an_activations_slope_is_torchs_also_where_it_bends(kind: type[nn.Module]) -> None:
    settings = {nn.Threshold: (0.5, 0.1)}.get(kind, ())
    module = kind(*settings).eval()
    bends = torch.tensor([0.0, 6.0, -3.0, 3.0, 1.0, -1.0, 0.5, -0.5])
    x = torch.cat([torch.linspace(-4, 4, 32), bends]).double().reshape(1, 40, *(1,) * ("3d" in kind.__name__) * 3, 1)
    x.requires_grad_()
    (wanted,) = torch.autograd.grad(module(x).sum(), x)
    found = differentiate(FORMULAS[kind](module), "x", x=x.detach().numpy())
    assert np.allclose(found, wanted.numpy(), atol=1e-9)


@pytest.mark.parametrize("formula", [
    "x ** 3 - 2 * x", "sqrt(x * x + 1)", "log(1 + exp(x)) / (1 + abs(x))", "max(x, 0.3) * cos(x)",
    "erf(x) - sin(x)", "+x * pi", "min(x, sigmoid(x))", "softplus(x) + relu(x) + e",
])
def test_a_formula_is_differentiated_exactly(formula: str) -> None:
    x = torch.linspace(-2, 2, 41).double().requires_grad_()
    module = BLOCKS.get("expression").build({"formula": formula}, ())
    (wanted,) = torch.autograd.grad(module(x).sum(), x)
    assert np.allclose(differentiate(formula, "x", x=x.detach().numpy()), wanted.numpy(), atol=1e-9)


LOSS_CASES = [(task, loss) for task in ("classification", "binary", "regression")
              for loss in tasks.TASKS.get(task).losses]


@pytest.mark.parametrize(("task", "name"), LOSS_CASES)
def test_the_loss_has_the_derivative_of_torch_by_every_output(task: str, name: str) -> None:
    torch.manual_seed(0)
    is_binary, is_class = task == "binary", task != "regression"
    params = defaults(LOSSES.get(name).params)
    if "label_smoothing" in params:
        params |= {"label_smoothing": 0.1}
    recipe = zoo.recipe("lenet").with_(task=task, loss=Chosen(name, params))
    output = torch.randn(1, 1 if is_binary else 4).requires_grad_()
    target = torch.tensor([1]) if is_class else torch.randn(1, 4)
    (wanted,) = torch.autograd.grad(tasks.learner(recipe).loss(output, target), output)
    rule, operands = loss_of_recipe(name, params, output[0].detach().numpy(), target[0].float().numpy(),
                                    is_class and not is_binary)
    operation = Operation("loss", "", "", rule, operands, Operand("loss", np.zeros((), np.float32), ()))
    found = [derive(operation, 0, (place,)).local.item() for place in range(output.shape[1])]
    assert np.allclose(found, wanted[0].numpy(), atol=1e-6)
    assert not derive(operation, 1, ()).units.size


@pytest.mark.parametrize("kind", [nn.GLU, nn.RMSNorm])
def test_modules_that_are_no_blocks_have_their_derivatives_too(kind: type[nn.Module]) -> None:
    torch.manual_seed(0)
    module = nn.Sequential(kind(8) if kind is nn.RMSNorm else kind(-1))
    call = record_call(module, "0", torch.randn(1, 3, 8))
    operation = describe(call.module, call.inputs, call.output, batch=1)
    for flat in range(24):
        places = places_of_input(call.module, operation, 0, call.inputs[0][0], flat)
        assert close(dense(places, operation), derive_forward(call, 0, flat)[0][0].numpy())


def test_a_thinned_operation_has_no_derivatives() -> None:
    call = record_call(nn.Sequential(nn.ReLU()), "0", torch.ones(1, 2))
    operation = describe(call.module, call.inputs, call.output)
    with pytest.raises(ValueError, match="thinned"):
        derive(replace(operation, is_reduced=True), 0, (0,))
