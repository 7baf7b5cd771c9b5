"""Forks: a new run that starts from a checkpoint of another, with something changed."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from explorer.recipe import Recipe
from explorer.text import Text
from explorer.training.records.checkpoints import frame_path, frame_steps, state_path, state_steps
from explorer.training.records.metrics_writer import MetricsWriter
from explorer.training.runs.origin import Origin, write_origin
from explorer.training.runs.store import Run, RunStore


class CannotFork(ValueError):
    """A step without a state to start from."""


def fork(runs: RunStore, parent: Run, step: int, recipe: Recipe, change: Text | None = None,
         owner: str = "") -> Run:
    """Create a run of `recipe` that continues from the parent's state at `step`, its curve up to there included.

    step: one of `state_steps`. The network and the batch size must be the parent's. Raises
    CannotFork, OSError or sqlite3.Error.
    """
    if step not in state_steps(parent.frames_folder):
        raise CannotFork(f"there is no state of step {step}")
    run = runs.create(recipe, owner)
    try:
        _share_checkpoints(parent, run, step)
        _copy_metrics(parent, run, step)
        write_origin(run, Origin(parent.id, (change,) if change else (), step))
    except (OSError, sqlite3.Error):
        shutil.rmtree(run.folder, ignore_errors=True)
        raise
    return run


def _share_checkpoints(parent: Run, run: Run, step: int) -> None:
    """Link the checkpoints, which are written once and never changed, or copy them where links fail."""
    paths = [frame_path(parent.frames_folder, kept) for kept in frame_steps(parent.frames_folder) if kept <= step]
    for path in [*paths, state_path(parent.frames_folder, step)]:
        _link_or_copy(path, run.frames_folder / path.name)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _copy_metrics(parent: Run, run: Run, step: int) -> None:
    """Copy the rows up to the step."""
    address = f"{parent.metrics_path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as old, closing(sqlite3.connect(run.metrics_path)) as new:
        old.backup(new)
    writer = MetricsWriter(run.metrics_path)
    try:
        writer.forget_after(step)
    finally:
        writer.close()
