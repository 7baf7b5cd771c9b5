"""The weights that a run kept, for probes that compare steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from explorer.training import Run
from explorer.training.records.checkpoints import frame_steps, load_frame
from explorer.training.records.metrics import DamagedMetrics
from explorer.training.records.step_moments import read_moments


@dataclass(frozen=True)
class RunFrames:
    """The weights that a run kept, by step; of one that trains, those that it has by now."""

    run: Run

    @property
    def steps(self) -> Sequence[int]:
        return frame_steps(self.run.frames_folder)

    def load(self, step: int) -> dict[str, Tensor]:
        """Load the weights of a step, by address. Raises DamagedFrame, a ValueError."""
        return load_frame(self.run.frames_folder, step)

    def epochs_and_losses(self, steps: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Return what was recorded at steps: (step,) each, NaN where nothing was."""
        try:
            found = read_moments(self.run.metrics_path, steps)
        except DamagedMetrics:
            return np.full(len(steps), np.nan), np.full(len(steps), np.nan)
        return found.epoch, found.loss
