"""Inception: four parallel branches with windows of different sizes."""

from __future__ import annotations

from explorer.blocks.block import Block, Window
from explorer.blocks.checks import needs_map
from explorer.document import Edge, Network, Node, chain
from explorer.spec import Number

_Step = tuple[str, str, dict]  # id, block, params


def _expand(params, in_shapes):
    branches = (
        _convolved("b1_conv", "b1_relu", params["out_1x1"], 1),
        _convolved("b2_conv1", "b2_relu1", params["reduce_3x3"], 1)
        + _convolved("b2_conv2", "b2_relu2", params["out_3x3"], 3),
        _convolved("b3_conv1", "b3_relu1", params["reduce_5x5"], 1)
        + _convolved("b3_conv2", "b3_relu2", params["out_5x5"], 5),
        [("b4_pool", "max_pool2d", {"kernel_size": 3, "stride": 1, "padding": 1}),
         *_convolved("b4_conv", "b4_relu", params["out_pool"], 1)],
    )
    chains = [chain("branch", ("input", "input", {}), *steps) for steps in branches]
    nodes = [node for branch in chains for node in branch.nodes[1:]]
    edges = [edge for branch in chains for edge in branch.edges]
    ends = [Edge(branch.outputs[0], "concat", 0, port) for port, branch in enumerate(chains)]
    return Network("Inception", (Node("input", "input"), *nodes, Node("concat", "concat")), (*edges, *ends),
                   ("concat",))


def _convolved(conv: str, relu: str, out_channels: int, size: int) -> list[_Step]:
    """Make a convolution that keeps the size of the map, followed by ReLU."""
    return [(conv, "conv2d", {"out_channels": out_channels, "kernel_size": size, "padding": size // 2}),
            (relu, "relu", {})]


def _channels(name: str, title: str, default: int, help: str) -> Number:
    return Number(name, title, default, low=1, high=1_000_000, integer=True, help=help)


INCEPTION = Block(
    name="inception", title="Inception", family="convolution",
    summary="Four parallel branches, 1×1, 3×3, 5×5 and pooling, whose channels are concatenated.",
    params=(
        _channels("out_1x1", "Channels of 1×1", 64, "Output channels of the first branch, a single 1×1 convolution."),
        _channels("reduce_3x3", "Reduced before 3×3", 96,
                  "The number of channels to which a 1×1 convolution reduces the map before the 3×3."),
        _channels("out_3x3", "Channels of 3×3", 128, "Output channels of the second branch."),
        _channels("reduce_5x5", "Reduced before 5×5", 16,
                  "The number of channels to which a 1×1 convolution reduces the map before the 5×5."),
        _channels("out_5x5", "Channels of 5×5", 32, "Output channels of the third branch."),
        _channels("out_pool", "Channels of pooling", 32, "Output channels of the fourth branch, after pooling."),
    ),
    brief="{out_1x1} + {out_3x3} + {out_5x5} + {out_pool} channels",
    formula=r"y = [\,b_1(x);\; b_2(x);\; b_3(x);\; b_4(x)\,]",
    source="Szegedy et al. 2015; Dive into Deep Learning, 8.4", expand=_expand,
    check=lambda params, signals: needs_map("Inception", signals[0]),
    sees=lambda params, in_shape: Window((5, 5), (1, 1), (2, 2)),  # the widest branch
)
