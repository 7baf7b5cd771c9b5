"""The weights that a run kept, for probes that compare steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from explorer.training import Run
from explorer.training.records.checkpoints import frame_steps, load_frame


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
