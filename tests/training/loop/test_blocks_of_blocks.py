"""A network of grouped, repeated, renamed and ready-made blocks trains, is kept, and is looked into, inside too."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from explorer import network, probes, zoo
from explorer.blocks import BLOCKS
from explorer.document import Edge, Node, chain
from explorer.network import edit
from explorer.network.building import leaf_sources_of, leaves
from explorer.network.grouping import group, ungroup
from explorer.recipe import Recipe
from explorer.training import load_parts
from explorer.training.loop.instruments import LightInstruments
from explorer.training.records.checkpoints import frame_steps, load_frame
from explorer.training.records.metrics import read_facts, read_steps


def nested_network():
    """Digits through a residual block, a grouped block that is repeated, an Inception block, and a grouped head."""
    small = {"out_1x1": 2, "reduce_3x3": 1, "out_3x3": 2, "reduce_5x5": 1, "out_5x5": 1, "out_pool": 2}
    net = chain("Nested", ("input", "input", {"shape": [1, 8, 8]}),
                ("residual1", "residual", {"out_channels": 4, "stride": 2, "use_1x1conv": True}),
                ("conv1", "conv2d", {"out_channels": 4, "padding": 1}), ("norm1", "batch_norm2d", {}),
                ("relu1", "relu", {}), ("inception1", "inception", small),
                ("flatten", "flatten", {}), ("linear1", "linear", {"out_features": 16}), ("tanh1", "tanh", {}),
                ("linear2", "linear", {"out_features": 10}))
    net, body = group(net, ["conv1", "norm1", "relu1"], "body")
    net = edit.set_param(net, body, "repeat", 2)
    return group(net, ["linear1", "tanh1", "linear2"], "head")[0]


LAYERS = ["residual1.conv1", "residual1.norm1", "residual1.conv2", "residual1.norm2", "residual1.conv3",
          "body1.r0.conv1", "body1.r0.norm1", "body1.r1.conv1", "body1.r1.norm1",
          "inception1.b1_conv", "inception1.b2_conv1", "inception1.b2_conv2", "inception1.b3_conv1",
          "inception1.b3_conv2", "inception1.b4_conv", "head1.linear1", "head1.linear2"]


@pytest.fixture
def recipe():
    return Recipe(nested_network()).with_optimizer("adam", lr=0.01).with_(batch_size=64, epochs=2, threads=1,
                                                                         device="cpu")


def test_its_costs_are_those_of_the_same_network_with_every_block_taken_apart(recipe):
    flat = closed = recipe.network
    while composites := [node.id for node in flat.nodes if BLOCKS.get(node.block).is_composite]:
        flat, _ = ungroup(flat, composites[0])
    one, other = network.analyze(closed), network.analyze(flat)
    for total in ("total_parameters", "total_multiply_adds", "total_activation_bytes"):
        assert getattr(one, total) == getattr(other, total)
    assert other.total_activation_bytes == 4 * sum(math.prod(shape) for shape in other.shapes.values())
    assert one.node_count == sum(1 for name, _ in network.build(closed).named_modules() if name)
    assert other.node_count == len(flat.nodes)


def test_it_learns_and_its_gradients_are_noted_layer_by_layer(trained, recipe):
    run, status = trained(recipe)
    assert (status.state, status.reason) == ("finished", None)
    steps = read_steps(run.metrics_path)
    assert steps.loss[-5:].mean() < 0.8 * steps.loss[:5].mean()
    assert read_facts(run.metrics_path)["layers"] == LAYERS
    assert steps.gradient_norm.shape == (len(steps), len(LAYERS))
    assert (steps.gradient_norm.max(0) > 0).all()


def test_its_frames_fill_the_network_and_every_probe_reads_it(trained, recipe):
    run, _ = trained(recipe)
    model = network.build(run.recipe.network)
    model.load_state_dict(load_frame(run.frames_folder, frame_steps(run.frames_folder)[-1]))
    batch = load_parts(recipe).test.inputs[:2] / 255
    closed = probes.run("feature_maps", model, batch)
    assert [grid.title for grid in closed] == [node.id for node in recipe.network.nodes]
    inside = [probes.run("feature_maps", model, batch, node=node)
              for node in ("body1.r1", "body1.r1.relu1", "residual1.add")]
    assert np.array_equal(inside[0].values, inside[1].values)
    by_title = {grid.title: grid.values for grid in closed}
    assert np.allclose(by_title["body1"], inside[0].values, atol=1e-6)  # of another pass
    assert np.allclose(by_title["residual1"], np.maximum(inside[2].values, 0), atol=1e-6)
    for node in (name for name in LAYERS if "norm" not in name):
        kernels = probes.run("kernels", model, batch, node=node)
        assert (kernels.table, kernels.bias_parameter) == (f"{node}.weight", f"{node}.bias")


def test_a_linear_layer_inside_a_block_is_laid_out_as_the_map_flattened_outside_of_it():
    model = network.build(nested_network())
    kernels = probes.run("kernels", model, torch.zeros(1, 1, 8, 8), node="head1.linear1")
    weight = model.get_submodule("head1.linear1").weight.detach().numpy()
    assert np.array_equal(kernels.values.reshape(16 * 7, 4, 4), weight.reshape(16 * 7, 4, 4))
    assert kernels.size[2:] == (4, 4)
    assert probes.run("kernels", model, torch.zeros(1, 1, 8, 8), node="head1.linear2").size[2:] == (1, 1)


def test_a_linear_layer_behind_a_block_that_ends_in_a_flatten_is_laid_out_as_well():
    net, _ = group(zoo.get("softmax_regression"), ["flatten"], "rows")
    model = network.build(net)
    assert leaf_sources_of(model, "linear1") == ("rows1.flatten",)
    assert leaf_sources_of(model, "rows1.flatten") == ("input",)
    kernels = probes.run("kernels", model, torch.zeros(1, 1, 28, 28), node="linear1")
    assert kernels.values.shape == (10, 1, 28, 28)


def test_the_leaves_that_feed_a_merge_are_found_across_borders_by_port():
    net = nested_network()
    net = net.with_(nodes=(*net.nodes, Node("sum1", "add")), outputs=("sum1",),
                    edges=(*net.edges, Edge("head1", "sum1", 0, 1), Edge("head1", "sum1", 0, 0)))
    model = network.build(net)
    assert leaf_sources_of(model, "sum1") == ("head1.linear2", "head1.linear2")
    assert leaf_sources_of(model, "residual1.add") == ("residual1.norm2", "residual1.conv3")
    assert leaf_sources_of(model, "residual1.conv3") == ("input",)
    assert leaf_sources_of(model, "body1.r1.conv1") == ("body1.r0.relu1",)
    assert leaf_sources_of(model, "input") == ()


@pytest.mark.parametrize("name", zoo.names())
def test_the_layers_are_the_leaves_that_have_parameters(name):
    with torch.device("meta"):  # weights without memory: their shapes are enough
        model = network.build(zoo.get(name))
    assert LightInstruments(model).layers == [address for address, leaf in leaves(model) if list(leaf.parameters())]
    assert sum(p.numel() for _, leaf in leaves(model) for p in leaf.parameters()) == zoo.costs(name).parameters


def test_the_layers_of_lenet_and_of_a_foreign_module_are_their_children():
    assert LightInstruments(network.build(zoo.get("lenet"))).layers == ["conv1", "conv2", "linear1", "linear2",
                                                                        "linear3"]
    assert LightInstruments(nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)), nn.ReLU())).layers == ["0"]


def test_taking_a_block_apart_leaves_what_it_learned_where_it_is_found(trained, recipe):
    from explorer.network.addresses import translate_state

    run, _ = trained(recipe.with_(epochs=1))
    state = load_frame(run.frames_folder, frame_steps(run.frames_folder)[-1])
    model = network.build(recipe.network)
    model.load_state_dict(state)
    opened, _ = ungroup(ungroup(recipe.network, "head1")[0], "residual1")
    flat = network.build(opened, seed=9)
    flat.load_state_dict(translate_state(state, recipe.network, opened))
    x = torch.rand(3, 1, 8, 8)
    torch.testing.assert_close(model.eval()(x), flat.eval()(x), rtol=1e-5, atol=1e-6)
