"""Export of a run: its numbers as CSV, Parquet or TensorBoard events, its recipe as JSON."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from explorer.files.atomic import put_in_place
from explorer.text import text
from explorer.training.records.events import write_events
from explorer.training.records.metrics import DamagedMetrics
from explorer.training.records.run_reader import CannotExport, RunReader, open_run
from explorer.training.records.run_tables import write_csv, write_parquet
from explorer.training.runs.store import Run, RunStore, UnknownRun

__all__ = ["FORMATS", "RECIPE", "CannotExport", "export_run", "find_run", "pack_run", "usual_name"]

RECIPE = "json"
_WRITERS: dict[str, Callable[[RunReader, Path], None]] = {
    "csv": write_csv, "parquet": write_parquet, "tensorboard": write_events}
FORMATS = (*_WRITERS, RECIPE)
_WORTH_DEFLATING = ("csv", "tensorboard")  # Parquet is compressed in itself


def find_run(name: str) -> Run:
    """Find the run of this id, or in this folder. Raises UnknownRun."""
    folder = Path(name)
    if (folder / "status.json").is_file() or (folder / "metrics.db").is_file():
        return Run(folder.resolve())
    store = RunStore()
    try:
        return store.open(name)
    except UnknownRun:
        raise UnknownRun(text("There is no run {name}, neither in {folder} nor as a folder.",
                              name=name, folder=store.folder)) from None


def usual_name(run: Run, kind: str) -> str:
    """Return the default file or folder name of an export."""
    return f"run-{run.id[:8]}-" + ("recipe.json" if kind == RECIPE else kind)


def export_run(run: Run, kind: str, out: Path, force: bool = False) -> Path:
    """Write the run in one of FORMATS to `out`: a folder, or for the recipe a file. Returns it.

    Existing files stay, unless `force` allows replacing those of the same names. Nothing is left half written.
    Raises CannotExport, or DocumentError where the recipe is damaged.
    """
    try:
        if not force and ((out.is_dir() and any(out.iterdir())) or (out.exists() and not out.is_dir())):
            raise CannotExport(text("{path} already exists. Choose another path, or pass --force to replace it.",
                                    path=out))
        if kind == RECIPE:
            _write_recipe(run, out)
        else:
            _write_folder(open_run(run), _WRITERS[kind], out)
    except DamagedMetrics as error:
        raise CannotExport(text("The run's metrics are damaged and cannot be read.")) from error
    except ImportError as error:
        raise CannotExport(text("This needs the package {name}; install it first.", name=error.name)) from error
    except OSError as error:
        raise CannotExport(text("{path} cannot be written: {why}.", path=out, why=error.strerror or error)) from error
    return out


def _write_recipe(run: Run, out: Path) -> None:
    recipe = run.recipe
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".export-") as aside:
        recipe.save(Path(aside) / out.name)
        put_in_place(Path(aside) / out.name, out)


def _write_folder(reader: RunReader, write: Callable[[RunReader, Path], None], out: Path) -> None:
    """Write to a temporary folder, then move in place; a folder made for it is removed where that fails."""
    was_there = out.is_dir()
    out.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=out, prefix=".export-") as aside:
            write(reader, Path(aside))
            for name in os.listdir(aside):
                put_in_place(Path(aside) / name, out / name)
    except BaseException:
        if not was_there:
            with suppress(OSError):
                out.rmdir()
        raise


def pack_run(run: Run, kind: str) -> bytes:
    """Export a run in memory: a zip of the folder, or the recipe's JSON. Raises CannotExport or DocumentError."""
    with tempfile.TemporaryDirectory(prefix="layerscope-export-") as aside:
        out = export_run(run, kind, Path(aside) / usual_name(run, kind))
        return out.read_bytes() if out.is_file() else _zipped(out, kind in _WORTH_DEFLATING)


def _zipped(folder: Path, deflated: bool) -> bytes:
    """Zip the folder under its own name, so that unpacking two side by side mixes nothing."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED, compresslevel=1) as z:
        for path in sorted(folder.iterdir()):
            z.write(path, f"{folder.name}/{path.name}")
    return packed.getvalue()
