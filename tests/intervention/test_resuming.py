"""A network that is run on from a node gives what the whole network gives, and nothing before the node is run again."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from explorer import network, zoo
from explorer.intervention import SCALE, Intervention, intervened
from explorer.intervention.resuming import NoResumption, resume_at
from explorer.network.building import leaves
from tests.probes.test_probe_registry import NETWORKS, batch_of

MIXED = ["lenet", "resnet20", "googlenet", "vit_digits", "swin_digits", "char_transformer", "mlp"]


@pytest.mark.parametrize("name", [name for name in MIXED if name in NETWORKS])
@torch.no_grad()
def test_a_node_whose_values_are_those_of_another_input_gives_what_a_hook_gives(name):
    recipe = NETWORKS[name]
    model, batch = network.build(recipe.network, seed=1).eval(), batch_of(recipe)
    addresses = [address for address, _module in leaves(model)]
    for address in addresses[1::max(1, len(addresses) // 8)]:
        try:
            here, there = resume_at(model, address, batch[:1]), resume_at(model, address, batch[1:])
        except NoResumption:
            continue
        given = (there.output * 2).clone()
        handle = model.get_submodule(address).register_forward_hook(lambda _m, _i, _o, given=given: given)
        expected = model(batch[:1])
        handle.remove()
        assert torch.equal(here.run(given.clone()), expected)
        three = here.run(given.expand(3, *given.shape[1:]).clone())
        assert torch.allclose(three, expected.expand(3, *expected.shape[1:]), atol=1e-4)
        assert torch.equal(here.run(here.output.clone()), model(batch[:1]))


def test_the_node_and_what_comes_before_are_not_run_again_and_each_forward_is_its_modules_own_afterwards():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Conv2d(2, 3, 3), nn.Flatten(), nn.Linear(12, 2))
    resumed = resume_at(model, "2", torch.rand(1, 1, 6, 6))
    with torch.no_grad():
        for convolution in (model[0], model[2]):
            convolution.weight.fill_(float("nan"))
    assert resumed.run(torch.rand(5, 3, 2, 2)).isfinite().all()
    assert not any("forward" in module.__dict__ for module in model.modules())
    assert not any(module._forward_hooks for module in model.modules())


def test_the_model_is_left_as_it_was_where_the_rest_of_it_raises():
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    resumed = resume_at(model, "0", torch.rand(1, 2))
    with pytest.raises(RuntimeError):
        resumed.run(torch.rand(2, 7))
    assert not any("forward" in module.__dict__ or module._forward_hooks for module in model.modules())


def test_interventions_before_and_after_the_node_act_once_on_what_is_kept():
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 3), nn.Linear(3, 1))
    batch = torch.rand(1, 2)
    with intervened(model, [Intervention("0", (), SCALE, 3.0), Intervention("2", (), SCALE, 2.0)]):
        resumed = resume_at(model, "1", batch)
        assert torch.allclose(resumed.run(resumed.output.clone()), model(batch).detach())
        assert torch.allclose(resumed.outputs, 2 * model[2].forward(model[1].forward(3 * model[0].forward(batch))))


class Twice(nn.Module):
    """A module that calls one of its own twice, the other never, and changes values in place."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(2, 2), nn.Linear(2, 2)
        self.again, self.never = nn.ReLU(inplace=True), nn.ReLU()

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.again(self.last(self.again(self.first(values))))


@torch.no_grad()
def test_a_module_called_twice_is_run_again_and_cannot_be_resumed_at_itself():
    model, batch = Twice(), torch.rand(1, 2)
    resumed = resume_at(model, "last", batch)
    assert torch.equal(resumed.run(resumed.output.clone()), model(batch))
    values = torch.rand(4, 2)
    assert torch.equal(resumed.run(values.clone()), values)
    with pytest.raises(NoResumption, match="called 2 times"):
        resume_at(model, "again", batch)
    with pytest.raises(NoResumption, match="gives no numbers"):
        resume_at(model, "never", batch)


def test_a_recurrent_layer_is_resumed_with_another_sequence():
    net = zoo.get("row_lstm")
    model = network.build(net, seed=1).eval()
    batch = torch.rand(2, *next(node for node in net.nodes if node.block == "input").params["shape"])
    address = next(address for address, module in leaves(model) if isinstance(module, nn.LSTM) or "lstm" in address)
    here, there = resume_at(model, address, batch[:1]), resume_at(model, address, batch[1:])
    assert torch.allclose(here.run(there.output.clone()), there.outputs, atol=1e-6)
