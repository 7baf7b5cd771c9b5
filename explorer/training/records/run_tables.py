"""A run's rows as tables, one of its steps and one of its epochs: CSV and Parquet.

A run with full instruments has a third, of the steps that were looked into.

Numbers are exact: what is read back is what was recorded. A value that is none is an empty field, or null.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import astuple, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.training.records.layer_statistics import QUANTITIES, Inside
from explorer.training.records.metrics import EpochRow, Steps
from explorer.training.records.run_reader import Recorded

if TYPE_CHECKING:
    import pyarrow as pa

EPOCH_COLUMNS = [field.name for field in fields(EpochRow)]
_WHOLE_NUMBERS = ("epoch", "step")


def step_columns(layers: Iterable[str]) -> list[str]:
    """step, epoch (a fraction), loss, accuracy, and the gradient norm of each layer."""
    return ["step", "epoch", "loss", "accuracy", *(f"gradient_norm/{layer}" for layer in layers)]


def sample_columns(layers: Iterable[str]) -> list[str]:
    """step, and each quantity of each layer: `mean/linear1`."""
    return ["step", *(f"{quantity}/{layer}" for quantity in QUANTITIES for layer in layers)]


def _sample_arrays(inside: Inside) -> list[np.ndarray]:
    """The samples' columns, in the order of sample_columns, each (sample,)."""
    return [inside.step, *inside.values.reshape(len(inside), -1).T]


def _arrays(part: Steps) -> list[np.ndarray]:
    """A part's columns, in the order of step_columns, each (step,)."""
    return [part.step, part.epoch, part.loss, part.accuracy, *part.gradient_norm.T]


def write_csv(recorded: Recorded, folder: Path) -> None:
    """steps.csv, epochs.csv, and samples.csv where there are some. Raises OSError, DamagedMetrics or CannotExport."""
    with (folder / "steps.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(step_columns(recorded.layers))
        for part in recorded.parts():
            writer.writerows(zip(*map(_as_fields, _arrays(part)), strict=True))
    with (folder / "epochs.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(EPOCH_COLUMNS)
        writer.writerows(map(astuple, recorded.epochs()))
    if len(inside := recorded.inside()):
        with (folder / "samples.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(sample_columns(recorded.sampled_layers))
            writer.writerows(zip(*map(_as_fields, _sample_arrays(inside)), strict=True))


def _as_fields(column: np.ndarray) -> list[Any]:
    """What csv writes in full, as repr does; None, an empty field, for NaN."""
    values = column.tolist()  # float32 becomes the float64 of the same value
    missing = np.flatnonzero(np.isnan(column)) if column.dtype.kind == "f" else ()
    for i in missing:
        values[i] = None
    return values


def write_parquet(recorded: Recorded, folder: Path) -> None:
    """steps.parquet, epochs.parquet, and samples.parquet where there are some.

    Gradient norms and samples are float32, as they are kept; all else is float64 or int64.
    Raises OSError, DamagedMetrics or CannotExport.
    """
    parts = (_arrays(part) for part in recorded.parts())
    _write_parquet(folder / "steps.parquet", step_columns(recorded.layers), parts)
    rows = recorded.epochs()
    epochs = [_as_array(name, [getattr(row, name) for row in rows]) for name in EPOCH_COLUMNS]
    _write_parquet(folder / "epochs.parquet", EPOCH_COLUMNS, [epochs])
    if len(inside := recorded.inside()):
        names = sample_columns(recorded.sampled_layers)
        _write_parquet(folder / "samples.parquet", names, [_sample_arrays(inside)])


def _as_array(name: str, values: list[float | None]) -> np.ndarray:
    return np.array(values, dtype=int if name in _WHOLE_NUMBERS else float)  # None becomes NaN


def _write_parquet(path: Path, names: list[str], parts: Iterable[list[np.ndarray]]) -> None:
    """The parts' columns, NaN as null. Every part has the same columns, and there is at least one part."""
    import pyarrow as pa
    from pyarrow import parquet

    writer = None
    try:
        for part in parts:
            table = pa.table(dict(zip(names, map(_as_nullable, part), strict=True)))
            writer = writer or parquet.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
    finally:
        if writer:
            writer.close()


def _as_nullable(column: np.ndarray) -> pa.Array:
    """The same numbers with NaN as null.

    Not with pyarrow.array, which imports pandas: plotly fails in any thread that draws while another imports that.
    """
    import pyarrow as pa

    valid = np.packbits(~np.isnan(column), bitorder="little")
    values = np.ascontiguousarray(column)
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values),
                                 [pa.py_buffer(valid), pa.py_buffer(values)])
