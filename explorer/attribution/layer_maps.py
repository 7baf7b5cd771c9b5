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
from explorer.attribution.refusals import NO_PLACES
from explorer.hooks import tensors_in
from explorer.spec import Choice

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

    >>> model = torch.nn.Sequential(torch.nn.Conv2d(1, 3, 3), torch.nn.Flatten(), torch.nn.Linear(12, 2))
    >>> one = Explained(model, lambda outputs: outputs), torch.zeros(1, 1, 4, 4), torch.tensor([0])
    >>> layer_places(*one, "0")[0].shape
    torch.Size([1, 3, 2, 2])
    """
    values, slopes = layer_gradients(explained, inputs, targets, layer)
    if values.dim() not in (3, 4) or not _place_count(values):
        raise CannotAttribute(NO_PLACES)
    return _as_map(values, inputs), _as_map(slopes, inputs)


def _place_count(values: Tensor) -> int:
    return math.prod(_channels_first(values).shape[2:]) if values.dim() == 4 else values.shape[1]


def _channels_first(values: Tensor) -> Tensor:
    """Put channels in front: some transformers have them last, behind a square of places."""
    _samples, first, second, third = values.shape
    return values.permute(0, 3, 1, 2) if first == second != third else values


def _as_map(values: Tensor, inputs: Tensor) -> Tensor:
    if values.dim() == 4:
        return _channels_first(values)
    if inputs.dim() == 3 and values.shape[-1] != inputs.shape[-1] and values.shape[1] != inputs.shape[1]:
        return values[:, :, None]  # (sample, channel, place) of a convolution along a row
    tokens = values.transpose(1, 2)
    if inputs.dim() != 4:
        return tokens[:, :, None]
    height, width, others = _grid(tokens.shape[-1], inputs.shape[-2] / inputs.shape[-1])
    return tokens[..., others:].unflatten(2, (height, width))


def _grid(tokens: int, aspect: float) -> tuple[int, int, int]:
    """Return the height and width of a grid of patches, and how many tokens in front are none of it."""
    for others in (0, 1):
        height = round(math.sqrt((tokens - others) * aspect))
        if height and (tokens - others) % height == 0 and height * height * 9 <= aspect * (tokens - others) * 10 and \
                height * height * 11 >= aspect * (tokens - others) * 10:
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

    >>> model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(8, 2))
    >>> last_mixed_layer(Explained(model, lambda outputs: outputs), torch.rand(1, 1, 4, 4))
    '0'
    """
    seen = _seen_places(explained, inputs[:1])
    maps = [each for each in seen if each.is_map]
    convolutions = [each for each in maps if isinstance(explained.module_at(each.layer), _CONVOLUTIONS)]
    if convolutions and maps[-1].layer == seen[-1].layer:
        last = convolutions[-1]
        wider = [each for each in maps if each.shape[2:] == last.shape[2:] and each.shape[1] > last.shape[1]]
        later = wider[-1:] if wider and maps.index(wider[-1]) > maps.index(last) else []  # branches side by side
        return [last, *later][-1].layer
    fitting = _that_count(explained, inputs[:1], [each.layer for each in seen]) or [each.layer for each in seen]
    if not fitting:
        raise CannotAttribute(NO_PLACES)
    return fitting[-1]


@dataclass(frozen=True)
class _Seen:
    """A module without children, and the shape of its output, which has more than one place."""

    layer: str
    shape: tuple[int, ...]

    @property
    def is_map(self) -> bool:
        """True for (sample, channel, height, width), False for a row of tokens, or a map with channels behind."""
        return len(self.shape) == 4 and (self.shape[1] != self.shape[2] or self.shape[2] == self.shape[3])


def _seen_places(explained: Explained, one: Tensor) -> list[_Seen]:
    with torch.no_grad(), _outputs(explained, None) as outputs:
        explained(one)
    shapes = {name: tuple(output.shape) for name, output in outputs.items() if output.dim() in (3, 4)}
    return [_Seen(name, shape) for name, shape in shapes.items()
            if (math.prod(shape[2:]) if _Seen(name, shape).is_map else math.prod(shape[1:-1])) > 1]


def _that_count(explained: Explained, one: Tensor, layers: Sequence[str]) -> list[str]:
    """Keep the layers at which more than one place changes the largest number."""
    with torch.enable_grad(), _outputs(explained, layers) as outputs:
        number = explained(one.detach().requires_grad_()).amax()
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

    def keep(name: str, output: Any) -> None:
        if (first := next(tensors_in(output), None)) is not None and first.is_floating_point():
            found.pop(name, None)
            found[name] = first

    handles = [module.register_forward_hook(lambda _module, _inputs, output, name=name: keep(name, output))
               for name, module in explained.model.named_modules()
               if name and not any(module.children()) and (layers is None or name in layers)]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()
