"""A stand-in for a CUDA graph on the CPU: it repeats kernels on the memory they had, and no Python.

While it captures, every operation is recorded with its very tensors and undone at the end, as a capture computes
nothing. A replay runs the same operations on the same memory in the same order: Python's numbers are those of the
capture, and what was not written into a buffer is stale. An operation that asks for a number is refused.
"""

from collections.abc import Callable
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

ASKING = ("_local_scalar_dense", "nonzero", "masked_select", "is_nonzero", "equal", "unique")
RESHAPING = ("unsqueeze_", "squeeze_", "t_", "transpose_", "as_strided_", "detach_", "swapaxes_")


class Asked(RuntimeError):
    """An operation that needs a number from the device."""


class RecordedGraph(TorchDispatchMode):
    """The operations of one body, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.operations = []
        self._before, self._own = [], set()

    def __torch_dispatch__(self, operation, _types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = operation._schema.name.partition("::")[2]
        if name in ASKING:
            raise Asked(f"{name} asks the device for a number")
        if name in RESHAPING:  # later operations are recorded with the new shape
            return operation(*args, **kwargs)
        given = _kept((args, kwargs))
        for written in _written_by(operation, *given):
            if _memory(written) not in self._own:
                self._before.append((written, written.clone()))
        result = operation(*args, **kwargs)
        taken = {_memory(each) for each in _tensors((args, kwargs))}
        self._own |= {_memory(each) for each in _tensors(result)} - taken
        self.operations.append((operation, given, _kept(result), torch.is_grad_enabled()))
        return result

    def undo(self) -> None:
        for written, before in reversed(self._before):
            written.copy_(before)
        self._before = []

    def replay(self) -> None:
        for operation, (args, kwargs), recorded, with_gradients in self.operations:
            with torch.set_grad_enabled(with_gradients):  # some kernels keep more for a backward pass
                result = operation(*args, **kwargs)
            for old, new in zip(_tensors(recorded), _tensors(result), strict=True):
                if _memory(old) != _memory(new):
                    old.copy_(new)


class AsOnAGpu(TorchFunctionMode):
    """On a CPU, one-hot vectors ask whether every index has a place; on a GPU they do not."""

    def __torch_function__(self, function, _types, args=(), kwargs=None):
        if function is F.one_hot:
            indices, classes = args
            return indices.new_zeros(*indices.shape, classes).scatter_(-1, indices.unsqueeze(-1), 1)
        return function(*args, **(kwargs or {}))


class RecordingCapture:
    """What makes recorded graphs; `captured` counts them. `fails`: raised in place of the first captures."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.captured = self.asides = self.replays = self.given_up = 0
        self._fails = fails

    def __call__(self, body: Callable[[], None]) -> Callable[[], None]:
        graph, generator = RecordedGraph(), torch.get_rng_state()
        try:
            with AsOnAGpu(), graph:
                body()
                if self._fails:
                    raise self._fails
        finally:
            with torch.no_grad():
                graph.undo()
            torch.set_rng_state(generator)
        self.captured += 1

        def replay() -> None:
            self.replays += 1
            graph.replay()

        return replay

    @contextmanager
    def aside(self):
        self.asides += 1
        yield

    def give_up(self) -> None:
        self.given_up += 1


def _written_by(operation, args, kwargs) -> list[Tensor]:
    """List the tensors that an operation changes."""
    written = []
    for place, argument in enumerate(operation._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            written += _tensors(kwargs.get(argument.name) if argument.name in kwargs or place >= len(args)
                                else args[place])
    return written


def _tensors(value) -> list[Tensor]:
    return [each for each in tree_flatten(value)[0] if isinstance(each, Tensor)]


def _kept(value):
    """Keep the tensors as they are now, on the same memory."""
    return tree_map(lambda each: each.detach() if isinstance(each, Tensor) else each, value)


def _memory(tensor: Tensor) -> int:
    return tensor.untyped_storage()._cdata if tensor.numel() == 0 else tensor.untyped_storage().data_ptr()
