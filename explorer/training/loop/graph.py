"""CUDA graphs: a step that is launched as a whole. Launching its kernels one by one leaves a GPU idle most of the time.

A graph repeats kernels on the memory they had when it was captured, so that whatever changes from step to step (the
batch, the learning rate) lies in a buffer that is filled before, and every Python number in between stays as it was.
"""

from __future__ import annotations

import gc
import itertools
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import torch

from explorer.text import Text, text

# Steps taken kernel by kernel first: they start libraries, choose algorithms and allocate what the optimizer keeps.
STEPS_BEFORE = 3
# Replays launched ahead of the GPU: enough that it never waits for Python, few enough that a run of slow steps can be
# watched and paused at once. Without a limit there would be a thousand.
AHEAD = 8

log = logging.getLogger(__name__)


class Capture(Protocol):
    """Capture on one kind of device: called with a body without arguments, it returns what repeats its kernels.

    Nothing is computed by the capture itself.
    """

    def __call__(self, body: Callable[[], None]) -> Callable[[], None]: ...

    def aside(self) -> AbstractContextManager[None]:
        """Return the context of the steps before: a capture finds what they leave behind only on another stream."""
        ...


class CudaCapture:
    """Capture by NVIDIA's CUDA graphs.

    Source: https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def __call__(self, body: Callable[[], None]) -> Callable[[], None]:
        graph, generator = torch.cuda.CUDAGraph(), torch.cuda.get_rng_state(self._device)
        try:
            # Other threads of ours go on: one that writes a view may free memory meanwhile.
            with torch.cuda.graph(graph, capture_error_mode="thread_local"):
                body()
        except Exception:
            del graph
            gc.collect()
            torch.cuda.empty_cache()
            torch.cuda.set_rng_state(generator, self._device)
            raise
        return _paced(graph)

    @contextmanager
    def aside(self) -> Iterator[None]:
        stream, current = torch.cuda.Stream(self._device), torch.cuda.current_stream(self._device)
        stream.wait_stream(current)
        with torch.cuda.stream(stream):
            yield
        current.wait_stream(stream)


def _paced(graph: torch.cuda.CUDAGraph) -> Callable[[], None]:
    events = itertools.cycle([torch.cuda.Event(blocking=True) for _ in range(AHEAD)])

    def replay() -> None:
        done = next(events)
        done.synchronize()  # of the replay as many ago; it sleeps meanwhile, and leaves the core to others
        graph.replay()
        done.record()

    return replay


def capture_on(device: torch.device | str) -> Capture | None:
    """Return the way to capture on a device; None where there is none."""
    device = torch.device(device)
    return CudaCapture(device) if device.type == "cuda" and torch.version.hip is None else None


class Graphed:
    """A function on fixed buffers: called as it is a few times, then captured, from then on repeated as one graph.

    Where it cannot be captured it is called as it is for good, and `refusal` names the reason.
    """

    def __init__(self, body: Callable[[], None], capture: Capture) -> None:
        self.refusal: Text | None = None
        self._body, self._capture = body, capture
        self._replay: Callable[[], None] | None = None
        self._calls = 0

    @property
    def is_captured(self) -> bool:
        return self._replay is not None

    def __call__(self) -> None:
        if self._replay is None and self.refusal is None and self._calls >= STEPS_BEFORE:
            self._try_to_capture()
        self._calls += 1
        if self._replay:
            self._replay()
        elif self.refusal:
            self._body()
        else:
            with self._capture.aside():
                self._body()

    def _try_to_capture(self) -> None:
        try:
            self._replay = self._capture(self._body)
        except Exception as error:  # whatever it is, the kernels can be launched one by one
            log.warning("the step could not be captured as a CUDA graph", exc_info=error)
            self.refusal = _refusal_of(error)


def _refusal_of(error: BaseException) -> Text:
    while error.__context__:  # leaving a capture that was broken off raises errors of its own
        error = error.__context__
    if isinstance(error, torch.OutOfMemoryError):
        return text("There is not enough GPU memory for a graph beside the ordinary steps.")
    why = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    return text("The step could not be captured: {why}", why=why)
