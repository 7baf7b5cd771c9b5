"""Fixes that need to see more of the network than the block at fault."""

from __future__ import annotations

from explorer.blocks import BLOCKS, Signal
from explorer.document import Fix, Network, SetParam
from explorer.spec import parse_params
from explorer.text import text


def offer_fix(net: Network, node_id: str, inputs: tuple[Signal, ...]) -> Fix | None:
    """What would mend a node that refuses its inputs, where the fault lies with the nodes before it.

    A merge of maps of different height and width: the branches that shrink are padded, so that all keep their size.
    The nodes before it are sound.
    """
    shapes = [signal.shape for signal in inputs]
    if len(shapes) < 2 or any(len(shape) != 3 for shape in shapes):
        return None
    largest = tuple(max(shape[axis] for shape in shapes) for axis in (1, 2))
    edits: list[SetParam] = []
    for edge, shape in zip(net.edges_into(node_id), shapes, strict=True):
        missing = tuple(wanted - size for wanted, size in zip(largest, shape[1:], strict=True))
        if any(missing):
            found = _pad_branch(net, edge.source, missing)
            if found is None:
                return None
            edits += found
    return Fix(text("Make the paddings equal"), tuple(edits)) if edits else None


def _pad_branch(net: Network, end: str, missing: tuple[int, int]) -> list[SetParam] | None:
    """Paddings that give the branch which ends here its missing (height, width) back, or None."""
    edits, left = [], list(missing)
    node_id: str | None = end
    while node_id is not None and any(left):
        node = net.node(node_id)
        block = BLOCKS.get(node.block)
        if any(spec.name == "padding" for spec in block.params):
            window = block.sees(parse_params(block.params, node.params), ())
            lost = tuple(size - 1 - 2 * pad for size, pad in zip(window.size, window.padding, strict=True))
            if tuple(window.stride) == (1, 1) and any(lost) and all(size % 2 for size in window.size):
                padding = tuple((size - 1) // 2 for size in window.size)
                edits.append(SetParam(node_id, "padding", padding[0] if len(set(padding)) == 1 else list(padding)))
                left = [missed - given for missed, given in zip(left, lost, strict=True)]
        into = net.edges_into(node_id)
        node_id = into[0].source if len(into) == 1 else None
    return edits if not any(left) else None
