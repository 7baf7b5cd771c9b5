"""Measurement of how many CPU threads a training step should take: real steps of small networks, in turn."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import psutil
import torch

from explorer.data import Samples
from explorer.document import Network, chain
from explorer.files.folders import cache_folder
from explorer.recipe import Recipe
from explorer.text import Text, text
from explorer.training.loop.loop import Trainer
from explorer.training.loop.parts import Parts
from explorer.training.loop.processor import count_cores
from explorer.training.loop.threads import ThreadTable, is_unmeasured, keep_table, kept_table, why_unmeasurable
from explorer.training.loop.torch_settings import keep_freed_memory, step_work, torch_kept

_ROUNDS = 5
_BOUT_S = 0.004
_GAIN = 0.04  # of a step's time: more threads that win less are not worth the cores
_LOSS = 0.1  # more threads that lose less than this at the largest work measured would win at more work
_UNSTEADY = 1.15  # the median of a step's times over the best of them; 1.02 where nothing else runs
_OTHERS = 0.1  # share of all cores that other programs may use meanwhile
_TICK_S = 0.1  # of the accounts of the system, and of what ran before
_LOOK_EVERY_S, _TRIES = 10.0, 3


@dataclass(frozen=True)
class Timing:
    """The time of one network's step, in seconds by the number of threads. work: its multiply-adds."""

    work: float
    seconds: Mapping[int, float]


def fit_table(timings: Sequence[Timing]) -> ThreadTable:
    """Fit the table under which these steps take the least time, each counted by its logarithm.

    A number of threads begins half-way, in logarithms, between two works that were measured.
    """
    timings = sorted(timings, key=lambda timing: timing.work)
    counts = sorted(timings[0].seconds)
    best = min(combinations_with_replacement(counts, len(timings)), key=lambda chosen: _cost(chosen, timings))
    since = {best[0]: 0.0}
    for at in range(1, len(best)):
        since.setdefault(best[at], math.sqrt(timings[at - 1].work * timings[at].work))
    return ThreadTable(*zip(*(since | _beyond(timings[-1], best[-1])).items(), strict=True))


def _cost(chosen: Sequence[int], timings: Sequence[Timing]) -> float:
    return sum(math.log(timing.seconds[threads]) + _GAIN * math.log2(threads)
               for threads, timing in zip(chosen, timings, strict=True))


def _beyond(largest: Timing, best: int) -> dict[int, float]:
    """Find the threads for more work than was measured: those that hardly lose there, at proportionally more."""
    return {threads: largest.work * threads / best for threads, seconds in sorted(largest.seconds.items())
            if threads > best and seconds < (1 + _LOSS) * largest.seconds[best]}


def measure_now() -> Text | None:
    """Measure and keep this machine's table, unless it is kept already; returns why there is none, if so."""
    if kept_table():
        return None
    if why := why_unmeasurable():
        return why
    table = measure_table()
    if table is None:
        return text("This machine is too busy to measure CPU threads. Try again when nothing else runs.")
    try:
        keep_table(table)
    except OSError as error:
        return text("CPU threads were measured, but the result cannot be kept in {folder}: {why}.",
                    folder=cache_folder(), why=error.strerror or error)
    return None


def measure_when_quiet(came: Callable[[float], bool]) -> None:
    """Measure and keep this machine's table once nothing else is at work, unless it is kept already.

    came: waits for so many seconds and returns whether something better to do has come; then nothing is kept. Raises
    OSError where it cannot be.
    """
    tries = _TRIES if is_unmeasured() else 0
    while tries and not came(0.0):
        others = OtherPrograms()
        if came(_LOOK_EVERY_S):
            return
        if others.are_quiet():
            tries -= 1
            if table := measure_table(lambda: came(0.0)):
                keep_table(table)
                return


def measure_table(should_stop: Callable[[], bool] = lambda: False) -> ThreadTable | None:
    """Measure this machine's table, in a few seconds; None where it was stopped, or the machine too busy to trust it.
    """
    others, cells = OtherPrograms(), {}
    for cell, seconds in time_steps():
        cells.setdefault(cell, []).append(seconds)
        if should_stop() or not others.are_quiet():
            return None
    unsteady = statistics.median(statistics.median(times) / min(times) for times in cells.values())
    return fit_table(timings_of(cells)) if unsteady < _UNSTEADY else None


def timings_of(cells: Mapping[tuple[float, int], Sequence[float]]) -> list[Timing]:
    """Take the median of all times of (work, threads)."""
    works = {work for work, _threads in cells}
    return [Timing(work, {threads: statistics.median(times) for (of, threads), times in cells.items() if of == work})
            for work in works]


def time_steps() -> Iterator[tuple[tuple[float, int], float]]:
    """Time steps of each network on each number of threads, in turn: ((work, threads), seconds a step)."""
    with torch_kept():
        keep_freed_memory()  # as a run does
        for subject in _subjects_in_turn():
            for threads in _thread_counts(count_cores()):
                torch.set_num_threads(threads)
                yield (subject.work, threads), subject.seconds_a_step()


def _subjects_in_turn() -> Iterator[_Subject]:
    """Yield all networks a few times over, each made when it is first due: a measurement may stop in between."""
    made = []
    for recipe in _recipes():
        made.append(_Subject(recipe))
        yield made[-1]
    yield from (_ROUNDS - 1) * made


class _Subject:
    """A network whose steps are timed, some at a time. work: multiply-adds of a step."""

    def __init__(self, recipe: Recipe) -> None:
        self.work = float(step_work(recipe))
        self._trainer = Trainer(recipe, _random_parts(recipe))
        self._steps = 1
        self.seconds_a_step()
        self._steps = max(1, round(_BOUT_S / self.seconds_a_step()))

    def seconds_a_step(self) -> float:
        """Time a few steps, after one that wakes the threads."""
        self._trainer.train_step()
        started = time.perf_counter()
        for _ in range(self._steps):
            self._trainer.train_step()
        seconds = (time.perf_counter() - started) / self._steps
        self._trainer.instruments.flush()
        return seconds


class OtherPrograms:
    """Other programs on this machine, from now on."""

    def __init__(self) -> None:
        self._started, self._spent_s = time.perf_counter(), _others_s()

    def are_quiet(self) -> bool:
        """Check that they have used few of the cores since."""
        passed_s = time.perf_counter() - self._started
        return _others_s() - self._spent_s <= _TICK_S + _OTHERS * (psutil.cpu_count() or 1) * passed_s


def _others_s() -> float:
    """Sum the processor time that was spent on this machine, but not by this process."""
    spent = psutil.cpu_times()._asdict()
    own = ("idle", "iowait", "guest", "guest_nice")  # time of guests is part of user time, too
    return sum(seconds for name, seconds in spent.items() if name not in own) - time.process_time()


def _thread_counts(cores: int) -> list[int]:
    """List 1, 2, 4 and so on, and all cores."""
    return sorted({cores, *(2**power for power in range(cores.bit_length()) if 2**power <= cores)})


def _recipes() -> list[Recipe]:
    """Make the recipes whose steps are timed."""
    return [Recipe(net).with_optimizer("sgd", lr=0.01).with_(batch_size=size, epochs=100_000, device="cpu")
            for net, sizes in timed_networks().items() for size in sizes]


def timed_networks() -> dict[Network, tuple[int, ...]]:
    """Make the networks whose steps are timed, of matrix products and of convolutions, and their sizes of a batch.

    Their measurements ship (network/known.json).
    """
    linear = chain("Linear", ("input", "input", {"shape": [1, 28, 28]}), ("flatten", "flatten", {}),
                   ("linear1", "linear", {"out_features": 256}), ("relu1", "relu", {}),
                   ("linear2", "linear", {"out_features": 128}), ("relu2", "relu", {}),
                   ("linear3", "linear", {"out_features": 10}))
    return {linear: (32, 256, 2048), _convolutional(6, 28): (8, 32, 128, 512), _convolutional(32, 32): (64,)}


def _convolutional(width: int, size: int) -> Network:
    return chain("Convolutional", ("input", "input", {"shape": [1, size, size]}),
                 ("conv1", "conv2d", {"out_channels": width, "kernel_size": 5, "padding": 2}), ("relu1", "relu", {}),
                 ("pool1", "max_pool2d", {"kernel_size": 2, "stride": 2}),
                 ("conv2", "conv2d", {"out_channels": 2 * width, "kernel_size": 5, "padding": 2}),
                 ("relu2", "relu", {}),
                 ("pool2", "max_pool2d", {"kernel_size": 2, "stride": 2}), ("flatten", "flatten", {}),
                 ("linear1", "linear", {"out_features": 10}))


def _random_parts(recipe: Recipe) -> Parts:
    """Draw random pixels and classes for a few batches; speed does not depend on the content."""
    count = 4 * recipe.batch_size
    shape = recipe.network.nodes[0].params["shape"]
    inputs = torch.randint(0, 256, (count, *shape), dtype=torch.uint8)
    samples = Samples(inputs, torch.randint(0, 10, (count,)), tuple("0123456789"))
    return Parts(samples, samples.take(slice(0, 0)), samples.take(slice(0, 0)))
