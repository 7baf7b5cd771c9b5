"""Network input: what the network takes, after all changes, and its answer beside the target."""

from __future__ import annotations

import numpy as np
import torch

from explorer import tasks
from explorer.formatting import format_character, format_number
from explorer.probes.probe import FOLLOWED, INPUT, ProbeSpec
from explorer.probes.samples import judge
from explorer.probes.subject import Subject
from explorer.results import NetworkInput, Probabilities, Tokens


def compute_network_input(subject: Subject) -> NetworkInput:
    """Read the input as the network takes it, without the batch axis; of two, the first minus the second."""
    values, is_difference = subject.batch[0], subject.against is not None and subject.batch.is_floating_point()
    if is_difference:
        return NetworkInput(_array(values - subject.against[0]), is_difference=True)
    if subject.recipe is None:
        return NetworkInput(_array(values), tokens=subject.tokens)
    return NetworkInput(_array(values), tokens=subject.tokens, **_answer(subject))


def _array(values: torch.Tensor) -> np.ndarray:
    return values.numpy().astype(np.float32 if values.is_floating_point() else np.int32)


def _answer(subject: Subject) -> dict[str, object]:
    """Describe the target, where it is known, and the network's answer."""
    at = -1 if subject.tokens is None else subject.tokens - 1
    target = subject.target[:1] if subject.target is not None else _no_target(subject)
    judged = judge(subject.recipe, subject.outputs[:1], target, subject.class_names, at)
    known = subject.target is not None
    is_named = bool(judged.right.size)
    return {
        "target": _name(subject, float(judged.targets[0])) if known else "",
        "predicted": _name(subject, float(judged.predicted[0])),
        "confidence": float(judged.confidence[0]) if is_named else None,
        "right": bool(judged.right[0]) if is_named and known else None,
    }


def _no_target(subject: Subject) -> torch.Tensor:
    """Make a target of the task's form, for an input that has none."""
    outputs = subject.outputs[:1]
    answers = tasks.of(subject.recipe).answers
    if answers is Probabilities:
        return torch.zeros(1, dtype=torch.int64)
    return torch.zeros(outputs.shape[:2], dtype=torch.int64) if answers is Tokens else torch.zeros_like(outputs)


def _name(subject: Subject, value: float) -> str:
    answers = tasks.of(subject.recipe).answers
    if answers not in (Probabilities, Tokens):
        return format_number(value)
    name = subject.class_names[int(value)] if int(value) < len(subject.class_names) else str(int(value))
    return format_character(name) if answers is Tokens else name


NETWORK_INPUT = ProbeSpec(
    name="input", title="Input", summary="What the network takes, and its answer beside the target.",
    source="Dive into Deep Learning, 3.1", compute=compute_network_input, returns=(NetworkInput,), place=INPUT,
    cost=FOLLOWED,
)
