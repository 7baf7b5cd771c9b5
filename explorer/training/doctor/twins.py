"""Twin runs: started from a finding with one change, and found again from their parent."""

from __future__ import annotations

import json
from dataclasses import dataclass

from explorer.recipe import Recipe
from explorer.text import Text, text
from explorer.training.store import Run, RunStore
from explorer.training.whole import read_whole, write_whole

FILE_NAME = "twin.json"


@dataclass(frozen=True)
class Origin:
    """Where a twin comes from: the parent run's id, the rule and the cure by name, and what was changed, in words."""

    parent: str
    rule: str
    cure: str
    changes: tuple[Text, ...]


def create_twin(runs: RunStore, recipe: Recipe, origin: Origin, owner: str = "") -> Run:
    """A new run of the changed recipe that knows its parent. Raises OSError."""
    run = runs.create(recipe, owner)
    changes = [{"template": change.template, "values": {name: str(value) for name, value in change.values.items()}}
               for change in origin.changes]
    write_whole(run.folder / FILE_NAME, json.dumps({**origin.__dict__, "changes": changes}))
    return run


def origin_of(run: Run) -> Origin | None:
    """None for a run that is nobody's twin, or whose file is damaged."""
    try:
        stored = json.loads(read_whole(run.folder / FILE_NAME))
        changes = tuple(text(change["template"], **change["values"]) for change in stored["changes"])
        "".join(map(str, changes))  # a template that its values do not fill raises here and not on a page
        return Origin(str(stored["parent"]), str(stored["rule"]), str(stored["cure"]), changes)
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None


def twins_of(runs: RunStore, parent: Run, owner: str | None = None) -> list[tuple[Run, Origin]]:
    """The twins of a run, oldest first; with `owner`, those of this owner and those that belong to nobody."""
    found = ((run, origin_of(run)) for run in reversed(runs.list(owner)))
    return [(run, origin) for run, origin in found if origin is not None and origin.parent == parent.id]
