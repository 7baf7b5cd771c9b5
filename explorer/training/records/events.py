"""A run's rows as TensorBoard reads them: one event file of scalars.

TensorBoard keeps scalars as float32, and shows a thousand points of each unless it is told
`--samples_per_plugin scalars=0`. A value that is none is left out. When a step was trained is not recorded: the
time of training is spread evenly over the steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.training.records.run_reader import Recorded

if TYPE_CHECKING:
    from tensorboard.compat.proto.event_pb2 import Event

EVENTS_FILE = "events.out.tfevents.layerscope"
_FILE_VERSION = "brain.Event:2"
_EPOCH_TAGS = {"train/epoch_loss": "train_loss", "train/epoch_accuracy": "train_accuracy",
               "validation/loss": "validation_loss", "validation/accuracy": "validation_accuracy",
               "test/loss": "test_loss", "test/accuracy": "test_accuracy"}


def write_events(recorded: Recorded, folder: Path) -> None:
    """An event file in the folder. Raises OSError, DamagedMetrics or CannotExport."""
    from tensorboard.summary.writer.record_writer import RecordWriter

    with (folder / EVENTS_FILE).open("wb") as file:
        writer = RecordWriter(file)
        for event in _events(recorded):
            writer.write(event.SerializeToString())


def _events(recorded: Recorded) -> Iterator[Event]:
    """The file's version, one event a step, then one an epoch, at the step where it ended."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    yield Event(wall_time=recorded.started_s, file_version=_FILE_VERSION)
    for step, scalars in _scalars(recorded):
        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in scalars if value == value]
        yield Event(wall_time=recorded.wall_time_s(step), step=step, summary=Summary(value=values))


def _scalars(recorded: Recorded) -> Iterator[tuple[int, Iterable[tuple[str, float]]]]:
    """(step, its scalars by tag), NaN where there is none."""
    tags = ["train/loss", "train/accuracy", *(f"gradient_norm/{layer}" for layer in recorded.layers)]
    for part in recorded.parts():
        values = _as_float32(np.column_stack([part.loss, part.accuracy, part.gradient_norm]))  # (step, tag)
        for step, row in zip(part.step.tolist(), values, strict=True):
            yield step, zip(tags, row, strict=True)
    for epoch in recorded.epochs():
        values = _as_float32(np.array([getattr(epoch, column) for column in _EPOCH_TAGS.values()], dtype=float))
        yield epoch.step, zip(_EPOCH_TAGS, values, strict=True)


def _as_float32(values: np.ndarray) -> list[Any]:
    with np.errstate(over="ignore"):  # a loss beyond float32 becomes infinite
        return values.astype(np.float32).tolist()
