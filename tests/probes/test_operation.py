"""The operation of any node of any model, with the arithmetic of one unit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer import network, tasks, zoo
from explorer.hooks import UnknownNode
from explorer.kinds import Chosen
from explorer.probes import PROBES, NotApplicable, Subject, compute_probe, offer, run
from explorer.recipe import LOSSES
from explorer.results import Correlation, Loss, MatrixProduct, Operation, Pointwise, Unknown
from explorer.results.packing import pack, unpack
from explorer.spec import BadValue, defaults

HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_forward_hooks_with_kwargs", "_forward_pre_hooks_with_kwargs",
         "_backward_hooks")


@pytest.fixture
def lenet() -> nn.Module:
    return network.build(zoo.get("lenet_relu"), seed=1)


@pytest.fixture
def image() -> Tensor:
    return torch.rand(1, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def close(operation: Operation, value: Tensor) -> bool:
    return bool(np.isclose(operation.value, value.item(), rtol=1e-4, atol=1e-5))


def test_a_unit_of_a_convolution_is_its_patch_times_its_kernel(lenet: nn.Module, image: Tensor) -> None:
    operation = run("operation", lenet, image, node="conv2", unit=(3, 4, 5))
    below = lenet.pool1(lenet.relu1(lenet.conv1(image)))
    assert close(operation, lenet.conv2(below)[0, 3, 4, 5])
    steps = {str(step.title): step.values for step in operation.unit.steps}
    assert np.array_equal(steps["Patch of the input"], below[0, :, 4:9, 5:10].detach().numpy())
    assert np.array_equal(steps["Kernel"], lenet.conv2.weight[3].detach().numpy())
    assert np.allclose(steps["Patch × kernel"], steps["Patch of the input"] * steps["Kernel"])
    assert np.allclose(steps["Sum by channel"], steps["Patch × kernel"].sum((1, 2)), atol=1e-6)
    assert steps["Bias"] == lenet.conv2.bias[3].detach().numpy()
    assert (operation.block, operation.is_reduced, operation.full_shape) == ("Conv2d", False, (16, 10, 10))
    assert [operand.name for operand in operation.operands] == ["input", "weight", "bias"]


def test_a_flattened_vector_knows_the_maps_that_it_was(lenet: nn.Module, image: Tensor) -> None:
    folded = {node: [each.folded for each in (found.operands[0], found.output)]
              for node in ("flatten", "linear1", "linear2") for found in [run("operation", lenet, image, node=node)]}
    assert folded == {"flatten": [(), (16, 5, 5)], "linear1": [(16, 5, 5), ()], "linear2": [(), ()]}
    perceptron = network.build(zoo.get("mlp"), seed=1)
    assert run("operation", perceptron, image, node="linear1").operands[0].folded == (1, 28, 28)


def test_the_first_convolution_is_described_where_no_node_is_named(lenet: nn.Module, image: Tensor) -> None:
    assert run("operation", lenet, image).node == "conv1"
    assert run("operation", nn.Sequential(nn.ReLU(), nn.Linear(2, 1)), torch.zeros(1, 2)).node == "1"
    assert run("operation", nn.Linear(2, 1), torch.zeros(1, 2)).operands[1].values.shape == (1, 2)


def test_a_node_deep_inside_blocks_is_described_by_its_address() -> None:
    model = network.build(zoo.get("googlenet"), seed=1)
    address = next(name for name, module in model.named_modules() if isinstance(module, nn.Conv2d) and name.count("."))
    operation = run("operation", model, torch.rand(1, *network.analyze(zoo.get("googlenet")).signals["input"].shape),
                    node=address, unit=(3, 4, 5))
    assert isinstance(operation.rule, Correlation)
    assert np.isclose(operation.value, operation.unit.model_value, rtol=1e-4, atol=1e-5)


class Own(nn.Module):
    """A user's own model: a module called twice, named arguments, tuples, changes in place, several inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.ModuleDict({"twice": nn.Linear(4, 4), "join": Join(), "relu": nn.ReLU(inplace=True)})
        self.memory = nn.LSTM(4, 3)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        once = self.body["twice"](x)
        again = self.body["twice"](once)
        joined, half = self.body["join"](once, scale=2.0, other=again)
        rectified = self.body["relu"](joined)
        states, _ = self.memory(rectified.unsqueeze(0))
        rectified += 100
        return states[0], half


class Join(nn.Module):
    def forward(self, first: Tensor, *, other: Tensor, scale: float) -> tuple[Tensor, Tensor]:
        return first * other * scale, first / 2


def test_a_users_own_module_is_described_at_any_of_its_submodules() -> None:
    torch.manual_seed(0)
    model, x = Own().eval(), torch.randn(3, 4)
    once = model.body["twice"](x)
    again = model.body["twice"](once)
    last = run("operation", model, x, node="body.twice", unit=(2,))
    assert isinstance(last.rule, MatrixProduct) and close(last, again[0, 2])
    assert last.block == "Linear (call 2 of 2)"
    assert np.array_equal(last.operands[0].values, once[0].detach().numpy())

    joined = (once * again * 2)[0]
    relu = run("operation", model, x, node="body.relu", unit=(1,))
    assert isinstance(relu.rule, Pointwise) and close(relu, joined[1].relu())
    assert np.array_equal(relu.operands[0].values, joined.detach().numpy())  # as it was before the change in place
    assert np.array_equal(relu.output.values, joined.relu().detach().numpy())

    memory = run("operation", model, x, node="memory", unit=(0, 2))
    assert close(memory, model.memory(joined.relu()[None, None])[0][0, 0, 2])


def test_a_module_without_a_rule_is_explained_by_its_gradient() -> None:
    torch.manual_seed(0)
    model, x = Own().eval(), torch.randn(3, 4)
    operation = run("operation", model, x, node="body.join", unit=(1,))
    once = model.body["twice"](x)[0]
    again = model.body["twice"](once)
    assert isinstance(operation.rule, Unknown) and close(operation, 2 * once[1] * again[1])
    assert [(window.operand, window.start, window.stop) for window in operation.unit.windows] == [
        (0, (1,), (2,)), (1, (1,), (2,))]
    assert operation.unit.line.startswith("depends on 2 of 8 inputs")


def test_a_composite_block_is_explained_by_its_gradient() -> None:
    model = network.build(zoo.get("resnet20"), seed=1)
    block = next(name for name, module in model.named_children() if len(list(module.children())))
    operation = run("operation", model, torch.rand(1, 3, 32, 32), node=block, unit=(0, 5, 5))
    (window,) = operation.unit.windows
    assert window.start[1:] == (3, 3) and window.stop[1:] == (8, 8)  # two convolutions of 3×3


class Reweighted(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.linear(x, self.weight * 2)


def test_a_subclass_that_computes_otherwise_is_not_taken_for_its_parent() -> None:
    operation = run("operation", nn.Sequential(Reweighted(2, 1)), torch.ones(1, 2), unit=(0,))
    assert isinstance(operation.rule, Unknown)


def test_a_module_whose_hook_changes_its_output_is_not_explained_by_its_rule() -> None:
    model, x = nn.Sequential(nn.Linear(2, 2)), torch.ones(1, 2)
    model[0].register_forward_hook(lambda module, given, output: output + 3)
    operation = run("operation", model, x, unit=(1,))
    assert isinstance(operation.rule, Unknown) and close(operation, model(x)[0, 1])


def test_a_model_in_half_precision_keeps_its_rules() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 32), nn.LayerNorm(32)).bfloat16()
    for node in ("0", "1"):
        assert not isinstance(run("operation", model, torch.randn(1, 64), node=node).rule, Unknown)


def test_images_of_bytes_and_several_samples_show_the_first_sample(lenet: nn.Module) -> None:
    images = torch.randint(0, 256, (3, 1, 28, 28), dtype=torch.uint8)
    operation = run("operation", lenet, images, node="conv1", unit=(0, 7, 7))
    assert close(operation, lenet.conv1(images / 255)[0, 0, 7, 7])


def test_batch_norm_without_recorded_statistics_takes_those_of_the_batch() -> None:
    model, x = nn.Sequential(nn.BatchNorm1d(3, track_running_stats=False)), torch.randn(5, 3)
    assert close(run("operation", model, x, node="0", unit=(1,)), model(x)[0, 1])


@pytest.mark.parametrize("unit", [(16,), (16, 0, 0), (0, 10), (0, 10, 0), (0, 0, 0, 0)])
def test_a_unit_that_is_not_there_is_refused_with_the_shape(lenet: nn.Module, image: Tensor, unit: tuple) -> None:
    with pytest.raises(BadValue, match="16×10×10"):
        run("operation", lenet, image, node="conv2", unit=unit)


@pytest.mark.parametrize("unit", [(), (3,), (3, 4)])
def test_a_unit_that_is_named_in_part_is_the_strongest_of_these(lenet: nn.Module, image: Tensor, unit: tuple) -> None:
    operation = run("operation", lenet, image, node="conv2", unit=unit)
    assert operation.unit.unit == run("unit_path", lenet, image, node="conv2", unit=unit).unit
    assert operation.unit.unit[:len(unit)] == unit
    assert abs(operation.value) == pytest.approx(np.abs(operation.output.values[unit]).max(), abs=1e-5)


def test_an_unknown_or_silent_node_is_refused(lenet: nn.Module, image: Tensor) -> None:
    with pytest.raises(UnknownNode):
        run("operation", lenet, image, node="conv9")
    with pytest.raises(BadValue, match="address of a node"):
        run("operation", lenet, image, node=["conv1"])
    lenet.add_module("unused", nn.Linear(1, 1))
    with pytest.raises(NotApplicable, match="unused has no output"):
        run("operation", lenet, image, node="unused")


def test_no_hook_is_left_after_a_pass_that_fails(lenet: nn.Module) -> None:
    for batch in (torch.zeros(1, 2, 5), torch.zeros(1, 1, 28, 28)):
        with pytest.raises((BadValue, RuntimeError)):
            run("operation", lenet, batch, node="conv2", unit=(99, 0, 0))
    assert not any(getattr(module, name) for module in lenet.modules() for name in HOOKS)


def test_a_large_layer_is_thinned_but_its_unit_stays_exact() -> None:
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.Conv2d(3, 64, 3, padding=1)), torch.rand(1, 3, 160, 160)
    operation = run("operation", model, x, node="0", unit=(63, 0, 159))
    output = model(x)[0].detach().numpy()
    assert operation.is_reduced and operation.full_shape == (64, 160, 160)
    assert sum(each.values.nbytes for each in (*operation.operands, operation.output)) <= 2_000_000
    channels, every = len(operation.output.values), operation.output.every
    assert np.array_equal(operation.output.values, output[:channels, ::every[1], ::every[2]])
    assert np.isclose(operation.value, output[63, 0, 159], atol=1e-5)
    (patch,) = (step.values for step in operation.unit.steps if str(step.title) == "Patch of the input")
    assert patch.shape == (3, 3, 3) and not patch[:, 0].any()  # the padding above the image


def test_an_operation_travels(lenet: nn.Module, image: Tensor) -> None:
    operation = run("operation", lenet, image, node="conv2", unit=(3, 4, 5))
    again = unpack(*pack(operation))
    assert again.unit.line == operation.unit.line and again.rule == operation.rule
    assert np.array_equal(again.output.values, operation.output.values)


def subject_of(name: str, batch: Tensor, **known: object) -> Subject:
    recipe = zoo.recipe(name)
    return Subject(network.build(recipe.network, seed=1), batch, recipe, **known)


@pytest.mark.parametrize("target", [None, torch.tensor([3])])
def test_the_loss_follows_the_output_as_the_last_operation(image: Tensor, target: Tensor | None) -> None:
    subject = subject_of("lenet_relu", image, target=target, class_names=tuple("0123456789"))
    (operation,) = compute_probe(PROBES.get("operation"), subject, {"node": "loss", "unit": ()})
    truth = subject.outputs.argmax(1) if target is None else target
    assert isinstance(operation.rule, Loss)
    assert close(operation, tasks.learner(subject.recipe).loss(subject.outputs, truth))
    assert operation.operands[0].labels == tuple("0123456789")
    assert offer(PROBES.get("operation").params[0], subject).titles[-1] == "Loss"


LOSSES_OF_TASKS = [(task.name, loss) for task in tasks.TASKS for loss in task.losses]


@pytest.mark.parametrize(("task", "loss"), LOSSES_OF_TASKS)
def test_the_loss_of_every_task_is_the_one_that_trains(task: str, loss: str) -> None:
    torch.manual_seed(0)
    recipe = zoo.recipe("lenet").with_(task=task, loss=Chosen(loss, defaults(LOSSES.get(loss).params)))
    batch = torch.tensor([[3, 1, 0, 2]]) if task == "next_token" else torch.randn(1, 2)
    model = nn.Embedding(5, 5) if task == "next_token" else nn.Linear(2, 3 if task == "classification" else 1)
    target = {"next_token": torch.tensor([[1, 0, 2, 4]]), "regression": torch.tensor([[0.3]])}.get(
        task, torch.tensor([1]))
    subject = Subject(model, batch, recipe, target=target)
    (operation,) = compute_probe(PROBES.get("operation"), subject, {"node": "loss", "unit": ()})
    assert close(operation, tasks.learner(recipe).loss(subject.outputs, target))
    assert operation.unit.model_value == operation.output.values


def test_the_loss_of_a_regression_needs_a_target() -> None:
    recipe = zoo.recipe("linear_regression")
    batch = torch.randn(1, 2)
    subject = subject_of("linear_regression", batch, target=torch.tensor([[0.5]]))
    (operation,) = compute_probe(PROBES.get("operation"), subject, {"node": "loss", "unit": ()})
    assert close(operation, tasks.learner(recipe).loss(subject.outputs, torch.tensor([[0.5]])))
    with pytest.raises(NotApplicable, match="target"):
        compute_probe(PROBES.get("operation"), subject_of("linear_regression", batch), {"node": "loss"})


def test_the_characters_of_a_text_label_its_tokens() -> None:
    recipe = zoo.recipe("char_rnn")
    shape = network.analyze(recipe.network).signals["input"].shape
    names = tuple("abcdefghijklmnopqrstuvwxyz !?.,;:'-\n0123456789")
    tokens = torch.arange(shape[0])[None] % 7
    subject = Subject(network.build(recipe.network), tokens, recipe, names)
    (operation,) = compute_probe(PROBES.get("operation"), subject, {"node": subject.children()[1]})
    assert operation.operands[0].labels == tuple(names[token] for token in tokens[0])


def test_the_columns_of_a_table_label_the_input() -> None:
    subject = Subject(nn.Sequential(nn.Linear(2, 2)), torch.tensor([[1.0, 2.0]]), feature_names=("age", "weight"))
    (operation,) = compute_probe(PROBES.get("operation"), subject, {})
    assert operation.operands[0].labels == ("age", "weight") and operation.output.labels == ()


def test_a_difference_of_two_inputs_has_no_operation(lenet: nn.Module, image: Tensor) -> None:
    subject = Subject(lenet, image, against=image / 2)
    with pytest.raises(NotApplicable, match="for one input: choose A or B"):
        compute_probe(PROBES.get("operation"), subject, {})
