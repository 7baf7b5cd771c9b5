"""One weight changed by hand: a fork continues from the run's last state with another value of it."""

from __future__ import annotations

import math
import time
from collections.abc import MutableMapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from explorer.text import Text, text
from explorer.training.records.checkpoints import DamagedFrame, load_frame, load_state, state_steps
from explorer.training.runs.store import PAUSED, Run, RunStore
from explorer.training.work.edited_weights import fork_edited
from explorer.training.work.fork import CannotFork

if TYPE_CHECKING:
    from torch import Tensor

PAUSED_WITHIN_S = 5.0
_POLL_S = 0.02
_LARGEST = 3.4e38  # that float32 holds


class CannotChange(ValueError):
    """A change of a weight that is refused; `sentence` explains why."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@dataclass(frozen=True)
class WeightChange:
    """A new value for one entry of a parameter. parameter: its name in the state dict.

    >>> str(WeightChange("linear1.weight", (3, 0), 0.5).words)
    'weight linear1[3, 0] = 0.5'
    """

    parameter: str
    index: tuple[int, ...]
    value: float

    @property
    def words(self) -> Text:
        layer, _dot, kind = self.parameter.rpartition(".")
        return text("{kind} {layer}[{index}] = {value}", kind=kind, layer=layer,
                    index=", ".join(map(str, self.index)), value=f"{self.value:g}")


def fork_with_weight(runs: RunStore, parent: Run, change: WeightChange, owner: str = "",
                     within_s: float = PAUSED_WITHIN_S) -> Run:
    """Pause the run if it trains, and create a fork of its last state with one weight changed.

    The parent's files stay as they are: a checkpoint that both share is replaced in the fork, never written into.
    within_s: how long to wait for the pause. Raises CannotChange, RunDeleted, OSError or sqlite3.Error.
    """
    _check(parent, change)
    step = _pause_at(parent, owner, within_s)
    try:
        return fork_edited(runs, parent, step, partial(_set_weight, change=change), change.words, owner)
    except (CannotFork, DamagedFrame):
        raise CannotChange(_no_state()) from None


def _check(parent: Run, change: WeightChange) -> None:
    """Try the change on the run's last state, before the run is paused in vain."""
    if not math.isfinite(change.value) or abs(change.value) > _LARGEST:
        raise CannotChange(text("A weight must be a finite number."))
    step = _last_state(parent)
    try:
        load_state(parent.frames_folder, step)
        _set_weight(load_frame(parent.frames_folder, step), change)
    except DamagedFrame:
        raise CannotChange(_no_state()) from None


def _pause_at(parent: Run, owner: str, within_s: float) -> int:
    """Pause the run if it trains, which only its owner may, and return the step of its last state."""
    status = parent.status()
    if status.is_live and status.state != PAUSED:
        if parent.owner not in ("", owner):
            raise CannotChange(text("This run was started in another browser, so it cannot be paused to change a "
                                    "weight. Try again once it has ended."))
        _pause(parent, within_s)
    return _last_state(parent)


def _last_state(run: Run) -> int:
    steps = state_steps(run.frames_folder)
    if not steps:
        raise CannotChange(_no_state())
    return steps[-1]


def _pause(run: Run, within_s: float) -> None:
    """Request a pause and wait for it: a run keeps its state before it is paused."""
    run.request("pause")
    until_s = time.monotonic() + within_s
    while (status := run.status()).is_live and status.state != PAUSED:
        if time.monotonic() > until_s:
            raise CannotChange(text("The run has not paused yet, so the weight was not changed. Pause it, then try "
                                    "again."))
        time.sleep(_POLL_S)


def _set_weight(weights: MutableMapping[str, Tensor], change: WeightChange) -> None:
    """Change the value in these weights. Raises CannotChange."""
    found = weights.get(change.parameter)
    sizes = () if found is None else tuple(found.shape)
    if found is None or not found.is_floating_point() or len(sizes) != len(change.index) \
            or not all(0 <= place < size for place, size in zip(change.index, sizes, strict=True)):
        raise CannotChange(text("This network has no weight {name}[{index}].", name=change.parameter[:80],
                                index=", ".join(map(str, change.index[:8]))))
    found[change.index] = change.value


def _no_state() -> Text:
    return text("This run has no checkpoint to continue from yet. Let it train for a moment, then try again.")
