"""Maps of a node as a grid: its output, or what has the output's shape."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from torch import Tensor

from explorer.probes.subject import Subject
from explorer.results import ImageGrid
from explorer.spec import Number
from explorer.text import Text

MOST_MAPS = Number("most", "Maps of each layer", 0, low=0, high=1_000_000, integer=True,
                   help="How many maps of each layer come, from the first on; 0 for all.")


def as_grid(address: str, values: Tensor, most: int = 0, signed: bool | None = None, note: Text | None = None,
            ) -> ImageGrid:
    """Lay values out as maps: (channel, height, width); a row of features is (feature, 1, 1), tokens one map.

    most: how many maps come, 0 for all of them; single values come all. Colors end at the largest value of all.
    signed: None lets the values decide.

    >>> import torch
    >>> as_grid("linear1", torch.zeros(3)).values.shape
    (3, 1, 1)
    """
    numbers = values.detach().float().cpu().numpy()
    axis = {1: "feature", 2: "token"}.get(numbers.ndim, "channel")
    shaped = {0: (1, 1, 1), 1: (-1, 1, 1), 2: (1, *numbers.shape), 3: numbers.shape}.get(
        numbers.ndim, (-1, *numbers.shape[-2:]))
    maps = numbers.reshape(shaped)
    grid = ImageGrid(address, maps, bool((numbers < 0).any()) if signed is None else signed, note=note, axis=axis,
                     shape=numbers.shape)
    return replace(grid, values=maps[:most], largest=_largest(maps)) \
        if 0 < most < len(maps) and maps[0].size > 1 else grid


def _largest(maps: np.ndarray) -> float:
    return float(np.abs(maps[np.isfinite(maps)]).max(initial=0.0))


def outputs_of(subject: Subject, addresses: Iterable[str] | None = None) -> dict[str, Tensor]:
    """Read each node's output for the first sample, or its difference to the second input's."""
    outputs = {address: _first(output) for address, output in subject.activations(addresses).items()}
    if subject.against is None:
        return outputs
    other = replace(subject, batch=subject.against)
    others = {address: _first(output) for address, output in other.activations(outputs).items()}
    return {address: output.float() - others[address].float() for address, output in outputs.items()}


def _first(output: Tensor) -> Tensor:
    return output[0] if output.dim() else output
