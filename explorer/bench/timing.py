"""Comparison of two loops on a machine that is never quiet: in turn, in short bouts, many times."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch

_PAIRS_A_PAIR = 3


class Loop(Protocol):
    """A loop that trains. `step` takes one step and returns its samples; the rest is called around each bout.

    prepare: untimed, before a bout. finish: timed, at its end. leave: untimed, after it.
    """

    def step(self) -> int: ...
    def prepare(self) -> None: ...
    def finish(self) -> None: ...
    def leave(self) -> None: ...


@dataclass(frozen=True)
class Effort:
    """Amount of measuring.

    pairs: bouts of each loop, at least 7 for a figure worth reading; slow_pairs: the same where a step is slow.
    repeats: edits of a network. starts: runs started.
    """

    pairs: int = 21
    bout_s: float = 0.08
    slow_pairs: int = 7
    samples: int = 20_480
    repeats: int = 15
    starts: int = 3


@dataclass(frozen=True)
class Bout:
    """Examples a second of the clock on the wall, and of this process's own time on all cores."""

    per_s: float
    per_cpu_s: float


@dataclass(frozen=True)
class Comparison:
    """Pairs of bouts of two loops. The ratio is the median of first / second, pair by pair."""

    first: tuple[Bout, ...]
    second: tuple[Bout, ...]

    @property
    def ratios(self) -> list[float]:
        return [a.per_s / b.per_s for a, b in zip(self.first, self.second, strict=True)]

    @property
    def cpu_ratio(self) -> float:
        """Compute the ratio of processor time, which other programs on the machine affect less."""
        return statistics.median(a.per_cpu_s / b.per_cpu_s for a, b in zip(self.first, self.second, strict=True))

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        """Compute the 95 % interval of the median ratio, from the order of the pairs alone (sign test)."""
        ratios = sorted(self.ratios)
        count = len(ratios)
        skip = max(0, int((count - 1.96 * count**0.5) / 2))
        return ratios[skip], ratios[count - 1 - skip]

    @property
    def examples_per_s(self) -> tuple[float, float]:
        return statistics.median(b.per_s for b in self.first), statistics.median(b.per_s for b in self.second)


def compare(first: Loop, second: Loop, pairs: int, bout_s: float, device: str) -> Comparison:
    """Time both loops in turn, the order changing with every pair; a bout has as many steps as fill `bout_s`."""
    steps = max(1, round(bout_s / max(_seconds_a_step(first, device), _seconds_a_step(second, device))))
    bouts: tuple[list[Bout], list[Bout]] = ([], [])
    for pair in range(pairs):
        for index in (0, 1) if pair % 2 == 0 else (1, 0):
            bouts[index].append(_bout((first, second)[index], steps, device))
    return Comparison(tuple(bouts[0]), tuple(bouts[1]))


def time_bouts(loop: Loop, bouts: int, bout_s: float, device: str) -> list[Bout]:
    """Time a loop by itself, in bouts of as many steps as fill `bout_s`."""
    steps = max(1, round(bout_s / _seconds_a_step(loop, device)))
    return [_bout(loop, steps, device) for _ in range(bouts)]


def ms_a_call(work: Callable[[], object], calls: int, device: str) -> float:
    """Measure the mean time of a call among many that are not waited for, in milliseconds."""
    started = _now(device)
    for _ in range(calls):
        work()
    return 1000 * (_now(device) - started) / calls


def compare_anew(first: Callable[[], Loop], second: Callable[[], Loop], pairs: int, bout_s: float,
                 device: str) -> Comparison:
    """Compare two loops that are made anew every few pairs.

    Where their tensors happen to lie in memory makes one pair of loops up to 5 % faster or slower than the next.
    """
    found = [compare(first(), second(), min(_PAIRS_A_PAIR, pairs), bout_s, device)
             for _ in range(max(1, pairs // _PAIRS_A_PAIR))]
    return Comparison(tuple(bout for each in found for bout in each.first),
                      tuple(bout for each in found for bout in each.second))


def median_ms(work: Callable[[], object], repeats: int) -> float:
    """Measure the median time of a call, in milliseconds."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return 1000 * statistics.median(times)


def _seconds_a_step(loop: Loop, device: str) -> float:
    """Measure the fastest of three steps, after two to warm up."""
    loop.prepare()
    loop.step(), loop.step()
    times = []
    for _ in range(3):
        started = _now(device)
        loop.step()
        times.append(_now(device) - started)
    loop.finish()
    loop.leave()
    return min(times)


def _bout(loop: Loop, steps: int, device: str) -> Bout:
    loop.prepare()
    started, cpu_started = _now(device), time.process_time()
    examples = sum(loop.step() for _ in range(steps))
    loop.finish()
    seconds, cpu_seconds = _now(device) - started, time.process_time() - cpu_started
    loop.leave()
    return Bout(examples / seconds, examples / max(cpu_seconds, 1e-9))


def _now(device: str) -> float:
    """Read the clock once the device has finished all its work."""
    if device == "cuda":
        torch.cuda.synchronize()
    elif device == "mps":
        torch.mps.synchronize()
    return time.perf_counter()
