"""TensorBoard's view of a run: one event file of scalars.

TensorBoard keeps scalars as float32, and shows a thousand points of each unless it is started with
`--samples_per_plugin scalars=0`. Missing values are left out. The time of each step is not recorded, so the
training time is spread evenly over the steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.training.records.metrics import TRAIN
from explorer.training.records.run_reader import RunReader

if TYPE_CHECKING:
    from tensorboard.compat.proto.event_pb2 import Event

EVENTS_FILE = "events.out.tfevents.layerscope"
_FILE_VERSION = "brain.Event:2"


def write_events(reader: RunReader, folder: Path) -> None:
    """Write an event file into the folder. Raises OSError, DamagedMetrics or CannotExport."""
    from tensorboard.summary.writer.record_writer import RecordWriter

    with (folder / EVENTS_FILE).open("wb") as file:
        writer = RecordWriter(file)
        for event in _events(reader):
            writer.write(event.SerializeToString())


def _events(reader: RunReader) -> Iterator[Event]:
    """Yield the file's version, one event a step, then one an epoch, at the step where it ended."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    yield Event(wall_time=reader.started_s, file_version=_FILE_VERSION)
    for step, scalars in _scalars(reader):
        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in scalars if value == value]
        yield Event(wall_time=reader.wall_time_s(step), step=step, summary=Summary(value=values))


def _scalars(reader: RunReader) -> Iterator[tuple[int, Iterable[tuple[str, float]]]]:
    """Yield (step, its scalars by tag), NaN where there is none."""
    tags = [*(f"train/{name}" for name in reader.scalars), *(f"gradient_norm/{layer}" for layer in reader.layers)]
    for part in reader.parts():
        values = _as_float32(np.column_stack([*map(part.of, reader.scalars), part.gradient_norm]))  # (step, tag)
        for step, row in zip(part.step.tolist(), values, strict=True):
            yield step, zip(tags, row, strict=True)
    for epoch in reader.epochs():
        named = {_epoch_tag(part, name): value for part, found in epoch.values.items() for name, value in found.items()}
        yield epoch.step, zip(named, _as_float32(np.array(list(named.values()), dtype=float)), strict=True)


def _epoch_tag(part: str, name: str) -> str:
    """Name the tag of a part's mean over an epoch; `train/<name>` is already that of each step's number."""
    return f"train/epoch_{name}" if part == TRAIN else f"{part}/{name}"


def _as_float32(values: np.ndarray) -> list[Any]:
    with np.errstate(over="ignore"):  # a loss beyond float32 becomes infinite
        return values.astype(np.float32).tolist()
