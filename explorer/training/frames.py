"""The weights a run keeps over time, for the time slider, and the states one can resume from.

`frames/<step>.safetensors` holds parameters and buffers; `frames/<step>.state.safetensors` the rest
(optimizer, generators, position). Each is written under a temporary name and then renamed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

STATES_KEPT = 8
_GROWTH = 0.12  # each frame comes this share of the run so far after the one before: about 100 frames in 100,000 steps


class DamagedFrame(ValueError):
    """A frame file that is missing or cannot be read."""


class FrameKeeper:
    """Decides when a frame is due, writes it, and keeps the whole within a disk budget."""

    def __init__(self, folder: Path, budget_bytes: int) -> None:
        self._folder, self._budget_bytes = folder, budget_bytes
        folder.mkdir(exist_ok=True)
        self._next = next_due(max(frame_steps(folder), default=-1))

    def is_due(self, step: int) -> bool:
        return step >= self._next

    def keep(self, step: int, weights: dict[str, Tensor],
             state: tuple[dict[str, Tensor], dict[str, int]] | None = None) -> None:
        """Write a frame, and a state beside it where given; then thin what was kept. Raises OSError."""
        _save(frame_path(self._folder, step), weights)
        if state is not None:
            tensors, position = state
            _save(state_path(self._folder, step), tensors, position)
        self._next = next_due(step)
        self._thin()

    def forget_after(self, step: int) -> None:
        """Drop frames and states behind a step, before training is continued from there."""
        for path in self._folder.glob("*.safetensors"):
            if int(path.name.split(".")[0]) > step:
                path.unlink()
        self._next = next_due(step)

    def _thin(self) -> None:
        """Drop states, then frames, from the middle: first and last always stay."""
        states = state_steps(self._folder)
        while len(states) > STATES_KEPT:
            state_path(self._folder, states.pop(_most_crowded(states))).unlink(missing_ok=True)
        steps = frame_steps(self._folder)
        while len(steps) > 2 and _total_bytes(self._folder) > self._budget_bytes:
            step = steps.pop(_most_crowded(steps))
            frame_path(self._folder, step).unlink(missing_ok=True)
            state_path(self._folder, step).unlink(missing_ok=True)


def next_due(step: int) -> int:
    """The step of the frame after this one."""
    return step + max(1, int(step * _GROWTH))


def frame_path(folder: Path, step: int) -> Path:
    return folder / f"{step}.safetensors"


def state_path(folder: Path, step: int) -> Path:
    return folder / f"{step}.state.safetensors"


def frame_steps(folder: Path) -> list[int]:
    """The steps of which weights are kept, in order."""
    return sorted(int(p.stem) for p in folder.glob("*.safetensors") if p.stem.isdigit())


def state_steps(folder: Path) -> list[int]:
    """The steps one can resume from, in order: those with both weights and state."""
    steps = (p.name.removesuffix(".state.safetensors") for p in folder.glob("*.state.safetensors"))
    return sorted(int(s) for s in steps if s.isdigit() and frame_path(folder, int(s)).exists())


def load_frame(folder: Path, step: int) -> dict[str, Tensor]:
    """Weights by address. Raises DamagedFrame."""
    return _load(frame_path(folder, step))


def load_state(folder: Path, step: int) -> tuple[dict[str, Tensor], dict[str, int]]:
    """A state's tensors and position. Raises DamagedFrame."""
    path = state_path(folder, step)
    tensors = _load(path)
    with safe_open(path, "pt") as opened:
        return tensors, json.loads(opened.metadata()["position"])


def _load(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise DamagedFrame(f"{path.name} cannot be read: {error}") from error


def _save(path: Path, tensors: dict[str, Tensor], position: dict[str, int] | None = None) -> None:
    temporary = path.with_suffix(".writing")
    metadata = {"position": json.dumps(position)} if position else None
    try:
        save_file({name: _owned(tensor) for name, tensor in tensors.items()}, temporary, metadata)
    except SafetensorError as error:  # how safetensors reports a full disk
        temporary.unlink(missing_ok=True)
        raise OSError(f"{path.name} could not be written: {error}") from error
    os.replace(temporary, path)


def _owned(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", copy=tensor.device.type != "cpu").contiguous()


def _most_crowded(steps: list[int]) -> int:
    """The index, neither first nor last, of the step whose neighbors are closest by ratio."""
    return min(range(1, len(steps) - 1), key=lambda i: (steps[i + 1] + 1) / (steps[i - 1] + 1))


def _total_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.safetensors"))
