"""Places of tokens in the input: the box of pixels, or the character, that a token of any node came from.

Boxes travel forward from the input as four numbers for each value, as if they were four samples: a module that only
moves values moves their boxes, a convolution takes the union of those under its stride, all else keeps them token by
token. So windows, shifts and merged patches lie where they lie in the image, whatever the order of the modules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from explorer.attention.attention_finding import Attention, find_attentions
from explorer.attention.attention_weights import in_five_axes
from explorer.hooks import predictor, tensors_in
from explorer.network.building import BuiltNetwork, leaf_sources_of, leaves

PIXELS, TOKENS, NUMBERS = "pixels", "tokens", "numbers"

_MOVES = {"Flatten", "Unflatten", "Reshape", "Permute", "SplitHeads", "MergeHeads", "WindowPartition", "WindowMerge",
          "Crop", "Concat", "ZeroPad2d", "Identity"}
_MIX_FEATURES = (nn.Linear, nn.RNNBase)  # each number of a token follows from all of them
_NO_BOX = (torch.inf, torch.inf, -torch.inf, -torch.inf)  # what the union with any box leaves as it is
_NOWHERE = (-1, -1, -1, -1)


@dataclass(frozen=True)
class TokenPlaces:
    """Boxes of the input that tokens stand for. kind: PIXELS, TOKENS of a row of tokens, or NUMBERS for any other rows.

    boxes: int (window, token, 4), top, left, bottom, right, the last two excluded; -1 for a token that stands for
    nothing of the input, as the class token. A token of a text is in row 0, in the column of its place.

    >>> TokenPlaces(PIXELS, np.array([[[0, 0, 7, 7], [-1, -1, -1, -1]]])).is_placed.tolist()
    [[True, False]]
    """

    kind: str
    boxes: np.ndarray

    @property
    def is_placed(self) -> np.ndarray:
        """Flags of the tokens that stand for something of the input: (window, token)."""
        return self.boxes[..., 0] >= 0


def places_of(
    model: nn.Module, batch: Tensor, attentions: Sequence[Attention],
) -> dict[str, tuple[TokenPlaces, TokenPlaces] | None]:
    """Find what the queries and the keys of attentions stand for, by the attention's node.

    None where nothing is known of an attention's tokens: count them then.

    >>> from explorer import network, zoo
    >>> from explorer.attention.attention_finding import find_attentions
    >>> model = network.build(zoo.get("vit_digits"))
    >>> first = find_attentions(model)[0]
    >>> queries, keys = places_of(model, torch.zeros(1, 1, 28, 28), [first])[first.node]
    >>> queries.boxes[0, :3].tolist()
    [[-1, -1, -1, -1], [0, 0, 7, 7], [0, 7, 7, 14]]
    """
    if not isinstance(model, BuiltNetwork):
        return {each.node: None for each in attentions}
    walk = _Walk(model, batch[:1])
    found = {}
    for each in attentions:
        sides = [walk.tokens(each, address) for address in (each.query, each.key or each.value)]
        found[each.node] = tuple(sides) if all(sides) else None
    return found


def boxes_at(model: BuiltNetwork, batch: Tensor, node: str) -> np.ndarray | None:
    """Find the box of the input that each value of a node came from: (4, ...); infinite where it came from nothing.

    None where that is not known, as behind a linear layer that mixes all places.

    >>> from explorer import network, zoo
    >>> boxes_at(network.build(zoo.get("vit_digits")), torch.zeros(1, 1, 28, 28), "patches").shape
    (4, 16, 64)
    """
    found = _Walk(model, batch[:1]).boxes(node)
    return None if found is None else found.numpy()


class _Walk:
    """Boxes of all nodes of a network."""

    def __init__(self, model: BuiltNetwork, batch: Tensor) -> None:
        self._model = model
        self._shapes = _shapes(model, batch)
        self._queries = {each.mix: each.query for each in find_attentions(model)}
        self._takes_tokens = batch.dim() == 2 and not batch.is_floating_point()
        self._rank = batch.dim() - 1
        self._known: dict[str, Tensor | None] = {}
        for address, module in leaves(model):  # in the order of the pass
            self._known[address] = self._find(address, module)

    def tokens(self, attention: Attention, address: str) -> TokenPlaces | None:
        """Return the places of an attention's queries or keys; those of all heads are the same."""
        boxes = self.boxes(address) if address else None
        if boxes is None:
            return None
        rows = in_five_axes(attention, boxes)[:, :, 0]  # (4, window, token, feature)
        rows = _union(rows, -1).movedim(0, -1)
        placed = rows[..., 0].isfinite()[..., None]
        whole = torch.where(placed, rows, torch.tensor(_NOWHERE, dtype=rows.dtype)).round().int().numpy()
        kind = TOKENS if self._takes_tokens else PIXELS if self._rank == 3 else NUMBERS
        return TokenPlaces(kind, whole)

    def boxes(self, address: str) -> Tensor | None:
        """Return the boxes of a node's values as four samples of its shape; None where they are unknown."""
        return self._known.get(address)

    def _sources(self, address: str) -> tuple[str, ...]:
        if address in self._queries:
            return (self._queries[address],) if self._queries[address] else ()
        return leaf_sources_of(self._model, address)

    def _find(self, address: str, module: nn.Module) -> Tensor | None:
        shape, sources = self._shapes.get(address), self._sources(address)
        if shape is None:
            return None
        if not sources:
            return _of_input(shape) if address not in self._queries else None
        given = [self._known.get(source) for source in sources]
        known = [boxes for boxes in given if boxes is not None]
        if len(known) < len(given) and type(module).__name__ in _MOVES:
            return None
        return _through(module, known, shape) if known else None


def _shapes(model: BuiltNetwork, batch: Tensor) -> dict[str, tuple[int, ...]]:
    """Record the shape of every node's output for one sample, and keep no output."""
    shapes: dict[str, tuple[int, ...]] = {}

    def see(address: str, output: Any) -> None:
        if (first := next(tensors_in(output), None)) is not None:
            shapes[address] = tuple(first.shape[1:])

    handles = [module.register_forward_hook(lambda _module, _inputs, output, address=address: see(address, output))
               for address, module in leaves(model)]
    try:
        predictor(model)(batch)
    finally:
        for handle in handles:
            handle.remove()
    return shapes


def _of_input(shape: tuple[int, ...]) -> Tensor | None:
    """Make the boxes of the input's own values: pixels, or places in a row."""
    if len(shape) not in (1, 2, 3):
        return None
    if len(shape) == 2:  # a sequence of rows of features
        left, top = torch.arange(shape[0])[:, None].expand(shape), torch.zeros(shape)
    else:
        left = torch.arange(shape[-1]).expand(shape)
        top = torch.arange(shape[-2])[:, None].expand(shape) if len(shape) == 3 else torch.zeros(shape)
    return torch.stack([top, left, top + 1, left + 1]).float()


def _through(module: nn.Module, given: Sequence[Tensor], shape: tuple[int, ...]) -> Tensor | None:
    """Return the boxes behind a module, from those before it; shape: of what the module gives for a sample."""
    first = given[0]
    match type(module).__name__:
        case kind if kind in _MOVES:
            return module(*given)
        case "ClassToken":
            nothing = torch.tensor(_NO_BOX).reshape(4, 1, 1).expand(4, 1, shape[-1])
            return torch.cat([nothing, first], 1)
        case "PatchEmbedding" if module.as_tokens:
            size = module.kernel_size[0]
            map_shape = (shape[1], first.shape[2] // size, first.shape[3] // size)
            return _under(first, module, map_shape).flatten(2).transpose(1, 2)
        case kind if kind == "SpaceToDepth" or (_has_windows(module) and first.dim() == 4 and len(shape) == 3):
            return _under(first, module, shape)
    if isinstance(module, _MIX_FEATURES):
        first = _union(first, -1, keep=True).expand_as(first)
    return _token_by_token(first, shape)


def _token_by_token(boxes: Tensor, shape: tuple[int, ...]) -> Tensor | None:
    """Keep boxes where values keep their places: of maps along height and width, else along all axes but the last."""
    if tuple(boxes.shape[1:]) == shape:
        return boxes
    if len(shape) == 3 and boxes.dim() == 4 and tuple(boxes.shape[2:]) == shape[1:]:
        return _union(boxes, 1, keep=True).expand(4, *shape)
    if boxes.dim() == len(shape) and tuple(boxes.shape[1:]) == shape[:-1]:  # an embedding: tokens get features
        return boxes[..., None].expand(4, *shape)
    if len(shape) > 1 and boxes.dim() == len(shape) + 1 and tuple(boxes.shape[1:-1]) == shape[:-1]:
        return _union(boxes, -1, keep=True).expand(4, *shape)
    return None


def _has_windows(module: nn.Module) -> bool:
    return isinstance(module, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d)


def _under(boxes: Tensor, module: nn.Module, shape: tuple[int, ...]) -> Tensor:
    """Take the union of boxes under the middle of each window, as large as the stride: the place that it stands for.

    Windows overlap where they are larger than their stride; what is in their middle does not. All maps have the same.
    """
    boxes = _union(boxes, 1, keep=True)
    for axis, count in ((2, shape[1]), (3, shape[2])):
        step, begin = _middle(module, axis - 2)
        at = begin + torch.arange(count)[:, None] * step + torch.arange(step)  # (window, place under it)
        inner = at.clamp(0, boxes.shape[axis] - 1).flatten()
        boxes = _union(boxes.index_select(axis, inner).unflatten(axis, (count, step)), axis + 1)
    return boxes.expand(4, *shape)


def _middle(module: nn.Module, axis: int) -> tuple[int, int]:
    """Return the stride along an axis, and where the middle of the first window begins."""
    if not _has_windows(module):
        return 2, 0  # space to depth
    size, step, edge, spread = (_along(getattr(module, name, default), axis) for name, default in (
        ("kernel_size", 1), ("stride", 1), ("padding", 0), ("dilation", 1)))
    reach = (size - 1) * spread + 1
    return step, (reach - step + 1) // 2 - (edge if edge is not None else (reach - 1) // 2)


def _along(value: int | str | Sequence[int], axis: int) -> int | None:
    """Return a setting's number along an axis; None for padding that keeps the size."""
    if isinstance(value, str):
        return None if value == "same" else 0
    return int(value) if isinstance(value, int) else int(value[axis])


def _union(boxes: Tensor, axis: int, keep: bool = False) -> Tensor:
    return torch.cat([boxes[:2].amin(axis, keepdim=keep), boxes[2:].amax(axis, keepdim=keep)])
