"""Search for the text that excites a unit: one token at a time, each the best of the whole vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

_CHUNK = 256  # texts of one pass


@dataclass(frozen=True)
class Spelled:
    """A text that excites a unit. tokens: (token,); curve: the value after every choice, the first one's first."""

    tokens: Tensor
    value: float
    curve: np.ndarray


def search_tokens(
    objective: Callable[[Tensor], Tensor], tokens: Tensor, places: list[int], vocabulary: int, sweeps: int,
    report: Callable[[float], None],
) -> Spelled:
    """Choose the tokens at `places`, one after the other and again in every sweep; no choice lowers the value.

    objective: texts (text, token) -> their values. Ends early where a sweep changes nothing.
    """
    tokens, curve = tokens.clone(), [float(objective(tokens[None])[0])]
    for sweep in range(sweeps):
        before = tokens.clone()
        for done, place in enumerate(places):
            tried = tokens.repeat(vocabulary, 1)
            tried[:, place] = torch.arange(vocabulary)
            values = torch.cat([objective(part) for part in tried.split(_CHUNK)])
            if float(values.max()) > curve[-1]:
                tokens[place] = int(values.argmax())
            curve.append(max(curve[-1], float(values.max())))
            report((sweep * len(places) + done + 1) / (sweeps * len(places)))
        if torch.equal(before, tokens):
            break
    return Spelled(tokens, curve[-1], np.array(curve, np.float32))


def vocabulary_of(model: nn.Module, class_names: tuple[str, ...]) -> int:
    """Count the tokens that a model knows: by its first embedding, else by the names of the classes.

    >>> vocabulary_of(nn.Sequential(nn.Embedding(12, 4)), ())
    12
    """
    for module in model.modules():
        if isinstance(module, nn.Embedding):
            return module.num_embeddings
        if type(module).__name__ == "OneHot":
            return module.classes
    return len(class_names)
