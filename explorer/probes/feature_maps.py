"""What every node makes of one sample."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from explorer.hooks import in_mode, record_activations
from explorer.probes.probe import ProbeSpec
from explorer.results import ImageGrid


def compute_feature_maps(model: nn.Module, batch: Tensor, nodes: Sequence[str] | None = None) -> tuple[ImageGrid, ...]:
    """The output of each node for the batch's first sample, in evaluation mode: one grid a node, in order.

    batch: (sample, ...). A map node gives (channel, height, width), a row of features (feature, 1, 1), tokens one
    (1, token, feature) map. `nodes` are addresses, also inside composite nodes; None takes every child, with composite
    nodes closed. Raises hooks.UnknownNode.
    Source: Zeiler & Fergus 2014, section 2 (what a layer responds to).
    """
    addresses = list(nodes) if nodes is not None else [address for address, _ in model.named_children()]
    with in_mode(model, training=False), torch.no_grad(), record_activations(model, addresses) as recorded:
        model(batch[:1])
    return tuple(_as_grid(address, recorded[address][0]) for address in addresses)


def _as_grid(address: str, activation: Tensor) -> ImageGrid:
    values = activation.float().cpu().numpy()
    axis = {1: "feature", 2: "token"}.get(values.ndim, "channel")
    shaped = {1: (-1, 1, 1), 2: (1, *values.shape), 3: values.shape}.get(values.ndim, (-1, *values.shape[-2:]))
    return ImageGrid(address, values.reshape(shaped), signed=bool((values < 0).any()), axis=axis)


FEATURE_MAPS = ProbeSpec(
    name="feature_maps", title="Feature maps", summary="What every layer makes of one sample.",
    source="Zeiler & Fergus 2014", compute=compute_feature_maps,
)
