"""Maps of hidden units over the plane of two features: the value of each unit at every point.

The idea and the look: TensorFlow Playground, Smilkov et al. 2017.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from explorer.hooks import in_mode, record_activations
from explorer.network import leaves
from explorer.results import ImageGrid
from explorer.training.analysis.live_view import MOST_UNITS

MOST_LAYERS = 6
SIDE = 24  # points of the plane a side: the file that pages read several times a second stays small
_LARGEST_HALF = 65_504.0


@torch.no_grad()
def unit_maps(model: nn.Module, x: np.ndarray, y: np.ndarray) -> tuple[ImageGrid, ...]:
    """Map the units of the first hidden layers, in evaluation mode: float16 maps, row 0 where y is largest.

    x, y: the ends of the plane are their first and last values. A layer is shown as it hands its values on, after its
    activation; of many units the first MOST_UNITS.
    """
    columns, rows = (torch.linspace(float(a[0]), float(a[-1]), SIDE) for a in (x, y))
    grid = torch.stack(torch.meshgrid(columns, rows.flip(0), indexing="xy"), -1).reshape(-1, 2)
    device = next((p.device for p in model.parameters()), grid.device)
    addresses = [address for address, _ in leaves(model)]
    with in_mode(model, training=False), record_activations(model, addresses) as outputs:
        model(grid.to(device))
    outputs = {address: found for address, found in outputs.items() if not torch.equal(found.cpu(), grid)}  # the input
    return tuple(ImageGrid(address, _as_maps(outputs[address]), signed=True, axis="unit")
                 for address in hidden_layers(model, outputs)[:MOST_LAYERS])


def hidden_layers(model: nn.Module, outputs: dict[str, Tensor]) -> list[str]:
    """Find the node that ends each layer but the last: after its weights, the last that changes its values.

    outputs: (sample, unit) by address; nodes with other outputs are passed over.
    """
    ends: list[str] = []
    for address, module in leaves(model):
        output = outputs.get(address)
        if output is None or output.dim() != 2 or not output.is_floating_point():
            continue
        if not ends or any(p.dim() > 1 for p in module.parameters()):
            ends.append(address)
        elif outputs[ends[-1]].shape != output.shape or not torch.equal(outputs[ends[-1]], output):
            ends[-1] = address
    return ends[:-1]


def _as_maps(output: Tensor) -> np.ndarray:
    """Lay (point, unit) out as (unit, SIDE, SIDE)."""
    values = output[:, :MOST_UNITS].float().clamp(-_LARGEST_HALF, _LARGEST_HALF).T
    return values.reshape(-1, SIDE, SIDE).cpu().numpy().astype(np.float16)
