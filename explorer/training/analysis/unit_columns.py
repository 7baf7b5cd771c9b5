"""Columns of units, for data in a plane: the value of each unit at every point of it, and the weights in between.

The idea and the look: TensorFlow Playground, Smilkov et al. 2017.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from explorer.hooks import in_mode, record_activations, record_inputs
from explorer.network import leaves
from explorer.results import ImageGrid, LayerWeights
from explorer.training.analysis.half_precision import to_half
from explorer.training.analysis.live_view import MOST_UNITS

MOST_HIDDEN = 6  # layers
THINNED = 2  # so many-th points of the plane are kept: the file that is read twenty times a second stays small


@dataclass(frozen=True)
class Column:
    """A layer of units. address: the node that hands its values on, after its activation.

    weighted: the address of the layer's weights; source: the column that they are applied to, if it is one.
    """

    address: str
    weighted: str | None = None
    source: str | None = None


class UnitColumns:
    """The columns of a network of two features: its input, or what it makes of that without weights, and each layer.

    x, y: the axes of the plane. Of many layers the first MOST_HIDDEN and the last are shown, of many units the first
    MOST_UNITS.

    >>> from explorer import zoo
    >>> from explorer.training.loop.model import draw_model
    >>> ends = np.array([-1.0, 1.0])
    >>> [column.address for column in UnitColumns(draw_model(zoo.recipe("playground")), ends, ends).columns]
    ['input', 'tanh1', 'tanh2', 'linear3']
    """

    def __init__(self, model: nn.Module, x: np.ndarray, y: np.ndarray) -> None:
        self._shape = len(y), len(x)
        grid = torch.stack(torch.meshgrid(torch.tensor(x), torch.tensor(y), indexing="xy"), -1).reshape(-1, 2).float()
        self._grid = grid.to(next((p.device for p in model.parameters()), grid.device))
        found = find_columns(model, self._grid)
        self.columns = found if len(found) <= MOST_HIDDEN + 2 else [*found[:MOST_HIDDEN + 1], found[-1]]

    @torch.no_grad()
    def maps(self, model: nn.Module) -> tuple[ImageGrid, ...]:
        """Map each column's units, in evaluation mode, as `maps_of` does."""
        with in_mode(model, training=False), self.recording(model) as outputs:
            model(self._grid)
        return self.maps_of(outputs)

    def recording(self, model: nn.Module) -> AbstractContextManager[dict[str, Tensor]]:
        """Record what the columns hand on while the model answers for every point of the plane."""
        return record_activations(model, [column.address for column in self.columns])

    def maps_of(self, outputs: Mapping[str, Tensor]) -> tuple[ImageGrid, ...]:
        """Lay what was recorded out as maps: float16, every other point a side, row 0 where y is largest.

        outputs: (point, unit) by address, row by row of the plane from the lowest y on.
        """
        return tuple(ImageGrid(column.address, self._as_maps(outputs[column.address]), signed=True, axis="unit")
                     for column in self.columns)

    def _as_maps(self, output: Tensor) -> np.ndarray:
        """Lay (point, unit) out as (unit, height, width)."""
        values = output[:, :MOST_UNITS].reshape(*self._shape, -1)[::THINNED, ::THINNED]
        return to_half(values.flip(0).permute(2, 0, 1))

    def weights(self, model: nn.Module) -> tuple[LayerWeights, ...]:
        """Read the weights between columns; a layer that is applied to none of those shown has none."""
        shown = {column.address for column in self.columns}
        return tuple(_weights_of(column, model) for column in self.columns if column.source in shown)


def find_columns(model: nn.Module, inputs: Tensor) -> list[Column]:
    """Find the columns by what a copy of the network with random weights makes of some inputs: (sample, feature).

    Its own weights may all be equal, as zeros are, and then hide where values change. Nodes whose outputs are no
    vectors are passed over.
    """
    probe = _with_random_weights(model)
    addresses = [address for address, _ in leaves(probe)]
    with torch.no_grad(), in_mode(probe, training=False), record_activations(probe, addresses) as outputs, \
            record_inputs(probe, addresses) as taken:
        probe(inputs)
    columns: list[Column] = []
    for address, module in leaves(probe):
        output = outputs.get(address)
        if output is None or output.dim() != 2 or not output.is_floating_point():
            continue
        weighted = any(p.dim() > 1 for p in module.parameters())
        if weighted or not columns:
            source = next((c.address for c in columns if _same(outputs[c.address], taken.get(address))), None)
            columns.append(Column(address, address if weighted else None, source if _is_dense(module) else None))
        elif not _same(outputs[columns[-1].address], output):
            columns[-1] = Column(address, columns[-1].weighted, columns[-1].source)
    return columns


@torch.no_grad()
def _with_random_weights(model: nn.Module) -> nn.Module:
    probe, generator = deepcopy(model), torch.Generator().manual_seed(0)
    for parameter in probe.parameters():
        if parameter.is_floating_point():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return probe


def _is_dense(module: nn.Module) -> bool:
    weight = getattr(module, "weight", None)
    return isinstance(weight, Tensor) and weight.dim() == 2


def _same(first: Tensor, second: Tensor | None) -> bool:
    return second is not None and first.shape == second.shape and torch.equal(first, second)


def _weights_of(column: Column, model: nn.Module) -> LayerWeights:
    layer = model.get_submodule(column.weighted)
    bias = getattr(layer, "bias", None)
    held = [_held(values) for values in (layer.weight, torch.zeros(0) if bias is None else bias)]
    return LayerWeights(column.source, column.address, f"{column.weighted}.weight", *held)


def _held(values: Tensor) -> np.ndarray:
    return values.detach()[(slice(MOST_UNITS),) * values.dim()].float().cpu().numpy()
