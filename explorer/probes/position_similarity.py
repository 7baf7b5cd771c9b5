"""Positions: how alike their vectors are, and the biases of relative positions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from explorer.attention import boxes_at
from explorer.network import Analysis
from explorer.network.building import leaves
from explorer.probes.attending import has_block
from explorer.probes.probe import ATTENTION, LIVE, ProbeSpec
from explorer.probes.subject import NotApplicable, Subject
from explorer.recipe import Recipe
from explorer.results import Mosaic
from explorer.text import Text, text

_POSITIONS, _BIASES = ("LearnedPositions", "SinusoidalPositions"), "RelativePositionBias"
_BLOCKS = ("learned_positions", "sinusoidal_positions", "relative_position_bias")
_MOST_ROWS, _MOST_TOKENS = 14, 256  # of maps side by side, and of a matrix


def compute_position_similarity(subject: Subject) -> tuple[Mosaic, ...]:
    """Compute the cosine between the vectors of all positions, and lay out the biases of relative positions.

    Of patches, one map for each position, as the patches lie in the image; of a text, a matrix. Biases are maps of
    (2M - 1)² offsets, one for each head. Raises NotApplicable. Source: Dosovitskiy et al. 2021, figure 7; Liu et al.
    2021, 3.2.
    """
    modules = list(leaves(subject.model))
    found = [_similarity(subject, address, module.positions.detach().float().cpu())
             for address, module in modules if type(module).__name__ in _POSITIONS]
    tables = [(address, module) for address, module in modules if type(module).__name__ == _BIASES]
    if not found and not tables:
        raise NotApplicable(_no_positions())
    return (*found, *_biases(tables))


def cosines(vectors: Tensor) -> np.ndarray:
    """Compute the cosine of the angle between all pairs of rows: (row, row).

    >>> cosines(torch.tensor([[1.0, 0.0], [2.0, 0.0], [0.0, 3.0]])).tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    units = torch.nn.functional.normalize(vectors, dim=1)
    return (units @ units.T).numpy()


def _similarity(subject: Subject, address: str, positions: Tensor) -> Mosaic:
    title = text("Similarity of the positions of {node}", node=address)
    placed, shape = _grid(subject, address)
    if shape is None:
        some = cosines(positions[::-(-len(positions) // _MOST_TOKENS)])
        return Mosaic(title, some[None, None], ("position",), ("position",), ("position",) * 2, "cosine", limit=1.0)
    height, width = shape
    maps = cosines(positions[placed]).reshape(height, width, height, width)
    down, right = (range(0, size, -(-size // _MOST_ROWS)) for size in shape)
    left_out = len(positions) - len(placed)
    note = text("The class token's position is left out: it has no place in the image.") if left_out else None
    return Mosaic(title, maps[list(down)][:, list(right)], tuple(map(str, down)), tuple(map(str, right)),
                  ("row", "column"), "cosine", limit=1.0, note=note)


def _grid(subject: Subject, address: str) -> tuple[np.ndarray, tuple[int, int] | None]:
    """Find the positions that have a place in the image, and the rows and columns of patches that they form."""
    boxes = boxes_at(subject.model, subject.batch, address)
    if boxes is None or subject.batch.dim() != 4 or boxes.ndim != 3:
        return np.zeros(0, int), None
    corners = boxes[:2, :, 0]  # (top or left, token)
    placed = np.flatnonzero(np.isfinite(corners[0]))
    height, width = (len(np.unique(corners[axis, placed])) for axis in (0, 1))
    in_order = np.lexsort((corners[1, placed], corners[0, placed]))
    is_grid = height * width == len(placed) and (in_order == np.arange(len(placed))).all()
    return placed, (height, width) if is_grid and len(placed) > 1 else None


def _biases(tables: list[tuple[str, nn.Module]]) -> Iterator[Mosaic]:
    """Lay out the biases of all layers with windows of one size: a row for each layer, a column for each head."""
    for offsets in dict.fromkeys(len(module.table) for _address, module in tables):
        same = [(address, module.table.detach().float().cpu().numpy()) for address, module in tables
                if len(module.table) == offsets]
        side, heads = round(offsets**0.5), max(table.shape[1] for _address, table in same)
        values = np.full((len(same), heads, side, side), np.nan, np.float32)
        for layer, (_address, table) in enumerate(same):
            # the table counts from the key to the query; as the query sees it, a key above it is above
            values[layer, :table.shape[1]] = table.T.reshape(-1, side, side)[:, ::-1, ::-1]
        rows = tuple(address.rpartition(".")[0].removesuffix(".attention") or address for address, _table in same)
        yield Mosaic(text("Relative position biases, for a key at each offset from the query"), values, rows,
                     tuple(map(str, range(heads))), ("row", "column"), "bias")


def _no_positions() -> Text:
    return text("This network adds no positions to its tokens. Look at a vision transformer or a Swin transformer.")


def _refuses(recipe: Recipe, analysis: Analysis) -> Text | None:
    return None if has_block(recipe.network, analysis, _BLOCKS) else _no_positions()


POSITION_SIMILARITY = ProbeSpec(
    name="position_similarity", is_chosen=True, title="Positions",
    summary="The cosine between the vector of each position and those of all others; in windows, the learned bias of "
            "each head for a key above, below or beside the query.",
    source="Dosovitskiy et al. 2021, figure 7; Liu et al. 2021, 3.2", compute=compute_position_similarity,
    returns=(Mosaic,), place=ATTENTION, cost=LIVE, refuses=_refuses, reads_input=False,
)
