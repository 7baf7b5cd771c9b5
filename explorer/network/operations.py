"""Counts of the operations of a module while it runs, in this thread alone."""

from __future__ import annotations

from types import TracebackType

from torch.utils.flop_counter import FlopCounterMode


class OperationCounter(FlopCounterMode):
    """PyTorch's counter without its names of modules.

    For those it hooks the modules of the whole process: a backward pass in another thread met tensors that were hooked
    while a block was measured here, and failed.
    """

    def __init__(self) -> None:
        super().__init__(display=False)
        self.mod_tracker = _NoModules()


class _NoModules:
    """The tracker of modules that tracks none: all is counted under one name."""

    parents = ("Global",)

    def __enter__(self) -> None: ...

    def __exit__(self, *error: type[BaseException] | BaseException | TracebackType | None) -> None: ...
