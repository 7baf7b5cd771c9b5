"""A probe leaves the model as it found it: hooks, gradients, each module's mode, parameters; after an error, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from explorer import network, zoo
from explorer.hooks import UnknownNode
from explorer.probes import PROBES, ProbeSpec, compute_feature_maps, compute_kernels

BATCH, MISFIT = torch.linspace(0, 1, 2 * 784).reshape(2, 1, 28, 28), torch.zeros(2, 5, 28, 28)
HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


class Failing(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("on purpose")


@pytest.fixture
def model() -> nn.Module:
    """A model in the middle of its training: gradients there, modes mixed, one parameter frozen."""
    built = network.build(zoo.get("lenet_relu"), seed=3)
    built(BATCH).sum().backward()
    built.train()
    built.conv2.eval()
    built.linear1.weight.requires_grad_(False)
    return built


def state_of(model: nn.Module) -> dict[str, Any]:
    return {
        "modes": {name: module.training for name, module in model.named_modules()},
        "hooks": {name: [len(getattr(module, kind)) for kind in HOOKS] for name, module in model.named_modules()},
        "modules": {name: id(module) for name, module in model.named_modules()},
        "needs": {name: parameter.requires_grad for name, parameter in model.named_parameters()},
        "grads": {name: None if p.grad is None else p.grad.tolist() for name, p in model.named_parameters()},
        "values": {name: value.tolist() for name, value in model.state_dict().items()},
        "grad_mode": torch.is_grad_enabled(), "draws": torch.get_rng_state().tolist(),
    }


def compute(probe: ProbeSpec, model: nn.Module, batch: torch.Tensor) -> Any:
    """The probe with its defaults; where it asks for a node, the one behind a Flatten, which makes it run the model."""
    more = {"node": "linear1"} if probe.name == "kernels" else {}
    return probe.compute(model, batch, **more)


def unchanged(model: nn.Module, act: Callable[[], Any]) -> None:
    before = state_of(model)
    act()
    assert state_of(model) == before


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_probe_leaves_the_model_as_it_found_it(probe, model):
    unchanged(model, lambda: compute(probe, model, BATCH))


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_module_that_raises_in_the_middle_leaves_no_trace(probe, model):
    model.pool1 = Failing()

    def act() -> None:
        with pytest.raises(RuntimeError, match="on purpose"):
            compute(probe, model, BATCH)

    unchanged(model, act)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_batch_of_another_shape_leaves_no_trace(probe, model):
    def act() -> None:
        with pytest.raises(RuntimeError):
            compute(probe, model, MISFIT)

    unchanged(model, act)


@pytest.mark.parametrize("act", [
    lambda model, x: compute_feature_maps(model, x, ["conv1", "nowhere"]),
    lambda model, x: compute_kernels(model, x, "nowhere"),
], ids=["feature_maps", "kernels"])
def test_an_unknown_node_leaves_no_trace(act, model):
    def ask() -> None:
        with pytest.raises(UnknownNode):
            act(model, BATCH)

    unchanged(model, ask)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_probe_says_what_it_is_and_where_it_comes_from(probe):
    assert probe.title and probe.source
    assert probe.summary.endswith(".")
