"""The answer of a network, read as its recipe's task has it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from explorer.recipe import Recipe
from explorer.results import Answer, Probabilities, Tokens, Value, name_classes

_ANSWERS = {"classification": Probabilities, "binary": Probabilities, "regression": Value, "next_token": Tokens}


def answer_type(recipe: Recipe) -> type[Answer]:
    """The kind of answer that a recipe's network gives."""
    return _ANSWERS[recipe.task]


def read_answer(recipe: Recipe | None, kind: type[Answer], outputs: Tensor, names: Sequence[str]) -> Answer:
    """The outputs, (sample, ...), as the recipe's task reads them; without a recipe as an answer of this kind."""
    if recipe is not None and recipe.task == "binary":
        outputs = torch.cat([torch.zeros_like(outputs), outputs], 1)
    kind = kind if recipe is None else answer_type(recipe)
    if kind is Value:
        return Value(outputs.cpu().numpy())
    probabilities = outputs.softmax(-1).cpu().numpy()
    return kind(probabilities, name_classes(names, probabilities.shape[-1]))
