"""A module's first output with another in its place, and what else the module gives that is read off it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from explorer.hooks import each_tensor, samples_first, tensors_in


def with_first(module: nn.Module, output: Any, changed: Tensor) -> Any:
    """Put a tensor in the first one's place; of a recurrent layer the last state is that of the changed states.

    >>> layer = nn.GRU(2, 3)
    >>> states, last = with_first(layer, layer(torch.zeros(5, 1, 2)), torch.ones(5, 1, 3))
    >>> last.tolist()
    [[[1.0, 1.0, 1.0]]]
    """
    every = list(tensors_in(output))
    swapped = {id(every[0]): changed}
    if isinstance(module, nn.RNNBase) and len(every) > 1 and changed.dim() == 3:
        swapped[id(every[1])] = _last_state(module, changed, every[1])
    return each_tensor(output, lambda tensor: swapped.get(id(tensor), tensor))


def _last_state(layer: nn.RNNBase, states: Tensor, last: Tensor) -> Tensor:
    """Read the last state off the states. last: as it was, (layer and direction, sample, feature) or (sample, feature).
    """
    tokens = samples_first(layer, states, len(states))  # (sample, token, feature)
    ends = tokens[:, -1:] if not layer.bidirectional else torch.cat(
        [tokens[:, -1:].chunk(2, -1)[0], tokens[:, :1].chunk(2, -1)[1]], 1)  # (sample, direction, feature)
    if last.dim() == 2:
        return ends.flatten(1)
    return torch.cat([last[:-ends.shape[1]], ends.transpose(0, 1)])
