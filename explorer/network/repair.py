"""Fixes for inputs that do not fit, which need to see more of the network than one block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from explorer.blocks import BLOCKS, Signal, Window
from explorer.document import Fix, InsertBefore, Network, Node, SetParam, Shape
from explorer.spec import parse_params
from explorer.text import text

Outputs = Mapping[str, tuple[Signal, ...]]


def offer_fix(net: Network, node_id: str, outputs: Outputs) -> Fix | None:
    """Find a fix in the nodes before a node whose inputs do not fit, or None.

    Convolutions that lost pixels get padding; otherwise the shortcut of a sum gets a 1×1 convolution.
    outputs: the signals of the valid nodes before it, by port.
    """
    inputs = [outputs[edge.source][edge.source_port] for edge in net.edges_into(node_id)]
    if len(inputs) < 2 or any(len(signal.shape) != 3 for signal in inputs):
        return None
    if fix := _equal_paddings(net, node_id, inputs, outputs):
        return fix
    return _project_shortcut(node_id, inputs) if net.node(node_id).block == "add" else None


def _equal_paddings(net: Network, node_id: str, inputs: list[Signal], outputs: Outputs) -> Fix | None:
    """Pad the branches with smaller maps so that all keep their size, if that is enough."""
    node = net.node(node_id)
    height, width = (max(signal.shape[axis] for signal in inputs) for axis in (1, 2))
    padded = tuple(Signal((signal.shape[0], height, width), signal.dtype) for signal in inputs)
    if (block := BLOCKS.get(node.block)).check is None or block.check(parse_params(block.params, node.params), padded):
        return None
    edits: list[SetParam] = []
    for edge, signal in zip(net.edges_into(node_id), inputs, strict=True):
        missing = height - signal.shape[1], width - signal.shape[2]
        found = _pad_branch(net, edge.source, missing, outputs)
        if found is None:
            return None
        edits += found
    return Fix(text("Make the paddings equal"), tuple(edits)) if edits else None


def _pad_branch(net: Network, end: str, missing: tuple[int, int], outputs: Outputs) -> list[SetParam] | None:
    """Find paddings that restore the missing (height, width) of the branch that ends here, or None.

    The search stops where the branch splits or merges, and at blocks that do not keep every pixel.
    """
    edits, left, node_id = [], missing, end
    while any(left):
        node, into = net.node(node_id), net.edges_into(node_id)
        if len(into) != 1 or len(net.edges_out_of(node_id)) != 1:
            return None
        window = _sliding_window(node, outputs[into[0].source][into[0].source_port].shape)
        if window is None:
            return None
        lost = tuple(size - 1 - 2 * pad for size, pad in zip(window.size, window.padding, strict=True))
        paddable = any(spec.name == "padding" for spec in BLOCKS.get(node.block).params)
        if paddable and any(lost) and all(size % 2 for size in window.size):
            padding = tuple((size - 1) // 2 for size in window.size)
            edits.append(SetParam(node_id, "padding", padding[0] if len(set(padding)) == 1 else list(padding)))
            left = tuple(missed - given for missed, given in zip(left, lost, strict=True))
        node_id = into[0].source
    return edits


def _sliding_window(node: Node, shape: Shape) -> Window | None:
    """Return the window of a node with stride 1 at every map size, or None."""
    block = BLOCKS.get(node.block)
    if node.block == "composite" or len(shape) != 3:
        return None
    params, larger = parse_params(block.params, node.params), (shape[0], shape[1] + 1, shape[2] + 1)
    window = block.sees(params, shape)
    return window if window and window == block.sees(params, larger) and window.stride == (1, 1) else None


def _project_shortcut(node_id: str, inputs: list[Signal]) -> Fix | None:
    """Fix one input by a 1×1 convolution to the shape of the others; the last, usually the shortcut, is tried first."""
    shapes = [signal.shape for signal in inputs]
    count = Counter(shapes)
    for port in reversed(range(len(shapes))) if len(count) == 2 else ():
        (wanted,) = count.keys() - {shapes[port]}
        if count[shapes[port]] == 1 and (stride := _stride_between(shapes[port], wanted)):
            params = {"out_channels": wanted[0], "kernel_size": 1, "stride": stride}
            return Fix(text("Put a 1×1 convolution on the shortcut"), (InsertBefore(node_id, port, "conv2d", params),))
    return None


def _stride_between(shape: Shape, wanted: Shape) -> int | None:
    """Find the stride with which a 1×1 convolution gives the height and width of `wanted`, or None.

    shape, wanted: (channel, height, width).
    """
    stride = -(-shape[1] // wanted[1])
    fits = all((size - 1) // stride + 1 == target for size, target in zip(shape[1:], wanted[1:], strict=True))
    return stride if fits else None
