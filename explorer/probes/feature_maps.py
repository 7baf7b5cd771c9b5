"""Feature maps: the output of every node for one sample."""

from __future__ import annotations

from torch import Tensor

from explorer.probes.probe import MAPS, ProbeSpec
from explorer.probes.probe_params import NodeParam
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import ImageGrid
from explorer.text import text


def compute_feature_maps(subject: Subject, node: str = "") -> tuple[ImageGrid, ...]:
    """Read the output of a node for the batch's first sample, or of every node: one grid a node, in order.

    A map node gives (channel, height, width), a row of features (feature, 1, 1), tokens one (1, token, feature) map.
    `node` is an address, also inside composite nodes; "" takes all of the network or of the block walked into, with
    composite nodes closed; nodes without an output are left out. Raises hooks.UnknownNode, NotApplicable.
    Source: Zeiler & Fergus 2014, section 2 (what a layer responds to).
    """
    activations = subject.activations([node] if node else None)
    if not activations:
        raise NotApplicable(text("No layer here has an output to show."))
    return tuple(_as_grid(address, output[0] if output.dim() else output) for address, output in activations.items())


def _as_grid(address: str, activation: Tensor) -> ImageGrid:
    values = activation.float().cpu().numpy()
    axis = {1: "feature", 2: "token"}.get(values.ndim, "channel")
    shaped = {0: (1, 1, 1), 1: (-1, 1, 1), 2: (1, *values.shape), 3: values.shape}.get(
        values.ndim, (-1, *values.shape[-2:]))
    return ImageGrid(address, values.reshape(shaped), signed=bool((values < 0).any()), axis=axis)


FEATURE_MAPS = ProbeSpec(
    name="feature_maps", title="Feature maps", summary="The output of every layer for this input.",
    source="Zeiler & Fergus 2014", compute=compute_feature_maps, returns=(ImageGrid,), place=MAPS,
    params=(NodeParam("node", "Layer", every="all layers"),), term="feature_map",
)
