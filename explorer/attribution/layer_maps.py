"""Maps over the places of a layer: which layer, where its places are, and how they lie over the input."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.attribution.explained import CannotAttribute, Explained
from explorer.attribution.layer_conductance import layer_gradients
from explorer.attribution.method_limits import NO_PLACES
from explorer.hooks import each_tensor, tensors_in
from explorer.spec import Choice
from explorer.text import text

OWN_SIZE, NEAREST, BILINEAR = "layer", "nearest", "bilinear"
_CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)
_LAID = ("nearest: blocks", "bilinear: smooth")
INTERPOLATION = Choice("interpolation", "Laid over the input", BILINEAR, (NEAREST, BILINEAR), _LAID,
                       "How the layer's map is enlarged to the input's size.")
SIZE = Choice("size", "Size", OWN_SIZE, (OWN_SIZE, NEAREST, BILINEAR), ("the layer's own", *_LAID),
              "The layer's own places, or enlarged to the input's size, and how.")


def layer_places(explained: Explained, inputs: Tensor, targets: Tensor, layer: str) -> tuple[Tensor, Tensor]:
    """Compute a layer's output and gradient as maps: (sample, channel, height, width) both.

    Tokens go back onto the patches of the input that they are of, without a class token; a row stays one of height 1.
    Raises UnknownNode, CannotAttribute.

    >>> model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.Flatten(), nn.Linear(12, 2))
    >>> one = Explained(model, lambda outputs: outputs), torch.zeros(1, 1, 4, 4), torch.tensor([0])
    >>> layer_places(*one, "0")[0].shape
    torch.Size([1, 3, 2, 2])
    """
    found = layer_gradients(explained, inputs, targets, layer)
    if found[0].dim() not in (3, 4):
        raise CannotAttribute(NO_PLACES)
    _check_tokens(explained, inputs, layer, found[1])
    in_rows = any(isinstance(module, nn.Conv1d) for module in explained.model.modules())  # (sample, channel, place)
    return tuple(values[:, :, None] if values.dim() == 3 and in_rows else _as_map(values, inputs) for values in found)


def _check_tokens(explained: Explained, inputs: Tensor, layer: str, slopes: Tensor) -> None:
    """Refuse a layer of which the number reads one token alone, such as the class token. Raises CannotAttribute."""
    if slopes.dim() == 3 and slopes.shape[1] > 1 and int((slopes != 0).any(2).sum(1).max()) == 1:
        raise CannotAttribute(text("Of the output of {layer}, the answer reads one token alone, so there is no map of "
                                   "the others. Choose {other}.", layer=layer,
                                   other=last_mixed_layer(explained, inputs)))


def _channels_first(values: Tensor) -> Tensor:
    """Put channels in front: some transformers have them last, behind a square of places."""
    _samples, first, second, third = values.shape
    return values.permute(0, 3, 1, 2) if first == second != third else values


def _as_map(values: Tensor, inputs: Tensor) -> Tensor:
    if values.dim() == 4:
        return _channels_first(values)
    tokens = values.transpose(1, 2)
    if inputs.dim() != 4:
        return tokens[:, :, None]
    height, width, others = _grid(tokens.shape[-1], *inputs.shape[-2:])
    return tokens[..., others:].unflatten(2, (height, width))


def _grid(tokens: int, rows: int, columns: int) -> tuple[int, int, int]:
    """Return the height and width of the grid of patches, and how many tokens in front are none of it."""
    if tokens == rows:
        return rows, 1, 0  # each row of a picture is one
    for others in (0, 1):
        height = round(math.sqrt((tokens - others) * rows / columns))
        if height and (tokens - others) % height == 0 and height * columns * height == rows * (tokens - others):
            return height, (tokens - others) // height, others
    return 1, tokens, 0


def grad_cam_map(explained: Explained, inputs: Tensor, targets: Tensor, layer: str) -> Tensor:
    """Sum a layer's channels, each times its mean gradient: (sample, 1, height, width)."""
    values, slopes = layer_places(explained, inputs, targets, layer)
    return (slopes.mean((2, 3), keepdim=True) * values).sum(1, keepdim=True)


def laid_over(found: Tensor, inputs: Tensor, size: str) -> Tensor:
    """Enlarge a map (sample, 1, height, width) to the size of pictures; as it is for OWN_SIZE, or over other inputs.

    >>> laid_over(torch.ones(1, 1, 2, 2), torch.zeros(1, 3, 8, 6), "nearest").shape
    torch.Size([1, 1, 8, 6])
    """
    if size == OWN_SIZE or inputs.dim() != 4:
        return found
    smooth = {"align_corners": False} if size == BILINEAR else {}
    return F.interpolate(found, inputs.shape[-2:], mode=size, **smooth)


def last_mixed_layer(explained: Explained, inputs: Tensor) -> str:
    """Return the last convolution whose places count; else the last layer of which more than one place does.

    Of a transformer that reads a class token, only that one counts in its last block's output. Raises CannotAttribute.

    >>> model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2))
    >>> last_mixed_layer(Explained(model, lambda outputs: outputs), torch.rand(1, 1, 4, 4))
    '0'
    """
    seen = _seen_places(explained, inputs[:1])
    maps = [each for each in seen if each.is_map]
    convolutions = [each for each in maps if isinstance(explained.module_at(each.layer), _CONVOLUTIONS)]
    if convolutions and maps[-1] == seen[-1]:
        last = convolutions[-1]
        wider = [each for each in maps[maps.index(last):] if each.shape[2:] == last.shape[2:]
                 and each.shape[1] > last.shape[1]]  # branches side by side
        return [last, *wider][-1].layer
    rows = [each.layer for each in seen if not each.is_map] or [each.layer for each in seen]
    fitting = _that_count(explained, inputs[:1], rows)
    if not fitting:
        raise CannotAttribute(NO_PLACES)
    norms = [name for name in fitting if "norm" in type(explained.module_at(name)).__name__.lower()]
    return (norms or fitting)[-1]


@dataclass(frozen=True)
class _Seen:
    """A module without children, and the shape of its output, which has more than one place."""

    layer: str
    shape: tuple[int, ...]

    @property
    def is_map(self) -> bool:
        """True for (sample, channel, height, width), False for a row of tokens, or a map with channels behind."""
        return len(self.shape) == 4 and (self.shape[1] != self.shape[2] or self.shape[2] == self.shape[3])

    @property
    def places(self) -> int:
        return math.prod(self.shape[2:] if self.is_map else self.shape[1:-1])


def _seen_places(explained: Explained, one: Tensor) -> list[_Seen]:
    """List the layers with places, but for those that hand the input on and heads apart in a transformer."""
    with torch.no_grad(), _outputs(explained, None) as outputs:
        explained(one)
    seen = [_Seen(name, tuple(output.shape)) for name, output in outputs.items()
            if output.dim() in (3, 4) and len(output) == 1 and not _is_input(output, one)]
    rows = any(len(each.shape) == 3 for each in seen)
    return [each for each in seen if each.places > 1 and not (rows and each.is_map and not isinstance(
        explained.module_at(each.layer), _CONVOLUTIONS))]


def _is_input(output: Tensor, one: Tensor) -> bool:
    return output.numel() == one.numel() and output.flatten().equal(one.flatten())


def _that_count(explained: Explained, one: Tensor, layers: Sequence[str]) -> list[str]:
    """Keep the layers at which more than one place changes the largest number."""
    with torch.enable_grad(), _outputs(explained, layers) as outputs:
        number = explained(one.detach().requires_grad_()).amax(1).sum()
    varying = {name: output for name, output in outputs.items() if output.requires_grad}
    if not number.requires_grad or not varying:
        return []
    slopes = torch.autograd.grad(number, list(varying.values()), allow_unused=True)
    return [name for name, each in zip(varying, slopes, strict=True)
            if each is not None and int((each.abs().sum(-1 if each.dim() == 3 else 1) > 0).sum()) > 1]


@contextmanager
def _outputs(explained: Explained, layers: Sequence[str] | None) -> Iterator[dict[str, Tensor]]:
    """Record the first output of each module without children in the dict yielded, in the order of the pass."""
    found: dict[str, Tensor] = {}

    def keep(name: str, output: Any) -> Any:
        if (first := next(tensors_in(output), None)) is not None and first.is_floating_point():
            found.pop(name, None)
            found[name] = first
        return each_tensor(output, Tensor.clone)  # which an activation may change in place

    handles = [module.register_forward_hook(lambda _module, _inputs, output, name=name: keep(name, output))
               for name, module in explained.model.named_modules()
               if name and not any(module.children()) and (layers is None or name in layers)]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()
