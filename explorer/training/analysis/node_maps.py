"""Maps of every node of a network for one image: the channels that its output has for this sample."""

from __future__ import annotations

from collections.abc import Container

import numpy as np
import torch
from torch import Tensor, nn

from explorer.hooks import in_mode, record_activations
from explorer.results import ImageGrid
from explorer.training.analysis.half_precision import to_half

MOST_NODES, MOST_CHANNELS, SIDE_PX = 100, 6, 32  # the last two of a node: what fits on its card


@torch.no_grad()
def node_maps(model: nn.Module, sample: Tensor, unsigned: Container[str] = ()) -> tuple[ImageGrid, ...]:
    """Map the first channels of the first top-level nodes' outputs, in evaluation mode: float16.

    sample: (1, channel, height, width) on the model's device. A vector is one row; large maps are thinned.
    unsigned: the addresses of nodes whose values are never negative.

    >>> from explorer import zoo
    >>> from explorer.training.loop.model import draw_model
    >>> [grid.values.shape for grid in node_maps(draw_model(zoo.recipe("lenet")), torch.zeros(1, 1, 28, 28))][:3]
    [(1, 28, 28), (6, 28, 28), (6, 28, 28)]
    """
    addresses = [address for address, _module in model.named_children()][:MOST_NODES]
    with in_mode(model, training=False), record_activations(model, addresses) as outputs:
        model(sample)
    return tuple(ImageGrid(address, _as_maps(outputs[address]), signed=address not in unsigned)
                 for address in addresses if address in outputs and outputs[address].is_floating_point())


def _as_maps(output: Tensor) -> np.ndarray:
    """Lay one sample's (channel, height, width), (token, feature) or (feature,) out as (channel, height, width)."""
    values = output[0]
    maps = values if values.dim() == 3 else values.reshape(1, -1, values.shape[-1] if values.dim() else 1)
    rows, columns = (-(-size // SIDE_PX) for size in maps.shape[-2:])
    return to_half(maps[:MOST_CHANNELS, ::rows, ::columns])
