"""Origin of a run: the parent that it was forked from, or whose twin it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from explorer.files.atomic import read_atomic, write_atomic
from explorer.recipe import Recipe
from explorer.text import Text
from explorer.training.runs.store import Run, RunStore, UnknownRun

FILE_NAME = "origin.json"


@dataclass(frozen=True)
class Origin:
    """The parent run's id, the step of the fork (0 for a twin from the start), and the changes, in words.

    rule, cure: those of the doctor's finding that suggested it, if one did.
    """

    parent: str
    changes: tuple[Text, ...] = ()
    step: int = 0
    rule: str = ""
    cure: str = ""


def write_origin(run: Run, origin: Origin) -> None:
    """Store the origin of a run. Raises OSError."""
    changes = [change.to_dict() for change in origin.changes]
    write_atomic(run.folder / FILE_NAME, json.dumps({**origin.__dict__, "changes": changes}))


def origin_of(run: Run) -> Origin | None:
    """Read the origin of a run; None if it has no parent, or its file is damaged."""
    try:
        stored = json.loads(read_atomic(run.folder / FILE_NAME))
        changes = tuple(Text.from_dict(change) for change in stored["changes"])
        "".join(map(str, changes))  # a template that its values do not fill raises here and not on a page
        return Origin(str(stored["parent"]), changes, int(stored["step"]), str(stored["rule"]), str(stored["cure"]))
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None


def create_twin(runs: RunStore, recipe: Recipe, origin: Origin, owner: str = "") -> Run:
    """Create a run of the changed recipe, from the start, with its parent's initial weights. Raises OSError."""
    run = runs.create(recipe, owner)
    with suppress(UnknownRun):
        _begin_alike(runs.open(origin.parent), run)
    write_origin(run, origin)
    return run


def _begin_alike(parent: Run, run: Run) -> None:
    with suppress(FileNotFoundError):
        shutil.copyfile(parent.initial_weights_path, run.initial_weights_path)


def twins_of(runs: RunStore, parent: Run, owner: str | None = None) -> list[tuple[Run, Origin]]:
    """Find the twins that findings on a run started, oldest first; with `owner`, theirs and unowned ones."""
    found = ((run, origin_of(run)) for run in reversed(runs.list(owner)))
    return [(run, origin) for run, origin in found if origin and origin.parent == parent.id and origin.rule]


@dataclass(frozen=True)
class Relative:
    """A run in a family tree: its depth below the root, and its origin."""

    run: Run
    depth: int
    origin: Origin | None


def family(run: Run, runs: Iterable[Run]) -> list[Relative]:
    """Find a run's family among `runs`, each below its parent, by the step of the fork.

    The first is the oldest ancestor that still exists.
    """
    by_id = {each.id: each for each in (*runs, run)}
    origins = {run_id: origin_of(each) for run_id, each in by_id.items()}
    first, seen = run.id, set()
    while (origin := origins[first]) and origin.parent in by_id and first not in seen:
        seen.add(first)
        first = origin.parent
    children: dict[str, list[str]] = {}
    for run_id, origin in origins.items():
        if origin:
            children.setdefault(origin.parent, []).append(run_id)
    return list(_below(first, 0, by_id, origins, children))


def _below(run_id: str, depth: int, by_id: dict[str, Run], origins: dict[str, Origin | None],
           children: dict[str, list[str]]) -> Iterator[Relative]:
    yield Relative(by_id[run_id], depth, origins[run_id])
    for child in sorted(children.pop(run_id, []), key=lambda each: (origins[each].step, each)):
        yield from _below(child, depth + 1, by_id, origins, children)
