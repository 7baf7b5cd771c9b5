"""What a probe reads is what the model computes, and the model is left as it was found."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from explorer import network, zoo
from explorer.document import Edge, Network, Node, chain
from explorer.hooks import UnknownNode
from explorer.probes import (
    PROBES,
    compute_bias,
    compute_feature_maps,
    compute_kernels,
    compute_probabilities,
    nodes_with_kernels,
)


@pytest.fixture
def lenet() -> nn.Module:
    return network.build(zoo.get("lenet_relu"), seed=1)


@pytest.fixture
def batch() -> torch.Tensor:
    return torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def branched() -> nn.Module:
    """Two branches that are joined, batch norm and dropout on the way: what differs between the modes."""
    nodes = (Node("input", "input", {"shape": [2, 6, 6]}),
             Node("left", "conv2d", {"out_channels": 3, "kernel_size": 3, "padding": 1}),
             Node("right", "conv2d", {"out_channels": 2, "kernel_size": 1}),
             Node("joined", "concat", {}), Node("norm", "batch_norm2d", {}), Node("drop", "dropout", {"p": 0.5}),
             Node("flat", "flatten", {}), Node("out", "linear", {"out_features": 4}))
    wires = [("input", "left", 0), ("input", "right", 0), ("left", "joined", 0), ("right", "joined", 1),
             ("joined", "norm", 0), ("norm", "drop", 0), ("drop", "flat", 0), ("flat", "out", 0)]
    edges = tuple(Edge(source, target, 0, port) for source, target, port in wires)
    return network.build(Network("Branched", nodes, edges, ("out",)), seed=2)


def test_feature_maps_equal_a_forward_pass_layer_by_layer(lenet, batch):
    grids = compute_feature_maps(lenet, batch)
    value = batch[:1]
    assert [grid.title for grid in grids] == [name for name, _ in lenet.named_children()]
    for grid, module in zip(grids, lenet.children(), strict=True):
        value = module(value)
        assert np.allclose(grid.values.reshape(-1), value[0].detach().numpy().reshape(-1), atol=1e-6)
        assert grid.values.shape == (tuple(value.shape[1:]) if value.dim() == 4 else (value.shape[1], 1, 1))
        assert grid.axis == ("channel" if value.dim() == 4 else "feature")
        assert grid.signed == bool((value < 0).any())


def test_feature_maps_of_branches_are_those_of_evaluation_mode():
    model, x = branched(), torch.randn(2, 2, 6, 6)
    joined = torch.cat([model.left(x), model.right(x)], 1)
    maps = {grid.title: grid.values for grid in compute_feature_maps(model, x)}
    expected = nn.functional.batch_norm(joined, model.norm.running_mean, model.norm.running_var, model.norm.weight,
                                        model.norm.bias)[0].detach().numpy()
    assert np.allclose(maps["norm"], expected, atol=1e-6)
    assert np.array_equal(maps["drop"], maps["norm"])  # dropout does nothing while one looks


def test_only_the_nodes_asked_for_are_read_in_the_order_asked(lenet, batch):
    grids = compute_feature_maps(lenet, batch, ["conv2", "input"])
    assert [grid.title for grid in grids] == ["conv2", "input"]
    assert np.array_equal(grids[1].values, batch[0].numpy())


def test_tokens_are_one_map_of_token_by_feature():
    model, x = nn.Sequential(nn.Linear(4, 3)), torch.randn(2, 5, 4)
    (grid,) = compute_feature_maps(model, x)
    assert grid.values.shape == (1, 5, 3)
    assert grid.axis == "token"
    assert np.allclose(grid.values[0], model[0](x)[0].detach().numpy(), atol=1e-6)


def test_a_convolution_of_one_input_channel_shows_one_kernel_an_output(lenet, batch):
    grid = compute_kernels(lenet, batch, "conv1")
    assert np.array_equal(grid.values, lenet.conv1.weight.detach().numpy()[:, 0])
    assert grid.labels == tuple(str(i) for i in range(6))
    assert grid.signed and grid.axis == "kernel"


def test_a_convolution_of_several_input_channels_shows_a_kernel_for_each_pair(lenet, batch):
    grid, weight = compute_kernels(lenet, batch, "conv2"), lenet.conv2.weight.detach().numpy()
    assert grid.values.shape == (16 * 6, 5, 5)
    for place, label in enumerate(grid.labels):
        output, source = (int(part) for part in label.split(" ← "))
        assert np.array_equal(grid.values[place], weight[output, source])


def test_a_linear_layer_behind_a_flatten_is_laid_out_as_the_map_that_was_flattened(lenet, batch):
    grid, weight = compute_kernels(lenet, batch, "linear1"), lenet.linear1.weight.detach().numpy()
    assert grid.values.shape == (120 * 16, 5, 5)
    unit, channel, y, x = 7, 3, 4, 1
    assert grid.values[unit * 16 + channel, y, x] == weight[unit, channel * 25 + y * 5 + x]


def test_a_linear_layer_on_an_image_shows_one_template_a_class():
    model = network.build(zoo.get("softmax_regression"))
    (node,) = nodes_with_kernels(model)
    weight = model.get_submodule(node).weight.detach().numpy()
    grid = compute_kernels(model, torch.zeros(1, 1, 28, 28), node)
    assert np.array_equal(grid.values, weight.reshape(10, 28, 28))


def test_nodes_with_kernels_are_convolutions_and_linear_layers(lenet):
    assert nodes_with_kernels(lenet) == ["conv1", "conv2", "linear1", "linear2", "linear3"]
    assert nodes_with_kernels(branched()) == ["left", "right", "out"]
    assert nodes_with_kernels(nn.Sequential(nn.ReLU(), nn.Linear(2, 2))) == ["1"]


def test_a_linear_layer_on_features_is_its_matrix(lenet, batch):
    grid = compute_kernels(lenet, batch, "linear2")
    assert np.array_equal(grid.values, lenet.linear2.weight.detach().numpy()[None])  # (1, output, input)


def test_a_bias_is_one_number_an_output(lenet):
    assert np.array_equal(compute_bias(lenet, "conv1").values[:, 0, 0], lenet.conv1.bias.detach().numpy())
    assert compute_bias(nn.Sequential(nn.Linear(2, 2, bias=False)), "0") is None
    assert compute_bias(lenet, "pool1") is None


def test_a_linear_layer_behind_a_flattened_row_is_a_row():
    net = chain("Row", ("input", "input", {"shape": [6]}), ("flat", "flatten", {}),
                ("out", "linear", {"out_features": 3}))
    model = network.build(net)
    for node in nodes_with_kernels(model):
        grid = compute_kernels(model, torch.zeros(1, 6), node)
        assert np.array_equal(grid.values.reshape(3, 6), model.out.weight.detach().numpy())


def test_probabilities_are_the_softmax_of_the_logits_and_sum_to_one(lenet, batch):
    logits = lenet(batch)[0].detach().numpy().astype(np.float64)
    expected = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    bars = compute_probabilities(lenet, batch)
    assert bars.values == pytest.approx(expected, abs=1e-6)
    assert bars.values.sum() == pytest.approx(1, abs=1e-6)
    assert bars.highlight == int(expected.argmax())
    assert bars.labels == tuple(str(i) for i in range(10))


def test_probabilities_carry_the_names_of_the_classes(lenet, batch):
    names = tuple("abcdefghij")
    assert compute_probabilities(lenet, batch, names).labels == names


@pytest.mark.parametrize("compute", [
    lambda model, batch: compute_feature_maps(model, batch, ["nowhere"]),
    lambda model, batch: compute_kernels(model, batch, "nowhere"),
    lambda model, batch: compute_kernels(model, batch, "conv1.inner"),
], ids=["feature_maps", "kernels", "kernels_of_a_part"])
def test_an_unknown_node_is_named(lenet, batch, compute):
    with pytest.raises(UnknownNode, match=r"nowhere|inner"):
        compute(lenet, batch)


def test_a_node_without_kernels_is_named(lenet, batch):
    with pytest.raises(ValueError, match="relu1 has no kernels"):
        compute_kernels(lenet, batch, "relu1")


def test_a_probe_fits_where_it_says_and_nowhere_else(lenet):
    assert all(probe.is_compatible(lenet) for probe in PROBES)
    assert not PROBES.get("kernels").is_compatible(nn.Sequential(nn.ReLU()))
