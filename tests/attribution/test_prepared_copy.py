"""The prepared copy: its outputs are the model's, and on it DeepLift adds up where it does not on a plain copy."""

from __future__ import annotations

import copy

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional as F

from explorer import network, zoo
from explorer.attribution import CannotAttribute
from explorer.attribution.prepared_copy import prepare_copy

from .conftest import attributed, digits


class Gated(nn.Module):
    """Functions in place of modules, one of them in place; a gate, a normalization and a softmax inside."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.gate, self.norm, self.line = nn.Conv2d(1, 4, 3), nn.Linear(4, 4), nn.LayerNorm(144), \
            nn.Linear(144, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.gelu(self.conv(x)), 3, 1, 1)
        x = x * torch.sigmoid(self.gate(x.mean((2, 3))))[:, :, None, None]
        x = F.relu(self.norm(F.max_pool2d(x, 2).flatten(1)), inplace=True)
        return self.line(x).log_softmax(1)


class Reused(nn.Module):
    """A ReLU that is called three times, twice in place."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.third = nn.Linear(5, 6), nn.BatchNorm1d(6), nn.Linear(6, 3)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.third(self.relu(self.second(self.relu(self.first(x)) - 0.5))) + 1)


class Forgetful(nn.Module):
    """A ReLU in place whose output nobody takes."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        found = self.line(x)
        F.relu(found, inplace=True)
        return found


class Fickle(nn.Module):
    """A model that calls an activation for some inputs alone."""

    def forward(self, x: Tensor) -> Tensor:
        return x.tanh() if x.sum() > 0 else x


def drawn(*shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(1))


def pools(axes: int) -> nn.Module:
    convolution, pool = {1: (nn.Conv1d, nn.MaxPool1d), 2: (nn.Conv2d, nn.MaxPool2d), 3: (nn.Conv3d, nn.MaxPool3d)}[axes]
    torch.manual_seed(0)
    return nn.Sequential(convolution(1, 3, 3), nn.ELU(), pool(3, 2, 1), convolution(3, 2, 2), pool(2, 1), nn.Tanh(),
                         nn.Flatten(), nn.LazyLinear(3))


NETWORKS = {
    "gated": (Gated, (1, 14, 14)), "reused": (Reused, (5,)),
    "pools of 1 axis": (lambda: pools(1), (1, 14)), "pools of 2 axes": (lambda: pools(2), (1, 9, 9)),
    "pools of 3 axes": (lambda: pools(3), (1, 9, 9, 9)),
    "pools that round up and leap": (lambda: nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(3, 2, 1, ceil_mode=True), nn.SiLU(), nn.MaxPool2d(2, 1, 1, 2),
        nn.Flatten(), nn.LazyLinear(2)), (1, 10, 11)),
    "a pool of whole maps": (lambda: nn.Sequential(nn.Conv2d(1, 4, 3), nn.AdaptiveMaxPool2d(1), nn.ReLU(), nn.Flatten(),
                                                   nn.Linear(4, 2)), (1, 7, 7)),
    "norms": (lambda: nn.Sequential(nn.Conv2d(1, 6, 3), nn.GroupNorm(2, 6), nn.Hardtanh(), nn.RMSNorm(5), nn.Mish(),
                                    nn.Flatten(), nn.Linear(150, 4), nn.Softmax(1)), (1, 7, 7)),
}


def made(name: str) -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    build, shape = NETWORKS[name]
    model = build().eval()
    model(drawn(2, *shape))  # what is lazy takes its shape
    return model, drawn(3, *shape) - 0.3


@pytest.mark.parametrize("name", NETWORKS)
def test_a_prepared_copy_computes_what_the_model_does_bit_for_bit(name: str) -> None:
    model, inputs = made(name)
    with torch.no_grad():
        assert torch.equal(prepare_copy(model, inputs[:1])(inputs.clone()), model(inputs.clone()))


@pytest.mark.parametrize("name", ["resnet18", "shufflenet_v2_x0_5", "mobilenet_v3_small", "squeezenet1_1"])
def test_networks_of_torchvision_compute_the_same_on_a_prepared_copy(name: str) -> None:
    torch.manual_seed(0)
    model, inputs = getattr(torchvision.models, name)().eval(), drawn(2, 3, 64, 64)
    prepared = prepare_copy(model, inputs[:1])
    with torch.no_grad():
        assert torch.equal(prepared(inputs.clone()), model(inputs.clone()))


@pytest.mark.parametrize("name", ["lenet", "googlenet", "resnet20", "vit_digits", "swin_digits",
                                  "spatial_transformer_cnn"])
def test_networks_of_the_zoo_compute_the_same_on_a_prepared_copy(name: str) -> None:
    model = network.build(zoo.get(name), seed=1).eval()
    inputs = drawn(2, *next(iter(network.analyze(zoo.get(name)).signals.values())).shape)
    with torch.no_grad():
        assert torch.equal(prepare_copy(model, inputs[:1])(inputs.clone()), model(inputs.clone()))


def test_every_call_of_a_reused_relu_has_a_module_of_its_own() -> None:
    assert [type(call) for call in prepare_copy(*made("reused")).calls] == [nn.ReLU] * 3


def test_the_models_modules_keep_their_addresses_on_a_prepared_copy() -> None:
    model, inputs = made("gated")
    prepared = prepare_copy(model, inputs)
    assert [name for name, _ in prepared.named_modules()] == [name for name, _ in model.named_modules()]
    assert torch.equal(prepared.get_submodule("conv").weight, model.conv.weight)


def test_preparing_leaves_the_model_as_it_was() -> None:
    model, inputs = made("reused")
    model.train()
    before = copy.deepcopy(model.state_dict())
    prepare_copy(model, inputs)
    assert model.training and all(module.training for module in model.modules())
    assert all(parameter.requires_grad and parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_what_changes_in_place_unseen_and_what_changes_its_calls_is_refused_with_a_reason() -> None:
    with pytest.raises(CannotAttribute, match="in place"):
        prepare_copy(Forgetful(), torch.tensor([[-1.0, 2.0, 3.0]]))
    prepared = prepare_copy(Fickle(), torch.ones(1, 2))
    with pytest.raises(CannotAttribute, match="other inputs"):
        prepared(-torch.ones(1, 2))


@pytest.mark.parametrize("pools_first", [False, True], ids=["ReLU, pool", "pool, ReLU"])
@pytest.mark.parametrize("is_trained", [False, True], ids=["untrained", "trained"])
def test_deep_lift_adds_up_on_the_prepared_copy_whatever_the_baseline_and_the_order(
        lenets: dict[tuple[bool, bool], nn.Module], pools_first: bool, is_trained: bool) -> None:
    inputs = digits(1)[0][:32]
    for baseline in ("zero", "mean", "noise"):
        assert attributed("deep_lift", lenets[pools_first, is_trained], inputs, baseline=baseline).error < 0.005


@pytest.mark.parametrize("is_trained", [False, True], ids=["untrained", "trained"])
def test_deep_lift_is_wrong_without_it_where_a_pool_comes_before_a_relu(
        lenets: dict[tuple[bool, bool], nn.Module], is_trained: bool) -> None:
    found = [attributed("deep_lift", lenets[True, is_trained], digits(1)[0][:32], prepared=False, baseline=baseline)
             for baseline in ("zero", "mean", "noise")]
    assert max(each.error for each in found) > 0.1
    assert min(each.error for each in found) > 0.05
    assert "prepared copy" in str(max(found, key=lambda each: each.error).reason)


@pytest.mark.parametrize("name", NETWORKS)
def test_deep_lift_adds_up_at_gates_norms_softmax_and_pools_whose_windows_overlap(name: str) -> None:
    model, inputs = made(name)
    assert attributed("deep_lift", model, inputs, baseline="noise").error < 1e-3


def test_deep_lift_of_a_sample_is_the_same_alone_and_in_a_batch() -> None:
    model, inputs = made("gated")
    targets = torch.tensor([0, 1, 2])
    together = attributed("deep_lift", model, inputs, targets).values
    alone = [attributed("deep_lift", model, inputs[row:row + 1], targets[row:row + 1]).values for row in range(3)]
    assert torch.allclose(together, torch.cat(alone), atol=1e-5)
