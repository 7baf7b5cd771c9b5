"""A run that goes on from a step of another with its weights changed."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING

from explorer.text import Text, text
from explorer.training.loop.pretrained import Fitting, write_initial_weights
from explorer.training.records.checkpoints import FrameKeeper, load_frame, load_state, state_steps
from explorer.training.runs.origin import Origin, create_twin
from explorer.training.runs.store import Run, RunStore
from explorer.training.work.fork import fork

if TYPE_CHECKING:
    from torch import Tensor

    Edit = Callable[[MutableMapping[str, Tensor]], None]

_TRAINED = "model/"  # begins the names of trained weights in a state, where a checkpoint has their average


def fork_edited(runs: RunStore, parent: Run, step: int, edit: Edit, words: Text, owner: str = "") -> Run:
    """Create a run of the parent's recipe that goes on from its weights at `step`, changed by `edit`.

    Where the step has a state, the run is a fork that continues from it; else it starts from these weights, from its
    first epoch on. `edit` gets weights by name, some of them where a state keeps others beside an average; it raises
    before it changes any. The parent's files stay as they are: a checkpoint that both share is replaced in the new run,
    never written into. Raises what `edit` raises, DamagedFrame, CannotFork, OSError or sqlite3.Error.
    """
    weights = load_frame(parent.frames_folder, step)
    edit(weights)
    if step not in state_steps(parent.frames_folder):
        return _begin(runs, parent, step, weights, words, owner)
    tensors, position = load_state(parent.frames_folder, step)
    beside = {name.removeprefix(_TRAINED): weight for name, weight in tensors.items() if name.startswith(_TRAINED)}
    if beside:
        edit(beside)  # in place
    run = fork(runs, parent, step, parent.recipe, words, owner)
    try:
        FrameKeeper(run.frames_folder, sys.maxsize).keep(step, weights, (tensors, position))
    except (OSError, sqlite3.Error):
        shutil.rmtree(run.folder, ignore_errors=True)
        raise
    return run


def _begin(runs: RunStore, parent: Run, step: int, weights: MutableMapping[str, Tensor], words: Text,
           owner: str) -> Run:
    changes = (text("weights of step {step}", step=f"{step:,}"), words)
    run = create_twin(runs, parent.recipe, Origin(parent.id, changes), owner)
    try:
        write_initial_weights(run, Fitting(weights, ()))
    except OSError:
        shutil.rmtree(run.folder, ignore_errors=True)
        raise
    return run
