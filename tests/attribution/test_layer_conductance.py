"""Conductance against the chain rule written out."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from explorer.attribution import METHODS, CannotAttribute, attribute
from explorer.attribution.explained import Explained
from explorer.attribution.layer_conductance import layer_gradients

TARGETS = torch.tensor([0, 1])


def conductance(model: nn.Module, given: Tensor, layer: str, steps: int = 50) -> Tensor:
    return attribute(METHODS.get("layer_conductance"), model, given, lambda outputs: outputs, TARGETS,
                     {"layer": layer, "steps": steps})


def test_a_hidden_units_conductance_is_its_weight_times_its_change_where_the_output_is_linear_in_it() -> None:
    torch.manual_seed(0)
    model, given = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2)).double(), torch.randn(2, 4).double()
    found = conductance(model, given, "1")
    change = torch.tanh(model[0](given)) - torch.tanh(model[0].bias)
    assert torch.allclose(found.values, model[2].weight * change, atol=1e-12)
    assert found.error < 1e-12


def test_conductance_is_the_integral_of_gradient_times_the_layers_speed() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 6), nn.Sigmoid(), nn.Linear(6, 2)).double()
    given = torch.randn(2, 4).double()
    below, above = model[:2], model[2:]
    expected = torch.zeros(2, 5).double()
    middles = ((torch.arange(2000) + 0.5) / 2000).double()[:, None]
    for row, (one, target) in enumerate(zip(given, TARGETS, strict=True)):
        units, speed = torch.func.jvp(below, (middles * one,), (one.expand(2000, -1),))
        leaf = units.detach().requires_grad_()
        (slopes,) = torch.autograd.grad(above(leaf)[:, target].sum(), leaf)
        expected[row] = (slopes * speed).mean(0)
    assert torch.allclose(conductance(model, given, "1", steps=200).values, expected, atol=1e-4)


def test_conductance_of_a_map_is_summed_over_its_channels_and_adds_up() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.Tanh(), nn.Flatten(), nn.Linear(48, 2)).double()
    found = conductance(model, torch.randn(2, 1, 6, 6).double(), "0", steps=200)
    assert found.values.shape == (2, 1, 4, 4)
    assert found.error < 1e-3


def test_the_first_output_of_an_lstm_is_taken() -> None:
    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.head = nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.lstm(x)[0][:, -1])
    torch.manual_seed(0)
    found = conductance(Last(), torch.randn(2, 5, 3), "lstm")
    assert found.values.shape == (2, 5)
    assert not found.values[:, :-1].any()  # only the last token is read
    assert found.error < 1e-3


def test_beside_a_shortcut_it_does_not_add_up_and_the_reason_is_known() -> None:
    class Shortcut(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.branch = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.branch(x) + 10 * x
    found = conductance(Shortcut(), torch.ones(2, 2), "branch")
    assert found.error > 0.5
    assert "Not all of the answer flows through branch" in str(found.reason)


class LastState(nn.Module):
    """An LSTM of which only the last hidden state is read, not the outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.head = nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.lstm(x)[1][0][-1])


def test_a_layer_whose_output_leads_nowhere_has_the_reason_and_is_not_the_default() -> None:
    torch.manual_seed(0)
    given = torch.randn(2, 5, 3)
    found = conductance(LastState(), given, "lstm")
    assert not found.values.any()
    assert found.error == 1.0
    assert str(found.reason).startswith("No change of the answer comes through the output of this layer")
    by_default = conductance(LastState(), given, "")
    assert by_default.layer == "head"
    assert by_default.error < 1e-3


def test_the_default_is_the_last_with_places_also_where_activations_work_in_place() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(8, 4),
                          nn.ReLU(inplace=True), nn.Linear(4, 2))
    assert conductance(model, torch.rand(2, 1, 4, 4), "").layer == "1"


def test_a_layer_that_is_not_called_is_refused() -> None:
    class Idle(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.idle, self.line = nn.Linear(2, 2), nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.line(x)
    with pytest.raises(CannotAttribute, match="idle has no output"):
        conductance(Idle(), torch.ones(2, 2), "idle")


@pytest.mark.parametrize("method", ["grad_cam", "layer_cam", "layer_conductance", "guided_grad_cam"])
def test_an_activation_that_changes_a_layers_output_in_place_changes_no_attribution(method: str) -> None:
    def picture_network(in_place: bool) -> nn.Module:
        torch.manual_seed(0)
        return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(in_place), nn.Conv2d(4, 4, 3), nn.ReLU(in_place), nn.Flatten(),
                             nn.Linear(64, 3))
    given, how = torch.rand(2, 1, 8, 8) - 0.3, METHODS.get(method)
    expected, found = (attribute(how, picture_network(in_place), given, lambda outputs: outputs, TARGETS,
                                 {"layer": "2"} if how.of_layer else {}) for in_place in (False, True))
    assert found.layer == expected.layer
    assert expected.values.any()
    assert torch.allclose(found.values, expected.values, atol=1e-6)


def test_the_gradient_of_a_layer_is_that_through_its_own_output() -> None:
    class Beside(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.same = nn.Identity()

        def forward(self, x: Tensor) -> Tensor:
            return 2 * self.same(x) + 10 * x.mul_(3)
    explained = Explained(Beside(), lambda outputs: outputs)
    values, slopes = layer_gradients(explained, torch.ones(1, 2), torch.tensor([0]), "same")
    assert values.tolist() == [[1, 1]]
    assert slopes.tolist() == [[2, 0]]
