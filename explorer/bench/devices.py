"""Steps of the zoo's recipes on a device: how long they take, and how much of that time a GPU computes."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, replace

from explorer import zoo
from explorer.bench.device_time import DeviceTime, profile_steps
from explorer.bench.loops import OurLoop
from explorer.bench.measurement import Row
from explorer.bench.subjects import as_parts, lenet_recipe, random_samples, whole_batches
from explorer.bench.timing import Effort, compare, ms_a_call, time_bouts
from explorer.recipe import Recipe
from explorer.training.loop.graph import STEPS_BEFORE
from explorer.training.loop.parts import Parts
from explorer.training.loop.torch_settings import prepare_torch, torch_kept

LONG_STEP_MS = 2.0  # where the device computes as long as this, launching its kernels must not show
_PROFILED_STEPS, _REPLAYS, _SHOWN, _NAME_CHARACTERS = 20, 100, 10, 120


@dataclass(frozen=True)
class StepTime:
    """Time of one step, in milliseconds.

    ordinary_ms: its operations launched one by one. device: what the GPU does in it. replay_ms: the bare graph, again
    and again. Each is None where there is none.
    """

    step_ms: float
    ordinary_ms: float | None = None
    device: DeviceTime | None = None
    replay_ms: float | None = None

    @property
    def budget(self) -> tuple[float, float] | None:
        """The step's share of the least time it could take, and the most that this may be; None without a GPU."""
        if self.device and (self.device.busy_ms >= LONG_STEP_MS or self.replay_ms is None):
            return self.step_ms / self.device.busy_ms, 1.1
        return (self.step_ms / self.replay_ms, 1.2) if self.replay_ms else None

    @property
    def figures(self) -> dict[str, float]:
        """All that was measured, by name."""
        found = {"step_ms": self.step_ms, "ordinary_ms": self.ordinary_ms, "replay_ms": self.replay_ms,
                 "busy_ms": self.device and self.device.busy_ms}
        return {name: value for name, value in found.items() if value is not None}


def time_step(recipe: Recipe, parts: Parts, effort: Effort, device: str) -> StepTime:
    """Time the steps of a recipe as a run takes them: its threads, its mode, its recording, its graph."""
    with torch_kept():
        prepare_torch(recipe)
        loop = OurLoop(recipe, parts, device)
        if device != "cuda":
            bouts = time_bouts(loop, effort.slow_pairs, effort.bout_s, device)
            return StepTime(1000 * recipe.batch_size / statistics.median(bout.per_s for bout in bouts))
        both = compare(loop, OurLoop(recipe, parts, device, graph=False), effort.slow_pairs, effort.bout_s, device)
        loop.prepare()
        replay_ms = ms_a_call(loop.replay, _REPLAYS, device) if loop.replay else None
        return StepTime(*(1000 * recipe.batch_size / per_s for per_s in both.examples_per_s), replay_ms=replay_ms)


def profiled(time: StepTime, recipe: Recipe, parts: Parts, device: str) -> StepTime:
    """Add what the GPU does in a step. Once a process was profiled its launches stay slower: time everything before."""
    if device != "cuda":
        return time
    with torch_kept():
        prepare_torch(recipe)
        loop = OurLoop(recipe, parts, device)
        for _ in range(STEPS_BEFORE + 1):
            loop.step()
        return replace(time, device=profile_steps(loop.step, _PROFILED_STEPS))


def steps(effort: Effort, device: str) -> list[Row]:
    """Time a step of every recipe of the zoo, in full batches; the first row is one step of each, together."""
    times = {name: time_step(*whole_batches(zoo.recipe(name)), effort, device) for name in zoo.trainable()}
    rows = []
    for name, time in times.items():
        recipe, parts = whole_batches(zoo.recipe(name))
        rows += _rows_of(name, recipe, profiled(time, recipe, parts, device))
    together = sum(row.value for row in rows if row.unit == "ms")
    return [Row("step", f"one step of each of {len(zoo.trainable())} recipes", together, "ms"), *rows]


def title_of(name: str) -> str:
    """Return the title of a recipe of the zoo in tables.

    >>> title_of("playground")
    'Playground, batch 10'
    """
    return f"{zoo.ZOO.get(name).title}, batch {zoo.recipe(name).batch_size}"


def _rows_of(name: str, recipe: Recipe, time: StepTime) -> list[Row]:
    title = title_of(name)
    spelled = {"ordinary_ms": "ordinary steps", "busy_ms": "GPU busy", "replay_ms": "the bare graph"}
    parts = [f"{1000 * recipe.batch_size / time.step_ms:,.0f} examples/s",
             *(f"{words} {time.figures[key]:.3g} ms" for key, words in spelled.items() if key in time.figures)]
    rows = [Row(f"step_{name}", title, time.step_ms, "ms", detail="; ".join(parts),
                figures={"batch": recipe.batch_size, **time.figures})]
    if time.budget:
        ratio, at_most = time.budget
        least = "the time that the GPU computes" if at_most == 1.1 else "the bare graph"
        rows.append(Row(f"step_{name}_ratio", f"{title} : {least}", ratio, at_most=at_most))
    return rows


def deterministic(effort: Effort, device: str) -> list[Row]:
    """Compare LeNet's step in deterministic and in fast mode, kernel by kernel on CUDA."""
    parts = as_parts(random_samples(effort.samples, (1, 28, 28)))
    modes = [lenet_recipe().with_(deterministic=wanted) for wanted in (True, False)]
    times = [time_step(recipe, parts, effort, device) for recipe in modes]
    sure, fast = (profiled(time, recipe, parts, device) for time, recipe in zip(times, modes, strict=True))
    row = Row("deterministic", "LeNet, sigmoid, batch 256: deterministic : fast mode", sure.step_ms / fast.step_ms,
              detail=f"{sure.step_ms:.3g} : {fast.step_ms:.3g} ms")
    return [row, *_slowest("deterministic", sure, fast), *_slowest("fast", fast, sure)]


def _slowest(mode: str, here: StepTime, there: StepTime) -> list[Row]:
    """List the kernels that take longest in one mode, with their time in the other."""
    if not here.device or not there.device:
        return []
    return [Row(f"deterministic_{mode}_{place}", f"{mode} mode: {name[:_NAME_CHARACTERS]}", 1000 * ms, "µs",
                detail=f"{1000 * there.device.kernels.get(name, 0.0):.3g} µs in the other mode")
            for place, (name, ms) in enumerate(list(here.device.kernels.items())[:_SHOWN], 1)]
