"""Links between the maps of two nodes: which maps of its sources a node's map is computed from."""

from __future__ import annotations

from typing import Any

from explorer.blocks import BLOCKS
from explorer.document import Network, Node
from explorer.network import Analysis

_SAME = frozenset((
    "identity", "upsample2d", "attention_mask", "batch_norm1d", "batch_norm2d", "instance_norm2d", "dropout",
    "dropout2d", "stochastic_depth", "add", "multiply", "scaled_residual", "spatial_sampler", "window_mask",
))
_MIX = frozenset(("softmax", "log_softmax", "glu", "roi_align"))  # of families that keep to their channel otherwise
_KEEP_CHANNELS = ("pooling", "activation")
_GROUPED = frozenset(("conv1d", "conv2d", "conv_transpose2d"))


def links_into(net: Network, analysis: Analysis, node: Node) -> dict[str, Any]:
    """Describe how a node's maps depend on those of its sources, for a browser to follow.

    kind: same (the map of the same place), groups (maps of the same of `count` groups), flatten (a unit comes from map
    unit // `count`), concat (the map of one source, in their order), all.
    """
    if node.block in _SAME or (family_of(node) in _KEEP_CHANNELS and node.block not in _MIX):
        return {"kind": "same"}
    params, shapes = analysis.params.get(node.id, {}), [analysis.along(edge).shape for edge in net.edges_into(node.id)
                                                        if edge.source in analysis.outputs]
    if node.block in _GROUPED and params.get("groups", 1) > 1:
        return {"kind": "groups", "count": params["groups"]}
    if node.block == "group_norm":
        return {"kind": "groups", "count": params.get("num_groups", 1)}
    if node.block == "depthwise_conv2d" and shapes:
        return {"kind": "groups", "count": shapes[0][0]}
    if node.block == "flatten" and shapes and len(shapes[0]) == 3:
        return {"kind": "flatten", "count": shapes[0][1] * shapes[0][2]}
    if node.block == "concat":
        return {"kind": "concat" if params.get("dim", 1) == 1 else "same"}
    return {"kind": "all"}


def family_of(node: Node) -> str:
    return BLOCKS.get(node.block).family if node.block in BLOCKS else ""
