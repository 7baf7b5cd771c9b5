"""Checkpoints of a run: its weights over time, and the states to resume from.

`frames/<step>.safetensors` holds parameters and buffers; `frames/<step>.state.safetensors` holds the rest
(optimizer, generators, position). Each is written under a temporary name and then renamed.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from safetensors import SafetensorError, safe_open

from explorer.files.atomic import TEMPORARY_SUFFIX, discard, patiently, put_in_place, temporary_for

if TYPE_CHECKING:
    from torch import Tensor

FRAMES_KEPT = 160
STATES_KEPT = 8
_GROWTH = 0.12  # of the run so far lies between two checkpoints: about 100 in 100,000 steps
_FRAME = re.compile(r"(\d{1,15})\.safetensors", re.ASCII)
_STATE = re.compile(r"(\d{1,15})\.state\.safetensors", re.ASCII)

Position = dict[str, Any]  # JSON: step, epoch, batch, and what else is no tensor
State: TypeAlias = "tuple[dict[str, Tensor], Position]"


class DamagedFrame(ValueError):
    """A checkpoint file that is missing or cannot be read."""


class FrameKeeper:
    """The checkpoints of a run: it decides when one is due, writes it, and keeps them all within a disk budget."""

    def __init__(self, folder: Path, budget_bytes: int) -> None:
        self._folder, self._budget_bytes = folder, budget_bytes
        folder.mkdir(exist_ok=True)
        self._next = next_due(max(frame_steps(folder), default=-1))

    def is_due(self, step: int) -> bool:
        return step >= self._next

    def keep(self, step: int, weights: dict[str, Tensor], state: State | None = None) -> None:
        """Write a checkpoint, with a state beside it if given; then thin the earlier ones. Raises OSError."""
        _save(frame_path(self._folder, step), weights)
        if state is not None:
            tensors, position = state
            _save(state_path(self._folder, step), tensors, position)
        if step >= self._next:
            self._next = next_due(step)
        self._thin()

    def forget_after(self, step: int) -> None:
        """Drop checkpoints and states after a step, before training resumes from there. Raises OSError."""
        for later in (s for s in frame_steps(self._folder) + _steps(self._folder, _STATE) if s > step):
            self._drop(later)
        for unfinished in self._folder.glob(f"*{TEMPORARY_SUFFIX}"):
            discard(unfinished)
        self._next = next_due(step)

    def _thin(self) -> None:
        """Drop states, then checkpoints, from the middle: the first, the last and the last state always stay."""
        states = state_steps(self._folder)
        while len(states) > STATES_KEPT:
            patiently(state_path(self._folder, states.pop(_most_crowded(states))).unlink)
        steps = frame_steps(self._folder)
        sizes_bytes = {step: _size_bytes(self._folder, step) for step in steps}
        kept = set(states[-1:])
        while len(steps) > FRAMES_KEPT or sum(sizes_bytes[step] for step in steps) > self._budget_bytes:
            index = _most_crowded(steps, kept)
            if index is None:
                break
            self._drop(steps.pop(index))

    def _drop(self, step: int) -> None:
        for path in (state_path(self._folder, step), frame_path(self._folder, step)):
            patiently(lambda path=path: path.unlink(missing_ok=True))


def next_due(step: int) -> int:
    """Return the step of the checkpoint after this one."""
    return step + max(1, int(step * _GROWTH))


def frame_path(folder: Path, step: int) -> Path:
    return folder / f"{step}.safetensors"


def state_path(folder: Path, step: int) -> Path:
    return folder / f"{step}.state.safetensors"


def frame_steps(folder: Path) -> list[int]:
    """List the steps that have a checkpoint, in order."""
    return _steps(folder, _FRAME)


def state_steps(folder: Path) -> list[int]:
    """List the steps to resume from, in order: those with both weights and state."""
    return sorted(set(_steps(folder, _STATE)) & set(frame_steps(folder)))


def written_ns(folder: Path, step: int) -> int:
    """Return when a checkpoint was written, 0 if it is gone: a resumed run writes the same step again."""
    try:
        return frame_path(folder, step).stat().st_mtime_ns
    except OSError:
        return 0


def _steps(folder: Path, pattern: re.Pattern[str]) -> list[int]:
    return sorted(int(found[1]) for path in folder.glob("*.safetensors") if (found := pattern.fullmatch(path.name)))


def load_frame(folder: Path, step: int) -> dict[str, Tensor]:
    """Load the weights of a checkpoint, by address. Raises DamagedFrame."""
    return _load(frame_path(folder, step))


def damaged_steps(folder: Path, steps: Sequence[int]) -> list[int]:
    """List those steps whose checkpoint is cut short, or is none; one that is gone since it was listed, too."""
    return [step for step in steps if not _is_readable(frame_path(folder, step), written_ns(folder, step))]


@lru_cache(maxsize=4096)
def _is_readable(path: Path, _written_ns: int) -> bool:
    """Check the header of a checkpoint, and that the file is as long as that has it; no tensor is read."""
    try:
        with safe_open(path, "numpy"):
            return True
    except (OSError, SafetensorError, ValueError):
        return False


def load_state(folder: Path, step: int) -> State:
    """Load a state's tensors and position. Raises DamagedFrame."""
    path = state_path(folder, step)
    tensors = _load(path)
    try:
        with safe_open(path, "pt") as opened:
            return tensors, json.loads(opened.metadata()["position"])
    except (OSError, SafetensorError, TypeError, KeyError, ValueError) as error:
        raise DamagedFrame(f"{path.name} cannot be read: {error}") from error


def _load(path: Path) -> dict[str, Tensor]:
    from safetensors.torch import load_file  # imports torch, which whoever lists the steps does not need

    try:
        return patiently(lambda: load_file(path))
    except (OSError, SafetensorError, ValueError) as error:
        raise DamagedFrame(f"{path.name} cannot be read: {error}") from error


def _save(path: Path, tensors: dict[str, Tensor], position: Position | None = None) -> None:
    from safetensors.torch import save_file

    temporary = temporary_for(path)
    metadata = {"position": json.dumps(position)} if position else None
    try:
        save_file({name: _owned(tensor) for name, tensor in tensors.items()}, temporary, metadata)
        put_in_place(temporary, path)
    except SafetensorError as error:
        discard(temporary)
        raise as_os_error(error, path) from error
    except OSError:
        discard(temporary)
        raise


def as_os_error(error: SafetensorError, path: Path) -> OSError:
    """Convert an error of safetensors (`... (os error 28)`) to the OSError behind it."""
    found = re.search(r"os error (\d+)", str(error))
    if not found:
        return OSError(f"{path.name} could not be written: {error}")
    code, place = int(found[1]), str(path)
    return OSError(None, str(error), place, code) if sys.platform == "win32" else OSError(code, str(error), place)


def _owned(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu").contiguous()


def _most_crowded(steps: list[int], kept: set[int] = frozenset()) -> int | None:
    """Find the index of the step whose neighbors are closest by ratio; never the first, the last, or one to keep."""
    candidates = [i for i in range(1, len(steps) - 1) if steps[i] not in kept]
    return min(candidates, key=lambda i: (steps[i + 1] + 1) / (steps[i - 1] + 1), default=None)


def _size_bytes(folder: Path, step: int) -> int:
    return sum(path.stat().st_size for path in (frame_path(folder, step), state_path(folder, step)) if path.is_file())
