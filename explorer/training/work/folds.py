"""Cross-validation: one run of a recipe per fold, each with another fold held out."""

from __future__ import annotations

import json
import shutil
import statistics
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from explorer.document import DocumentError
from explorer.files.atomic import read_atomic, write_atomic
from explorer.recipe import Recipe
from explorer.training.runs.status import FINISHED, Status
from explorer.training.runs.store import Run, RunDeleted, RunStore, UnknownRun

FILE_NAME = "folds.json"
MEASURES = ("val_accuracy", "val_loss")


@dataclass(frozen=True)
class Spread:
    """A number over several runs: its mean and sample standard deviation (divided by `count` - 1).

    `deviation` is None for a single run.
    """

    mean: float
    deviation: float | None
    count: int


def fold_recipes(recipe: Recipe, folds: int) -> list[Recipe]:
    """Return the recipe of every fold, in order. Raises BadValue if `folds` is not a valid number of folds."""
    return [recipe.with_(folds=folds, fold=fold) for fold in range(1, folds + 1)]


def create_folds(runs: RunStore, recipe: Recipe, folds: int, owner: str = "") -> list[Run]:
    """Create a run for every fold, each of which knows the others.

    Raises BadValue, or OSError after removing them all.
    """
    created: list[Run] = []
    try:
        for each in fold_recipes(recipe, folds):
            created.append(runs.create(each, owner))
        ids = json.dumps({"runs": [run.id for run in created]})
        for run in created:
            write_atomic(run.folder / FILE_NAME, ids)
    except OSError:
        for run in created:
            shutil.rmtree(run.folder, ignore_errors=True)
        raise
    return created


def folds_of(runs: RunStore, run: Run) -> list[Run]:
    """Find the runs of a run's cross-validation that still exist, by fold; none if it is part of none."""
    try:
        ids = json.loads(read_atomic(run.folder / FILE_NAME))["runs"]
        if not isinstance(ids, list) or run.id not in ids:
            return []
    except (OSError, ValueError, TypeError, KeyError):
        return []
    found = []
    for each in ids:
        try:
            found.append(runs.open(each))
        except UnknownRun:
            continue
    return found


def statuses_of(runs: Iterable[Run]) -> list[tuple[Run, Status]]:
    """Read the status of each run; deleted ones, and those with an unreadable recipe, are left out."""
    found = []
    for run in runs:
        with suppress(RunDeleted, DocumentError):
            run.recipe  # noqa: B018  read here once, for whoever asks for the fold
            found.append((run, run.status()))
    return found


def spreads(statuses: Iterable[Status]) -> dict[str, Spread]:
    """Compute mean and spread of each number over the finished runs; one that none of them has is left out."""
    finished = [status.summary for status in statuses if status.state == FINISHED]
    values = {name: [summary[name] for summary in finished if summary.get(name) is not None] for name in MEASURES}
    return {name: spread(found) for name, found in values.items() if found}


def spread(values: Sequence[float]) -> Spread:
    return Spread(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None, len(values))
