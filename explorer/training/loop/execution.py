"""Execution of a run's steps, as one graph or operation by operation, with its reason, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from explorer.recipe import OPTIMIZERS, Recipe
from explorer.text import Text, text
from explorer.training.loop.graph import STEPS_BEFORE, Capture, Graphed
from explorer.training.loop.optimize import UNCAPTURABLE


def why_ordinary(recipe: Recipe, capture: Capture | None, device: torch.device) -> Text | None:
    """Return the reason why a recipe's steps cannot be graphs; None if they can, as far as is known before the first.
    """
    if capture is None:
        return _why_never_on(device)
    if recipe.optimizer.name in UNCAPTURABLE:
        return text("{optimizer} computes a part of each step on the CPU, which a CUDA graph cannot hold.",
                    optimizer=OPTIMIZERS.get(recipe.optimizer.name).title)
    if recipe.precision == "fp16":
        return text("fp16 scales the loss and asks the GPU at each step whether that went well, which a CUDA graph "
                    "cannot hold; bf16 needs no scale.")
    return None


def _why_never_on(device: torch.device) -> Text:
    if device.type == "mps":
        return text("PyTorch has no graphs of whole steps for Apple's GPUs.")
    if device.type == "cuda" and torch.version.hip is not None:
        return text("Graphs of whole steps are used on NVIDIA's GPUs only.")
    return text("There is nothing to gain from a CUDA graph here.")


def describe(recipe: Recipe, graphed: Graphed | None, why_not: Text | None, sizes: Sequence[int]) -> Text:
    """Compose the sentence for a run's page. sizes: the numbers of samples in an epoch's batches."""
    reason = why_not or (graphed.why_not if graphed else None)
    if reason:
        return text("Each operation of a step is launched by itself. {why}", why=reason)
    exceptions = [text("the first {count}", count=STEPS_BEFORE)]
    if sizes[-1] < sizes[0]:
        exceptions.append(text("the last of each epoch, a smaller batch"))
    if recipe.instruments == "full":
        exceptions.append(text("those that full recording inspects"))
    sentence = text("A whole step is launched as one CUDA graph, but for {exceptions}.",
                    exceptions=_listed(exceptions))
    if not recipe.augmentation:
        return sentence
    return text("{sentence} Augmentation is done before it.", sentence=sentence)


def _listed(parts: list[Text]) -> Text:
    """Join parts of a sentence: a, b and c."""
    listed = parts[-1]
    for place, part in enumerate(reversed(parts[:-1])):
        listed = text("{first} and {last}", first=part, last=listed) if place == 0 else \
            text("{first}, {rest}", first=part, rest=listed)
    return listed
