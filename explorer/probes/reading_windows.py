"""Windows: which part of every node's output a unit depends on, whatever the weights and the input are.

A pass of the model in float64, with random positive weights on a random positive input, in which nothing is cut off (a
ReLU passes everything on, a maximum becomes a mean), has a gradient that is zero where no way leads to the unit, and
nowhere else.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from explorer.network.building import BuiltNetwork, leaves
from explorer.probes.subject import Subject
from explorer.probes.tracing import Trace, trace

Box = tuple[tuple[int, ...], tuple[int, ...]]  # (start, stop) along each axis of one sample's output, stop excluded

_BIAS = 0.01
_RECORDED = ("running_mean", "running_var")
_MOST_KNOWN = 512
_KNOWN: dict[Hashable, dict[str, Box]] = {}  # the one used last at the end
_LOCK = threading.Lock()


def windows_for(subject: Subject, node: str, unit: tuple[int, ...]) -> dict[str, Box]:
    """Find the windows of a subject's unit as `windows_of` does, once for all runs of a network. Raises UnknownNode."""
    if subject.recipe is None:
        return windows_of(subject.model, subject.batch, node, unit)
    key = subject.recipe.network.digest, tuple(subject.batch.shape[1:]), node, unit
    with _LOCK:
        found = _KNOWN.pop(key, None)
    found = windows_of(subject.model, subject.batch, node, unit) if found is None else found
    with _LOCK:
        _KNOWN[key] = found
        while len(_KNOWN) > _MOST_KNOWN:
            del _KNOWN[next(iter(_KNOWN))]
    return found


def windows_of(model: nn.Module, batch: Tensor, node: str, unit: tuple[int, ...]) -> dict[str, Box]:
    """Find the smallest box of every output that holds all a unit depends on; nodes without a way to it are missing.

    Only the shape of a floating-point batch matters. Raises UnknownNode.
    """
    generator = torch.Generator().manual_seed(0)
    with _NothingCutOff():
        weights = _positive_weights(model, node, generator)
        traced = trace(model, _positive(batch[:1], generator), node, weights, slope=1.0)
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


def _positive_weights(model: nn.Module, node: str, generator: torch.Generator) -> dict[str, Tensor]:
    """Draw weights that keep values near 1, with biases so small that no sigmoid or tanh saturates.

    What batch norm recorded in training becomes mean 0 and variance 1. float64, since a gradient that is carried back
    over many steps or layers is too small for float32.
    """
    def drawn(name: str, like: Tensor) -> Tensor:
        is_bias = name.rpartition(".")[2].startswith("bias")
        scale = _BIAS if is_bias else 1 / max(1, math.prod(like.shape[1:]))
        made = torch.empty(like.shape, dtype=torch.float64).uniform_(0.5, 1.5, generator=generator).mul_(scale)
        return made.to(like.device, _wide(like))

    called = _called_until(model, node)
    buffers = {name: torch.full_like(each, float(name.endswith("var"))) if name.endswith(_RECORDED) else each
               for name, each in model.named_buffers() if each.is_floating_point() and called(name)}
    parameters = {name: each for name, each in model.named_parameters() if each.is_floating_point() and called(name)}
    return ({name: drawn(name, each) for name, each in parameters.items()}
            | {name: each.to(_wide(each)) for name, each in buffers.items()})


def _called_until(model: nn.Module, node: str) -> Callable[[str], bool]:
    """Tell apart the names of weights that a pass as far as a node needs."""
    if not isinstance(model, BuiltNetwork):
        return lambda _name: True
    addresses = [address for address, _module in leaves(model)]
    places = [at for at, each in enumerate(addresses) if _is_around(node, each) or _is_around(each, node)]
    needed = addresses[:max(places, default=len(addresses)) + 1]
    return lambda name: any(_is_around(address, name) for address in needed)


def _is_around(outer: str, inner: str) -> bool:
    return inner == outer or inner.startswith(f"{outer}.")


def _wide(like: Tensor) -> torch.dtype:
    return torch.float32 if like.device.type == "mps" else torch.float64  # which that device lacks


class _NothingCutOff(TorchFunctionMode):
    """Functions with places where their gradient is zero are replaced by ones without, and all compute in float64."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None,
                           ) -> Any:
        result = _REPLACED.get(function, function)(*args, **(kwargs or {}))
        is_new = isinstance(result, Tensor) and not any(result is each for each in args)
        return result.to(_wide(result)) if is_new and result.is_floating_point() else result


def _pass_on(x: Tensor, *_settings: Any, **_options: Any) -> Tensor:
    return x.clone()


def _mean(x: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    return x.mean() if dim is None else x.mean(dim, keepdim)


def _extreme(function: Callable[..., Any]) -> Callable[..., Any]:
    """Put the mean in place of a maximum or minimum, with or without places; of two tensors it is their own mean."""
    def mean(x: Tensor, dim: Any = None, keepdim: bool = False, other: Any = None) -> Any:
        other = dim if isinstance(dim, Tensor) else other
        if isinstance(other, Tensor):
            return (x + other) / 2
        return x.mean() if dim is None else _with_values(function(x, dim, keepdim), x.mean(dim, keepdim))
    return mean


def _ordered(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make every sorted value the mean of all: each may come from any place."""
    def mean(x: Tensor, *settings: Any, **options: Any) -> Any:
        found = function(x, *settings, **options)
        numbers = settings[1:] if function in _COUNTED else settings
        dim = options.get("dim", next((each for each in numbers if type(each) is int), -1))
        return _with_values(found, x.mean(dim, keepdim=True).expand_as(found[0]).clone())
    return mean


def _with_values(found: Any, values: Tensor) -> Any:
    return type(found)((values, found[1]))


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


_COUNTED = (Tensor.topk, torch.topk)
_REPLACED: dict[Any, Callable[..., Any]] = {
    **dict.fromkeys((F.relu, torch.relu, Tensor.relu, F.hardtanh, F.relu6, F.hardswish, F.hardsigmoid, F.threshold,
                     F.softshrink, F.hardshrink, torch.hardshrink, torch.threshold, F._threshold, Tensor.clamp,
                     torch.clamp, Tensor.clamp_min, torch.clamp_min, Tensor.clamp_max, torch.clamp_max, Tensor.relu_,
                     Tensor.clip, torch.clip), _pass_on),
    **dict.fromkeys((Tensor.amax, torch.amax, Tensor.amin, torch.amin), _mean),
    **{each: _extreme(each) for each in (Tensor.max, torch.max, Tensor.min, torch.min, torch.maximum, torch.minimum,
                                         Tensor.maximum, Tensor.minimum)},
    **{each: _ordered(each) for each in (Tensor.sort, torch.sort, *_COUNTED)},
    F.max_pool1d: _pool(1), F.max_pool2d: _pool(2), torch.max_pool1d: _pool(1), torch.max_pool2d: _pool(2),
    F.adaptive_max_pool1d: F.adaptive_avg_pool1d, F.adaptive_max_pool2d: F.adaptive_avg_pool2d,
}
