"""All that the rules judge of a run, gathered once from its folder as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from torch import nn

from explorer import charts, tasks
from explorer.data import DataMissing, Misfit
from explorer.doctor import thresholds
from explorer.doctor.checkup import check_up
from explorer.doctor.nonfinite import FirstBad, find_first_bad
from explorer.doctor.other_seeds import signals_of_other_seeds
from explorer.recipe import Recipe
from explorer.results import CheckUp, Curves
from explorer.spec import BadValue
from explorer.training.loop.layers import compute_updates
from explorer.training.loop.model import draw_model
from explorer.training.loop.parts import Parts, load_parts
from explorer.training.records.checkpoints import DamagedFrame, frame_steps, load_frame, written_ns
from explorer.training.records.curve_reader import thinned
from explorer.training.records.metrics import EpochRow, Steps, read_epochs, read_facts, read_steps
from explorer.training.records.run_numbers import RunNumbers
from explorer.training.runs.store import Run


@dataclass(frozen=True)
class Evidence:
    """first, last: check-ups with the first and the last kept weights, None where they cannot be had.

    update: how far the earliest kept step moved each layer's weights, as a share of their norm, by address.
    first_bad: where the first number that is not finite came from, None where all are. other_seeds: of a network whose
    signal does not get through at the start, whether it does under each of some other seeds.
    """

    recipe: Recipe
    steps: Steps
    epochs: tuple[EpochRow, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    has_ended: bool = True
    first: CheckUp | None = None
    last: CheckUp | None = None
    update: Mapping[str, float] = field(default_factory=dict)
    first_bad: FirstBad | None = None
    other_seeds: tuple[bool, ...] = ()

    @cached_property
    def numbers(self) -> RunNumbers:
        """What the charts take, thinned as every page has it."""
        last_step = int(self.steps.step.max(initial=0))
        return RunNumbers(self.recipe, thinned(self.steps), self.epochs, self.facts, last_step)

    @cached_property
    def loss_chart(self) -> Curves:
        return charts.loss(self.numbers)

    @property
    def loss_now(self) -> float:
        """The training loss where the chart's smoothed line ends: what is said of it, while rules judge by medians."""
        return charts.latest(self.loss_chart)

    @property
    def guess(self) -> float:
        """The chance loss, NaN where it would say nothing, as the perceptron's does."""
        return float(self.facts.get("guess_loss") or np.nan)

    @property
    def has_recovered(self) -> bool:
        """Whether a signal gets through by now."""
        return self.last is not None and passes_signal(self.last)

    @property
    def recent_loss(self) -> np.ndarray:
        """The losses of the last steps: the last quarter of them, or a few more: (step,)."""
        return self.steps.loss[-self.window:]

    @property
    def window(self) -> int:
        count = len(self.steps)
        return min(count, max(thresholds.LEAST_STEPS, count // 4))


def gather(run: Run) -> Evidence:
    """Raises RunDeleted, DamagedMetrics, or DocumentError where the run's files are gone or damaged."""
    recipe, status = run.recipe, run.status()
    steps, facts = read_steps(run.metrics_path), read_facts(run.metrics_path)
    try:
        parts = load_parts(recipe)
    except (DataMissing, Misfit, BadValue):  # the curves are still there to be judged
        return Evidence(recipe, steps, tuple(read_epochs(run.metrics_path)), facts, not status.is_live)
    first, last = _check_ups(run, parts)
    blocked = first is not None and not first.first_bad and not passes_signal(first)
    others = _other_seeds(run, recipe, parts) if blocked else ()
    return Evidence(recipe, steps, tuple(read_epochs(run.metrics_path)), facts, not status.is_live, first, last,
                    _update_shares(run), find_first_bad(run, steps, parts), others)


def _other_seeds(run: Run, recipe: Recipe, parts: Parts) -> tuple[bool, ...]:
    """Empty where the start was not what the seed draws, but weights from elsewhere."""
    drawn = draw_model(recipe).state_dict()
    kept = load_frame(run.frames_folder, frame_steps(run.frames_folder)[0])
    if any(name not in kept or not kept[name].equal(tensor) for name, tensor in drawn.items()):
        return ()
    return signals_of_other_seeds(recipe, lambda model: passes_signal(_check(model, recipe, parts, 0)))


def passes_signal(found: CheckUp) -> bool:
    """Whether what comes in makes a difference to what comes out."""
    spread = found.layers.spread[np.isfinite(found.layers.spread)]
    return len(spread) > 0 and spread[-1] > thresholds.SPREAD_LOST * spread[0]


def _check_ups(run: Run, parts: Parts) -> tuple[CheckUp | None, CheckUp | None]:
    kept = frame_steps(run.frames_folder)
    if not kept:
        return None, None
    first, last = (_kept_check_up(run, step, written_ns(run.frames_folder, step), parts)
                   for step in (kept[0], kept[-1]))
    return first, last


@lru_cache(maxsize=64)
def _remembered(run: Run, step: int, stamp: int, parts: _ByName) -> CheckUp | None:
    recipe = run.recipe
    model = draw_model(recipe)
    try:
        model.load_state_dict(load_frame(run.frames_folder, step))
    except (DamagedFrame, RuntimeError):
        return None
    return _check(model, recipe, parts.parts, step)


@dataclass(frozen=True)
class _ByName:
    """A run's samples as a key: they follow from its recipe, and are equal wherever the run is."""

    parts: Parts = field(compare=False)


def _kept_check_up(run: Run, step: int, stamp: int, parts: Parts) -> CheckUp | None:
    """The check-up with the weights of one step, made once for a run and step. None where they cannot be read."""
    return _remembered(run, step, stamp, _ByName(parts))


def _check(model: nn.Module, recipe: Recipe, parts: Parts, step: int) -> CheckUp:
    held_out = parts.validation if len(parts.validation) else parts.train
    return check_up(model, parts.train, held_out, tasks.learner(recipe), step)


def _update_shares(run: Run) -> dict[str, float]:
    """How far one step moved each layer, as a share of its weights' norm: from the first two kept neighbors."""
    kept = frame_steps(run.frames_folder)
    pair = next(((a, b) for a, b in pairwise(kept) if b == a + 1), None)
    if pair is None:
        return {}
    try:
        before, after = (load_frame(run.frames_folder, step) for step in pair)
    except DamagedFrame:
        return {}
    return compute_updates(before, after)
