"""A GPU, and one for machines without: what would make it wait, or cannot be captured in a CUDA graph, raises.

A GPU works behind the program that feeds it. It has to be waited for where a number is read from it, where a shape
depends on values, and where a tensor of the CPU is copied to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses import FakeTensorMode
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

_WAITS = {torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape}
_ATEN = torch.ops.aten
# Where PyTorch's own fake mode, in some version, asks the driver: what the operation returns, without values.
_SHAPES: dict[Any, Callable[..., Any]] = {
    _ATEN.affine_grid_generator.default: lambda theta, size, *_: theta.new_empty(size[0], *size[2:], 2),
    _ATEN._thnn_fused_lstm_cell.default: lambda gates, _, cell, *_more: (
        torch.empty_like(cell), torch.empty_like(cell), torch.empty_like(gates)),
    _ATEN._thnn_fused_gru_cell.default: lambda gates, _, hidden, *_more: (
        torch.empty_like(hidden), hidden.new_empty(len(hidden), 5 * hidden.shape[1])),
}
_BY_INDEX = {"index", "index_put", "index_put_", "_unsafe_index", "_index_put_impl_"}


class Waits(RuntimeError):
    """An operation that makes the program wait for a GPU."""


def fake(tensor: Tensor) -> Tensor:
    """Make a tensor of this shape and type on the fake GPU; for use within `fake_gpu`."""
    return torch.empty(tensor.shape, dtype=tensor.dtype, device="cuda")


def to_fake_gpu(model: nn.Module) -> nn.Module:
    """Move a model to the fake GPU, as `to` does: what is neither a parameter nor a buffer stays on the CPU."""
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            setattr(module, name, nn.Parameter(fake(parameter), parameter.requires_grad))
        for name, buffer in module.named_buffers(recurse=False):
            setattr(module, name, fake(buffer))
    return model


@contextmanager
def fake_gpu() -> Iterator[None]:
    """Compute with shapes alone: tensors on "cuda" have no values, and one of the CPU may not meet them.

    Only forward: PyTorch's backward asks the driver. So does cuDNN.
    """
    with FakeTensorMode(allow_non_fake_inputs=True), torch.backends.cudnn.flags(enabled=False), _OnlyOnTheGpu():
        yield


@contextmanager
def no_waiting() -> Iterator[None]:
    """Compute on the CPU, but refuse what a GPU would be waited for. Indices of one-hot are checked on a CPU alone."""
    refusal = _NoWaiting()
    with refusal, _Unchecked(refusal):
        yield


@contextmanager
def no_waiting_for_a_real_gpu() -> Iterator[None]:
    """Compute on a GPU, but refuse, as far as PyTorch notices it, to wait for it."""
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


class _OnlyOnTheGpu(TorchDispatchMode):
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in _SHAPES:
            return _SHAPES[func](*args)
        out = func(*args, **(kwargs or {}))
        tensors = [leaf for leaf in tree_leaves((args, kwargs, out)) if isinstance(leaf, Tensor)]
        if any(tensor.device.type == "cpu" for tensor in tensors):
            raise Waits(f"{func} takes or makes a tensor of the CPU")
        return out


class _NoWaiting(TorchDispatchMode):
    checks = True

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if self.checks and _waits(func, args):
            raise Waits(f"{func} needs values before the program can go on")
        return func(*args, **(kwargs or {}))


class _Unchecked(TorchFunctionMode):
    def __init__(self, refusal: _NoWaiting) -> None:
        super().__init__()
        self._refusal = refusal

    def __torch_function__(self, func: Callable, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self._refusal.checks = func is not torch.nn.functional.one_hot
        try:
            return func(*args, **(kwargs or {}))
        finally:
            self._refusal.checks = True


def _waits(func: Any, args: tuple) -> bool:
    name = func._schema.name.partition("::")[2]
    if name in _BY_INDEX:
        masks = (torch.bool, torch.uint8)
        return any(isinstance(leaf, Tensor) and leaf.dtype in masks for leaf in tree_leaves(args[1]))
    return bool(_WAITS & set(func.tags))
