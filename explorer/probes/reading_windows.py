"""Windows: which part of every node's output a unit depends on, whatever the weights and the input are.

A pass of the model with random positive weights on a random positive input, in which nothing is cut off (a ReLU passes
everything on, a maximum becomes a mean), has a gradient that is zero where no way leads to the unit, and nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from explorer.probes.tracing import Trace, trace

Box = tuple[tuple[int, ...], tuple[int, ...]]  # (start, stop) along each axis of one sample's output, stop excluded


def windows_of(model: nn.Module, batch: Tensor, node: str, unit: tuple[int, ...]) -> dict[str, Box]:
    """Find the smallest box of every output that holds all a unit depends on; nodes without a way to it are missing.

    Only the shape of a floating-point batch matters. Raises UnknownNode.
    """
    generator = torch.Generator().manual_seed(0)
    with _NothingCutOff():
        traced = trace(model, _positive(batch[:1], generator), node, _positive_weights(model, generator))
        gradients = traced.gradients(traced.values[node][(0, *unit)])
    boxes = {address: _box(gradient[0] != 0) for address, gradient in gradients.items()}
    return _with_tokens(traced, {address: box for address, box in boxes.items() if box is not None})


def _with_tokens(traced: Trace, boxes: dict[str, Box]) -> dict[str, Box]:
    """Add the outputs of whole numbers: their axes are the leading ones of what is looked up."""
    for address, value in reversed(traced.values.items()):
        fed = [each for each, sources in traced.sources.items() if address in sources and each in boxes]
        if address not in boxes and not value.is_floating_point() and fed:
            boxes[address] = tuple(bounds[:value.dim() - 1] for bounds in boxes[fed[0]])
    return boxes


def _box(mask: Tensor) -> Box | None:
    """Return the bounds of what is true; None where nothing is."""
    places = mask.nonzero()
    if not len(places):
        return None
    return tuple(places.amin(0).tolist()), tuple((places.amax(0) + 1).tolist())


def _positive(batch: Tensor, generator: torch.Generator) -> Tensor:
    if not batch.is_floating_point() and batch.dtype != torch.uint8:
        return batch
    return torch.rand(batch.shape, generator=generator) + 0.5


def _positive_weights(model: nn.Module, generator: torch.Generator) -> dict[str, Tensor]:
    """Draw weights that keep values near 1; what batch norm recorded in training becomes mean 0 and variance 1."""
    def drawn(like: Tensor) -> Tensor:
        fan_in = max(1, math.prod(like.shape[1:]))
        return ((torch.rand(like.shape, generator=generator) + 0.5) / fan_in).to(like)

    recorded = {name: torch.full_like(buffer, float(name.endswith("var"))) for name, buffer in model.named_buffers()
                if name.endswith(("running_mean", "running_var"))}
    return {name: drawn(each) for name, each in model.named_parameters() if each.is_floating_point()} | recorded


class _NothingCutOff(TorchFunctionMode):
    """Functions with places where their gradient is zero are replaced by ones without, of the same inputs."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None,
                           ) -> Any:
        return _REPLACED.get(function, function)(*args, **(kwargs or {}))


def _pass_on(x: Tensor, *_settings: Any, **_options: Any) -> Tensor:
    return x.clone()


def _mean(x: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    return x.mean() if dim is None else x.mean(dim, keepdim)


def _pool(axes: int) -> Callable[..., Tensor]:
    """Make a sum over windows in place of their maximum, with all that a maximum allows."""
    convolve, maximum = (F.conv1d, F.max_pool1d) if axes == 1 else (F.conv2d, F.max_pool2d)

    def pool(x: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
             ceil_mode: bool = False, return_indices: bool = False) -> Tensor:
        size = maximum(x.detach(), kernel_size, stride, padding, dilation, ceil_mode).shape[-axes:]
        kernel, before, step = (_each(value, axes) for value in (kernel_size, padding, dilation))
        stride = _each(stride or kernel_size, axes)
        needed = [s * (n - 1) + d * (k - 1) + 1 for s, n, d, k in zip(stride, size, step, kernel, strict=True)]
        after = [max(0, n - p - have) for n, p, have in zip(needed, before, x.shape[-axes:], strict=True)]
        sides = [side for pair in zip(before, after, strict=True) for side in pair]
        padded = F.pad(x, [sides[2 * axis + end] for axis in reversed(range(axes)) for end in (0, 1)])
        ones = x.new_ones(x.shape[-axes - 1], 1, *kernel) / math.prod(kernel)
        out = convolve(padded, ones, None, stride, 0, step, x.shape[-axes - 1])
        return out[(..., *(slice(n) for n in size))]
    return pool


def _each(value: Any, axes: int) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,) * axes


_REPLACED: dict[Any, Callable[..., Any]] = {
    **dict.fromkeys((F.relu, torch.relu, Tensor.relu, F.hardtanh, F.relu6, F.hardswish, F.hardsigmoid, F.threshold,
                     F.softshrink, F.hardshrink, torch.hardshrink, torch.threshold, F._threshold, Tensor.clamp,
                     torch.clamp), _pass_on),
    **dict.fromkeys((Tensor.amax, torch.amax), _mean),
    F.max_pool1d: _pool(1), F.max_pool2d: _pool(2), torch.max_pool1d: _pool(1), torch.max_pool2d: _pool(2),
    F.adaptive_max_pool1d: F.adaptive_avg_pool1d, F.adaptive_max_pool2d: F.adaptive_avg_pool2d,
}
