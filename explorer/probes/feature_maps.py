"""Feature maps: the output of every node for one sample."""

from __future__ import annotations

from explorer.probes.map_grids import MOST_MAPS, as_grid, outputs_of
from explorer.probes.probe import FOLLOWED, MAPS, ProbeSpec
from explorer.probes.probe_params import NodeParam
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import ImageGrid
from explorer.text import text


def compute_feature_maps(subject: Subject, node: str = "", most: int = 0) -> tuple[ImageGrid, ...]:
    """Read the output of a node for the batch's first sample, or of every node: one grid a node, in order.

    A map node gives (channel, height, width), a row of features (feature, 1, 1), tokens one (1, token, feature) map.
    `node` is an address, also inside composite nodes; "" takes all of the network or of the block walked into, with
    composite nodes closed; nodes without an output are left out. Where the subject has a second input, outputs are the
    first's minus the second's. most: maps of each node, 0 for all. Raises hooks.UnknownNode, NotApplicable.
    Source: Zeiler & Fergus 2014, section 2 (what a layer responds to).
    """
    outputs = outputs_of(subject, [node] if node else None)
    if not outputs:
        raise NotApplicable(text("No layer here has an output to show."))
    return tuple(as_grid(address, output, most) for address, output in outputs.items())


FEATURE_MAPS = ProbeSpec(
    name="feature_maps", title="Feature maps", summary="The output of every layer for this input.",
    source="Zeiler & Fergus 2014", compute=compute_feature_maps, returns=(ImageGrid,), place=MAPS,
    cost=FOLLOWED, params=(NodeParam("node", "Layer", every="all layers"), MOST_MAPS), term="feature_map",
)
