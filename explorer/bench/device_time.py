"""Time that a GPU computes, by PyTorch's profiler."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch.autograd import DeviceType
from torch.autograd.profiler_util import FunctionEvent
from torch.profiler import ProfilerActivity, profile


@dataclass(frozen=True)
class DeviceTime:
    """Time on the device of one step.

    busy_ms: in which it does anything. kernels: milliseconds of each kernel and copy, by name, the longest first.
    """

    busy_ms: float
    kernels: dict[str, float]


def profile_steps(step: Callable[[], object], steps: int) -> DeviceTime | None:
    """Profile so many steps on CUDA; None where the profiler sees nothing of the device."""
    torch.cuda.synchronize()
    with profile(activities=[ProfilerActivity.CUDA]) as watched:
        for _ in range(steps):
            step()
        torch.cuda.synchronize()
    return device_time(watched.events(), steps)


def device_time(events: Iterable[FunctionEvent], steps: int) -> DeviceTime | None:
    """Sum up what a device did in so many steps; None if it did nothing."""
    done = [event for event in events if event.device_type == DeviceType.CUDA and not event.is_user_annotation]
    if not done:
        return None
    totals: Counter[str] = Counter()
    for event in done:
        totals[event.name] += event.time_range.elapsed_us()
    busy_us = covered((event.time_range.start, event.time_range.end) for event in done)
    return DeviceTime(busy_us / steps / 1000, {name: total / steps / 1000 for name, total in totals.most_common()})


def covered(intervals: Iterable[tuple[float, float]]) -> float:
    """Compute the length of a union of intervals: what runs side by side counts once.

    >>> covered([(0, 2), (1, 3), (5, 6)])
    4.0
    """
    total, reached = 0.0, float("-inf")
    for start, end in sorted(intervals):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total
