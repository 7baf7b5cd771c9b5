"""Features of points in the plane that a network gets: which ones, and a network with others."""

from __future__ import annotations

from collections.abc import Collection

from explorer.blocks.plane_features import FEATURES, USUAL
from explorer.document import Network, Node
from explorer.network.edit import change_node, insert_after, remove

_BLOCK = "plane_features"


def features_of(net: Network) -> tuple[str, ...]:
    """Return the names of the features that a network gets, in order: the coordinates, if it has no block for them.

    >>> from explorer import zoo
    >>> features_of(zoo.get("playground"))
    ('x1', 'x2')
    """
    node = _feature_node(net)
    return USUAL if node is None else tuple(
        name for name in FEATURES if node.params.get(name, name in USUAL))


def with_features(net: Network, names: Collection[str]) -> Network:
    """Return the network with these features, from a block after its input unless they are x1 and x2 alone.

    >>> from explorer import zoo
    >>> changed = with_features(zoo.get("playground"), ("x1", "sin_x2"))
    >>> features_of(changed), changed.nodes[1].block
    (('x1', 'sin_x2'), 'plane_features')
    >>> with_features(changed, ("x1", "x2")) == zoo.get("playground")
    True
    """
    node = _feature_node(net)
    if set(names) == set(USUAL):
        return remove(net, node.id) if node else net
    params = {name: name in names for name in FEATURES}
    return change_node(net, node.id, params=params) if node else insert_after(net, net.inputs[0], _BLOCK, params)[0]


def _feature_node(net: Network) -> Node | None:
    return next((node for node in net.nodes if node.block == _BLOCK), None)
