"""A run's numbers as the input of charts: read from the run, or kept from an earlier reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from explorer.recipe import Recipe
from explorer.training.records.curve_reader import CurveReader
from explorer.training.records.layer_statistics import (
    Counts,
    LayerStatistics,
    no_samples,
    read_histograms,
    read_layer_statistics,
)
from explorer.training.records.metrics import LOSS, EpochRow, Steps, no_steps
from explorer.training.records.step_means import StepMeans
from explorer.training.runs.recording import Recording


class HasNumbers(Protocol):
    """A run, or its RunNumbers: anything with a recipe, or none, and a path to recorded numbers."""

    @property
    def recipe(self) -> Recipe | None: ...

    @property
    def recording(self) -> Recording | None: ...

    @property
    def metrics_path(self) -> Path | None: ...


@dataclass(frozen=True)
class RunNumbers:
    """The numbers a run has recorded so far. steps: a long run's are thinned; `last_step` is the last of all. means:
    over fixed bins of all steps. every: so many-th steps are kept.

    Layer statistics and histograms, which can be many, are read from `metrics_path` when a chart asks for them.
    recipe: None for a loop of one's own.
    """

    recipe: Recipe | None
    steps: Steps = field(default_factory=no_steps)
    epochs: tuple[EpochRow, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    last_step: int = 0
    metrics_path: Path | None = None
    means: StepMeans = field(default_factory=StepMeans)
    every: int = 1
    _histograms: dict[tuple[str, str], dict[int, Counts]] = field(default_factory=dict, init=False, repr=False,
                                                                 compare=False)

    @property
    def knows_epochs(self) -> bool:
        """Return whether it is known how many steps an epoch has; of somebody's own loop it need not be."""
        return self.recipe is not None or bool(self.facts.get("batches_per_epoch"))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The numbers recorded per step or per epoch: the loss first, the others in alphabetical order."""
        measured = {name for row in self.epochs for values in row.values.values() for name in values}
        return (LOSS, *sorted((measured | self.steps.scalars.keys()) - {LOSS}))

    @cached_property
    def layer_statistics(self) -> LayerStatistics:
        """All samples, read once. Raises DamagedMetrics."""
        return no_samples() if self.metrics_path is None else read_layer_statistics(self.metrics_path)

    def histograms(self, layer: str, what: str) -> dict[int, Counts]:
        """Read the histograms of a layer's weights or gradients by step, once. Raises DamagedMetrics."""
        if (layer, what) not in self._histograms:
            self._histograms[layer, what] = {} if self.metrics_path is None else \
                read_histograms(self.metrics_path, layer, what)
        return self._histograms[layer, what]


def read_numbers(run: HasNumbers) -> RunNumbers:
    """Read the numbers a run has recorded so far; RunNumbers are returned unchanged. Raises DamagedMetrics."""
    if isinstance(run, RunNumbers):
        return run
    reader = CurveReader(run.metrics_path)
    reader.refresh()
    return numbers_so_far(recipe_of(run), reader)


def recipe_of(run: HasNumbers) -> Recipe | None:
    """Return a run's recipe, None for somebody's own loop. Raises DocumentError."""
    return None if run.recording else run.recipe


def numbers_so_far(recipe: Recipe | None, reader: CurveReader) -> RunNumbers:
    """Collect what a reader has read by its last refresh."""
    return RunNumbers(recipe, reader.steps, reader.epochs, reader.facts, reader.last_step, reader.path, reader.means,
                      reader.every)
