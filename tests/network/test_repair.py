"""What is offered against branches that do not fit mends them."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from explorer import network
from explorer.document import Edge, Network, Node, Problem
from explorer.network import edit
from explorer.network.grouping import ungroup


def opened(block: str, shape: tuple[int, ...], **params: Any) -> Network:
    """The nodes that a ready-made block is made of, to be edited."""
    net = Network("x", (Node("image", "input", {"shape": list(shape)}), Node("block", block, params)),
                  (Edge("image", "block"),), ("block",))
    return ungroup(net, "block")[0]


def only(net: Network, address: str) -> Problem:
    (problem,) = network.problems(net)
    assert problem.address == address
    return problem


def mended(net: Network, problem: Problem, title: str) -> Network:
    assert str(problem.fix.title) == title
    fixed = network.apply(net, problem.fix)
    assert network.problems(fixed) == []
    return fixed


INCEPTION = opened("inception", (192, 28, 28))


@pytest.mark.parametrize("wrong", [
    {"b3_conv2": 0}, {"b2_conv2": 0}, {"b2_conv2": 0, "b3_conv2": 0}, {"b3_conv2": 1}, {"b3_conv2": [2, 0]},
    {"b4_pool": 0}, {"b2_conv2": 0, "b3_conv2": 1, "b4_pool": 0},
], ids=str)
def test_inception_branches_of_other_sizes_get_equal_paddings(wrong: dict[str, Any]) -> None:
    net = INCEPTION
    for node, padding in wrong.items():
        net = edit.set_param(net, node, "padding", padding)
    fixed = mended(net, only(net, "concat"), "Make the paddings equal")
    assert network.shapes(fixed)["concat"] == (256, 28, 28)
    assert {node.id: node.params.get("padding") for node in fixed.nodes} == {
        node.id: node.params.get("padding") for node in INCEPTION.nodes}


def test_a_ready_made_trio_on_a_branch_is_padded_too() -> None:
    net = Network("x", (Node("input", "input", {"shape": [4, 8, 8]}),
                        Node("a", "conv_norm_activation", {"out_channels": 4, "padding": 0}),
                        Node("s", "add")), (Edge("input", "a"), Edge("a", "s"), Edge("input", "s", 0, 1)), ("s",))
    fixed = mended(net, only(net, "s"), "Make the paddings equal")
    assert fixed.node("a").params["padding"] == 1


def test_a_window_of_even_size_cannot_keep_the_size_so_nothing_is_promised() -> None:
    net = edit.set_param(edit.set_param(INCEPTION, "b3_conv2", "kernel_size", 4), "b3_conv2", "padding", 0)
    assert only(net, "concat").fix is None


def test_a_strided_branch_cannot_be_padded() -> None:
    net = edit.set_param(INCEPTION, "b3_conv2", "stride", 2)
    assert only(net, "concat").fix is None


@pytest.mark.parametrize(("out_channels", "stride"), [(128, 2), (128, 1), (64, 2)])
def test_a_main_path_of_another_shape_gets_a_convolution_on_the_shortcut(out_channels: int, stride: int) -> None:
    net = opened("residual", (64, 56, 56))
    for name in ("conv1", "conv2"):
        net = edit.set_param(net, name, "out_channels", out_channels)
    net = edit.set_param(net, "conv1", "stride", stride)
    fixed = mended(net, only(net, "add"), "Put a 1×1 convolution on the shortcut")
    (new,) = set(fixed.by_id) - set(net.by_id)
    assert fixed.node(new).params == {"out_channels": out_channels, "kernel_size": 1, "stride": stride}
    assert [edge.source for edge in fixed.edges_into("add")] == ["norm2", new]
    assert network.shapes(fixed)["add"] == (out_channels, 56 // stride, 56 // stride)


def test_an_addition_that_lost_a_padding_alone_gets_the_padding_back() -> None:
    net = edit.set_param(opened("residual", (8, 9, 9)), "conv2", "padding", 0)
    mended(net, only(net, "add"), "Make the paddings equal")


def test_what_has_several_inputs_on_the_way_is_left_alone() -> None:
    net = Network("x", (Node("input", "input", {"shape": [4, 8, 8]}), Node("a", "conv2d", {"out_channels": 4}),
                        Node("b", "conv2d", {"out_channels": 4}), Node("s", "add"), Node("t", "concat")),
                  (Edge("input", "a"), Edge("input", "b"), Edge("a", "s"), Edge("b", "s", 0, 1), Edge("s", "t"),
                   Edge("input", "t", 0, 1)), ("t",))
    assert only(net, "t").fix is None


def test_a_sum_that_lost_pixels_to_missing_padding_gets_the_padding_and_no_convolution_on_the_shortcut() -> None:
    net = edit.set_param(opened("residual", (8, 4, 4)), "conv2", "padding", 0)  # 4 to 2, as a stride of 2 would
    mended(net, only(net, "add"), "Make the paddings equal")


def test_a_sum_of_other_channels_gets_the_convolution_though_padding_is_missing_too() -> None:
    net = edit.set_param(opened("residual", (8, 4, 4)), "conv2", "padding", 0)
    net = edit.set_param(net, "conv2", "out_channels", 16)
    mended(net, only(net, "add"), "Put a 1×1 convolution on the shortcut")


def branches(block: str, *steps: tuple[str, str, dict[str, Any]], stem: dict[str, Any] | None = None) -> Network:
    """A merge of the stem's map and of what the steps make of it."""
    nodes = [Node("image", "input", {"shape": [4, 9, 9]}), Node("stem", "conv2d", {"out_channels": 4, **(stem or {})}),
             *(Node(*step) for step in steps), Node("end", block)]
    edges = [Edge(a.id, b.id) for a, b in itertools.pairwise(nodes)]
    return Network("x", tuple(nodes), (*edges, Edge("stem", "end", 0, 1)), ("end",))


EVEN = {"kernel_size": 2, "stride": 1}


@pytest.mark.parametrize(("net", "title"), [
    (branches("add", ("a", "avg_pool2d", EVEN), ("b", "avg_pool2d", EVEN)), None),
    (branches("add", ("a", "conv2d", {"out_channels": 4}), ("b", "conv2d", {"out_channels": 4, "stride": 2}),
              stem={"padding": 2}), "Put a 1×1 convolution on the shortcut"),
    (branches("concat", ("a", "conv2d", {"out_channels": 4}), ("b", "residual", {"stride": 2, "use_1x1conv": True})),
     None),
    (branches("concat", ("a", "conv2d", {}), ("b", "adaptive_avg_pool2d", {"output_size": 5})), None),
    (branches("concat", ("a", "conv2d", {}), ("b", "residual", {}), ("c", "relu", {}), ("d", "inception", {})),
     "Make the paddings equal"),
], ids=["the stem feeds both", "before a stride", "before a block's stride", "before an adaptive pooling",
        "before blocks that keep the size"])
def test_a_padding_is_offered_only_where_it_fixes_the_network(net: Network, title: str | None) -> None:
    fix = only(net, "end").fix
    assert (str(fix.title) if fix else None) == title
    if fix:
        assert network.problems(network.apply(net, fix)) == []


def test_a_concat_of_other_widths_along_the_height_is_not_padded_in_vain() -> None:
    net = branches("concat", ("a", "conv2d", {"out_channels": 5}))
    assert only(edit.set_param(net, "end", "dim", 2), "end").fix is None
    net = edit.set_param(edit.set_param(net, "a", "out_channels", 4), "end", "dim", 2)
    mended(net, only(net, "end"), "Make the paddings equal")
