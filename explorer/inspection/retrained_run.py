"""Another run of the same recipe from another seed: a network that learned the same from other initial weights."""

from __future__ import annotations

from explorer.document import DocumentError
from explorer.probes import Retrained
from explorer.training import Run, RunStore
from explorer.training.records.checkpoints import DamagedFrame, frame_steps, load_frame

_TECHNICAL = ("seed", "device", "threads", "instruments", "disk_budget_mb", "deterministic")  # may differ


def find_retrained(runs: RunStore, run: Run) -> Retrained | None:
    """Find the newest run of the same recipe, by the same person, from another seed; None where there is none.

    Its weights are those that it kept last.

    >>> from tempfile import mkdtemp
    >>> from explorer import zoo
    >>> store = RunStore(mkdtemp())
    >>> find_retrained(store, store.create(zoo.recipe("playground"))) is None
    True
    """
    for other in runs.list(run.owner):
        try:
            is_other = other.id != run.id and _is_same_from_another_seed(other, run)
            if is_other and (steps := frame_steps(other.frames_folder)):
                return Retrained(other.recipe.settings["seed"], load_frame(other.frames_folder, steps[-1]))
        except (DocumentError, DamagedFrame, OSError):  # deleted or damaged: the next one will do
            continue
    return None


def _is_same_from_another_seed(other: Run, run: Run) -> bool:
    mine, theirs = run.recipe, other.recipe
    same = {name: mine.settings[name] for name in _TECHNICAL}
    return theirs.settings["seed"] != mine.settings["seed"] and theirs.with_(**same) == mine
