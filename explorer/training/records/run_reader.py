"""Recorded numbers of a run, read in parts, so that no run is too long to be exported."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.text import Text, text
from explorer.training.records.layer_statistics import LayerStatistics, read_layer_statistics
from explorer.training.records.metrics import (
    STEP_COLUMNS,
    DamagedMetrics,
    EpochRow,
    Steps,
    read_epochs,
    read_extent,
    read_facts,
    read_scalar_names,
    read_steps,
)
from explorer.training.runs.store import Run, RunDeleted

VALUES_PER_PART = 500_000
_BUSY_PATIENCE_S = 5.0


class CannotExport(Exception):
    """A run's numbers cannot be exported; `sentence` says why."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@dataclass(frozen=True)
class RunReader:
    """A reader of a run's rows up to step `last`, those that were there when it was opened.

    layers: the addresses of gradient_norm's columns; sampled_layers: those of the layer statistics; scalars: the names
    of the numbers of each step; continued: how often training was resumed.
    """

    path: Path
    layers: tuple[str, ...]
    last: int
    continued: int
    started_s: float
    seconds: float
    sampled_layers: tuple[str, ...] = ()
    scalars: tuple[str, ...] = STEP_COLUMNS

    def parts(self) -> Iterator[Steps]:
        """Read every step's row in order, some at a time. Raises DamagedMetrics, or CannotExport where they change."""
        after, most = 0, max(1, VALUES_PER_PART // (2 + len(self.scalars) + len(self.layers)))
        while after < self.last:
            part = self._next_part(after, min(most, self.last - after))
            if part.gradient_norm.shape[1] != len(self.layers):
                raise DamagedMetrics("gradient norms that belong to no layer")
            after = int(part.step[-1])
            yield part
        if self._is_changed:
            raise CannotExport(text("The run was resumed from an earlier step during the export. Export it again."))

    def _next_part(self, after: int, most: int) -> Steps:
        """Read one part; waits a while where another process holds the file."""
        until = time.monotonic() + _BUSY_PATIENCE_S
        while not len(part := read_steps(self.path, after, most=most)):
            if time.monotonic() > until or self._is_changed:
                raise CannotExport(text("The run's metrics were removed during the export. Export it again."))
            time.sleep(0.05)
        return part

    @property
    def _is_changed(self) -> bool:
        last, continued = read_extent(self.path)
        return last < self.last or continued != self.continued

    def epochs(self) -> list[EpochRow]:
        """Read the rows of the epochs that ended by then. Raises DamagedMetrics."""
        return [row for row in read_epochs(self.path) if row.step <= self.last]

    def layer_statistics(self) -> LayerStatistics:
        """Read the samples of full recording by then. Raises DamagedMetrics."""
        found = read_layer_statistics(self.path).until(self.last)
        if len(found) and any(values.shape[1] != len(self.sampled_layers) for values in found.values.values()):
            raise DamagedMetrics("samples that belong to no layer")
        return found

    def wall_time_s(self, step: int) -> float:
        """Estimate when a step was trained, in seconds since 1970, with all steps taking the same time."""
        return self.started_s + self.seconds * step / self.last


def open_run(run: Run) -> RunReader:
    """Open what a run has recorded so far. Raises DamagedMetrics, or CannotExport where that is nothing."""
    last, continued = read_extent(run.metrics_path)
    if last == 0:
        raise CannotExport(text("Nothing has been recorded yet: the run has not made a step."))
    facts = read_facts(run.metrics_path)
    try:
        layers, seconds = tuple(map(str, facts["layers"])), _training_s(facts)
        sampled = tuple(map(str, facts.get("sampled_layers", ())))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedMetrics("facts that do not describe the run") from error
    return RunReader(run.metrics_path, layers, last, continued, _started_s(run), seconds, sampled,
                     (*STEP_COLUMNS, *read_scalar_names(run.metrics_path)))


def _training_s(facts: dict[str, Any]) -> float:
    return float(facts.get("progress", {}).get("train_seconds", 0.0))


def _started_s(run: Run) -> float:
    """Find when the run was created; without a time in its status, when its recipe was written, which is the same."""
    try:
        return run.stored_status().created_s or (run.folder / "recipe.json").stat().st_mtime
    except (RunDeleted, OSError):
        return 0.0
