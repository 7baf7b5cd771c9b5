"""Evidence for the rules, gathered once from a run's folder as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
from explorer.training.records.curve_reader import POINTS, thinned
from explorer.training.records.metrics import EpochRow, Steps, read_epochs, read_facts, read_steps
from explorer.training.records.run_numbers import RunNumbers
from explorer.training.records.step_means import StepMeans, bin_width, full_until, read_means, spacing
from explorer.training.runs.store import Run


@dataclass(frozen=True)
class Evidence:
    """A run's numbers, and check-ups with its first and last kept weights (None if they cannot be read).

    update: how far the earliest kept step moved each layer's weights, as a share of their norm, by address.
    first_bad: where the first non-finite number came from, None if there is none. other_seeds: if no signal gets
    through with the initial weights, whether it does with each of some other seeds.

    >>> from explorer import zoo
    >>> from explorer.training.records.metrics import no_steps
    >>> Evidence(zoo.recipe("mlp"), no_steps()).first is None
    True
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
    means: StepMeans = field(default_factory=StepMeans)

    @cached_property
    def numbers(self) -> RunNumbers:
        """The run's numbers for charts, thinned as on every page."""
        last_step = int(self.steps.step.max(initial=0))
        return RunNumbers(self.recipe, thinned(self.steps), self.epochs, self.facts, last_step,
                          means=self.means, every=spacing(last_step, POINTS))

    @cached_property
    def loss_chart(self) -> Curves:
        return charts.loss(self.numbers)

    @property
    def loss_now(self) -> float:
        """The training loss where the chart's strong line ends: shown in sentences, while rules judge by medians."""
        return charts.latest(self.loss_chart)

    @property
    def chance_loss(self) -> float:
        """The loss of ignoring the inputs; NaN where it means nothing, as for the perceptron's loss."""
        return float(self.facts.get("guess_loss") or np.nan)

    @property
    def has_recovered(self) -> bool:
        """True if a signal gets through with the last kept weights."""
        return self.last is not None and passes_signal(self.last)

    @property
    def recent_loss(self) -> np.ndarray:
        """The losses of the last quarter of the steps, or of a few more: (step,)."""
        return self.steps.loss[-self.window:]

    @property
    def window(self) -> int:
        count = len(self.steps)
        return min(count, max(thresholds.LEAST_STEPS, count // 4))


def gather(run: Run) -> Evidence:
    """Gather the evidence on a run. Raises RunDeleted, DamagedMetrics, or DocumentError if its files are damaged.

    >>> from tempfile import mkdtemp
    >>> from explorer import zoo
    >>> from explorer.training import RunStore
    >>> len(gather(RunStore(mkdtemp()).create(zoo.recipe("playground"))).steps)
    0
    """
    steps, facts = read_steps(run.metrics_path), read_facts(run.metrics_path)
    last = int(steps.step.max(initial=0))
    width = bin_width(facts, last)
    means = read_means(run.metrics_path, width, 0, full_until(last, width, facts))
    curves = Evidence(run.recipe, steps, tuple(read_epochs(run.metrics_path)), facts, not run.status().is_live,
                      means=means)
    try:
        return _with_weights(curves, run)
    except (DataMissing, Misfit, BadValue):  # the curves can still be judged
        return curves


def _with_weights(curves: Evidence, run: Run) -> Evidence:
    """Add what the kept weights show. Raises what loading the samples raises."""
    first, last = _check_ups(run)
    is_blocked = first is not None and not first.first_bad and not passes_signal(first)
    return replace(curves, first=first, last=last, update=_update_shares(run),
                   first_bad=find_first_bad(run, curves.steps),
                   other_seeds=_other_seeds(run, curves.recipe) if is_blocked else ())


def _other_seeds(run: Run, recipe: Recipe) -> tuple[bool, ...]:
    """Check other seeds; empty if the initial weights are not those of the recipe's seed."""
    drawn = draw_model(recipe).state_dict()
    kept = load_frame(run.frames_folder, frame_steps(run.frames_folder)[0])
    if any(name not in kept or not kept[name].equal(tensor) for name, tensor in drawn.items()):
        return ()
    parts = load_parts(recipe)
    return signals_of_other_seeds(recipe, lambda model: passes_signal(_check(model, recipe, parts, 0)))


def known_spreads(check: CheckUp) -> np.ndarray:
    """List the known spreads of the layers' outputs, from input to output: (layer,)."""
    spread = check.layers.column("spread")
    return spread[np.isfinite(spread)]


def passes_signal(found: CheckUp) -> bool:
    """Check that outputs differ where inputs differ."""
    spread = known_spreads(found)
    return len(spread) > 0 and spread[-1] > thresholds.SPREAD_LOST * spread[0]


def _check_ups(run: Run) -> tuple[CheckUp | None, CheckUp | None]:
    kept = frame_steps(run.frames_folder)
    if not kept:
        return None, None
    first, last = (_kept_check_up(run, step, written_ns(run.frames_folder, step)) for step in (kept[0], kept[-1]))
    return first, last


@lru_cache(maxsize=64)
def _kept_check_up(run: Run, step: int, _written_ns: int) -> CheckUp | None:
    """Make the check-up with one step's weights, once per run and step; None if they cannot be read.

    The samples are loaded here, so that what is remembered holds no data set.
    """
    recipe = run.recipe
    model = draw_model(recipe)
    try:
        model.load_state_dict(load_frame(run.frames_folder, step))
    except (DamagedFrame, RuntimeError):
        return None
    return _check(model, recipe, load_parts(recipe), step)


def _check(model: nn.Module, recipe: Recipe, parts: Parts, step: int) -> CheckUp:
    return check_up(model, parts.train, parts.validation, tasks.learner(recipe), step)


def _update_shares(run: Run) -> dict[str, float]:
    """Compute how far one step moved each layer, relative to its weights' norm, from the first adjacent pair kept."""
    kept = frame_steps(run.frames_folder)
    pair = next(((a, b) for a, b in pairwise(kept) if b == a + 1), None)
    if pair is None:
        return {}
    try:
        before, after = (load_frame(run.frames_folder, step) for step in pair)
    except DamagedFrame:
        return {}
    return compute_updates(before, after)
