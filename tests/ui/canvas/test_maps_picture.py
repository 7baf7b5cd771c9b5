"""Pictures of a network as cards of maps: one a level, sized by shapes alone, with what each map is computed from."""

from __future__ import annotations

import json

import pytest
import torch

from explorer import network, zoo
from explorer.document import Edge, Network, Node, chain
from explorer.figures import Theme
from explorer.network import analyze
from explorer.results.network_maps import thinning_of
from explorer.ui.canvas import maps_picture
from explorer.ui.canvas.channel_links import links_into
from explorer.ui.canvas.component.packing import pack_levels
from explorer.ui.canvas.component.picture import Levels
from explorer.ui.canvas.maps_picture import make_levels


def levels_of(net: Network, inside: str = ""):
    return make_levels(net, analyze(net), inside)


def params_of(net: Network, node: str, level: str = ""):
    return next(one.params for one in levels_of(net)[level].nodes if one.id == node)


@pytest.mark.parametrize("name", ["lenet", "googlenet", "swin_digits", "vit_digits", "char_rnn", "playground"])
def test_every_block_that_opens_has_a_picture_of_its_own(name):
    net = zoo.get(name)
    model = network.build(net)
    blocks = {path for path, module in model.named_modules() if isinstance(module, network.BuiltNetwork)}
    levels = levels_of(net)
    assert set(levels) == blocks
    for address, picture in levels.items():
        inner = model.get_submodule(address)
        assert [node.id for node in picture.nodes] == [node.id for node in picture.nodes if node.id in dict(
            inner.named_children())]
        assert picture.follows and not picture.editable
        assert [crumb.title for crumb in picture.crumbs][1:] == [step for step in address.split(".") if step]
    assert len({picture.revision for picture in levels.values()}) == len(levels)
    json.dumps(pack_levels(Levels(levels), Theme()))


def test_a_cards_size_follows_from_the_shape_of_its_output():
    net = zoo.get("lenet")
    shapes = analyze(net).shapes
    for node in levels_of(net)[""].nodes:
        known = thinning_of(shapes[node.id])
        assert (node.params["count"], node.params["total"]) == (known.count, known.total)
        assert (node.params["rows"], node.params["columns"]) == (known.rows, known.columns)
        assert node.params["form"] == known.form


def test_texts_and_what_becomes_of_them_are_named_by_characters_and_the_ends_by_names():
    net = zoo.get("char_rnn")
    assert [params_of(net, node)["form"] for node in ("input", "rnn1")] == ["text", "tokens"]
    assert params_of(net, "rnn1")["is_named"]
    lenet = zoo.get("lenet")
    assert [params_of(lenet, node)["is_named"] for node in ("linear1", "linear3")] == [False, True]
    vit = zoo.get("vit_digits")
    assert not params_of(vit, "patches")["is_named"]


def test_of_a_huge_network_the_levels_on_the_way_come_first(monkeypatch):
    monkeypatch.setattr(maps_picture, "MOST_NODES", 30)
    net = zoo.get("swin_digits")
    deepest = max(levels_of_all(net), key=lambda address: address.count("."))
    levels = levels_of(net, deepest)
    way = deepest.split(".")
    assert {".".join(way[:depth]) for depth in range(len(way) + 1)} <= set(levels)
    assert len(levels) < len(levels_of_all(net))


def levels_of_all(net: Network) -> set[str]:
    return {path for path, module in network.build(net).named_modules() if isinstance(module, network.BuiltNetwork)}


# ---- links: against the model's own gradients


GRAPH = Network(
    "Links",
    (Node("input", "input", {"shape": [4, 6, 6]}), Node("conv", "conv2d", {"out_channels": 6, "kernel_size": 3}),
     Node("group", "conv2d", {"out_channels": 4, "kernel_size": 3, "groups": 2}),
     Node("depth", "depthwise_conv2d", {"kernel_size": 3, "multiplier": 2}), Node("relu", "tanh"),
     Node("pool", "avg_pool2d", {"kernel_size": 2}), Node("norm", "group_norm", {"num_groups": 3}),
     Node("both", "concat"), Node("sum", "add"), Node("flat", "flatten")),
    (Edge("input", "conv"), Edge("input", "group"), Edge("conv", "relu"), Edge("conv", "norm"), Edge("relu", "pool"),
     Edge("input", "depth"), Edge("relu", "both"), Edge("group", "both", target_port=1), Edge("relu", "sum"),
     Edge("norm", "sum", target_port=1), Edge("both", "flat")),
    outputs=("pool", "flat", "sum", "depth"),
)


def linked(kind: str, count: int, source_total: int, target_total: int, before: int, unit: int) -> set[int]:
    """Follow a link as the browser does: the maps of a source that a map of the target reads."""
    match kind:
        case "same":
            return {unit}
        case "groups":
            size, which = source_total // count, unit // (target_total // count)
            return set(range(which * size, (which + 1) * size))
        case "flatten":
            return {unit // count}
        case "concat":
            return {unit - before} if 0 <= unit - before < source_total else set()
    return set(range(source_total))


@pytest.mark.parametrize("node", ["conv", "group", "depth", "relu", "pool", "norm", "both", "sum", "flat"])
def test_the_linked_maps_are_those_with_a_gradient(node):
    analysis, model = analyze(GRAPH), network.build(GRAPH).eval()
    links = links_into(GRAPH, analysis, GRAPH.node(node))
    edges = GRAPH.edges_into(node)
    inputs = [torch.rand(1, *analysis.along(edge).shape, requires_grad=True) for edge in edges]
    output = model.get_submodule(node)(*inputs)
    total = output.shape[1]
    for unit in range(total):
        before = 0
        value = (output[0, unit] ** 3).sum()  # the sum alone of what is normalized hangs on nothing
        gradients = torch.autograd.grad(value, inputs, retain_graph=True)
        for given, gradient in zip(inputs, gradients, strict=True):
            read = {int(channel) for channel in torch.nonzero(gradient.abs().amax((0, 2, 3)) > 1e-9)[:, 0]}
            assert read == linked(links["kind"], links.get("count", 1), given.shape[1], total, before, unit)
            before += given.shape[1]


def test_a_definition_of_ones_own_can_be_walked_into():
    inner = chain("Twice", ("start", "input", {"shape": [2]}), ("a", "relu", {}), ("b", "tanh", {}))
    net = Network("Own", (Node("input", "input", {"shape": [2]}), Node("twice", "composite", {"definition": "Twice"})),
                  (Edge("input", "twice"),), outputs=("twice",), definitions={"Twice": inner})
    levels = levels_of(net)
    assert [node.params["address"] for node in levels["twice"].nodes] == ["twice.start", "twice.a", "twice.b"]
    assert levels[""].summaries["twice"].kind.opens
