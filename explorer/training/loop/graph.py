"""CUDA graphs: a step that is launched as a whole. Launching its kernels one by one leaves a GPU idle most of the time.

A graph repeats kernels on the memory they had when it was captured, so that whatever changes from step to step (the
batch, the learning rate) lies in a buffer that is filled before, and every Python number in between stays as it was.
"""

from __future__ import annotations

import functools
import gc
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import torch

from explorer.text import Text, text
from explorer.training.loop.memory import empty_gpu

# Steps taken kernel by kernel first: they start libraries, choose algorithms and allocate what the optimizer keeps.
STEPS_BEFORE = 3
# Replays launched ahead of the GPU, at most so many and so long: enough that it never waits for Python, little enough
# that a run of slow steps can be watched and paused at once. Without a limit there would be a thousand.
AHEAD, AHEAD_S = 8, 0.05

log = logging.getLogger(__name__)


class Capture(Protocol):
    """Capture on one kind of device: called with a body without arguments, it returns what repeats its kernels.

    Nothing is computed by the capture itself.
    """

    def __call__(self, body: Callable[[], None]) -> Callable[[], None]: ...

    def aside(self) -> AbstractContextManager[None]:
        """Return the context of the steps before: a capture finds what they leave behind only on another stream."""
        ...

    def give_up(self) -> None:
        """Free what a capture took that failed, or is no longer wanted."""
        ...


class CudaCapture:
    """Capture by NVIDIA's CUDA graphs.

    Source: https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._step_bytes = 0

    def __call__(self, body: Callable[[], None]) -> Callable[[], None]:
        """Capture the body. Raises what it raises, and torch.OutOfMemoryError where no ordinary step fits any more."""
        graph, stream = torch.cuda.CUDAGraph(), _side_stream(self._device)
        # Other threads of ours go on meanwhile. A graph that is collected now would be destroyed in the middle.
        with _no_collection(), torch.cuda.stream(stream), \
                torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"), _refusing_to_wait():
            body()
        free_bytes, _total = torch.cuda.mem_get_info(self._device)
        cached_bytes = torch.cuda.memory_reserved(self._device) - torch.cuda.memory_allocated(self._device)
        if free_bytes + cached_bytes < self._step_bytes:
            raise torch.OutOfMemoryError
        return PacedReplay(graph)

    @contextmanager
    def aside(self) -> Iterator[None]:
        stream, current = _side_stream(self._device), torch.cuda.current_stream(self._device)
        stream.wait_stream(current)
        torch.cuda.reset_peak_memory_stats(self._device)
        before_bytes = torch.cuda.memory_allocated(self._device)
        try:
            with torch.cuda.stream(stream):
                yield
        finally:
            current.wait_stream(stream)
        self._step_bytes = torch.cuda.max_memory_allocated(self._device) - before_bytes

    def give_up(self) -> None:
        empty_gpu()


@functools.cache
def _side_stream(device: torch.device) -> torch.cuda.Stream:
    """Return one stream a process for all captures: libraries keep a workspace for every stream they have seen."""
    return torch.cuda.Stream(device)


@contextmanager
def _no_collection() -> Iterator[None]:
    gc.collect()
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _refusing_to_wait() -> Iterator[None]:
    """Raise an error before an operation that waits for the GPU: CUDA would break off the whole capture."""
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode(before)


class PacedReplay:
    """Replays of a graph, never too far ahead of the GPU. `graph` is the bare one."""

    def __init__(self, graph: torch.cuda.CUDAGraph) -> None:
        self.graph = graph
        self._done = [torch.cuda.Event(blocking=True) for _ in range(AHEAD)]  # who waits for one leaves the core
        self._count, self._last_s = 0, time.perf_counter()

    def __call__(self) -> None:
        now_s = time.perf_counter()
        ahead = replays_ahead(now_s - self._last_s)
        self._last_s = now_s
        self._done[(self._count - ahead) % AHEAD].synchronize()
        self.graph.replay()
        self._done[self._count % AHEAD].record()
        self._count += 1


def replays_ahead(seconds_a_step: float) -> int:
    """Return how many replays may be launched ahead, by the time of a step.

    >>> replays_ahead(0.0001), replays_ahead(0.02), replays_ahead(1.0)
    (8, 2, 1)
    """
    return max(1, min(AHEAD, int(AHEAD_S / max(seconds_a_step, 1e-9))))


def capture_on(device: torch.device | str) -> Capture | None:
    """Return the way to capture on a device; None where there is none."""
    device = torch.device(device)
    return CudaCapture(device) if device.type == "cuda" and torch.version.hip is None else None


NO_ROOM = text("There is not enough GPU memory for a graph beside the ordinary steps.")


class Graphed:
    """A function on fixed buffers: called as it is a few times, then captured, from then on repeated as one graph.

    Where it cannot be captured it is called as it is for good, and `why_not` names the reason.
    """

    def __init__(self, body: Callable[[], None], capture: Capture) -> None:
        self.why_not: Text | None = None
        self._body, self._capture = body, capture
        self._replay: Callable[[], None] | None = None
        self._calls = 0

    @property
    def is_captured(self) -> bool:
        return self._replay is not None

    @property
    def replay(self) -> Callable[[], None] | None:
        """The captured step; None as long as there is none."""
        return self._replay

    def __call__(self) -> None:
        if self._replay is None and self.why_not is None and self._calls >= STEPS_BEFORE:
            self._try_to_capture()
        self._calls += 1
        if self._replay:
            self._replay()
        elif self.why_not:
            self._body()
        else:
            with self._capture.aside():
                self._body()

    def give_up(self, why: Text) -> None:
        """Free the graph; from now on the function is called as it is."""
        self.why_not, self._replay = why, None
        self._capture.give_up()

    def _try_to_capture(self) -> None:
        errors: list[Exception] = []  # leaving a capture that was broken off raises errors of its own

        def body() -> None:
            try:
                self._body()
            except Exception as error:
                errors.append(error)
                raise

        why = None
        try:
            self._replay = self._capture(body)
        except Exception as error:  # whatever it is, the kernels can be launched one by one
            log.warning("the step could not be captured as a CUDA graph", exc_info=error)
            why = _reason_of((errors or [error])[0])
            errors.clear()  # their frames hold the step's tensors
        if why:
            self.give_up(why)


def _reason_of(error: Exception) -> Text:
    if isinstance(error, torch.OutOfMemoryError):
        return NO_ROOM
    why = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    return text("The step could not be captured: {why}", why=why)
