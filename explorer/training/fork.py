"""Rewind and fork: a new run that begins where another one stood, with something changed; and who came from whom."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from explorer.recipe import Recipe
from explorer.training.frames import frame_path, frame_steps, state_path, state_steps
from explorer.training.store import Run, RunStore
from explorer.training.whole import write_whole

ORIGIN = "origin.json"


@dataclass(frozen=True)
class Origin:
    """Where a run came from: another run at a step, and in words (as typed or chosen) what was changed."""

    run_id: str
    step: int
    change: str


class CannotFork(ValueError):
    """There is no state of that step to begin from."""


def fork(runs: RunStore, parent: Run, step: int, recipe: Recipe, change: str, owner: str = "") -> Run:
    """A new run of `recipe` that goes on from the parent's state at `step`, its curve up to there included.

    `step` is one of `state_steps`. The network and the batch size must be the parent's. Raises CannotFork or OSError.
    """
    if step not in state_steps(parent.frames_folder):
        raise CannotFork(f"there is no state of step {step}")
    run = runs.create(recipe, owner)
    try:
        _hand_on_frames(parent, run, step)
        _hand_on_metrics(parent, run)
        write_whole(run.folder / ORIGIN, json.dumps({"run": parent.id, "step": step, "change": change}))
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


def _hand_on_metrics(parent: Run, run: Run) -> None:
    """What lies behind the step is forgotten when the run goes on from its state."""
    address = f"{parent.metrics_path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as old, closing(sqlite3.connect(run.metrics_path)) as new:
        old.backup(new)


def origin_of(run: Run) -> Origin | None:
    """Where a run came from; None where it began from nothing, or that cannot be read."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        stored = json.loads((run.folder / ORIGIN).read_text(encoding="utf-8"))
        return Origin(str(stored["run"]), int(stored["step"]), str(stored["change"]))
    return None


@dataclass(frozen=True)
class Relative:
    """A run in a family tree: how deep it stands below the first one, and where it came from."""

    run: Run
    depth: int
    origin: Origin | None


def family(run: Run, runs: Iterable[Run]) -> list[Relative]:
    """The run's family among `runs`, each below the one that it came from, children in the order they were forked.

    The first one is the oldest ancestor that is still there.
    """
    by_id = {each.id: each for each in (*runs, run)}
    origins = {run_id: origin_of(each) for run_id, each in by_id.items()}
    first, seen = run.id, set()
    while (origin := origins[first]) and origin.run_id in by_id and first not in seen:
        seen.add(first)
        first = origin.run_id
    children: dict[str, list[str]] = {}
    for run_id, origin in origins.items():
        if origin:
            children.setdefault(origin.run_id, []).append(run_id)
    return list(_below(first, 0, by_id, origins, children))


def _below(run_id: str, depth: int, by_id: dict[str, Run], origins: dict[str, Origin | None],
           children: dict[str, list[str]]) -> Iterable[Relative]:
    yield Relative(by_id[run_id], depth, origins[run_id])
    for child in sorted(children.pop(run_id, []), key=lambda each: (origins[each].step, each)):
        yield from _below(child, depth + 1, by_id, origins, children)
