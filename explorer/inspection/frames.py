"""Further things of a run that a probe may read: its other weights, and the samples that it was tested on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from explorer import data
from explorer.data import Samples
from explorer.training import Run
from explorer.training.records.checkpoints import frame_steps, load_frame


@dataclass(frozen=True)
class RunFrames:
    """The weights that a run kept, by step."""

    run: Run

    @cached_property
    def steps(self) -> Sequence[int]:
        return frame_steps(self.run.frames_folder)

    def load(self, step: int) -> dict[str, Tensor]:
        """Load the weights of a step, by address. Raises DamagedFrame, a ValueError."""
        return load_frame(self.run.frames_folder, step)


@dataclass(frozen=True)
class TestPart:
    """The samples of a run's test part, as the model takes them."""

    part: Samples

    def __len__(self) -> int:
        return len(self.part)

    def inputs(self, places: Sequence[int] | slice) -> Tensor:
        return data.to_float(self.part.inputs[places].clone())

    def targets(self, places: Sequence[int] | slice) -> Tensor:
        return self.part.targets[places]

    def target_name(self, place: int) -> str:
        return self.part.target_name(place)
