"""Nodes that never return negative numbers, decided from their blocks and not from a sample."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.document import Network
from explorer.network.check import Analysis

NEVER_NEGATIVE = frozenset((
    "relu", "relu6", "sigmoid", "hardsigmoid", "softplus", "step", "softmax", "one_hot"))
NO_MORE_THAN_ITS_INPUTS = frozenset((  # that are never negative make it so, too
    "max_pool2d", "avg_pool2d", "adaptive_avg_pool2d", "adaptive_max_pool2d", "global_avg_pool2d", "global_max_pool2d",
    "dropout", "dropout2d", "stochastic_depth", "identity", "flatten", "reshape", "permute", "crop", "token_pooling",
    "add", "multiply", "concat", "split_heads", "merge_heads", "attention_mix", "window_partition", "window_merge",
    "space_to_depth"))


def never_negative(net: Network, analysis: Analysis, images: bool) -> frozenset[str]:
    """Find the addresses of nodes whose values are never negative, also inside composite nodes.

    images: whether the inputs are images, which have no negative pixels.
    """
    return frozenset(address for address, is_so in _signs(net, analysis, dict.fromkeys(net.inputs, images)).items()
                     if is_so)


def _signs(net: Network, analysis: Analysis, given: Mapping[str, bool]) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for node_id in analysis.order:
        node, sources = net.node(node_id), [edge.source for edge in net.edges_into(node_id)]
        reaching = [found.get(source, False) for source in sources]
        if opened := analysis.inside.get(node_id):
            inner = _signs(opened.net, opened.analysis, dict(zip(opened.net.inputs, reaching)))
            found |= {f"{node_id}.{address}": is_so for address, is_so in inner.items()}
            found[node_id] = inner.get(opened.net.outputs[0], False)
        elif not sources:
            found[node_id] = given.get(node_id, False)
        else:
            passes = node.block in NO_MORE_THAN_ITS_INPUTS and all(reaching)
            found[node_id] = node.block in NEVER_NEGATIVE or passes
    return found
