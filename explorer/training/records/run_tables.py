"""Tables of a run's numbers, one of its steps and one of its epochs: CSV and Parquet.

A run with full recording has a third, of its layer statistics.

Numbers are exact: what is read back is what was recorded. A missing value is an empty field, or null.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.training.records.layer_statistics import LayerStatistics
from explorer.training.records.metrics import EPOCH_COLUMNS, EpochRow, Steps
from explorer.training.records.run_reader import RunReader

if TYPE_CHECKING:
    import pyarrow as pa

_WHOLE_NUMBERS = ("epoch", "step")


def step_columns(reader: RunReader) -> list[str]:
    """List the columns of steps: step, epoch (a fraction), the scalars by name, the gradient norm of each layer."""
    return ["step", "epoch", *reader.scalars, *(f"gradient_norm/{layer}" for layer in reader.layers)]


def _step_arrays(part: Steps, reader: RunReader) -> list[np.ndarray]:
    """List a part's columns, in the order of step_columns, each (step,)."""
    return [part.step, part.epoch, *map(part.of, reader.scalars), *part.gradient_norm.T]


def sample_columns(statistics: LayerStatistics, layers: Sequence[str]) -> list[str]:
    """List the columns of layer statistics: step, and each quantity of each layer, such as `mean/linear1`."""
    return ["step", *(f"{quantity}/{layer}" for quantity in statistics.names for layer in layers)]


def _sample_arrays(statistics: LayerStatistics) -> list[np.ndarray]:
    """List the samples' columns, in the order of sample_columns, each (sample,)."""
    return [statistics.step, *(column for values in statistics.values.values() for column in values.T)]


def epoch_table(rows: Sequence[EpochRow]) -> dict[str, list[float | None]]:
    """Tabulate epochs: each column by its name, epoch and step first, then `<part>_<name>`; None where missing."""
    measured = {(part, name) for row in rows for part, values in row.values.items() for name in values}
    columns = [*EPOCH_COLUMNS, *sorted(measured - set(EPOCH_COLUMNS))]
    return {"epoch": [row.epoch for row in rows], "step": [row.step for row in rows],
            **{f"{part}_{name}": [row.value(part, name) for row in rows] for part, name in columns}}


def write_csv(reader: RunReader, folder: Path) -> None:
    """Write steps.csv, epochs.csv, and samples.csv where there are some.

    Raises OSError, DamagedMetrics or CannotExport.
    """
    steps = (row for part in reader.parts() for row in _as_rows(_step_arrays(part, reader)))
    _write_csv(folder / "steps.csv", step_columns(reader), steps)
    epochs = epoch_table(reader.epochs())
    _write_csv(folder / "epochs.csv", epochs, zip(*epochs.values(), strict=True))
    if len(found := reader.layer_statistics()):
        names = sample_columns(found, reader.sampled_layers)
        _write_csv(folder / "samples.csv", names, _as_rows(_sample_arrays(found)))


def _write_csv(path: Path, names: Iterable[str], rows: Iterable[tuple]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)


def _as_rows(columns: list[np.ndarray]) -> Iterable[tuple]:
    return zip(*map(_as_fields, columns), strict=True)


def _as_fields(column: np.ndarray) -> list[Any]:
    """Convert a number to what csv writes in full, as repr does; None, an empty field, for NaN."""
    values = column.tolist()  # float32 becomes the float64 of the same value
    missing = np.flatnonzero(np.isnan(column)) if column.dtype.kind == "f" else ()
    for i in missing:
        values[i] = None
    return values


def write_parquet(reader: RunReader, folder: Path) -> None:
    """Write steps.parquet, epochs.parquet, and samples.parquet where there are some.

    Gradient norms and samples are float32, as they are kept; all else is float64 or int64.
    Raises OSError, DamagedMetrics or CannotExport.
    """
    steps = (_step_arrays(part, reader) for part in reader.parts())
    _write_parquet(folder / "steps.parquet", step_columns(reader), steps)
    epochs = epoch_table(reader.epochs())
    _write_parquet(folder / "epochs.parquet", list(epochs), [[_as_array(*column) for column in epochs.items()]])
    if len(found := reader.layer_statistics()):
        names = sample_columns(found, reader.sampled_layers)
        _write_parquet(folder / "samples.parquet", names, [_sample_arrays(found)])


def _as_array(name: str, values: list[float | None]) -> np.ndarray:
    return np.array(values, dtype=int if name in _WHOLE_NUMBERS else float)  # None becomes NaN


def _write_parquet(path: Path, names: list[str], parts: Iterable[list[np.ndarray]]) -> None:
    """Write the parts' columns, NaN as null. Every part has the same columns, and there is at least one part."""
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
    """Convert numbers to an Arrow array with NaN as null.

    Not with pyarrow.array, which imports pandas: plotly fails in any thread that draws while another imports that.
    """
    import pyarrow as pa

    valid = np.packbits(~np.isnan(column), bitorder="little")
    values = np.ascontiguousarray(column)
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values),
                                 [pa.py_buffer(valid), pa.py_buffer(values)])
