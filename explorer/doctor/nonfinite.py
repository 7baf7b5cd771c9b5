"""Source of the first non-finite number: its step, and the first layer of the forward pass that has one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from explorer.doctor.checkup import largest_size
from explorer.doctor.thresholds import REPLAYED_STEPS
from explorer.hooks import record_activations
from explorer.network import leaves
from explorer.training.loop.loop import Trainer
from explorer.training.loop.parts import load_parts
from explorer.training.loop.torch_settings import torch_kept
from explorer.training.records.checkpoints import DamagedFrame, load_frame, load_state, state_steps
from explorer.training.records.metrics import Steps
from explorer.training.runs.store import Run


@dataclass(frozen=True)
class FirstBad:
    """Step and layer of the first non-finite number; `layer` is empty if only the loss is one, or none was found.

    layers, sizes: the largest magnitude of every layer's output at that step, (layer,); may be non-finite.
    """

    step: int
    layer: str = ""
    layers: tuple[str, ...] = ()
    sizes: np.ndarray | None = None


def find_first_bad(run: Run, steps: Steps) -> FirstBad | None:
    """Find it by training again on a copy, from the last state kept before, if that is near; None if all are finite.

    Raises what `load_parts` raises.
    """
    bad = steps.step[~np.isfinite(steps.loss)]
    if not len(bad):
        return None
    step = int(bad[0])
    from_step = max((kept for kept in state_steps(run.frames_folder) if kept < step), default=None)
    if from_step is None or step - from_step > REPLAYED_STEPS:
        return FirstBad(step)
    try:
        with torch_kept():
            return _replay(run, from_step, step)
    except DamagedFrame:
        return FirstBad(step)


def _replay(run: Run, from_step: int, step: int) -> FirstBad:
    trainer = Trainer(run.recipe, load_parts(run.recipe), instruments=False)
    trainer.load_state(load_frame(run.frames_folder, from_step), *load_state(run.frames_folder, from_step))
    while trainer.step < step - 1:
        trainer.train_step()
    modules = dict(leaves(trainer.model))
    x, y = trainer.take_batch()
    with torch.no_grad(), record_activations(trainer.model, modules) as outputs, trainer.precision():
        loss = trainer.learner.step(trainer.model, x, y)[0].item()
    sizes = np.array([largest_size(module, outputs[address]) for address, module in modules.items()])
    bad = [address for address, size in zip(modules, sizes) if not np.isfinite(size)]
    if not bad and np.isfinite(loss):  # rounding differs on another machine
        return FirstBad(step)
    return FirstBad(step, bad[0] if bad else "", tuple(modules), sizes)
