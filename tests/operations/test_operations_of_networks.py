"""The arithmetic of the zoo's networks, of a user's own modules, and of modules in unusual calls."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from explorer import network, zoo
from explorer.document import Network
from explorer.network.building import leaves
from explorer.operations import describe, explain
from explorer.results import Unknown
from tests.operations.recorded import equals_the_model, random_units, randomized

SMALL = 60_000_000  # multiply-adds
NETWORKS = [name if zoo.costs(name).multiply_adds < SMALL else pytest.param(name, marks=pytest.mark.slow)
            for name in zoo.names()]


def all_calls(model: nn.Module, batch: Tensor):
    """Record every leaf's call in one pass: (address, module, inputs, output)."""
    found = []
    handles = [module.register_forward_hook(
        lambda module, given, output, address=address: found.append(
            (address, module, [each.clone() for each in given],
             (output[0] if isinstance(output, tuple) else output).clone())))
        for address, module in leaves(model)]
    with torch.no_grad():
        model(batch)
    for handle in handles:
        handle.remove()
    return found


def sample_of(net: Network) -> Tensor:
    signal = network.analyze(net).signals["input"]
    generator = torch.Generator().manual_seed(0)
    shape = (1, *signal.shape)
    if signal.dtype == "int64":
        return torch.randint(0, 10, shape, generator=generator)
    return torch.rand(shape, generator=generator)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_arithmetic_of_every_node_of_a_network_of_the_zoo_gives_its_own_values(name: str) -> None:
    model = randomized(network.build(zoo.get(name), seed=1))
    for address, module, inputs, output in all_calls(model, sample_of(zoo.get(name))):
        operation = describe(module, inputs, output, node=address, batch=1)
        assert not isinstance(operation.rule, Unknown), f"{address}, a {type(module).__name__}, has no operation"
        for unit in random_units(operation, 2):
            own = describe(module, inputs, output, batch=1, unit=unit) if isinstance(module, nn.RNNBase) else operation
            explanation = explain(own, unit)
            assert equals_the_model(explanation), (address, unit, explanation.line, explanation.model_value)
