"""Changes by hand kept as a run of their own, which trains on from there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from explorer import network
from explorer.inspection.edits import WeightEdit, apply_edits, describe_edits, put_edits
from explorer.spec import BadValue
from explorer.text import text
from explorer.training import Run, RunStore
from explorer.training.work.edited_weights import fork_edited


def keep_edits(runs: RunStore, parent: Run, step: int, edits: Sequence[WeightEdit], owner: str = "") -> Run:
    """Create a run that goes on from a kept step of another, with weights changed by hand.

    Raises BadValue where there is no edit, or one does not fit; DamagedFrame, CannotFork, OSError or sqlite3.Error.
    """
    if not edits:
        raise BadValue(text("No weight is changed by hand, so there is nothing to keep. Change one first."))
    apply_edits(network.build(parent.recipe.network), edits)  # a run keeps more than parameters, which are not edited
    return fork_edited(runs, parent, step, partial(put_edits, edits=tuple(edits)), describe_edits(edits), owner)
