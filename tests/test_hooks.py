"""Activations are read as they are, and nothing is left behind."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from explorer import network, zoo
from explorer.hooks import UnknownNode, in_mode, left_as_found, predictor, record_activations, record_gradients


class Failing(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("on purpose")


class NoTensor(nn.Module):
    def forward(self, x: torch.Tensor) -> None:
        return None


def hooks_of(model: nn.Module) -> int:
    return sum(len(module._forward_hooks) + len(module._backward_hooks) for module in model.modules())


def test_recorded_values_are_those_of_a_forward_pass_by_hand() -> None:
    model, x = network.build(zoo.get("lenet")), torch.randn(3, 1, 28, 28)
    names = [name for name, _ in model.named_children()]
    with record_activations(model, names) as recorded:
        out = model(x)
    value = x
    for name in names:
        value = getattr(model, name)(value)
        torch.testing.assert_close(recorded[name], value, rtol=1e-5, atol=1e-6)
        assert not recorded[name].requires_grad
    torch.testing.assert_close(out, value, rtol=1e-5, atol=1e-6)
    assert out.requires_grad


def test_only_the_nodes_asked_for_are_recorded_and_a_second_pass_replaces_the_first() -> None:
    model = network.build(zoo.get("playground"))
    with record_activations(model, ["tanh1"]) as recorded:
        model(torch.zeros(4, 2))
        model(torch.ones(2, 2))
    assert {name: tuple(value.shape) for name, value in recorded.items()} == {"tanh1": (2, 4)}
    assert hooks_of(model) == 0
    model(torch.zeros(7, 2))
    assert len(recorded["tanh1"]) == 2


def test_an_unknown_address_raises_before_any_hook_is_set() -> None:
    model = network.build(zoo.get("playground"))
    for wrong in ("nowhere", "linear1.weight", "linear1.deeper"):
        with pytest.raises(UnknownNode), record_activations(model, ["tanh1", wrong]):
            pytest.fail("it opened")
    assert hooks_of(model) == 0


def test_hooks_are_gone_after_a_module_raises() -> None:
    model = nn.Sequential(nn.Linear(2, 2), Failing())
    with pytest.raises(RuntimeError, match="on purpose"), record_activations(model, ["0", "1"]) as recorded:
        model(torch.zeros(1, 2))
    assert hooks_of(model) == 0
    assert list(recorded) == ["0"]


@pytest.mark.parametrize("training", [True, False])
def test_each_module_is_given_its_own_mode_back_also_after_an_exception(training: bool) -> None:
    model = nn.Sequential(nn.Dropout(), nn.BatchNorm1d(2), nn.Linear(2, 2))
    model[1].eval()
    before = [module.training for module in model.modules()]
    with pytest.raises(ZeroDivisionError), in_mode(model, training):
        assert all(module.training is training for module in model.modules())
        raise ZeroDivisionError
    assert [module.training for module in model.modules()] == before


def test_nested_outputs_are_recorded_by_port_and_what_is_no_tensor_is_skipped() -> None:
    model = nn.ModuleDict({"lstm": nn.LSTM(2, 3), "attention": nn.MultiheadAttention(2, 1), "unused": nn.ReLU()})
    x = torch.randn(5, 1, 2)
    with record_activations(model, model) as recorded, record_gradients(model, model) as gradients:
        out, (hidden, cell) = model["lstm"](x)
        model["attention"](x, x, x, need_weights=False)
        out.sum().backward()
    assert list(recorded) == ["lstm", "lstm:1", "lstm:2", "attention"]
    assert all(torch.equal(recorded[name], value)
               for name, value in (("lstm", out), ("lstm:1", hidden), ("lstm:2", cell)))
    assert torch.equal(gradients["lstm"], torch.ones_like(out))


def test_a_prediction_takes_bytes_and_other_floats_and_gives_the_first_output() -> None:
    model = nn.LSTM(2, 3).double()
    x = torch.randint(0, 256, (5, 1, 2), dtype=torch.uint8)
    expected = model(x.double() / 255)[0].float()
    assert torch.allclose(predictor(model)(x), expected, atol=1e-6)
    assert torch.allclose(predictor(model)(x.float() / 255), expected, atol=1e-6)
    with pytest.raises(TypeError, match="has no tensor"):
        predictor(NoTensor())(torch.zeros(1))


class Constant(nn.Module):
    """A network whose output is a parameter itself, whatever the input."""

    def __init__(self) -> None:
        super().__init__()
        self.outputs = nn.Parameter(torch.tensor([1.0, 2.0]))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.outputs.expand(len(inputs), 2)


def test_a_prediction_that_is_a_parameter_has_no_gradient() -> None:
    found = predictor(Constant())(torch.zeros(3, 1))
    assert found.numpy().tolist() == [[1.0, 2.0]] * 3


def test_mixed_modes_are_given_back_to_a_model_left_as_found() -> None:
    model = nn.Sequential(nn.Dropout(), nn.BatchNorm1d(2))
    model[1].eval()
    with left_as_found(model):
        model.train()
    assert [module.training for module in model.modules()] == [True, True, False]
