"""Rewind and fork: a new run that begins where another one stood, with something changed."""

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
    """There is no state of that step to begin from."""


def fork(runs: RunStore, parent: Run, step: int, recipe: Recipe, change: Text | None = None,
         owner: str = "") -> Run:
    """A new run of `recipe` that goes on from the parent's state at `step`, its curve up to there included.

    `step` is one of `state_steps`. The network and the batch size must be the parent's. Raises CannotFork or OSError.
    """
    if step not in state_steps(parent.frames_folder):
        raise CannotFork(f"there is no state of step {step}")
    run = runs.create(recipe, owner)
    try:
        _hand_on_frames(parent, run, step)
        _hand_on_metrics(parent, run, step)
        write_origin(run, Origin(parent.id, (change,) if change else (), step))
    except (OSError, sqlite3.Error):
        shutil.rmtree(run.folder, ignore_errors=True)
        raise
    return run


def _hand_on_frames(parent: Run, run: Run, step: int) -> None:
    """Frames are written once and never changed, so both runs can share a file; where they cannot, it is copied."""
    paths = [frame_path(parent.frames_folder, kept) for kept in frame_steps(parent.frames_folder) if kept <= step]
    for path in [*paths, state_path(parent.frames_folder, step)]:
        _link_or_copy(path, run.frames_folder / path.name)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _hand_on_metrics(parent: Run, run: Run, step: int) -> None:
    """The rows up to the step."""
    address = f"{parent.metrics_path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as old, closing(sqlite3.connect(run.metrics_path)) as new:
        old.backup(new)
    writer = MetricsWriter(run.metrics_path)
    try:
        writer.forget_after(step)
    finally:
        writer.close()
