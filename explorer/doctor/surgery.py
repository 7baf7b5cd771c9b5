"""Edits that change one thing everywhere in a network; nodes keep their ids, so that weights can still be loaded.

Only the nodes of the network itself are changed, not those inside composite blocks.
"""

from __future__ import annotations

from explorer import network
from explorer.document import Fix, InsertAfter, InsertBefore, Network, SetParam
from explorer.network.edit import change_node
from explorer.text import text

BOUNDED = ("sigmoid", "tanh", "hardsigmoid", "hard_tanh", "softsign", "scaled_sigmoid")
RECTIFIERS = ("relu", "relu6")
LAYERS = ("linear", "conv2d")
_NORMS = {1: "batch_norm1d", 3: "batch_norm2d"}  # by the rank of what is normalized
_WIDTHS = {"linear": "out_features", "conv2d": "out_channels"}
HIDDEN_UNITS = 64


def with_activation(net: Network, old: tuple[str, ...], new: str) -> Network:
    """Replace every activation of these kinds with another."""
    for node in net.nodes:
        if node.block in old:
            net = change_node(net, node.id, block=new, params={})
    return net


def with_batch_norm(net: Network) -> Network:
    """Add batch norm after each linear and convolutional layer but the last, unless one follows already."""
    shapes = network.shapes(net)
    edits = [InsertAfter(node.id, _NORMS[len(shapes[node.id])]) for node in net.nodes
             if node.block in LAYERS and node.id not in net.outputs and len(shapes.get(node.id, ())) in _NORMS
             and not any("norm" in net.node(edge.target).block for edge in net.edges_out_of(node.id))]
    return _edited(net, *edits)


def with_dropout(net: Network, share: float) -> Network:
    """Add dropout before the last layer."""
    ends = [node_id for node_id in net.outputs if net.node(node_id).block in LAYERS]
    return _edited(net, *(InsertBefore(end, 0, "dropout", {"p": share}) for end in ends))


def with_hidden_layer(net: Network) -> Network:
    """Add a linear layer and a ReLU before the last layer."""
    ends = [node_id for node_id in net.outputs if net.node(node_id).block == "linear"]
    return _edited(net, *(edit for end in ends for edit in (
        InsertBefore(end, 0, "linear", {"out_features": HIDDEN_UNITS}), InsertBefore(end, 0, "relu"))))


def with_wider_layers(net: Network, times: int) -> Network:
    """Widen every linear and convolutional layer but the last by this factor."""
    return _edited(net, *(SetParam(node.id, name, times * node.params[name]) for node in net.nodes
                          if node.id not in net.outputs and (name := _WIDTHS.get(node.block)) in node.params))


def _edited(net: Network, *edits: InsertAfter | InsertBefore | SetParam) -> Network:
    return network.apply(net, Fix(text("Doctor"), edits))
