"""Steps of training whose weights were kept, as far as a probe reads them: evenly, within a budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from explorer.hooks import as_taken
from explorer.probes.subject import Subject
from explorer.probes.tracing import run_to
from explorer.text import Text, text

Weights = Mapping[str, Tensor] | None  # None for those that the model has

_FEWEST, _WEIGHTS = 8, 3e7  # steps, as many as can be read in so many weights


def steps_within_budget(subject: Subject, most: int) -> list[int]:
    """List at most so many steps, fewer of a large network; always the first, the last and this one."""
    weights = sum(parameter.numel() for parameter in subject.model.parameters())
    return thinned_steps(subject, int(min(most, max(_FEWEST, _WEIGHTS // max(1, weights)))))


def kept_steps(subject: Subject) -> list[int]:
    """List the steps whose weights were kept; just this one where none were."""
    return list(subject.frames.steps if subject.frames is not None else ()) or [subject.step or 0]


def thinned_steps(subject: Subject, most: int) -> list[int]:
    """List at most so many of the kept steps, evenly, and this one."""
    steps = kept_steps(subject)
    if len(steps) > most:
        places = np.unique(np.linspace(0, len(steps) - 1, most).round().astype(int))
        steps = sorted({steps[place] for place in places} | ({subject.step} & set(steps)))
    return steps


def weights_of(subject: Subject, steps: Sequence[int]) -> Iterator[tuple[int, Weights]]:
    """Yield (step, weights) of those that can be read, as they were trained: without what was changed by hand."""
    for step in steps:
        if subject.frames is None or (step == subject.step and not subject.edited):
            yield step, None
            continue
        try:
            weights = subject.frames.load(step)
        except ValueError:  # it is damaged, or was thinned out since it was listed
            continue
        own = subject.model.state_dict()
        if all(name in weights and weights[name].shape == each.shape for name, each in own.items()):
            yield step, weights


def note_of_edits(subject: Subject) -> Text | None:
    """Explain that kept steps are shown as they were trained, where this one was changed by hand."""
    if not subject.edited:
        return None
    return text("All steps are shown as they were trained, without your changes of weights.")


def output_at(subject: Subject, node: str, batch: Tensor, weights: Weights) -> Tensor:
    """Run a batch as far as a node with other weights, passed for one call: float32 (sample, ...) on the CPU.

    Raises UnknownNode; NotApplicable where the node has no output.
    """
    own = next(subject.model.parameters(), batch)
    moved = {name: each.to(own.device) for name, each in (weights or {}).items()}
    with torch.no_grad():
        return run_to(subject.model, node, as_taken(subject.model, batch), moved).detach().float().cpu()


def recorded_at(subject: Subject, steps: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the epoch and the loss that were recorded at steps: (step,) each, NaN where they are unknown."""
    if subject.frames is None:
        return np.full(len(steps), np.nan), np.full(len(steps), np.nan)
    return subject.frames.epochs_and_losses(steps)


def name_of_weights(module: nn.Module) -> str | None:
    """Return the name of a module's own main parameter: its weight, else its first matrix; None where it has none."""
    named = {name: each for name, each in module.named_parameters(recurse=False) if each.dim() > 0}
    matrices = [name for name, each in named.items() if each.dim() > 1]
    return "weight" if "weight" in named else next(iter([*matrices, *named]), None)
