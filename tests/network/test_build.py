"""What is built computes what plain PyTorch computes, under draws that depend on nothing but seed and address."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from explorer import network, zoo
from explorer.document import RESERVED_IDS, Edge, Network, Node, chain
from explorer.network import edit
from explorer.recipe import INITIALIZATIONS

BRANCHED = Network("Branched", (
    Node("a", "input", {"shape": [3]}), Node("b", "input", {"shape": [3]}), Node("sum1", "add"),
    Node("joined", "concat"),
    Node("linear1", "linear", {"out_features": 2}),
), (Edge("b", "sum1", 0, 1), Edge("a", "sum1", 0, 0), Edge("sum1", "joined", 0, 0), Edge("a", "joined", 0, 1),
    Edge("joined", "linear1")), ("linear1", "sum1"))


def weights(model: nn.Module) -> dict[str, Tensor]:
    return dict(model.state_dict())


def equal(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_the_state_dicts_keys_are_the_addresses() -> None:
    model = network.build(zoo.get("lenet"))
    assert {key.rpartition(".")[0] for key in model.state_dict()} == {"conv1", "conv2", "linear1", "linear2", "linear3"}
    assert [name for name, _ in model.named_children()] == [node.id for node in zoo.get("lenet").nodes]


def test_several_inputs_and_outputs_keep_the_documents_order() -> None:
    model, a, b = network.build(BRANCHED), torch.randn(4, 3), torch.randn(4, 3)
    end, middle = model(a, b)
    assert torch.equal(middle, a + b)
    torch.testing.assert_close(end, model.linear1(torch.cat([a + b, a], 1)), rtol=1e-5, atol=1e-6)
    with pytest.raises(TypeError, match="takes 2 inputs, not 1"):
        model(a)


def test_an_invalid_network_is_not_built() -> None:
    with pytest.raises(network.Invalid) as error:
        network.build(chain("x", ("input", "input", {}), ("linear1", "linear", {})))
    assert [problem.address for problem in error.value.problems] == ["linear1"]
    assert "Linear needs a flat input but gets 1×28×28." in str(error.value)


@pytest.mark.parametrize("init", INITIALIZATIONS.names())
def test_building_twice_gives_the_same_weights_and_another_seed_others(init: str) -> None:
    net = zoo.get("lenet")
    first = weights(network.build(net, seed=3, init=init))
    assert equal(first, weights(network.build(net, seed=3, init=init)))
    other = weights(network.build(net, seed=4, init=init))
    constant = {name for name in first if init in ("zeros", "constant") and name.endswith("weight")}
    assert {name for name in first if torch.equal(first[name], other[name])} == constant


def test_widening_one_layer_leaves_every_other_draw_as_it_was() -> None:
    net = zoo.get("lenet")
    wide = edit.set_param(net, "linear1", "out_features", 121)
    before, after = weights(network.build(net)), weights(network.build(wide))
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias"}  # linear2 has another width


def test_a_node_draws_the_same_in_whatever_network_it_stands() -> None:
    small = chain("x", ("input", "input", {"shape": [784]}), ("linear1", "linear", {"out_features": 256}))
    assert torch.equal(network.build(small).linear1.weight, network.build(zoo.get("mlp")).linear1.weight)


def test_the_global_generator_is_given_back_as_it_was() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    network.problems(zoo.get("mlp"))
    network.build(zoo.get("mlp"), seed=9)
    with pytest.raises(ZeroDivisionError), network.seeded(0, "x"):
        torch.rand(3)
        raise ZeroDivisionError
    assert torch.equal(torch.get_rng_state(), before)


def test_four_threads_building_at_once_draw_what_one_draws() -> None:
    net = zoo.get("playground")
    reference = [weights(network.build(net, seed=seed)) for seed in range(5)]
    wrong: list[int] = []

    def build_many(first: int) -> None:
        for i in range(50):
            seed = (first + i) % 5
            if not equal(weights(network.build(net, seed=seed)), reference[seed]):
                wrong.append(seed)

    threads = [threading.Thread(target=build_many, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_no_id_can_hide_an_attribute_of_pytorchs_module() -> None:
    names = {name for name in dir(nn.Module()) + dir(network.BuiltNetwork({}, [], ())) if name[0].isalpha()}
    assert names <= RESERVED_IDS, names - RESERVED_IDS


def drawn(init: str, block: str, shape: tuple[int, ...], **params: Any) -> Tensor:
    net = chain("x", ("input", "input", {"shape": list(shape)}), ("layer", block, params))
    return network.build(net, seed=1, init=init).layer.weight.detach()


@pytest.mark.parametrize(("init", "variance"), [
    ("xavier_uniform", lambda n_in, n_out: 2 / (n_in + n_out)),
    ("xavier_normal", lambda n_in, n_out: 2 / (n_in + n_out)),
    ("kaiming_uniform", lambda n_in, n_out: 2 / n_in), ("kaiming_normal", lambda n_in, n_out: 2 / n_in),
    ("default", lambda n_in, n_out: 1 / (3 * n_in)),
])
def test_weights_have_the_variance_their_initialization_promises(init: str, variance: Any) -> None:
    linear = drawn(init, "linear", (300,), out_features=500)
    conv = drawn(init, "conv2d", (30, 9, 9), out_channels=200, kernel_size=5)
    for weight, fans in ((linear, (300, 500)), (conv, (30 * 25, 200 * 25))):
        spread = (2 / weight.numel()) ** 0.5  # of a sample variance of normal draws, relative
        assert weight.var().item() == pytest.approx(variance(*fans), rel=6 * spread)
        assert abs(weight.mean().item()) < 6 * (variance(*fans) / weight.numel()) ** 0.5


def test_an_initialization_leaves_biases_and_normalization_alone() -> None:
    net = chain("x", ("input", "input", {"shape": [4, 6, 6]}), ("conv1", "conv2d", {}), ("norm1", "batch_norm2d", {}),
                ("norm2", "layer_norm", {"axes": 3}))
    plain, drawn_anew = network.build(net), network.build(net, init="xavier_normal")
    assert torch.equal(plain.conv1.bias, drawn_anew.conv1.bias)
    assert not torch.equal(plain.conv1.weight, drawn_anew.conv1.weight)
    for norm in (drawn_anew.norm1, drawn_anew.norm2):
        assert torch.equal(norm.weight, torch.ones_like(norm.weight))
        assert not norm.bias.any()


def test_a_bilinear_kernel_and_a_norms_ones_keep_their_start_under_every_initialization() -> None:
    net = chain("start", ("input", "input", {"shape": [3, 8, 8]}), ("norm", "rms_norm", {"axes": 3}),
                ("up", "conv_transpose2d", {"out_channels": 3, "kernel_size": 4, "padding": 1, "kernel": "bilinear"}))
    first, drawn = (network.build(net, init=init).state_dict() for init in ("default", "xavier_uniform"))
    assert all(torch.equal(first[name], drawn[name]) for name in ("norm.weight", "up.weight"))
