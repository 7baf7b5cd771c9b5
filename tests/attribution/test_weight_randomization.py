"""Weights are drawn again from the top layer down, and nothing else changes."""

from __future__ import annotations

import torch
from torch import nn

from explorer import network, zoo
from explorer.attribution.weight_randomization import drawn_again, layers_from_the_top, randomized_from_the_top


def test_layers_come_in_the_order_of_the_pass_however_they_were_defined():
    class Crossed(nn.Module):
        def __init__(self):
            super().__init__()
            self.last, self.first, self.unused = nn.Linear(3, 1), nn.Linear(2, 3), nn.Linear(1, 1)

        def forward(self, rows):
            return self.last(self.first(rows).relu())

    assert layers_from_the_top(Crossed(), torch.zeros(1, 2)) == ["last", "first"]


def test_norms_and_parameters_of_ones_own_are_layers_too():
    layers = layers_from_the_top(network.build(zoo.get("vit_digits")), torch.zeros(1, 1, 28, 28))
    model = network.build(zoo.get("vit_digits"))
    owned = {name for name, _parameter in model.named_parameters()
             if any(name.startswith(f"{layer}.") for layer in layers)}
    assert owned == {name for name, _parameter in model.named_parameters()}
    assert any("norm" in layer for layer in layers)
    assert layers[0] == list(dict(model.named_children()))[-1]


def test_after_each_layer_the_weights_from_the_top_to_it_are_the_other_networks_and_the_rest_its_own():
    model = network.build(zoo.get("lenet_batch_norm"), seed=1)
    other, batch = network.build(zoo.get("lenet_batch_norm"), seed=2), torch.zeros(1, 1, 28, 28)
    own = {name: value.clone() for name, value in model.state_dict().items()}
    layers = layers_from_the_top(model, batch)
    for count, (layer, changed) in enumerate(randomized_from_the_top(model, other, layers), start=1):
        assert layer == layers[count - 1]
        for name, value in changed.state_dict().items():
            is_random = any(name.startswith(f"{each}.") for each in layers[:count])
            assert torch.equal(value, other.state_dict()[name] if is_random else own[name]), (layer, name)
    assert all(torch.equal(value, own[name]) for name, value in model.state_dict().items())


def test_what_no_module_draws_is_shuffled_and_the_global_generator_stays():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale, self.line = nn.Parameter(torch.arange(50.0)), nn.Linear(50, 2)

        def forward(self, rows):
            return self.line(rows * self.scale)

    model, before = Own(), torch.get_rng_state()
    again = drawn_again(model, seed=4)
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(again.scale, model.scale)
    assert torch.equal(again.scale.sort().values, model.scale)
    assert not torch.equal(again.line.weight, model.line.weight)
    assert torch.equal(drawn_again(model, seed=4).scale, again.scale)
    assert not torch.equal(drawn_again(model, seed=5).scale, again.scale)
