"""A run's numbers as charts take them: read from the run, or held by whoever has read them already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from explorer.recipe import Recipe
from explorer.training.records.curve_reader import CurveReader
from explorer.training.records.layer_statistics import Counts, Inside, no_samples, read_histograms, read_inside
from explorer.training.records.metrics import EpochRow, Steps, no_steps, read_epochs, read_facts


class HasNumbers(Protocol):
    """A run, or its RunNumbers: whatever has a recipe and a place where numbers are recorded."""

    @property
    def recipe(self) -> Recipe: ...

    @property
    def metrics_path(self) -> Path | None: ...


@dataclass(frozen=True)
class RunNumbers:
    """What a run has recorded up to a moment. steps: of a long run every so many, `last_step` is the last of all.

    Layer statistics and histograms, which can be many, are read from `metrics_path` once a chart asks for them.
    """

    recipe: Recipe
    steps: Steps = field(default_factory=no_steps)
    epochs: tuple[EpochRow, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    last_step: int = 0
    metrics_path: Path | None = None
    _histograms: dict[tuple[str, str], dict[int, Counts]] = field(default_factory=dict, init=False, repr=False,
                                                                 compare=False)

    @cached_property
    def layer_statistics(self) -> Inside:
        """All samples, read once. Raises DamagedMetrics."""
        return no_samples() if self.metrics_path is None else read_inside(self.metrics_path)

    def histograms(self, layer: str, what: str) -> dict[int, Counts]:
        """A layer's weights or gradients by step, read once. Raises DamagedMetrics."""
        if (layer, what) not in self._histograms:
            self._histograms[layer, what] = {} if self.metrics_path is None else \
                read_histograms(self.metrics_path, layer, what)
        return self._histograms[layer, what]


def read_numbers(run: HasNumbers) -> RunNumbers:
    """The numbers of a run as of now; RunNumbers are given back as they are. Raises DamagedMetrics."""
    if isinstance(run, RunNumbers):
        return run
    reader = CurveReader(run.metrics_path)
    reader.refresh()
    return numbers_so_far(run.recipe, reader)


def numbers_so_far(recipe: Recipe, reader: CurveReader) -> RunNumbers:
    """The steps that a reader has by now, with the rest of what the run has recorded. Raises DamagedMetrics."""
    return RunNumbers(recipe, reader.steps, tuple(read_epochs(reader.path)), read_facts(reader.path), reader.last_step,
                      reader.path)
